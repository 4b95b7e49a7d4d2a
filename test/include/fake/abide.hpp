// The shape of this project's own runtime: lazy task<T>, tasks that a loop owns once created,
// async_generator<T>, future<T>, async locks, sleep, run.
#pragma once

#include <chrono>
#include <coroutine>
#include <exception>
#include <iterator>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace abide {

// No std::exception, so that a handler for those lets it pass.
class cancelled_error {};

template <class T = void> class task;
template <class T = void> class spawned_task;
template <class T = void> class future;

namespace detail {

template <class T> using lifted = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T> struct awaiter {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept;
  T await_resume();
};

struct promise_base {
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept;
};
template <class T> struct task_promise : promise_base {
  task<T> get_return_object() noexcept;
  template <class U> void return_value(U &&);
};
template <> struct task_promise<void> : promise_base {
  task<void> get_return_object() noexcept;
  void return_void() noexcept {}
};

} // namespace detail

template <class T> class [[nodiscard]] task {
public:
  using promise_type = detail::task_promise<T>;
  using value_type = T;
  task(task &&other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  task &operator=(task &&other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~task() {
    if (handle_)
      handle_.destroy();
  }
  detail::awaiter<T> operator co_await() && noexcept { return {}; }

private:
  std::coroutine_handle<promise_type> handle_;
};

// A handle to a task that runs on the loop, which owns it: the handle may be dropped.
template <class T> class spawned_task {
public:
  spawned_task(const spawned_task &) noexcept;
  bool cancel();
  bool done() const noexcept;
  T result() const;
  detail::awaiter<T> operator co_await() const noexcept { return {}; }
};
template <class T> spawned_task<T> create_task(task<T>);

template <class T> class [[nodiscard]] async_generator {
public:
  struct promise_type : detail::promise_base {
    async_generator get_return_object() noexcept;
    std::suspend_always yield_value(T) noexcept { return {}; }
    void return_void() noexcept {}
  };
  struct iterator {
    detail::awaiter<iterator &> operator++() noexcept;
    T &operator*() const noexcept;
    bool operator==(std::default_sentinel_t) const noexcept;
  };
  async_generator(async_generator &&other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  ~async_generator() {
    if (handle_)
      handle_.destroy();
  }
  detail::awaiter<iterator> begin() noexcept;
  std::default_sentinel_t end() noexcept { return {}; }
  task<void> aclose();

private:
  std::coroutine_handle<promise_type> handle_;
};

template <class T> class future {
public:
  bool done() const noexcept;
  T result() const;
  bool cancelled() const noexcept;
  bool cancel();
  template <class U> void set_result(U &&) { std::terminate(); }
  void set_exception(std::exception_ptr);
  detail::awaiter<T> operator co_await() const noexcept { return {}; }
};

class lock_guard {
public:
  lock_guard(lock_guard &&) noexcept;
  ~lock_guard();
};
class mutex {
public:
  task<lock_guard> lock();
  bool locked() const noexcept;
};
class semaphore {
public:
  explicit semaphore(int);
  task<lock_guard> acquire();
};

class task_group {
public:
  task_group();
  ~task_group();
  template <class T> spawned_task<T> create_task(task<T>);
  task<void> join();
};

class server {
public:
  server(server &&) noexcept;
  ~server();
  task<void> serve_forever();
  void close();
  task<void> wait_closed();
};
task<server> start_server(int port);

class timeout_scope {
public:
  ~timeout_scope();
};
template <class Rep, class Period> timeout_scope timeout(std::chrono::duration<Rep, Period>);

// Closes the generator when it goes out of scope.
template <class G> class aclosing {
public:
  explicit aclosing(G &);
  ~aclosing();
};

class loop {
public:
  template <class F> void call_soon(F &&) { std::terminate(); }
  template <class Rep, class Period, class F>
  void call_later(std::chrono::duration<Rep, Period>, F &&) {
    std::terminate();
  }
  template <class F> void call_soon_threadsafe(F &&) { std::terminate(); }
  template <class F> void add_signal_handler(int, F &&) { std::terminate(); }
};

template <class Rep, class Period> task<void> sleep(std::chrono::duration<Rep, Period>);
template <class... T> task<std::tuple<detail::lifted<T>...>> gather(task<T>...);
template <class T> task<std::vector<T>> gather(std::vector<task<T>>);
template <class T> task<T> shield(task<T>);
template <class Rep, class Period, class T>
task<T> wait_for(task<T>, std::chrono::duration<Rep, Period>);
template <class F> task<std::invoke_result_t<F>> to_thread(F) { std::terminate(); }
template <class T> T run(task<T>);

} // namespace abide
