#pragma once
#include "fake/concurrencpp.hpp" // IWYU pragma: export
