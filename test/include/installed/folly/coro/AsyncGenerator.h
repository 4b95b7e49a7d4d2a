#pragma once
#include "fake/folly_coro.hpp" // IWYU pragma: export
