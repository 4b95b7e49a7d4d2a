#pragma once
#include "fake/cppcoro.hpp" // IWYU pragma: export
