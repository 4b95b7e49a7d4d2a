// One task at a time.
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/detail/wait_list.hpp>

#include <memory>

namespace abide {

/// Holds an acquired mutex or semaphore, and releases it at its end. Movable.
template <class Lock> class ABIDE_IS(guard) [[nodiscard]] guard {
public:
  guard() = default;
  /// Takes over what is acquired already.
  explicit guard(Lock &acquired) noexcept : held_(&acquired) {}
  guard(guard &&other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  guard &operator=(guard other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~guard() {
    // A frame that dies with its loop within condition::wait() holds nothing.
    try {
      if (held_)
        held_->release();
    } catch (const error &) {
    }
  }
  /// Releases before the end. Throws invalid_state the second time.
  void unlock() {
    if (!held_)
      throw invalid_state("abide: this guard holds nothing: it was unlocked or moved from");
    std::exchange(held_, nullptr)->release();
  }
  bool owns_lock() const noexcept { return held_ != nullptr; }
  explicit operator bool() const noexcept { return owns_lock(); }

private:
  Lock *held_ = nullptr;
};

namespace detail {

/// Who holds a lock, since when, and where that is.
struct holding : pooled {
  const task_core *by;
  time_point since;
  std::vector<std::source_location> awaits;
};

} // namespace detail

class mutex;
std::string to_string(const mutex &what);

/// A lock for tasks: `auto held = co_await m.lock();`. Fair: first come, first served; who comes
/// while others wait, waits. Not recursive; not for threads. It may be held across co_await.
/// Cancel safety: a task that is cancelled while it waits does not get it, and the turn it may
/// have had goes to the next. Destroying a mutex ends the waits for it with invalid_state.
class ABIDE_IS(async_lock) ABIDE_IS(loop_affine) mutex {
  template <class Result>
  using request = wait_request<detail::acquire_awaiter<mutex, Result>, mutex, Result>;

public:
  mutex() = default;

  /// `co_await m.lock()` acquires and gives a guard.
  request<guard<mutex>> lock() noexcept { return request<guard<mutex>>(*this); }
  /// `co_await m.acquire()`; release() is up to you.
  request<void> acquire() noexcept { return request<void>(*this); }
  /// Without waiting; false when it is held, or others come first.
  bool try_acquire() noexcept {
    if (locked_ || waiters_.busy())
      return false;
    granted();
    return true;
  }
  /// Any task may do it. Throws invalid_state when it is not locked.
  void release();
  bool locked() const noexcept { return locked_; }
  /// How many tasks wait.
  std::size_t waiting() const noexcept { return waiters_.size(); }
  /// In debug mode, the task that holds it; null when none does, or none is known. It may have
  /// ended. For dumps.
  const detail::task_core *holder() const noexcept { return held_ ? held_->by : nullptr; }

private:
  template <class, class> friend class detail::acquire_awaiter;
  void granted() noexcept {
    locked_ = true;
    if (detail::loop_core *core = detail::running_core; core && core->debug) [[unlikely]]
      note_holder(*core);
  }
  void note_holder(detail::loop_core &core) noexcept;
  void missed(bool) noexcept { wake_first(); }
  void wake_first() noexcept {
    if (!locked_ && !waiters_.granting())
      waiters_.wake_one();
  }

  bool locked_ = false;
  detail::wait_list waiters_;
  std::unique_ptr<detail::holding> held_; // debug mode
};

} // namespace abide
