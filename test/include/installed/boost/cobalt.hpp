#pragma once
#include "fake/cobalt.hpp" // IWYU pragma: export
