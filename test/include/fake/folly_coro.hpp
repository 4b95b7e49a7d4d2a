// The shape of folly::coro: Task has no operator co_await (promises await it through
// co_viaIfAsync) and its promise has yield_value, yet it is no generator.
#pragma once

#include <chrono>
#include <coroutine>
#include <exception>
#include <mutex>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace folly {

struct Unit {};
struct OperationCancelled final : public std::exception {};
class CancellationToken {
public:
  bool isCancellationRequested() const noexcept;
};
class CancellationSource {
public:
  CancellationToken getToken() const noexcept;
  bool requestCancellation() const noexcept;
};
class exception_wrapper {};
template <class T> class Try {};

class Executor {
public:
  virtual ~Executor() = default;
  template <class E = Executor> class KeepAlive {
  public:
    KeepAlive() = default;
    KeepAlive(E *) {}
  };
};
class EventBase : public Executor {
public:
  void loop();
  void loopForever();
  template <class F> void runInEventBaseThread(F &&) { std::terminate(); }
  template <class F> void runAfterDelay(F &&, unsigned) { std::terminate(); }
  template <class F> void runInEventBaseThreadAndWait(F &&) { std::terminate(); }
};
class CPUThreadPoolExecutor : public Executor {
public:
  explicit CPUThreadPoolExecutor(std::size_t);
  template <class F> void add(F &&) { std::terminate(); }
};
Executor::KeepAlive<> getGlobalCPUExecutor();

template <class T> class [[nodiscard]] SemiFuture {
public:
  SemiFuture(SemiFuture &&) noexcept;
  T get() &&;
  SemiFuture &wait() &;
  bool isReady() const;
};
template <class T> class Promise {
public:
  Promise();
  Promise(Promise &&) noexcept;
  template <class M> void setValue(M &&) { std::terminate(); }
  void setException(exception_wrapper);
  void setTry(Try<T> &&);
  bool isFulfilled() const noexcept;
  SemiFuture<T> getSemiFuture();
};
class Baton {
public:
  void wait();
  void post();
};

namespace coro {

template <typename T = void> class Task;
template <typename T = void> class TaskWithExecutor;
template <typename Reference, typename Value = std::remove_cvref_t<Reference>,
          bool RequiresCleanup = false>
class AsyncGenerator;
template <typename Reference, typename Value = std::remove_cvref_t<Reference>>
using CleanableAsyncGenerator = AsyncGenerator<Reference, Value, true>;
struct co_error {
  explicit co_error(exception_wrapper);
};
struct co_current_executor_t {};
inline constexpr co_current_executor_t co_current_executor;
struct co_current_cancellation_token_t {};
inline constexpr co_current_cancellation_token_t co_current_cancellation_token;
struct co_reschedule_on_current_executor_t {
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept;
  void await_resume() noexcept {}
};
inline constexpr co_reschedule_on_current_executor_t co_reschedule_on_current_executor;

template <class Awaitable> Awaitable co_viaIfAsync(Executor::KeepAlive<>, Awaitable &&a) {
  return static_cast<Awaitable &&>(a);
}
template <class SemiAwaitable>
  requires requires(SemiAwaitable a, Executor::KeepAlive<> ex) { a.viaIfAsync(ex); }
auto co_viaIfAsync(Executor::KeepAlive<> ex, SemiAwaitable &&a) {
  return a.viaIfAsync(ex);
}

namespace detail {

template <class T> using lifted = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

struct FinalAwaiter {
  bool await_ready() noexcept { return false; }
  template <typename Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise>) noexcept;
  [[noreturn]] void await_resume() noexcept;
};

struct BasePromise {
  template <typename Awaitable> auto await_transform(Awaitable &&awaitable) {
    return co_viaIfAsync(executor_, static_cast<Awaitable &&>(awaitable));
  }
  auto await_transform(co_current_executor_t) noexcept {
    struct ready {
      bool await_ready() noexcept { return true; }
      void await_suspend(std::coroutine_handle<>) noexcept {}
      Executor *await_resume() noexcept { return nullptr; }
    };
    return ready{};
  }
  auto await_transform(co_current_cancellation_token_t) noexcept {
    struct ready {
      bool await_ready() noexcept { return true; }
      void await_suspend(std::coroutine_handle<>) noexcept {}
      const CancellationToken &await_resume() noexcept;
    };
    return ready{};
  }
  std::suspend_always initial_suspend() noexcept { return {}; }
  FinalAwaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept;
  Executor::KeepAlive<> executor_;
};

template <typename T> class TaskPromise final : public BasePromise {
public:
  Task<T> get_return_object() noexcept;
  FinalAwaiter yield_value(co_error) { return {}; }
  template <typename U = T> void return_value(U &&);
  Try<T> &result();
};
template <> class TaskPromise<void> final : public BasePromise {
public:
  Task<void> get_return_object() noexcept;
  FinalAwaiter yield_value(co_error) { return {}; }
  void return_void() noexcept {}
};

template <typename T> class TaskAwaiter {
public:
  using handle_t = std::coroutine_handle<TaskPromise<T>>;
  explicit TaskAwaiter(handle_t coro) noexcept : coro_(coro) {}
  TaskAwaiter(TaskAwaiter &&other) noexcept : coro_(std::exchange(other.coro_, {})) {}
  ~TaskAwaiter() {
    if (coro_)
      coro_.destroy();
  }
  bool await_ready() noexcept { return false; }
  template <typename Promise> auto await_suspend(std::coroutine_handle<Promise>) noexcept {
    return coro_;
  }
  T await_resume();

private:
  handle_t coro_;
};

} // namespace detail

template <typename T> class [[nodiscard]] Task {
public:
  using promise_type = detail::TaskPromise<T>;
  using handle_t = std::coroutine_handle<promise_type>;
  Task(const Task &) = delete;
  Task(Task &&t) noexcept : coro_(std::exchange(t.coro_, {})) {}
  Task &operator=(Task t) noexcept {
    std::swap(coro_, t.coro_);
    return *this;
  }
  ~Task() {
    if (coro_)
      coro_.destroy();
  }
  TaskWithExecutor<T> scheduleOn(Executor::KeepAlive<>) && noexcept;
  SemiFuture<T> semi() &&;
  friend auto co_viaIfAsync(Executor::KeepAlive<>, Task<T> &&t) noexcept {
    return detail::TaskAwaiter<T>{std::exchange(t.coro_, {})};
  }

private:
  template <typename> friend class detail::TaskPromise;
  explicit Task(handle_t coro) noexcept : coro_(coro) {}
  handle_t coro_;
};

template <typename T> class [[nodiscard]] TaskWithExecutor {
public:
  TaskWithExecutor(TaskWithExecutor &&t) noexcept : coro_(std::exchange(t.coro_, {})) {}
  ~TaskWithExecutor() {
    if (coro_)
      coro_.destroy();
  }
  SemiFuture<T> start() &&;
  template <typename F> void start(F &&callback) && { std::terminate(); }
  SemiFuture<T> startInlineUnsafe() &&;
  detail::TaskAwaiter<T> operator co_await() && noexcept {
    return detail::TaskAwaiter<T>{std::exchange(coro_, {})};
  }

private:
  std::coroutine_handle<detail::TaskPromise<T>> coro_;
};
template <typename T> TaskWithExecutor<T> co_withExecutor(Executor::KeepAlive<>, Task<T>);

// Immovable in effect: only its own full-expression can await it.
template <typename T> class [[nodiscard]] now_task {
public:
  struct promise_type : detail::BasePromise {
    now_task get_return_object() noexcept;
    template <typename U = T> void return_value(U &&);
  };
  now_task(now_task &&) = delete;
  ~now_task() {
    if (coro_)
      coro_.destroy();
  }
  friend auto co_viaIfAsync(Executor::KeepAlive<>, now_task &&) noexcept {
    return detail::TaskAwaiter<T>{{}};
  }

private:
  std::coroutine_handle<promise_type> coro_;
};

[[noreturn]] void fatal(const char *);

template <typename Reference, typename Value, bool RequiresCleanup>
class [[nodiscard]] AsyncGenerator {
public:
  struct promise_type : detail::BasePromise {
    AsyncGenerator get_return_object() noexcept;
    std::suspend_always yield_value(Reference &&);
    std::suspend_always yield_value(const Value &);
    void return_void() noexcept {}
  };
  struct NextResult {
    explicit operator bool() const;
    Value &operator*();
  };
  struct NextAwaitable {
    bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) noexcept;
    NextResult await_resume();
  };
  // Only promises of the library know how to await it.
  struct [[nodiscard]] NextSemiAwaitable {
    NextAwaitable viaIfAsync(Executor::KeepAlive<>) noexcept;
  };
  AsyncGenerator(AsyncGenerator &&other) noexcept : coro_(std::exchange(other.coro_, {})) {}
  ~AsyncGenerator() {
    if (coro_) {
      if constexpr (RequiresCleanup)
        fatal("cleanup() hasn't been called!");
      coro_.destroy();
    }
  }
  struct [[nodiscard]] CleanupSemiAwaitable {
    NextAwaitable viaIfAsync(Executor::KeepAlive<>) noexcept;
  };
  CleanupSemiAwaitable cleanup() && {
    static_assert(RequiresCleanup);
    return {};
  }
  NextSemiAwaitable next() noexcept;

private:
  std::coroutine_handle<promise_type> coro_;
};

template <typename... Ts> Task<std::tuple<detail::lifted<Ts>...>> collectAll(Task<Ts>...);
template <typename T> Task<std::vector<T>> collectAllRange(std::vector<Task<T>>);
template <typename F, typename... Args> std::invoke_result_t<F, Args...> co_invoke(F, Args...) {
  std::terminate();
}
Task<void> sleep(std::chrono::milliseconds);
template <typename T> T blockingWait(Task<T> &&);
template <typename T> Task<T> timeout(Task<T>, std::chrono::milliseconds);
template <typename Awaitable>
Awaitable co_withCancellation(const CancellationToken &, Awaitable &&a) {
  return static_cast<Awaitable &&>(a);
}
template <typename T> Task<folly::Try<T>> co_awaitTry(Task<T>);

class AsyncScope {
public:
  ~AsyncScope();
  template <typename Awaitable> void add(Awaitable &&) { std::terminate(); }
  Task<void> joinAsync() noexcept;
};
class CancellableAsyncScope {
public:
  ~CancellableAsyncScope();
  template <typename Awaitable> void add(Awaitable &&) { std::terminate(); }
  Task<void> cancelAndJoinAsync() noexcept;
};

class Mutex {
  struct LockOp {
    bool await_ready() noexcept;
    bool await_suspend(std::coroutine_handle<>) noexcept;
    void await_resume() noexcept {}
  };
  struct ScopedLockOp : LockOp {
    [[nodiscard]] std::unique_lock<Mutex> await_resume() noexcept;
  };

public:
  [[nodiscard]] LockOp co_lock() noexcept;
  [[nodiscard]] ScopedLockOp co_scoped_lock() noexcept;
  bool try_lock() noexcept;
  void lock(); // for std::unique_lock's sake; no definition
  void unlock() noexcept;
};

} // namespace coro
} // namespace folly
