// The shape of Boost.Cobalt: eager attached promises, lazy tasks, detached, generators.
#pragma once

#include <array>
#include <chrono>
#include <coroutine>
#include <exception>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace boost::cobalt {

enum class cancellation_type { terminal, all };
struct executor {};

template <typename Return = void> struct promise;
template <typename Return = void> struct task;
template <typename Yield, typename Push = void> struct generator;
struct detached;
struct thread;

namespace detail {

template <typename T> struct awaitable_base {
  bool await_ready() const { return done; }
  template <typename Promise> bool await_suspend(std::coroutine_handle<Promise>);
  T await_resume();
  bool done;
};

template <typename Return> struct promise_receiver {
  bool done = false;
  std::exception_ptr exception;
  awaitable_base<Return> get_awaitable() { return {done}; }
  void cancel(cancellation_type);
};

struct final_awaitable {
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  std::coroutine_handle<void> await_suspend(std::coroutine_handle<Promise>) noexcept;
  void await_resume() noexcept {}
};

// Awaits whatever is an awaiter or has operator co_await.
struct enable_awaitables {
  template <typename Awaitable> Awaitable &&await_transform(Awaitable &&a) {
    return static_cast<Awaitable &&>(a);
  }
};

template <typename Return> struct returns {
  template <typename U> void return_value(U &&);
};
template <> struct returns<void> {
  void return_void() {}
};

template <typename Return> struct cobalt_promise : enable_awaitables, returns<Return> {
  promise<Return> get_return_object();
  std::suspend_never initial_suspend() noexcept { return {}; }
  final_awaitable final_suspend() noexcept { return {}; }
  void unhandled_exception();
};

template <typename Return> struct task_promise : enable_awaitables, returns<Return> {
  struct initial_awaitable {
    task_promise *promise;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) {}
    void await_resume();
  };
  task<Return> get_return_object();
  auto initial_suspend() noexcept { return initial_awaitable{this}; }
  final_awaitable final_suspend() noexcept { return {}; }
  void unhandled_exception();
};

template <typename Yield, typename Push> struct generator_promise : enable_awaitables {
  generator<Yield, Push> get_return_object();
  std::suspend_never initial_suspend() noexcept { return {}; }
  final_awaitable final_suspend() noexcept { return {}; }
  template <typename U> final_awaitable yield_value(U &&);
  template <typename U> void return_value(U &&);
  void unhandled_exception();
};

struct thread_promise : enable_awaitables, returns<void> {
  thread get_return_object();
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_never final_suspend() noexcept { return {}; }
  void unhandled_exception();
};

struct detached_promise : enable_awaitables {
  detached get_return_object();
  std::suspend_never initial_suspend() noexcept { return {}; }
  std::suspend_never final_suspend() noexcept { return {}; }
  void return_void() {}
  [[noreturn]] void unhandled_exception() { throw; }
};

} // namespace detail

// Eager and attached: its destructor cancels what is pending, unless + or detach() let it go.
template <typename Return> struct [[nodiscard]] promise {
  using promise_type = detail::cobalt_promise<Return>;
  promise(promise &&other) noexcept
      : receiver_(std::move(other.receiver_)), attached_(std::exchange(other.attached_, false)) {}
  promise &operator=(promise &&) noexcept;
  promise(const promise &) = delete;
  ~promise() {
    if (attached_)
      cancel();
  }
  auto operator co_await() { return receiver_.get_awaitable(); }
  void operator+() && { detach(); }
  void cancel(cancellation_type ct = cancellation_type::all) { receiver_.cancel(ct); }
  bool ready() const { return receiver_.done; }
  explicit operator bool() const;
  bool attached() const { return attached_; }
  void detach() { attached_ = false; }
  void attach() { attached_ = true; }
  Return get();

private:
  detail::promise_receiver<Return> receiver_;
  bool attached_;
};

template <typename Return> struct [[nodiscard]] task {
  using promise_type = detail::task_promise<Return>;
  task(task &&) noexcept = default;
  task &operator=(task &&) noexcept = default;
  task(const task &) = delete;
  auto operator co_await() { return receiver_.get_awaitable(); }

private:
  detail::promise_receiver<Return> receiver_;
};

template <typename Yield, typename Push> struct [[nodiscard]] generator {
  using promise_type = detail::generator_promise<Yield, Push>;
  generator(generator &&) noexcept = default;
  generator &operator=(generator &&) noexcept;
  generator(const generator &) = delete;
  ~generator();
  explicit operator bool() const;
  void cancel(cancellation_type = cancellation_type::all);
  bool ready() const;
  Yield get();
  detail::awaitable_base<Yield> operator co_await();
};

struct detached {
  using promise_type = detail::detached_promise;
};

// Runs on a thread of its own; its destructor stops that and joins.
struct thread {
  using promise_type = detail::thread_promise;
  thread(thread &&) noexcept = default;
  ~thread();
  detail::awaitable_base<void> operator co_await();
};

struct main {
  struct promise_type : detail::enable_awaitables {
    main get_return_object();
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_value(int);
    [[noreturn]] void unhandled_exception() { throw; }
  };
};

template <typename T, typename Token> void spawn(executor, task<T> &&, Token &&) {
  std::terminate();
}
template <typename T> T run(task<T>);

template <typename... P> struct [[nodiscard]] gather_op {
  detail::awaitable_base<void> operator co_await() &&;
};
template <typename... P> gather_op<P...> join(P &&...);
template <typename... P> gather_op<P...> gather(P &&...);
template <typename... P> gather_op<P...> race(P &&...);

class wait_group {
public:
  void push_back(promise<void>);
  detail::awaitable_base<void> wait();
  detail::awaitable_base<void> operator co_await();
  std::size_t size() const;
};

template <typename T> class channel {
public:
  explicit channel(std::size_t limit = 0);
  struct [[nodiscard]] read_op : detail::awaitable_base<T> {};
  struct [[nodiscard]] write_op : detail::awaitable_base<void> {};
  read_op read();
  write_op write(T);
};

} // namespace boost::cobalt
