// Waiting for time to pass.
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/detail/waiter.hpp>

#include <utility>

namespace abide {

namespace detail {

/// One co_await of sleep(). No memory but the frame it lives in.
class sleep_awaiter final : public waiter, public timer {
public:
  explicit sleep_awaiter(duration delay) noexcept : delay_(delay) {}
  ~sleep_awaiter() {
    if (waiting())
      withdraw();
  }
  template <class P> void await_suspend(std::coroutine_handle<P> point) {
    if (delay_ > duration::zero())
      return waiter::await_suspend(point);
    task_ = &require_task("sleep()");
    mark_leaf(point);
    task_->yield(point);
  }
  void due() noexcept override { wake(); }
  void forget() noexcept override {}
  void explain(wait_facts &facts) const override { facts.what = "sleep()"; }

private:
  void begin() override;
  void withdraw() noexcept override;
  duration delay_;
};

} // namespace detail

/// What sleep() gives; co_await it.
class [[nodiscard]] sleep_request {
public:
  using value_type = void;
  explicit sleep_request(duration delay) noexcept : delay_(delay) {}
  auto operator co_await() const noexcept { return detail::sleep_awaiter(delay_); }

private:
  duration delay_;
};

/// `co_await sleep(1s)`: the task goes on after that time, other work runs meanwhile. The time
/// counts as that of loop::call_later(). Zero or less gives way for exactly one round. Throws
/// invalid_argument for NaN, cancelled_error when cancelled (the timer is removed).
template <class Rep, class Period>
ABIDE_IS(async_sleep)
sleep_request sleep(std::chrono::duration<Rep, Period> delay) {
  return sleep_request(to_duration(delay));
}

/// The same, and gives `value`.
template <class Rep, class Period, class T>
task<T> sleep(std::chrono::duration<Rep, Period> delay, T value) {
  co_await sleep(delay);
  co_return std::move(value);
}

} // namespace abide
