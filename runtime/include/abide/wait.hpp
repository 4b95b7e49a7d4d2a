// Waiting for some of several.
#pragma once

#include <abide/detail/ensure_future.hpp>

#include <optional>
#include <vector>

namespace abide {

enum class wait_until { all_completed, first_completed, first_exception };

struct wait_options {
  wait_until until = wait_until::all_completed;
  std::optional<duration> timeout = {};
};

/// What wait() gives: those that are done, and those that are not; each in the order given.
template <class F> struct wait_result {
  std::vector<F> done;
  std::vector<F> pending;
};

namespace detail {
/// Where each stands for the first time.
std::vector<std::size_t> first_places(const std::vector<ref<future_state>> &all);
task<void> wait_for_states(std::vector<ref<future_state>> all, wait_options options);
template <class F> std::vector<ref<future_state>> states_of(const std::vector<F> &futures) {
  std::vector<ref<future_state>> states;
  for (const F &one : futures)
    states.emplace_back(&one.state());
  return states;
}
} // namespace detail

/// Waits for futures or tasks (any_future, any_task, future<T>, spawned<T>; no coroutines: spawn
/// them first). Throws nothing of what they throw, and no timeout_error. Throws invalid_argument
/// for an empty vector. When the waiting task is cancelled, they are not.
template <class F>
  requires std::derived_from<F, any_future>
ABIDE_IS(waits_only)
task<wait_result<F>> wait(std::vector<F> futures, wait_options options = {}) {
  std::vector<F> distinct;
  for (const std::size_t place : detail::first_places(detail::states_of(futures)))
    distinct.push_back(std::move(futures[place]));
  co_await detail::wait_for_states(detail::states_of(distinct), options);
  wait_result<F> result;
  for (F &one : distinct)
    (one.done() ? result.done : result.pending).push_back(std::move(one));
  co_return result;
}

} // namespace abide
