#pragma once
#include "fake/libcoro.hpp" // IWYU pragma: export
