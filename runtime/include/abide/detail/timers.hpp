// Deadlines of a loop: a heap with true removal.
#pragma once

#include <abide/time.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace abide::detail {

/// Something to happen at a time. Lives outside of the heap, which does not own it: whoever
/// destroys an armed timer removes it first.
class timer {
public:
  timer() = default;
  timer(const timer &) = delete;
  timer &operator=(const timer &) = delete;

  bool armed() const noexcept { return slot_ != unarmed; }
  /// The time is there; the timer has left the heap. Schedules work, runs none.
  virtual void due() noexcept = 0;
  /// The loop closes; the timer has left the heap.
  virtual void forget() noexcept = 0;

protected:
  ~timer() = default;

private:
  friend class timer_heap;
  static constexpr std::size_t unarmed = ~std::size_t{0};
  std::size_t slot_ = unarmed;
};

/// A 4-ary heap of (time, order of arrival): equal deadlines fire first come, first served.
class timer_heap {
public:
  bool empty() const noexcept { return heap_.empty(); }
  std::size_t size() const noexcept { return heap_.size(); }
  time_point first() const noexcept { return heap_.front().when; }

  void add(timer &added, time_point when);
  void remove(timer &removed) noexcept;
  /// Takes the first timer out of the heap.
  timer &pop() noexcept;

private:
  struct entry {
    time_point when;
    std::uint64_t order;
    timer *what;
    bool before(const entry &other) const {
      return when < other.when || (when == other.when && order < other.order);
    }
  };
  void place(std::size_t slot, const entry &e) noexcept {
    heap_[slot] = e;
    e.what->slot_ = slot;
  }
  void sift_up(std::size_t slot, const entry &e) noexcept;
  void sift_down(std::size_t slot, const entry &e) noexcept;

  std::vector<entry> heap_;
  std::uint64_t arrivals_ = 0;
};

} // namespace abide::detail
