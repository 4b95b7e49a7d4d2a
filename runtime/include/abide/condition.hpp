// Waiting for a state that a mutex protects.
#pragma once

#include <abide/mutex.hpp>
#include <abide/task.hpp>

namespace abide {

/// `auto held = co_await c.lock(); co_await c.wait([&] { return ready; });`. wait() releases the
/// mutex while it waits and holds it again when it ends, also by cancellation or an exception. A
/// notification that came to a task which was cancelled goes to another one.
class ABIDE_IS(async_lock) ABIDE_IS(loop_affine) condition {
public:
  /// With a mutex of its own.
  condition() noexcept : mutex_(&own_) {}
  /// With yours, which must live longer.
  explicit condition(mutex &protects) noexcept : mutex_(&protects) {}
  condition(const condition &) = delete;
  condition &operator=(const condition &) = delete;

  auto lock() noexcept { return mutex_->lock(); }
  auto acquire() noexcept { return mutex_->acquire(); }
  void release() { mutex_->release(); }
  bool locked() const noexcept { return mutex_->locked(); }

  /// Waits for a notification. Throws invalid_state when the mutex is not locked.
  task<void> wait();
  /// Waits until `ready()` is true, which is asked now and after each notification, and gives what
  /// it gave.
  template <class F> auto wait(F ready) -> task<decltype(ready())> {
    check_locked("wait()");
    for (;;) {
      if (auto result = ready())
        co_return result;
      co_await wait();
    }
  }
  /// Wakes at most so many tasks, which go on one after the other as they get the mutex. Throws
  /// invalid_state when the mutex is not locked.
  void notify(std::size_t count = 1);
  void notify_all() { notify(static_cast<std::size_t>(-1)); }
  /// How many tasks wait for a notification.
  std::size_t waiting() const noexcept { return waiters_.size(); }

private:
  void check_locked(const char *call) const;
  void wake(std::size_t count) noexcept;

  mutex own_;
  mutex *mutex_;
  detail::wait_list waiters_;
};

std::string to_string(const condition &what);

} // namespace abide
