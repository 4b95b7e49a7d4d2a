#pragma once
#include "fake/abide.hpp" // IWYU pragma: export
