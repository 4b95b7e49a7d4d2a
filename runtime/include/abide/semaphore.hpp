// So many tasks at a time.
#pragma once

#include <abide/mutex.hpp>

namespace abide {

class semaphore;
std::string to_string(const semaphore &what);

/// A counter of permits: `auto permit = co_await s.lock();`. Fair: first come, first served.
/// Cancel safety: as of mutex. Any task may release(), also more than was acquired.
class ABIDE_IS(async_lock) ABIDE_IS(loop_affine) semaphore {
  template <class Result>
  using request = wait_request<detail::acquire_awaiter<semaphore, Result>, semaphore, Result>;

public:
  /// Throws invalid_argument for a negative value.
  explicit semaphore(std::ptrdiff_t value = 1);
  virtual ~semaphore() = default;

  /// `co_await s.lock()` takes one permit and gives a guard.
  request<guard<semaphore>> lock() noexcept { return request<guard<semaphore>>(*this); }
  /// `co_await s.acquire()` takes one permit; release() is up to you.
  request<void> acquire() noexcept { return request<void>(*this); }
  /// Without waiting; false when there is none, or others come first.
  bool try_acquire() noexcept;
  virtual void release();
  /// Whether acquire() would wait.
  bool locked() const noexcept { return value_ == 0 || waiters_.busy(); }
  /// Permits that are free.
  std::size_t value() const noexcept { return value_; }
  /// How many tasks wait.
  std::size_t waiting() const noexcept { return waiters_.size(); }

private:
  template <class, class> friend class detail::acquire_awaiter;
  void granted() noexcept { wake(); }
  void missed(bool had_its_turn) noexcept;
  /// A permit belongs to the task from the moment of its turn.
  void wake() noexcept;

  std::size_t value_;
  detail::wait_list waiters_;
};

/// A semaphore that throws invalid_state when it is released more often than acquired.
class bounded_semaphore final : public semaphore {
public:
  explicit bounded_semaphore(std::ptrdiff_t value = 1) : semaphore(value), bound_(this->value()) {}
  void release() override;

private:
  std::size_t bound_;
};

} // namespace abide
