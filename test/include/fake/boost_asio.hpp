// The shape of Boost.Asio: lazy awaitables, tokens, deferred operations, timers, sockets.
#pragma once

#include <chrono>
#include <coroutine>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

#define ABIDE_FAKE_ASIO boost::asio
#include "detail/asio.inl"
#undef ABIDE_FAKE_ASIO
