#pragma once
#include "fake/kj.hpp" // IWYU pragma: export
