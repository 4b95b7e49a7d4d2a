// The shape of concurrencpp: eager result (coroutine_traits specialised, with an executor_tag
// form that posts itself), lazy_result, null_result, executors, resume_on, async_lock.
#pragma once

#include <chrono>
#include <coroutine>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace concurrencpp {

struct executor_tag {};
struct null_result {};
enum class result_status { idle, value, exception };
template <class type> class result;
template <class type> class lazy_result;

class executor {
public:
  virtual ~executor() noexcept = default;
  template <class callable_type> void post(callable_type &&) { std::terminate(); }
  template <class callable_type>
  result<std::invoke_result_t<callable_type>> submit(callable_type &&) {
    std::terminate();
  }
};
class thread_pool_executor : public executor {};
class worker_thread_executor : public executor {};
class manual_executor : public executor {
public:
  std::size_t loop(std::size_t);
  bool loop_once();
};
class runtime {
public:
  std::shared_ptr<concurrencpp::thread_pool_executor> thread_pool_executor() const noexcept;
  std::shared_ptr<concurrencpp::thread_pool_executor> background_executor() const noexcept;
  std::shared_ptr<manual_executor> make_manual_executor();
};

namespace details {

using std::coroutine_handle;
using std::suspend_always;
using std::suspend_never;

template <class type> struct awaitable_base {
  bool await_ready() const noexcept { return false; }
  template <class promise_type> bool await_suspend(coroutine_handle<promise_type>);
  type await_resume();
};

template <class derived, class type> struct return_value_struct {
  template <class return_type> void return_value(return_type &&);
};
template <class derived> struct return_value_struct<derived, void> {
  void return_void();
};

struct initialy_resumed_promise {
  suspend_never initial_suspend() const noexcept { return {}; }
};

// Derives from suspend_always, yet its await_suspend has already posted the coroutine: eager.
template <class executor_type> struct initialy_rescheduled_promise {
  struct initial_scheduling_awaiter : suspend_always {
    template <class promise_type> void await_suspend(coroutine_handle<promise_type>);
    void await_resume() const;
  };
  template <class... argument_types>
  initialy_rescheduled_promise(executor_tag, executor_type &, argument_types &&...);
  initial_scheduling_awaiter initial_suspend() const noexcept { return {}; }
};

struct null_result_promise {
  null_result get_return_object() const noexcept { return {}; }
  suspend_never final_suspend() const noexcept { return {}; }
  void unhandled_exception() const noexcept {}
  void return_void() const noexcept {}
};

struct result_publisher : suspend_always {
  template <class promise_type> void await_suspend(coroutine_handle<promise_type>) const noexcept;
};

template <class type>
struct result_coro_promise : return_value_struct<result_coro_promise<type>, type> {
  void unhandled_exception() noexcept;
  result<type> get_return_object() noexcept;
  result_publisher final_suspend() const noexcept { return {}; }
};

struct initialy_resumed_null_result_promise : initialy_resumed_promise, null_result_promise {};
template <class type>
struct initialy_resumed_result_promise : initialy_resumed_promise, result_coro_promise<type> {};
template <class type, class executor_type>
struct initialy_rescheduled_result_promise : initialy_rescheduled_promise<executor_type>,
                                             result_coro_promise<type> {
  using initialy_rescheduled_promise<executor_type>::initialy_rescheduled_promise;
};

struct lazy_final_awaiter : suspend_always {
  template <class promise_type>
  coroutine_handle<void> await_suspend(coroutine_handle<promise_type>) noexcept;
};
template <class type> class lazy_promise : public return_value_struct<lazy_promise<type>, type> {
public:
  lazy_result<type> get_return_object() noexcept;
  void unhandled_exception() noexcept;
  suspend_always initial_suspend() const noexcept { return {}; }
  lazy_final_awaiter final_suspend() const noexcept { return {}; }
};

template <class executor_type> struct resume_on_awaitable : suspend_always {
  explicit resume_on_awaitable(executor_type &) noexcept;
  resume_on_awaitable(const resume_on_awaitable &) = delete;
  void await_suspend(coroutine_handle<void>);
};

} // namespace details

template <class type> class result {
public:
  result() noexcept = default;
  result(result &&) noexcept = default;
  result &operator=(result &&) noexcept;
  explicit operator bool() const noexcept;
  result_status status() const;
  void wait() const;
  template <class Rep, class Period>
  result_status wait_for(std::chrono::duration<Rep, Period>) const;
  type get();
  auto operator co_await() { return details::awaitable_base<type>{}; }
  auto resolve() { return details::awaitable_base<result>{}; }

private:
  std::unique_ptr<int> m_state;
};

template <class type> class lazy_result {
public:
  lazy_result() noexcept = default;
  lazy_result(lazy_result &&rhs) noexcept : m_state(std::exchange(rhs.m_state, {})) {}
  ~lazy_result() noexcept {
    if (static_cast<bool>(m_state))
      m_state.destroy();
  }
  explicit operator bool() const noexcept;
  auto operator co_await() { return details::awaitable_base<type>{}; }
  result<type> run();

private:
  std::coroutine_handle<details::lazy_promise<type>> m_state;
};

template <class type> class shared_result {
public:
  shared_result(result<type>);
  shared_result(const shared_result &) noexcept = default;
  type &get();
  auto operator co_await() { return details::awaitable_base<type>{}; }

private:
  std::shared_ptr<int> m_state;
};

template <class type> class generator {
public:
  struct promise_type {
    generator get_return_object() noexcept;
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    std::suspend_always yield_value(const type &) noexcept { return {}; }
    void unhandled_exception() const;
    void return_void() const noexcept {}
  };
  struct iterator {
    iterator &operator++();
    type &operator*() const noexcept;
    friend bool operator==(const iterator &, std::nullptr_t) noexcept { return true; }
  };
  generator(generator &&) noexcept;
  ~generator() noexcept {
    if (m_coro_handle)
      m_coro_handle.destroy();
  }
  iterator begin();
  static std::nullptr_t end() noexcept { return nullptr; }

private:
  std::coroutine_handle<promise_type> m_coro_handle;
};

template <class executor_type> auto resume_on(std::shared_ptr<executor_type> executor) {
  return details::resume_on_awaitable<executor_type>(*executor);
}
template <class executor_type> auto resume_on(executor_type &executor) noexcept {
  return details::resume_on_awaitable<executor_type>(executor);
}

class scoped_async_lock {
public:
  scoped_async_lock(scoped_async_lock &&) noexcept;
  ~scoped_async_lock() noexcept;
};
class async_lock {
public:
  lazy_result<scoped_async_lock> lock(std::shared_ptr<executor>);
  lazy_result<bool> try_lock();
  void unlock();
};

template <class... Results>
lazy_result<std::vector<int>> when_all(std::shared_ptr<executor>, Results &&...);

template <class type> class result_promise {
public:
  result_promise();
  result_promise(result_promise &&) noexcept;
  explicit operator bool() const noexcept;
  template <class... argument_types> void set_result(argument_types &&...) { std::terminate(); }
  void set_exception(std::exception_ptr);
  result<type> get_result();
};

} // namespace concurrencpp

namespace std {
template <class... arguments> struct coroutine_traits<concurrencpp::null_result, arguments...> {
  using promise_type = concurrencpp::details::initialy_resumed_null_result_promise;
};
template <class type, class... arguments>
struct coroutine_traits<concurrencpp::result<type>, arguments...> {
  using promise_type = concurrencpp::details::initialy_resumed_result_promise<type>;
};
template <class type, class executor_type, class... arguments>
struct coroutine_traits<concurrencpp::result<type>, concurrencpp::executor_tag, executor_type &,
                        arguments...> {
  using promise_type =
      concurrencpp::details::initialy_rescheduled_result_promise<type, executor_type>;
};
template <class type, class... arguments>
struct coroutine_traits<concurrencpp::lazy_result<type>, arguments...> {
  using promise_type = concurrencpp::details::lazy_promise<type>;
};
} // namespace std
