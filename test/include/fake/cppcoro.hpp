// The shape of cppcoro: lazy task and shared_task, generators, async_mutex, io_service.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <iterator>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace cppcoro {

template <typename T = void> class task;
template <typename T = void> class shared_task;

namespace detail {

// Awaiting an rvalue gives a reference into the frame, for all but numbers and pointers.
template <class T>
using rvalue_of = std::conditional_t<std::is_arithmetic_v<T> || std::is_pointer_v<T>, T,
                                     std::add_rvalue_reference_t<T>>;

template <class T> using lifted = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

class task_promise_base {
  struct final_awaitable {
    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise>) noexcept;
    void await_resume() noexcept {}
  };

public:
  auto initial_suspend() noexcept { return std::suspend_always{}; }
  auto final_suspend() noexcept { return final_awaitable{}; }
};

template <typename T> class task_promise final : public task_promise_base {
public:
  task<T> get_return_object() noexcept;
  void unhandled_exception() noexcept;
  template <typename Value> void return_value(Value &&);
  T &result() &;
};
template <> class task_promise<void> : public task_promise_base {
public:
  task<void> get_return_object() noexcept;
  void unhandled_exception() noexcept;
  void return_void() noexcept {}
};

template <typename T> class shared_task_promise final : public task_promise_base {
public:
  shared_task<T> get_return_object() noexcept;
  void unhandled_exception() noexcept;
  template <typename Value> void return_value(Value &&);
};

} // namespace detail

template <typename T> class [[nodiscard]] task {
public:
  using promise_type = detail::task_promise<T>;
  using value_type = T;

private:
  struct awaitable_base {
    std::coroutine_handle<promise_type> m_coroutine;
    bool await_ready() const noexcept { return !m_coroutine || m_coroutine.done(); }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept { return m_coroutine; }
  };

public:
  task() noexcept : m_coroutine(nullptr) {}
  explicit task(std::coroutine_handle<promise_type> coroutine) : m_coroutine(coroutine) {}
  task(task &&t) noexcept : m_coroutine(std::exchange(t.m_coroutine, nullptr)) {}
  task(const task &) = delete;
  task &operator=(const task &) = delete;
  ~task() {
    if (m_coroutine)
      m_coroutine.destroy();
  }
  task &operator=(task &&other) noexcept {
    if (m_coroutine)
      m_coroutine.destroy();
    m_coroutine = std::exchange(other.m_coroutine, nullptr);
    return *this;
  }
  bool is_ready() const noexcept { return !m_coroutine || m_coroutine.done(); }

  auto operator co_await() const & noexcept {
    struct awaitable : awaitable_base {
      std::add_lvalue_reference_t<T> await_resume();
    };
    return awaitable{{m_coroutine}};
  }
  auto operator co_await() const && noexcept {
    struct awaitable : awaitable_base {
      detail::rvalue_of<T> await_resume();
    };
    return awaitable{{m_coroutine}};
  }
  auto when_ready() const noexcept {
    struct awaitable : awaitable_base {
      void await_resume() const noexcept {}
    };
    return awaitable{{m_coroutine}};
  }

private:
  std::coroutine_handle<promise_type> m_coroutine;
};

template <typename T> class [[nodiscard]] shared_task {
public:
  using promise_type = detail::shared_task_promise<T>;
  shared_task(const shared_task &) noexcept;
  shared_task(shared_task &&) noexcept;
  ~shared_task() { destroy(); }
  struct awaitable {
    bool await_ready() const noexcept;
    bool await_suspend(std::coroutine_handle<>) noexcept;
    T &await_resume();
  };
  awaitable operator co_await() const noexcept { return {}; }

private:
  void destroy() noexcept {
    if (m_coroutine)
      m_coroutine.destroy();
  }
  std::coroutine_handle<promise_type> m_coroutine;
};

template <typename T> class [[nodiscard]] generator {
public:
  struct promise_type {
    generator get_return_object() noexcept;
    constexpr std::suspend_always initial_suspend() const noexcept { return {}; }
    constexpr std::suspend_always final_suspend() const noexcept { return {}; }
    std::suspend_always yield_value(const T &) noexcept { return {}; }
    void unhandled_exception();
    void return_void() {}
    template <typename U> std::suspend_never await_transform(U &&) = delete;
  };
  class iterator {
  public:
    using iterator_category = std::input_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = T;
    using reference = T &;
    using pointer = T *;
    iterator &operator++();
    void operator++(int);
    T &operator*() const noexcept;
    friend bool operator==(const iterator &, std::default_sentinel_t) noexcept { return true; }
  };
  generator(generator &&other) noexcept : m_coroutine(std::exchange(other.m_coroutine, nullptr)) {}
  generator(const generator &) = delete;
  generator &operator=(generator other) noexcept {
    std::swap(m_coroutine, other.m_coroutine);
    return *this;
  }
  ~generator() {
    if (m_coroutine)
      m_coroutine.destroy();
  }
  iterator begin();
  std::default_sentinel_t end() noexcept { return {}; }

private:
  std::coroutine_handle<promise_type> m_coroutine;
};

template <typename T> class [[nodiscard]] async_generator {
public:
  struct promise_type {
    async_generator get_return_object() noexcept;
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(const T &) noexcept { return {}; }
    void unhandled_exception() noexcept;
    void return_void() noexcept {}
  };
  class iterator;
  struct advance_op {
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<>) noexcept;
    iterator await_resume();
  };
  class iterator {
  public:
    advance_op operator++() noexcept;
    T &operator*() const noexcept;
    bool operator==(const iterator &) const noexcept;
  };
  async_generator(async_generator &&o) noexcept
      : m_coroutine(std::exchange(o.m_coroutine, nullptr)) {}
  ~async_generator() {
    if (m_coroutine)
      m_coroutine.destroy();
  }
  advance_op begin() noexcept;
  iterator end() noexcept;

private:
  std::coroutine_handle<promise_type> m_coroutine;
};

class async_mutex_lock_operation {
public:
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) noexcept;
  void await_resume() const noexcept {}
};
class async_mutex;
class async_mutex_lock {
public:
  ~async_mutex_lock();
  async_mutex_lock(async_mutex_lock &&) noexcept;
};
class async_mutex_scoped_lock_operation : public async_mutex_lock_operation {
public:
  [[nodiscard]] async_mutex_lock await_resume() const noexcept;
};
class async_mutex {
public:
  bool try_lock() noexcept;
  async_mutex_lock_operation lock_async() noexcept;
  async_mutex_scoped_lock_operation scoped_lock_async() noexcept;
  void unlock();
};

class async_scope {
public:
  ~async_scope();
  template <typename Awaitable> void spawn(Awaitable &&) { std::terminate(); }
  [[nodiscard]] auto join() noexcept {
    struct awaiter {
      bool await_ready() noexcept { return false; }
      bool await_suspend(std::coroutine_handle<>) noexcept;
      void await_resume() noexcept {}
    };
    return awaiter{};
  }
};

class io_service {
public:
  class schedule_operation {
  public:
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) noexcept;
    void await_resume() const noexcept {}
  };
  class timed_schedule_operation : public schedule_operation {};
  [[nodiscard]] schedule_operation schedule() noexcept;
  template <typename Rep, typename Period>
  [[nodiscard]] timed_schedule_operation schedule_after(const std::chrono::duration<Rep, Period> &);
  std::size_t process_events();
};
class static_thread_pool {
public:
  class schedule_operation {
  public:
    bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) noexcept;
    void await_resume() noexcept {}
  };
  [[nodiscard]] schedule_operation schedule() noexcept;
};

template <typename T> auto sync_wait(task<T> &&) -> T;
template <typename... Ts>
[[nodiscard]] task<std::tuple<detail::lifted<Ts>...>> when_all(task<Ts>...);
template <typename Tasks> struct when_all_ready_awaitable {
  struct awaiter {
    bool await_ready() noexcept { return false; }
    bool await_suspend(std::coroutine_handle<>) noexcept;
    Tasks &&await_resume() noexcept;
  };
  awaiter operator co_await() && noexcept { return {}; }
};
template <typename... Ts>
[[nodiscard]] when_all_ready_awaitable<std::tuple<task<Ts>...>> when_all_ready(task<Ts>...);
template <typename T> [[nodiscard]] task<std::vector<T>> when_all(std::vector<task<T>>);
template <typename Scheduler, typename T> task<T> schedule_on(Scheduler &, task<T>);
template <typename F, typename T> auto fmap(F &&, task<T>) -> task<std::invoke_result_t<F, T>> {
  std::terminate();
}

} // namespace cppcoro
