// The one door of a loop that is open to other threads.
#pragma once

#include <abide/detail/work.hpp>
#include <abide/poller.hpp>

#include <atomic>
#include <mutex>

namespace abide::detail {

/// Work posted by any thread. Shared by the loop and by those who may post after its end.
class inbox {
public:
  explicit inbox(poller &waker) : waker_(&waker) {}

  /// False, and the work untouched, when the loop is closed. Any thread.
  bool post(work &posted) noexcept {
    std::lock_guard lock(mutex_);
    if (!waker_)
      return false;
    mail_.push_back(posted);
    filled_.store(true, std::memory_order_relaxed);
    if (sleeping_) {
      sleeping_ = false;
      waker_->wake();
    }
    return true;
  }

  // The rest is the loop's.

  /// Moves what was posted to the end of `ready`.
  void collect(work_list &ready) noexcept {
    if (!filled_.load(std::memory_order_relaxed))
      return;
    std::lock_guard lock(mutex_);
    filled_.store(false, std::memory_order_relaxed);
    ready.splice_back(mail_);
  }
  /// False when there is mail: then do not sleep. Else the next post() wakes the poller.
  bool may_sleep() noexcept {
    std::lock_guard lock(mutex_);
    sleeping_ = mail_.empty();
    return sleeping_;
  }
  void awake() noexcept {
    std::lock_guard lock(mutex_);
    sleeping_ = false;
  }
  void close() noexcept {
    std::lock_guard lock(mutex_);
    waker_ = nullptr;
  }

private:
  std::mutex mutex_;
  poller *waker_; // null: closed
  work_list mail_;
  bool sleeping_ = false;
  std::atomic<bool> filled_{false};
};

} // namespace abide::detail
