// Limits of time.
#pragma once

#include <abide/detail/ensure_future.hpp>

#include <optional>

namespace abide {

/// A limit for a piece of a task: `auto r = co_await timeout(5s).run(fetch());`. When the time is
/// over, the body gets cancelled_error at its suspension point, and run() throws timeout_error.
/// A cancellation from elsewhere stays one. Limits nest. A body that needs the limit (to move it)
/// is a lambda: `timeout limit(5s); co_await limit.run([&]() -> task<> { ... });`. For one use.
class [[nodiscard]] timeout {
public:
  enum class state { created, active, expiring, expired, finished };

  /// From the start of the construction on; needs a running loop.
  template <class Rep, class Period>
  ABIDE_IS(timeout_scope)
  explicit timeout(std::chrono::duration<Rep, Period> delay)
      : timeout(at{detail::require_running("timeout").now() + to_duration(delay)}) {}
  /// No limit, unless reschedule() sets one.
  explicit timeout(std::nullopt_t) : timeout(at{}) {}
  ~timeout() { disarm(); }
  timeout(const timeout &) = delete;
  timeout &operator=(const timeout &) = delete;

  /// Runs the body in the current task. Throws timeout_error, invalid_state the second time,
  /// no_running_loop outside of a task, and what the body throws.
  template <class T> task<T> run(task<T> body) { return run_body<T>(*this, std::move(body)); }
  /// The same for a callable that gives a task; it lives as long as the run.
  template <class F>
    requires std::invocable<F &>
  auto run(F body) {
    return run_callable(*this, std::move(body));
  }

  /// Another deadline, or none. Throws invalid_state unless active.
  void reschedule(std::optional<time_point> when);
  std::optional<time_point> when() const noexcept { return when_; }
  bool expired() const noexcept { return state_ == state::expiring || state_ == state::expired; }
  state current_state() const noexcept { return state_; }

private:
  struct at {
    std::optional<time_point> when;
  };
  explicit timeout(at deadline) : when_(deadline.when) {}
  friend timeout timeout_at(std::optional<time_point> when);

  void enter();
  /// Gives the exception that run() throws instead of `thrown`, or `thrown`.
  std::exception_ptr leave(std::exception_ptr thrown);
  void expire();
  void disarm() noexcept { timer_.cancel(); }

  template <class T> static task<T> run_body(timeout &self, task<T> body) {
    self.enter();
    detail::slot<T> result;
    std::exception_ptr thrown;
    try {
      if constexpr (std::is_void_v<T>)
        co_await std::move(body);
      else
        result.set(co_await std::move(body));
    } catch (...) {
      thrown = std::current_exception();
    }
    if ((thrown = self.leave(std::move(thrown))))
      std::rethrow_exception(thrown);
    if constexpr (std::is_void_v<T>)
      co_return;
    else
      co_return static_cast<T &&>(result.get());
  }
  template <class F> static std::invoke_result_t<F &> run_callable(timeout &self, F body) {
    co_return co_await self.run(body());
  }

  std::optional<time_point> when_;
  state state_ = state::created;
  unsigned cancelling_ = 0; // requests that were open before
  any_task task_;
  handle timer_;
};

/// A limit at a time of the loop's clock; none: no limit.
ABIDE_IS(timeout_scope) inline timeout timeout_at(std::optional<time_point> when) {
  return timeout(timeout::at{when});
}

std::string to_string(const timeout &what);

/// Awaits with a limit. A coroutine runs in the current task; a future or task that is awaited is
/// cancelled when the time is over, and awaited to its end. If it refuses the cancellation and
/// gives a value, that is the result. No limit: nullopt. A limit of zero or less does not start a
/// coroutine. Throws timeout_error, and what is awaited throws.
template <class T>
ABIDE_IS(timeout_scope)
task<T> wait_for(task<T> awaited, std::optional<duration> limit) {
  if (limit && *limit <= duration::zero()) {
    awaited = {};
    throw timeout_error();
  }
  timeout scope = limit ? timeout(*limit) : timeout(std::nullopt);
  co_return co_await scope.run(std::move(awaited));
}
namespace detail {
task<void> cancel_and_wait(ref<future_state> awaited);
}
template <class T>
ABIDE_IS(timeout_scope)
task<T> wait_for(future<T> awaited, std::optional<duration> limit) {
  if (limit && *limit <= duration::zero()) {
    if (!awaited.done()) {
      co_await detail::cancel_and_wait(detail::ref<detail::future_state>(&awaited.state()));
      if (awaited.cancelled())
        throw timeout_error();
    }
    co_return co_await std::move(awaited);
  }
  timeout scope = limit ? timeout(*limit) : timeout(std::nullopt);
  co_return co_await scope.run(detail::await_it(std::move(awaited)));
}
/// So do locks, events and queues: `co_await wait_for(m.lock(), 1s)`.
template <detail::other_awaitable A>
ABIDE_IS(timeout_scope)
task<typename A::value_type> wait_for(A awaited, std::optional<duration> limit) {
  return wait_for(detail::await_it(std::move(awaited)), limit);
}
template <class T>
ABIDE_IS(timeout_scope)
task<T> wait_for(spawned<T> awaited, std::optional<duration> limit) {
  return wait_for(static_cast<future<T>>(awaited), limit);
}

} // namespace abide
