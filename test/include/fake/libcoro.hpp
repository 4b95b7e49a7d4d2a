// The shape of libcoro: lazy task, thread_pool and scheduler with schedule(), spawn_detached,
// task_group, mutex, semaphore.
#pragma once

#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace coro {

template <typename return_type = void> class task;

namespace detail {

struct promise_base {
  struct final_awaitable {
    auto await_ready() const noexcept -> bool { return false; }
    template <typename promise_type>
    auto await_suspend(std::coroutine_handle<promise_type>) noexcept -> std::coroutine_handle<>;
    auto await_resume() noexcept -> void {}
  };
  auto initial_suspend() { return std::suspend_always{}; }
  auto final_suspend() noexcept(true) { return final_awaitable{}; }
  auto unhandled_exception() -> void;
};

template <typename return_type> struct promise final : public promise_base {
  auto get_return_object() noexcept -> task<return_type>;
  auto return_value(return_type value) -> void;
};
template <> struct promise<void> : public promise_base {
  auto get_return_object() noexcept -> task<void>;
  auto return_void() noexcept -> void {}
};

} // namespace detail

template <typename return_type> class [[nodiscard]] task {
public:
  using promise_type = detail::promise<return_type>;
  using coroutine_handle = std::coroutine_handle<promise_type>;

  struct awaitable_base {
    auto await_ready() const noexcept -> bool { return !m_coroutine || m_coroutine.done(); }
    auto await_suspend(std::coroutine_handle<>) noexcept -> std::coroutine_handle<> {
      return m_coroutine;
    }
    coroutine_handle m_coroutine{nullptr};
  };

  task() noexcept : m_coroutine(nullptr) {}
  explicit task(coroutine_handle handle) : m_coroutine(handle) {}
  task(const task &) = delete;
  task(task &&other) noexcept : m_coroutine(std::exchange(other.m_coroutine, nullptr)) {}
  ~task() {
    if (m_coroutine != nullptr)
      m_coroutine.destroy();
  }
  auto operator=(const task &) -> task & = delete;
  auto operator=(task &&other) noexcept -> task & {
    m_coroutine = std::exchange(other.m_coroutine, nullptr);
    return *this;
  }
  auto is_ready() const noexcept -> bool { return m_coroutine == nullptr || m_coroutine.done(); }
  auto resume() -> bool {
    m_coroutine.resume();
    return !m_coroutine.done();
  }
  auto destroy() -> bool;

  auto operator co_await() const & noexcept {
    struct awaitable : public awaitable_base {
      auto await_resume() -> std::add_lvalue_reference_t<return_type>;
    };
    return awaitable{{m_coroutine}};
  }
  auto operator co_await() const && noexcept {
    struct awaitable : public awaitable_base {
      auto await_resume() -> std::add_rvalue_reference_t<return_type>; // Into the frame.
    };
    return awaitable{{m_coroutine}};
  }

private:
  coroutine_handle m_coroutine{nullptr};
};

template <typename T> class generator {
public:
  struct promise_type {
    auto get_return_object() noexcept -> generator;
    auto initial_suspend() const { return std::suspend_always{}; }
    auto final_suspend() const noexcept(true) { return std::suspend_always{}; }
    auto yield_value(T) noexcept { return std::suspend_always{}; }
    auto unhandled_exception() -> void;
    auto return_void() noexcept -> void {}
  };
  class iterator {
  public:
    auto operator++() -> iterator &;
    auto operator*() const noexcept -> T &;
    auto operator==(const iterator &) const noexcept -> bool;
  };
  generator(generator &&other) noexcept : m_coroutine(std::exchange(other.m_coroutine, nullptr)) {}
  ~generator() {
    if (m_coroutine)
      m_coroutine.destroy();
  }
  auto begin() -> iterator;
  auto end() noexcept -> iterator;

private:
  std::coroutine_handle<promise_type> m_coroutine;
};

class thread_pool {
public:
  class schedule_operation {
    friend class thread_pool;
    explicit schedule_operation(thread_pool &) noexcept;

  public:
    auto await_ready() noexcept -> bool { return false; }
    auto await_suspend(std::coroutine_handle<>) noexcept -> void;
    auto await_resume() noexcept -> void {}
  };

  static auto make_unique() -> std::unique_ptr<thread_pool>;
  thread_pool(const thread_pool &) = delete;
  virtual ~thread_pool();
  [[nodiscard]] auto schedule() -> schedule_operation;
  template <typename return_type>
  [[nodiscard]] auto schedule(coro::task<return_type> task) -> coro::task<return_type> {
    co_await schedule();
    co_return co_await task;
  }
  auto spawn_detached(coro::task<void> &&task) noexcept -> bool;
  auto spawn_joinable(coro::task<void> &&task) noexcept -> coro::task<void>;
  [[nodiscard]] auto yield() -> schedule_operation { return schedule(); }
  auto resume(std::coroutine_handle<>) noexcept -> bool;
  auto shutdown() noexcept -> void;
};

enum class poll_op { read, write };
enum class poll_status { read, write, timeout };

class scheduler {
public:
  class schedule_operation {
  public:
    auto await_ready() noexcept -> bool { return false; }
    auto await_suspend(std::coroutine_handle<>) noexcept -> void;
    auto await_resume() noexcept -> void {}
  };
  static auto make_unique() -> std::unique_ptr<scheduler>;
  auto schedule() -> schedule_operation;
  auto spawn_detached(coro::task<void> &&task) -> bool;
  auto spawn_joinable(coro::task<void> &&task) -> coro::task<void>;
  template <typename return_type>
  [[nodiscard]] auto schedule(coro::task<return_type> task) -> coro::task<return_type>;
  [[nodiscard]] auto schedule_after(std::chrono::milliseconds) -> coro::task<void>;
  [[nodiscard]] auto yield() -> schedule_operation;
  [[nodiscard]] auto yield_for(std::chrono::milliseconds) -> coro::task<void>;
  [[nodiscard]] auto poll(int fd, poll_op, std::chrono::milliseconds) -> coro::task<poll_status>;
  auto process_events(std::chrono::milliseconds timeout = {}) -> std::size_t;
};
using io_scheduler = scheduler;

class mutex;
class scoped_lock {
public:
  explicit scoped_lock(class coro::mutex &);
  ~scoped_lock();
  scoped_lock(scoped_lock &&) noexcept;
  auto unlock() -> void;
};

namespace detail {
struct lock_operation_base {
  explicit lock_operation_base(coro::mutex &m) : m_mutex(m) {}
  virtual ~lock_operation_base() = default;
  lock_operation_base(const lock_operation_base &) = delete;
  auto await_ready() const noexcept -> bool;
  auto await_suspend(std::coroutine_handle<>) noexcept -> bool;
  coro::mutex &m_mutex;
};
template <typename return_type> struct lock_operation : public lock_operation_base {
  explicit lock_operation(coro::mutex &m) : lock_operation_base(m) {}
  auto await_resume() noexcept -> return_type;
};
} // namespace detail

class mutex {
public:
  explicit mutex() noexcept;
  mutex(const mutex &) = delete;
  [[nodiscard]] auto scoped_lock() -> detail::lock_operation<class scoped_lock>;
  [[nodiscard]] auto lock() -> detail::lock_operation<void>;
  [[nodiscard]] auto try_lock() -> bool;
  auto unlock() -> void;
};

class event {
public:
  struct awaiter {
    auto await_ready() const noexcept -> bool;
    auto await_suspend(std::coroutine_handle<>) noexcept -> bool;
    auto await_resume() noexcept {}
  };
  auto set() noexcept -> void;
  auto operator co_await() const noexcept -> awaiter { return {}; }
};

template <std::ptrdiff_t max = 1> class semaphore {
public:
  explicit semaphore(std::ptrdiff_t);
  [[nodiscard]] auto acquire() -> coro::task<bool>;
  [[nodiscard]] auto release() -> coro::task<void>;
  auto try_acquire() -> bool;
};

template <typename executor_type> class task_group {
public:
  explicit task_group(std::unique_ptr<executor_type> &);
  [[nodiscard]] auto start(coro::task<void> &&) -> bool;
  auto operator co_await() const noexcept -> event::awaiter { return {}; }
};

template <typename return_type> auto sync_wait(task<return_type> &&) -> return_type;
template <typename... Ts>
[[nodiscard]] auto when_all(task<Ts>... tasks) -> task<std::tuple<task<Ts>...>>;
template <typename T>
[[nodiscard]] auto when_all(std::vector<task<T>> tasks) -> task<std::vector<task<T>>>;
template <typename... Ts>
[[nodiscard]] auto when_any(task<Ts>... tasks) -> task<std::variant<Ts...>>;
template <typename F, typename... Args>
auto invoke(F functor, Args &&...args) -> std::invoke_result_t<F, Args...> {
  std::terminate();
}

} // namespace coro
