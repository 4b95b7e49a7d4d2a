// The shape of Seastar: an eager single-use future with .then() chains, awaited by a free
// operator co_await; semaphores whose units come in a future; stackful threads.
#pragma once

#include <chrono>
#include <coroutine>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace seastar {

template <typename T = void> class future;
template <typename T = void> class promise;

namespace internal {
template <typename T> struct futurize {
  using type = future<T>;
};
template <typename T> struct futurize<future<T>> {
  using type = future<T>;
};
template <typename T> using futurize_t = typename futurize<T>::type;
template <typename F, typename T> struct continuation {
  using type = futurize_t<std::invoke_result_t<F, T>>;
};
template <typename F> struct continuation<F, void> {
  using type = futurize_t<std::invoke_result_t<F>>;
};
class future_base {};
template <class T> using lifted = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
} // namespace internal

template <typename T> class [[nodiscard]] future : private internal::future_base {
public:
  using value_type = T;
  future(future &&) noexcept;
  future(const future &) = delete;
  future &operator=(future &&) noexcept;
  ~future();
  T get();
  void wait() noexcept;
  bool available() const noexcept;
  bool failed() const noexcept;
  template <typename F> typename internal::continuation<F, T>::type then(F &&) noexcept {
    std::terminate();
  }
  template <typename F>
  internal::futurize_t<std::invoke_result_t<F, future>> then_wrapped(F &&) noexcept {
    std::terminate();
  }
  template <typename F> future<T> finally(F &&) noexcept { std::terminate(); }
  template <typename F> future<T> handle_exception(F &&) noexcept { std::terminate(); }
  future<> discard_result() noexcept;
  void ignore_ready_future() noexcept;
};

template <typename T = void> class shared_future {
public:
  shared_future(future<T> &&) noexcept;
  future<T> get_future() const noexcept;
};

namespace internal {

template <typename T> class promise_base {
public:
  seastar::future<T> get_return_object() noexcept;
  void unhandled_exception() noexcept;
  std::suspend_never initial_suspend() noexcept { return {}; }
  std::suspend_never final_suspend() noexcept { return {}; }
};
template <typename T = void> class coroutine_traits_base {
public:
  class promise_type final : public promise_base<T> {
  public:
    template <typename U> void return_value(U &&value);
  };
};
template <> class coroutine_traits_base<> {
public:
  class promise_type final : public promise_base<void> {
  public:
    void return_void() noexcept;
  };
};

template <bool CheckPreempt, typename T> struct awaiter {
  seastar::future<T> _future;
  explicit awaiter(seastar::future<T> &&f) noexcept : _future(std::move(f)) {}
  awaiter(const awaiter &) = delete;
  bool await_ready() const noexcept { return _future.available(); }
  template <typename U> void await_suspend(std::coroutine_handle<U>) noexcept;
  T await_resume() { return _future.get(); }
};

} // namespace internal

template <typename T> auto operator co_await(future<T> &&f) noexcept {
  return internal::awaiter<true, T>(std::move(f));
}

template <typename T, typename... A> future<T> make_ready_future(A &&...);
future<> make_ready_future();
template <typename T = void> future<T> make_exception_future(std::exception_ptr);

template <typename Clock = std::chrono::steady_clock> class basic_semaphore;
class semaphore_units {
public:
  semaphore_units(semaphore_units &&) noexcept;
  ~semaphore_units();
  void return_all();
};
template <typename Clock> class basic_semaphore {
public:
  explicit basic_semaphore(std::size_t);
  future<> wait(std::size_t = 1) noexcept;
  void signal(std::size_t = 1) noexcept;
};
using semaphore = basic_semaphore<>;
template <typename Clock>
future<semaphore_units> get_units(basic_semaphore<Clock> &, std::size_t) noexcept;
template <typename Clock>
std::optional<semaphore_units> try_get_units(basic_semaphore<Clock> &, std::size_t) noexcept;
template <typename Clock, typename F>
internal::futurize_t<std::invoke_result_t<F>> with_semaphore(basic_semaphore<Clock> &, std::size_t,
                                                             F &&) noexcept {
  std::terminate();
}

class rwlock {
public:
  class holder {};
  future<holder> hold_read_lock();
  future<holder> hold_write_lock();
};

class gate {
public:
  class holder {
  public:
    explicit holder(gate &);
    ~holder();
  };
  gate();
  ~gate();
  holder hold();
  future<> close() noexcept;
};
template <typename Service> class sharded {
public:
  sharded() noexcept;
  ~sharded();
  template <typename... Args> future<> start(Args &&...) noexcept;
  future<> stop() noexcept;
  Service &local() noexcept;
};
template <typename Object> class [[nodiscard]] deferred_close {
public:
  deferred_close(Object &) noexcept;
  ~deferred_close();
};
template <typename Object> class [[nodiscard]] deferred_stop {
public:
  deferred_stop(Object &) noexcept;
  ~deferred_stop();
};
template <typename Object, typename F>
internal::futurize_t<std::invoke_result_t<F, Object &>> with_closeable(Object &&, F) noexcept {
  std::terminate();
}
template <typename F> internal::futurize_t<std::invoke_result_t<F>> with_gate(gate &, F &&) {
  std::terminate();
}

template <typename Rep, typename Period> future<> sleep(std::chrono::duration<Rep, Period>);

class abort_requested_exception : public std::exception {};
class sleep_aborted : public abort_requested_exception {};
class gate_closed_exception : public std::exception {};
class abort_source {
public:
  void request_abort() noexcept;
  bool abort_requested() const noexcept;
  void check() const;
};
template <typename Clock = std::chrono::steady_clock>
future<> sleep_abortable(typename Clock::duration);
template <typename Clock = std::chrono::steady_clock>
future<> sleep_abortable(typename Clock::duration, abort_source &);

template <typename T> class promise {
public:
  promise() noexcept;
  promise(promise &&) noexcept;
  promise &operator=(promise &&) noexcept;
  future<T> get_future() noexcept;
  template <typename... A> void set_value(A &&...) noexcept { std::terminate(); }
  void set_exception(std::exception_ptr) noexcept;
};
future<> yield() noexcept;
template <typename... Ts> future<std::tuple<future<Ts>...>> when_all(future<Ts> &&...);
template <typename... Ts>
future<std::tuple<internal::lifted<Ts>...>> when_all_succeed(future<Ts> &&...);
template <typename It>
  requires requires(It it) { *it; }
future<> when_all_succeed(It, It);
template <typename Range, typename F> future<> parallel_for_each(Range &&, F &&) {
  std::terminate();
}
template <typename Range, typename F> future<> do_for_each(Range &&, F &&) { std::terminate(); }
template <typename F> future<> repeat(F &&) { std::terminate(); }
template <typename R, typename F>
internal::futurize_t<std::invoke_result_t<F, R &>> do_with(R &&, F &&) {
  std::terminate();
}

namespace coroutine {
struct [[nodiscard]] maybe_yield {
  bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<>);
  void await_resume() noexcept {}
};
template <typename F> class lambda {
public:
  explicit lambda(F &&f) : func_(&f) {}
  template <typename... Args> decltype(auto) operator()(Args &&...args) const {
    return (*func_)(std::forward<Args>(args)...);
  }

private:
  F *func_;
};
template <typename... F> struct [[nodiscard]] all {
  explicit all(F &&...);
  bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<>);
  void await_resume();
};
} // namespace coroutine

// The functor runs on its own stack, where future::get() suspends instead of blocking.
template <typename F> internal::futurize_t<std::invoke_result_t<F>> async(F &&) noexcept {
  std::terminate();
}
class thread {
public:
  template <typename F> explicit thread(F &&) { std::terminate(); }
  future<> join();
};

namespace smp {
template <typename F>
internal::futurize_t<std::invoke_result_t<F>> submit_to(unsigned shard, F &&) noexcept {
  std::terminate();
}
} // namespace smp

} // namespace seastar

namespace std {
template <typename T, typename... Args>
class coroutine_traits<seastar::future<T>, Args...>
    : public seastar::internal::coroutine_traits_base<T> {};
} // namespace std
