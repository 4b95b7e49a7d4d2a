// Results in the order in which they come.
#pragma once

#include <abide/detail/ensure_future.hpp>
#include <abide/detail/link.hpp>

#include <optional>
#include <vector>

namespace abide {

namespace detail {

/// The queue behind as_completed: futures that are done, and who waits for the next one.
struct completions {
  void child_done(future_state &ended);
  void expire();
  void notify();

  std::vector<ref<future_state>> done; // in the order of their ends; [next, end) are unclaimed
  std::size_t next = 0;
  std::size_t left = 0; // how many have not been asked for
  bool expired = false;
  ref<future_state> waiter; // future<void>, set when something comes
  handle timer;
  links<completions> watched;
};
std::shared_ptr<completions> watch_completions(std::vector<ref<future_state>> all,
                                               std::optional<duration> timeout);
/// Throws timeout_error.
task<ref<future_state>> next_completion(std::shared_ptr<completions> all);

} // namespace detail

/// What as_completed() gives: `while (done.more()) auto f = co_await done.next();`
template <class T> class [[nodiscard]] completion_order {
public:
  explicit completion_order(std::shared_ptr<detail::completions> all) : all_(std::move(all)) {}

  /// Whether next() has one more to give.
  bool more() const noexcept { return all_->left > 0; }
  /// The next one that is done; its result() gives the value or throws. One at a time. Throws
  /// timeout_error when the time is over before all are done, invalid_state when there is no more.
  /// Cancel safe: nothing is lost.
  task<future<T>> next() {
    return [](std::shared_ptr<detail::completions> all) -> task<future<T>> {
      co_return future<T>(co_await detail::next_completion(std::move(all)));
    }(all_);
  }

private:
  std::shared_ptr<detail::completions> all_;
};

/// Starts what is a coroutine, and gives them as they end. The same future given twice counts once.
template <class A, class T = detail::result_of<A>>
completion_order<T> as_completed(std::vector<A> awaited, std::optional<duration> timeout = {}) {
  std::vector<detail::ref<detail::future_state>> all;
  for (A &one : awaited) {
    const future<T> state = detail::ensure_future(std::move(one));
    all.emplace_back(&state.state());
  }
  return completion_order<T>(detail::watch_completions(std::move(all), timeout));
}

} // namespace abide
