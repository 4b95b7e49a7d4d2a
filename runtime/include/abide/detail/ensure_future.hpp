// Whatever can be awaited, as a future.
#pragma once

#include <abide/loop.hpp>
#include <abide/outcome.hpp>

namespace abide::detail {

template <class T> const future<T> &ensure_future(const future<T> &given) {
  given.state();
  return given;
}
template <class T> future<T> ensure_future(const spawned<T> &given) {
  given.state();
  return given;
}
/// A coroutine becomes a task of the running loop.
template <class T> future<T> ensure_future(task<T> &&given) {
  return create_task(std::move(given));
}
template <class A>
concept other_awaitable = requires {
  typename A::value_type;
} && !std::derived_from<A, any_future> && !std::same_as<A, task<typename A::value_type>>;
/// So does what else can be awaited, such as sleep(1s).
template <class A> task<typename A::value_type> await_it(A awaited) {
  co_return co_await std::move(awaited);
}
template <other_awaitable A> future<typename A::value_type> ensure_future(A &&given) {
  return create_task(await_it(static_cast<A &&>(given)));
}

template <class A>
using result_of =
    typename std::remove_cvref_t<decltype(ensure_future(std::declval<A>()))>::value_type;

/// The state as future<T>'s: its value, in the form in which tuples and vectors keep it.
template <class T> stored<T> stored_value(future_state &state) {
  if constexpr (std::is_void_v<T>)
    return {};
  else if constexpr (std::is_reference_v<T>)
    return static_cast<std::remove_reference_t<T> *>(state.value());
  else if constexpr (std::copy_constructible<T>)
    return *static_cast<T *>(state.value());
  else
    return std::move(*static_cast<T *>(state.value()));
}
template <class T> outcome<T> outcome_of(future_state &state) {
  if (state.cancelled())
    return std::make_exception_ptr(cancelled_error());
  if (auto thrown = state.exception())
    return thrown;
  return stored_value<T>(state);
}

} // namespace abide::detail
