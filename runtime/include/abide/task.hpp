// A coroutine: nothing runs before it is awaited or spawned.
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/detail/promise.hpp>

#include <type_traits>
#include <utility>

namespace abide {

template <class T = void> class task;

namespace detail {

[[noreturn]] void throw_spent_task();
/// Destroys a coroutine that never ran, and reports it unless it goes with what has failed or was
/// cancelled.
void drop_unawaited(std::coroutine_handle<> frame, promise_base &promise) noexcept;

template <class T> class task_promise final : public promise<T> {
public:
  task<T> get_return_object() noexcept;
};

/// Runs the child inside await_suspend and goes on at once when it ends without suspending: the
/// stack does not grow, whatever the compiler does with tail calls (a loop over ready tasks is
/// flat at -O0 and under ASan). Only a child that has suspended ends by symmetric transfer.
template <class T> class task_awaiter {
public:
  explicit task_awaiter(std::coroutine_handle<task_promise<T>> child) noexcept : child_(child) {}
  task_awaiter(const task_awaiter &) = delete;
  task_awaiter &operator=(const task_awaiter &) = delete;
  ~task_awaiter() { child_.destroy(); }

  bool await_ready() const noexcept { return false; }
  template <class P> bool await_suspend(std::coroutine_handle<P> parent) {
    task_promise<T> &promise = child_.promise();
    promise.state = progress::nested;
    child_.resume();
    if (promise.state == progress::done)
      return false;
    promise.detach(parent);
    return true;
  }
  T await_resume() {
    task_promise<T> &promise = child_.promise();
    if (promise.error) [[unlikely]]
      std::rethrow_exception(std::move(promise.error));
    if constexpr (std::is_void_v<T>)
      return;
    else
      return static_cast<T &&>(promise.result.get());
  }

private:
  std::coroutine_handle<task_promise<T>> child_;
};

} // namespace detail

/// The return type of a coroutine that gives a T, a T& or nothing. Lazy: calling the function only
/// makes the frame; `co_await f()` runs it within the awaiting task, create_task(f()) runs it as
/// a task of its own. Whoever does so takes the frame; a task that is dropped before never ran,
/// and its frame is freed; that is reported. Move-only. To be awaited on the thread of one loop; a
/// task that has not started yet may move between threads.
///
/// Cancellation arrives inside, at the innermost suspension point.
// NOLINTNEXTLINE(async-missing-task-attributes): clang would refuse plain functions that give tasks
template <class T> class ABIDE_IS(lazy_task) ABIDE_IS(loop_bound) [[nodiscard]] task {
public:
  using promise_type = detail::task_promise<T>;
  using value_type = T;

  task() = default;
  task(task &&other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  task &operator=(task other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~task() {
    if (frame_)
      detail::drop_unawaited(frame_, frame_.promise());
  }

  /// Whether there is a coroutine left to await.
  explicit operator bool() const noexcept { return frame_ != nullptr; }

  /// Destroys a coroutine that is not wanted any more, before it ran, and reports nothing.
  void dismiss() noexcept {
    if (auto frame = std::exchange(frame_, nullptr))
      frame.destroy();
  }

  /// `co_await std::move(t)`: a task can be awaited once. Throws invalid_state the second time.
  auto operator co_await() && { return detail::task_awaiter<T>(take()); }
  void operator co_await() & = delete;

  /// The frame, which the caller must destroy from now on. For those who run coroutines.
  std::coroutine_handle<promise_type> take() {
    if (!frame_)
      detail::throw_spent_task();
    return std::exchange(frame_, nullptr);
  }

private:
  friend promise_type;
  explicit task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

template <class T> task<T> detail::task_promise<T>::get_return_object() noexcept {
  return task<T>(std::coroutine_handle<task_promise<T>>::from_promise(*this));
}

} // namespace abide
