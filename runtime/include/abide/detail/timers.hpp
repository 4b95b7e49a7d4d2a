// Deadlines of a loop: a wheel for those that are far, a heap for those that are near.
#pragma once

#include <abide/detail/list.hpp>
#include <abide/time.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace abide::detail {

struct timer_tag;

/// Something to happen at a time. Lives outside of the queue, which does not own it: whoever
/// destroys an armed timer removes it first.
class timer : public list_node<timer_tag> {
public:
  bool armed() const noexcept { return linked() || slot_ < unsettled; }
  /// It was last armed for a delay, and nobody knows yet from when on that counts.
  bool waits_for_clock() const noexcept { return slot_ == unsettled; }
  /// The delay counts from now.
  void settle(time_point now) noexcept {
    deadline_ = now + deadline_.time_since_epoch();
    slot_ = nowhere;
  }
  /// What it was last armed for; settled.
  time_point deadline() const noexcept { return deadline_; }
  /// The time is there; the timer has left the queue. Schedules work, runs none.
  virtual void due() noexcept = 0;
  /// The loop closes; the timer has left the queue.
  virtual void forget() noexcept = 0;

protected:
  ~timer() = default;

private:
  friend class timer_heap;
  friend class timer_queue;
  static constexpr std::size_t nowhere = ~std::size_t{0};
  static constexpr std::size_t unsettled = nowhere - 1;
  time_point deadline_{};      // unsettled: the delay, as if from zero
  std::size_t slot_ = nowhere; // in the heap
};

/// A 4-ary heap of (time, order of arrival): equal deadlines fire first come, first served.
class timer_heap {
public:
  bool empty() const noexcept { return heap_.empty(); }
  time_point first() const noexcept { return heap_.front().when; }

  /// add() does not throw for so many timers.
  void reserve(std::size_t count) {
    if (count > heap_.capacity())
      heap_.reserve(2 * count);
  }
  void add(timer &added) noexcept;
  void remove(timer &removed) noexcept;
  /// Takes the first timer out of the heap.
  timer &pop() noexcept;

private:
  struct entry {
    time_point when;
    std::uint64_t order;
    timer *what;
    /// Without a branch, for nobody can predict it.
    bool before(const entry &other) const noexcept {
      const unsigned sooner = when < other.when, same = when == other.when;
      const unsigned first = order < other.order;
      return (sooner | (same & first)) != 0;
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

/// All deadlines. Most timers are cancelled long before their time, so a far one only enters a list
/// and leaves it again, in constant time: a hierarchical timing wheel (G. Varghese and T. Lauck,
/// "Hashed and hierarchical timing wheels", 1987) of nine levels with 64 slots. As time goes on,
/// slots are emptied into those of the level below, and at last into the heap, which puts the few
/// that are near in their exact order. Lists keep the order of arrival, so equal deadlines do.
/// A delay waits in a list of its own until somebody looks at the clock, for that takes longer than
/// all the rest.
class timer_queue {
public:
  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

  void add(timer &added, time_point when);
  /// For so much later than the next settle().
  void add(timer &added, duration delay);
  void remove(timer &removed) noexcept;
  bool unsettled() const noexcept { return !unsettled_.empty(); }
  /// So many delays wait for settle() that it is time.
  bool crowded() const noexcept { return delays_ >= 64; }
  /// All delays that wait for it count from now.
  void settle(time_point now) noexcept {
    delays_ = 0;
    while (timer *waiting = unsettled_.pop_front()) {
      waiting->settle(now);
      put(*waiting);
    }
  }
  /// Nothing is due before; not empty, and settled. It is early when who was the first in a slot
  /// has left.
  time_point next_look() noexcept;
  /// Takes the first timer that is due out of the settled queue; null when there is none.
  timer *pop(time_point now) noexcept;
  /// Takes any timer out; null when there is none.
  timer *pop_any() noexcept {
    settle(time_point{});
    return pop(time_point::max());
  }

private:
  static constexpr unsigned levels = 9;
  static constexpr unsigned bits = 6; // of the number of a slot
  static constexpr unsigned tick_bits = 10;
  struct slot {
    list<timer, timer_tag> timers;
    time_point earliest; // of all that came since it was empty
  };
  struct place {
    unsigned level;
    unsigned index;
    std::uint64_t begin; // the first tick of the slot
  };

  /// 1.024 us each, so that few timers share one.
  static std::int64_t tick_of(time_point when) noexcept {
    return when.time_since_epoch().count() >> tick_bits;
  }
  void put(timer &added) noexcept;
  bool first_slot(place &first) noexcept;
  void empty_slot(const place &emptied) noexcept;

  list<timer, timer_tag> unsettled_;
  unsigned delays_ = 0;    // that were added since settle()
  timer_heap near_;        // up to the tick that is reached
  std::uint64_t tick_ = 0; // which is this one
  slot far_[levels][1u << bits];
  std::uint64_t used_[levels]{}; // a bit for each slot that may have timers
  std::size_t size_ = 0;
};

} // namespace abide::detail
