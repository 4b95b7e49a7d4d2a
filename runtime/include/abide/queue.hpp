// Items from task to task.
#pragma once

#include <abide/event.hpp>
#include <abide/task.hpp>

#include <deque>
#include <vector>

namespace abide {

/// get_nowait() found nothing.
class queue_empty : public error {
public:
  using error::error;
};
/// put_nowait() found no room.
class queue_full : public error {
public:
  using error::error;
};
/// put() or get() after shutdown().
class queue_shutdown : public error {
public:
  using error::error;
};

namespace detail {

/// What the queues have in common: who waits, and what is not done yet.
class queue_base {
public:
  /// Zero: no limit.
  std::size_t max_size() const noexcept { return max_; }
  /// Says that an item that get() gave is dealt with. Throws invalid_state when called more often
  /// than there were items.
  void task_done();
  /// Waits until all items are dealt with.
  task<void> join();
  /// How many items are not dealt with.
  std::size_t unfinished() const noexcept { return unfinished_; }
  bool is_shutdown() const noexcept { return shutdown_; }

protected:
  explicit queue_base(std::size_t max) : max_(max) { finished_.set(); }
  ~queue_base() = default;
  [[noreturn]] static void throw_empty();
  [[noreturn]] static void throw_full();
  [[noreturn]] static void throw_shutdown();
  void added() noexcept;
  void shut(bool immediate, std::size_t dropped) noexcept;
  std::string describe(std::size_t size) const;

  std::size_t max_;
  std::size_t unfinished_ = 0;
  bool shutdown_ = false;
  wait_list getters_;
  wait_list putters_;
  event finished_;
};

template <class T> class fifo_items {
public:
  void push(T item) { items_.push_back(std::move(item)); }
  T pop() {
    T first = std::move(items_.front());
    items_.pop_front();
    return first;
  }
  std::size_t size() const noexcept { return items_.size(); }
  void clear() noexcept { items_.clear(); }

private:
  std::deque<T> items_;
};

template <class T> class lifo_items {
public:
  void push(T item) { items_.push_back(std::move(item)); }
  T pop() {
    T last = std::move(items_.back());
    items_.pop_back();
    return last;
  }
  std::size_t size() const noexcept { return items_.size(); }
  void clear() noexcept { items_.clear(); }

private:
  std::vector<T> items_;
};

struct smaller {
  template <class T> bool operator()(const T &a, const T &b) const { return a < b; }
};

/// A binary heap with the least item at its top.
template <class T, class Before> class heap_items {
public:
  void push(T item) {
    std::size_t at = items_.size();
    items_.push_back(std::move(item));
    for (; at > 0 && before_(items_[at], items_[(at - 1) / 2]); at = (at - 1) / 2)
      std::swap(items_[at], items_[(at - 1) / 2]);
  }
  T pop() {
    T first = std::move(items_.front());
    if (items_.size() > 1)
      items_.front() = std::move(items_.back());
    items_.pop_back();
    for (std::size_t at = 0;;) {
      std::size_t least = at;
      for (std::size_t child = 2 * at + 1; child <= 2 * at + 2 && child < items_.size(); ++child)
        if (before_(items_[child], items_[least]))
          least = child;
      if (least == at)
        return first;
      std::swap(items_[at], items_[least]);
      at = least;
    }
  }
  std::size_t size() const noexcept { return items_.size(); }
  void clear() noexcept { items_.clear(); }

private:
  std::vector<T> items_;
  [[no_unique_address]] Before before_{};
};

} // namespace detail

/// Hands items from the tasks that put() to those that get(), first come, first served on both
/// sides. Cancel safety: a get() that was cancelled has taken nothing, a put() has put nothing;
/// the turn it may have had goes to the next.
template <class T, class Items>
class ABIDE_IS(loop_affine) basic_queue : public detail::queue_base {
public:
  using value_type = T;
  /// No limit for zero.
  explicit basic_queue(std::size_t max_size = 0) : queue_base(max_size) {}
  basic_queue(const basic_queue &) = delete;
  basic_queue &operator=(const basic_queue &) = delete;

  /// Waits while there is no room. Throws queue_shutdown.
  task<void> put(T item) {
    while (full() && !shutdown_) {
      bool had_turn = false;
      try {
        co_await detail::turn(putters_, had_turn);
      } catch (...) {
        if (had_turn && !full())
          putters_.wake_one();
        throw;
      }
    }
    put_nowait(std::move(item));
  }
  /// Throws queue_full, queue_shutdown.
  void put_nowait(T item) {
    if (shutdown_)
      throw_shutdown();
    if (full())
      throw_full();
    items_.push(std::move(item));
    added();
  }
  /// Waits while there is nothing. Throws queue_shutdown when nothing will come.
  task<T> get() {
    while (empty() && !shutdown_) {
      bool had_turn = false;
      try {
        co_await detail::turn(getters_, had_turn);
      } catch (...) {
        if (had_turn && !empty())
          getters_.wake_one();
        throw;
      }
    }
    co_return get_nowait();
  }
  /// Throws queue_empty, or queue_shutdown.
  T get_nowait() {
    if (empty())
      shutdown_ ? throw_shutdown() : throw_empty();
    T item = items_.pop();
    putters_.wake_one();
    return item;
  }
  /// Nothing can be put any more; what is there can be got. Immediate: what is there is dropped and
  /// counts as dealt with. Who waits to put, or to get when nothing is left, gets queue_shutdown.
  void shutdown(bool immediate = false) noexcept {
    const std::size_t dropped = immediate ? items_.size() : 0;
    if (immediate)
      items_.clear();
    shut(immediate, dropped);
  }

  std::size_t size() const noexcept { return items_.size(); }
  bool empty() const noexcept { return size() == 0; }
  bool full() const noexcept { return max_ > 0 && size() >= max_; }

  friend std::string to_string(const basic_queue &what) { return what.describe(what.size()); }

private:
  Items items_;
};

/// First in, first out.
template <class T> class queue final : public basic_queue<T, detail::fifo_items<T>> {
public:
  using basic_queue<T, detail::fifo_items<T>>::basic_queue;
};
/// Last in, first out.
template <class T> class lifo_queue final : public basic_queue<T, detail::lifo_items<T>> {
public:
  using basic_queue<T, detail::lifo_items<T>>::basic_queue;
};
/// The least item first.
template <class T, class Before = detail::smaller>
class priority_queue final : public basic_queue<T, detail::heap_items<T, Before>> {
public:
  using basic_queue<T, detail::heap_items<T, Before>>::basic_queue;
};

} // namespace abide
