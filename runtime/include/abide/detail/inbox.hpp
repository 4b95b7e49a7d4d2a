// The one door of a loop that is open to other threads.
#pragma once

#include <abide/detail/work.hpp>
#include <abide/poller.hpp>

#include <atomic>
#include <cstdint>

namespace abide::detail {

/// Work posted by any thread, without a lock: a chain, the last first, which the loop takes as a
/// whole. Shared by the loop and by those who may post after its end.
class inbox {
public:
  explicit inbox(poller &waker) : waker_(waker) {}

  /// False, and the work untouched, when the loop is closed. Any thread.
  bool post(work &posted) noexcept {
    std::uintptr_t head = head_.load(std::memory_order_relaxed);
    for (;;) {
      if (head == closed)
        return false;
      const bool sleeping = head == asleep;
      work_list::chain(posted, sleeping ? nullptr : reinterpret_cast<work *>(head));
      if (sleeping) // close() waits for who uses the poller
        wakers_.fetch_add(1, std::memory_order_relaxed);
      const bool done =
          head_.compare_exchange_weak(head, reinterpret_cast<std::uintptr_t>(&posted),
                                      std::memory_order_acq_rel, std::memory_order_relaxed);
      if (done && sleeping)
        waker_.wake();
      if (sleeping)
        wakers_.fetch_sub(1, std::memory_order_release);
      if (done)
        return true;
      work_list::unchain(posted);
    }
  }

  // The rest is the loop's.

  /// Moves what was posted to the end of `ready`.
  void collect(work_list &ready) noexcept {
    if (head_.load(std::memory_order_relaxed) != awake_and_empty)
      deliver(head_.exchange(awake_and_empty, std::memory_order_acquire), ready);
  }
  /// False when there is mail: then do not sleep. Else the next post() wakes the poller.
  bool may_sleep() noexcept {
    std::uintptr_t expected = awake_and_empty;
    return head_.compare_exchange_strong(expected, asleep, std::memory_order_acq_rel,
                                         std::memory_order_relaxed);
  }
  bool has_mail() const noexcept { return head_.load(std::memory_order_acquire) > closed; }
  void awake() noexcept {
    std::uintptr_t expected = asleep;
    head_.compare_exchange_strong(expected, awake_and_empty, std::memory_order_acq_rel,
                                  std::memory_order_relaxed);
  }
  /// Gives what is left; the poller is not used any more.
  void close(work_list &rest) noexcept;

private:
  static constexpr std::uintptr_t awake_and_empty = 0, asleep = 1, closed = 2; // else: the last

  static void deliver(std::uintptr_t last, work_list &ready) noexcept {
    if (last <= closed)
      return;
    work_list mail;
    for (work *at = reinterpret_cast<work *>(last); at;) {
      work *const before = work_list::unchain(*at);
      mail.push_front(*at);
      at = before;
    }
    ready.splice_back(mail);
  }

  std::atomic<std::uintptr_t> head_{awake_and_empty};
  std::atomic<unsigned> wakers_{0};
  poller &waker_;
};

} // namespace abide::detail
