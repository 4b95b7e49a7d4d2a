#pragma once
#include "fake/seastar.hpp" // IWYU pragma: export
