// The shape of stdexec: senders that are no awaitables by themselves but that a task's
// await_transform accepts, exec::task, start_detached, async_scope, sync_wait.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace stdexec {

struct sender_tag {};
template <class S>
concept sender = requires { typename std::remove_cvref_t<S>::sender_concept; };

namespace __detail {
template <class... Ts> struct [[nodiscard]] __sender {
  using sender_concept = sender_tag;
};
template <class T> struct __sender_awaiter {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept;
  T await_resume();
};
template <class Fn> struct __closure {
  template <sender S> friend __sender<> operator|(S &&, __closure) { return {}; }
};
} // namespace __detail

template <class... Ts> __detail::__sender<Ts...> just(Ts...);
template <class Fn> __detail::__closure<Fn> then(Fn) { std::terminate(); }
template <sender S, class Fn> __detail::__sender<> then(S &&, Fn) { std::terminate(); }
template <class Scheduler> auto schedule(Scheduler &&sch) { return sch.schedule(); }
template <class Scheduler, sender S> __detail::__sender<> starts_on(Scheduler, S &&);
template <sender... S> __detail::__sender<> when_all(S &&...);
template <sender S> std::optional<std::tuple<int>> sync_wait(S &&);
template <sender S, class Token> void spawn(S &&, Token) { std::terminate(); }
template <sender S, class Token> __detail::__sender<> spawn_future(S &&, Token) {
  std::terminate();
}

class counting_scope {
public:
  class token {};
  counting_scope() noexcept;
  ~counting_scope();
  token get_token() noexcept;
  void close() noexcept;
  void request_stop() noexcept;
  __detail::__sender<> join() noexcept;
};

class run_loop {
public:
  class __scheduler {
  public:
    __detail::__sender<> schedule() const noexcept;
  };
  __scheduler get_scheduler() noexcept;
  void run();
  void finish();
};

} // namespace stdexec

namespace exec {

namespace __task {

template <class _Ty> struct __promise_base {
  void return_value(_Ty value);
};
template <> struct __promise_base<void> {
  void return_void();
};

struct __default_context {};

template <class _Ty, class _Context = __default_context> class [[nodiscard]] basic_task {
  struct __promise;
  struct __task_awaiter {
    std::coroutine_handle<__promise> __coro_;
    ~__task_awaiter() {
      if (__coro_)
        __coro_.destroy();
    }
    static constexpr bool await_ready() noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept { return __coro_; }
    _Ty await_resume();
  };
  struct __final_awaiter {
    static constexpr bool await_ready() noexcept { return false; }
    static std::coroutine_handle<> await_suspend(std::coroutine_handle<__promise>) noexcept;
    static constexpr void await_resume() noexcept {}
  };
  struct __promise : __promise_base<_Ty> {
    basic_task get_return_object() noexcept {
      return basic_task(std::coroutine_handle<__promise>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    __final_awaiter final_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept;
    std::coroutine_handle<> unhandled_stopped() noexcept;
    template <stdexec::sender S> auto await_transform(S &&) noexcept {
      return stdexec::__detail::__sender_awaiter<void>{};
    }
    template <class A>
      requires(!stdexec::sender<A>)
    decltype(auto) await_transform(A &&a) noexcept {
      return static_cast<A &&>(a);
    }
  };

public:
  using promise_type = __promise;
  basic_task(basic_task &&that) noexcept : __coro_(std::exchange(that.__coro_, {})) {}
  ~basic_task() {
    if (__coro_)
      __coro_.destroy();
  }
  __task_awaiter operator co_await() && noexcept {
    return __task_awaiter{std::exchange(__coro_, {})};
  }

private:
  explicit basic_task(std::coroutine_handle<promise_type> coro) noexcept : __coro_(coro) {}
  std::coroutine_handle<promise_type> __coro_;
};

} // namespace __task

using __task::basic_task;
template <class _Ty> using task = __task::basic_task<_Ty>;

class static_thread_pool {
public:
  struct scheduler {
    stdexec::__detail::__sender<> schedule() const noexcept;
  };
  explicit static_thread_pool(unsigned);
  scheduler get_scheduler() noexcept;
};

template <class S> void start_detached(S &&) { std::terminate(); }

class async_scope {
public:
  async_scope() noexcept;
  ~async_scope();
  template <class S> void spawn(S &&) { std::terminate(); }
  template <class S> stdexec::__detail::__sender<> spawn_future(S &&) { std::terminate(); }
  stdexec::__detail::__sender<> on_empty() const;
};

} // namespace exec
