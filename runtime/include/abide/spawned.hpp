// Tasks that run on their own.
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/future.hpp>

#include <vector>

namespace abide {

/// A running task of whatever type. cancel() asks it to end: cancelled_error is thrown at the point
/// where it is suspended, in the next round; it may clean up, refuse, or end otherwise. Each
/// request counts; uncancel() takes one back (see timeout and task_group).
class ABIDE_IS(loop_affine) any_task : public any_future {
public:
  any_task() = default;
  explicit any_task(detail::ref<detail::future_state> state) noexcept
      : any_future(std::move(state)) {}

  std::string name() const { return core().name(); }
  void set_name(std::string_view name) const { core().set_name(name); }
  /// How many requests to cancel are open.
  unsigned cancelling() const { return core().cancelling(); }
  /// Takes one request back and says how many are left. At zero a cancellation that was not thrown
  /// yet is not thrown at all.
  unsigned uncancel() const { return core().uncancel(); }
  /// Where create_task was called.
  std::source_location spawned_at() const { return core().spawned_at(); }

private:
  detail::task_core &core() const { return static_cast<detail::task_core &>(state()); }
};

/// What create_task gives. Dropping it does not end the task, which belongs to its loop.
template <class T = void>
class ABIDE_IS(loop_affine) ABIDE_IS(droppable_task) spawned : public any_task {
public:
  using value_type = T;
  using any_task::any_task;

  /// As of future<T>.
  decltype(auto) result() const { return detail::typed_future<T>::value_of(this->state()); }
  /// The task as a future; it cannot be set by hand.
  operator future<T>() const { return future<T>(this->state_); }

  auto operator co_await() const & {
    return detail::shared_awaiter<T>((this->state(), this->state_));
  }
  auto operator co_await() && {
    this->state();
    return detail::taking_awaiter<T>(std::move(this->state_));
  }
};

/// How to spawn. An eager task takes its first step inside create_task, if its loop is running.
struct task_options {
  std::string_view name = {}; // empty: Task-1, Task-2, ...
  bool eager = false;
};

namespace detail {

template <class T>
spawned<T> spawn(loop_core &core, task<T> body, const task_options &options,
                 std::source_location where) {
  core.check_open();
  core.check_thread();
  // The coroutine changes its owner only when nothing can fail any more.
  auto frame = body.take();
  body = {};
  task_state<T> *state;
  try {
    state = new task_state<T>(core, frame, where);
  } catch (...) {
    frame.destroy();
    throw;
  }
  spawned<T> result{ref<future_state>::adopt(state)};
  if (!options.name.empty())
    state->set_name(options.name);
  state->start(options.eager);
  return result;
}

} // namespace detail

/// Starts `body` on the running loop; its first step comes in the next round. Throws
/// no_running_loop, or invalid_state for a task that was awaited already.
template <class T>
ABIDE_IS(spawn)
spawned<T> create_task(task<T> body, task_options options = {},
                       std::source_location where = std::source_location::current()) {
  return detail::spawn(detail::require_running("create_task()"), std::move(body), options, where);
}

/// The task that runs now, empty inside a plain callback. Throws no_running_loop.
any_task current_task();
/// All pending tasks of the running loop, in the order of their creation. Throws no_running_loop.
std::vector<any_task> all_tasks();

} // namespace abide
