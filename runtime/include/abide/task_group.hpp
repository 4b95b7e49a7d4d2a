// Tasks that live and die together.
#pragma once

#include <abide/detail/ensure_future.hpp>
#include <abide/exception_group.hpp>

#include <memory>

namespace abide {

namespace detail {

struct group_state;

} // namespace detail

/// Runs a body and the tasks that it spawns, and ends when all of them have:
///
///   co_await task_group().run([&](task_group& group) -> task<> {
///     group.create_task(one());
///     group.create_task(two());
///     co_return;
///   });
///
/// When a child fails, its siblings and the body are cancelled, and run() throws an exception_group
/// with all that failed, the body included. A cancelled child is no failure. A cancellation of the
/// task that runs the group cancels all children, and is thrown on unless a child failed. What is
/// fatal is thrown bare. A group is for one use.
class ABIDE_IS(task_scope) task_group {
public:
  task_group();
  task_group(const task_group &) = delete;
  task_group &operator=(const task_group &) = delete;

  /// Gives what the body gives. Throws no_running_loop outside of a task, invalid_state the second
  /// time. The callable lives as long as the run. Destroyed while it runs, the children run on.
  template <class F>
    requires std::invocable<F &, task_group &>
  ABIDE_IS(closes)
  std::invoke_result_t<F &, task_group &> run(F body) {
    return run_body<F>(*this, std::move(body));
  }

  /// Spawns into the group, from the body or from a child. Throws invalid_state before run(), after
  /// its end, and when the group is shutting down; the coroutine is then destroyed, and never ran.
  template <class T>
  ABIDE_IS(owning_spawn)
  spawned<T> create_task(task<T> body, task_options options = {},
                         std::source_location where = std::source_location::current()) {
    spawned<T> child = detail::spawn(open_core(), std::move(body), options, where);
    adopt(child);
    return child;
  }

private:
  void enter();
  /// Throws invalid_state when it takes no tasks.
  detail::loop_core &open_core() const;
  void adopt(const any_future &child);
  /// Waits for the children; throws what run() throws. `thrown` is the body's exception.
  static task<void> leave(std::shared_ptr<detail::group_state> state, std::exception_ptr thrown);

  template <class F, class R = std::invoke_result_t<F &, task_group &>>
  static R run_body(task_group &self, F body) {
    using T = typename R::value_type;
    self.enter();
    const std::shared_ptr<detail::group_state> state = self.state_;
    detail::slot<T> result;
    std::exception_ptr thrown;
    try {
      if constexpr (std::is_void_v<T>)
        co_await body(self);
      else
        result.set(co_await body(self));
    } catch (...) {
      thrown = std::current_exception();
    }
    co_await leave(state, std::move(thrown));
    if constexpr (std::is_void_v<T>)
      co_return;
    else
      co_return static_cast<T &&>(result.get());
  }

  std::shared_ptr<detail::group_state> state_;
};

} // namespace abide
