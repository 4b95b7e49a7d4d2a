#pragma once
#include "fake/boost_asio.hpp" // IWYU pragma: export
