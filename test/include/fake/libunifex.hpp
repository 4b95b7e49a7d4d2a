// The shape of libunifex: task is an alias of a nested type, awaited through await_transform.
#pragma once

#include <chrono>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace unifex {

namespace _task {

struct coro_holder {
  explicit coro_holder(std::coroutine_handle<> h) noexcept : coro_(h) {}
  coro_holder(coro_holder &&other) noexcept : coro_(std::exchange(other.coro_, {})) {}
  ~coro_holder() {
    if (coro_)
      coro_.destroy();
  }

protected:
  std::coroutine_handle<> coro_;
};

template <typename T, bool nothrow> struct _task {
  struct [[nodiscard]] type;
};

struct _final_suspend_awaiter {
  bool await_ready() noexcept { return false; }
  template <typename P> std::coroutine_handle<> await_suspend(std::coroutine_handle<P>) noexcept;
  void await_resume() noexcept {}
};

template <typename T> struct _awaiter {
  bool await_ready() noexcept { return false; }
  template <typename P> std::coroutine_handle<> await_suspend(std::coroutine_handle<P>) noexcept;
  T await_resume();
};

template <typename T> struct _return_value_or_void {
  template <typename Value> void return_value(Value &&);
};
template <> struct _return_value_or_void<void> {
  void return_void() noexcept {}
};

template <typename S> struct _sender_awaiter {
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept;
  void await_resume();
};

template <typename T, bool nothrow> struct _promise {
  struct type final : _return_value_or_void<T> {
    typename _task<T, nothrow>::type get_return_object() noexcept;
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept { return _final_suspend_awaiter{}; }
    void unhandled_exception() noexcept;
    std::coroutine_handle<> unhandled_done() noexcept;
    template <typename Value> decltype(auto) await_transform(Value &&value) {
      if constexpr (requires { std::remove_cvref_t<Value>::sends_done; })
        return _sender_awaiter<Value>{};
      else if constexpr (requires { static_cast<Value &&>(value)._await(); })
        return static_cast<Value &&>(value)._await();
      else
        return static_cast<Value &&>(value);
    }
  };
};

template <typename T, bool nothrow> struct [[nodiscard]] _task<T, nothrow>::type : coro_holder {
  using promise_type = typename _promise<T, nothrow>::type;
  explicit type(std::coroutine_handle<> h) noexcept : coro_holder(h) {}
  type(type &&) noexcept = default;
  _awaiter<T> _await() && { return {}; }
};

} // namespace _task

template <typename T> using task = typename _task::_task<T, false>::type;
template <typename T> using nothrow_task = typename _task::_task<T, true>::type;

namespace _sender {
struct [[nodiscard]] type {
  template <template <typename...> class Variant, template <typename...> class Tuple>
  using value_types = Variant<Tuple<>>;
  template <template <typename...> class Variant> using error_types = Variant<std::exception_ptr>;
  static constexpr bool sends_done = true;
};
} // namespace _sender

template <typename... T> _sender::type just(T...);
template <typename S, typename F> _sender::type then(S &&, F) { std::terminate(); }
template <typename S> std::optional<int> sync_wait(S &&) { std::terminate(); }
template <typename Sender, typename Scope> void spawn_detached(Sender &&, Scope &) {
  std::terminate();
}
template <typename Sender, typename Scope> _sender::type spawn_future(Sender &&, Scope &) {
  std::terminate();
}

struct _schedule_fn {
  template <typename Scheduler> _sender::type operator()(Scheduler &&) const;
};
inline constexpr _schedule_fn schedule{};
struct _schedule_after_fn {
  template <typename Scheduler>
  _sender::type operator()(Scheduler &&, std::chrono::milliseconds) const;
};
inline constexpr _schedule_after_fn schedule_after{};

class timed_single_thread_context {
public:
  struct scheduler {};
  scheduler get_scheduler() noexcept;
};

inline namespace v2 {
class async_scope {
public:
  async_scope() noexcept;
  ~async_scope();
  template <typename Sender> _sender::type nest(Sender &&) { std::terminate(); }
  [[nodiscard]] _sender::type join() noexcept;
};
} // namespace v2

class async_mutex {
public:
  [[nodiscard]] bool try_lock() noexcept;
  [[nodiscard]] _sender::type async_lock() noexcept;
  void unlock() noexcept;
};

} // namespace unifex
