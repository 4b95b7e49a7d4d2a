// The shape of async_simple: lazy Lazy whose base class holds operator co_await and destroys.
#pragma once

#include <chrono>
#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#if __has_cpp_attribute(clang::coro_only_destroy_when_complete)
#define ABIDE_FAKE_DESTROY_WHEN_DONE [[clang::coro_only_destroy_when_complete]]
#else
#define ABIDE_FAKE_DESTROY_WHEN_DONE
#endif

namespace async_simple {

template <typename T> class Try {};
class Executor {
public:
  using Func = std::function<void()>;
  virtual ~Executor() = default;
  virtual bool schedule(Func) = 0;
};
template <typename T> class Future {
public:
  T get() &&;
  bool hasResult() const;
};
struct CurrentExecutor {};

namespace coro {

template <typename T = void> class Lazy;
template <typename T = void> class RescheduleLazy;
struct Yield {};

namespace detail {

template <typename A> auto coAwait(Executor *, A &&a) -> A && { return static_cast<A &&>(a); }

class LazyPromiseBase {
public:
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <typename P> auto await_suspend(std::coroutine_handle<P> h) noexcept {
      return h.promise()._continuation;
    }
    void await_resume() noexcept {}
  };
  std::suspend_always initial_suspend() noexcept { return {}; }
  FinalAwaiter final_suspend() noexcept { return {}; }
  template <typename Awaitable> decltype(auto) await_transform(Awaitable &&awaitable) {
    return detail::coAwait(_executor, std::forward<Awaitable>(awaitable));
  }
  auto await_transform(Yield) { return std::suspend_always{}; }
  std::coroutine_handle<> _continuation;
  Executor *_executor = nullptr;
};

template <typename T> class LazyPromise : public LazyPromiseBase {
public:
  Lazy<T> get_return_object() noexcept;
  template <typename V> void return_value(V &&);
  void unhandled_exception() noexcept;
  T result();
};
template <> class LazyPromise<void> : public LazyPromiseBase {
public:
  Lazy<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void unhandled_exception() noexcept;
  void result();
};

template <typename T, bool reschedule> class LazyBase {
public:
  using promise_type = LazyPromise<T>;
  using Handle = std::coroutine_handle<promise_type>;
  using ValueType = T;
  struct ValueAwaiter {
    Handle _handle;
    explicit ValueAwaiter(Handle h) : _handle(h) {}
    ValueAwaiter(ValueAwaiter &&o) : _handle(std::exchange(o._handle, nullptr)) {}
    ~ValueAwaiter() {
      if (_handle)
        _handle.destroy();
    }
    bool await_ready() const noexcept { return false; }
    template <typename P> auto await_suspend(std::coroutine_handle<P>) noexcept(!reschedule) {
      return _handle;
    }
    T await_resume();
  };
  explicit LazyBase(Handle coro) noexcept : _coro(coro) {}
  LazyBase(LazyBase &&other) noexcept : _coro(std::exchange(other._coro, nullptr)) {}
  LazyBase(const LazyBase &) = delete;
  ~LazyBase() {
    if (_coro) {
      _coro.destroy();
      _coro = nullptr;
    }
  }
  template <typename F> void start(F &&callback) { std::terminate(); }
  bool isReady() const;
  auto operator co_await() { return ValueAwaiter(std::exchange(_coro, nullptr)); }

protected:
  Handle _coro;
};

} // namespace detail

template <typename T>
class [[nodiscard]] ABIDE_FAKE_DESTROY_WHEN_DONE Lazy : public detail::LazyBase<T, false> {
public:
  using detail::LazyBase<T, false>::LazyBase;
  RescheduleLazy<T> via(Executor *) &&;
};
template <typename T> class [[nodiscard]] RescheduleLazy : public detail::LazyBase<T, true> {
public:
  using detail::LazyBase<T, true>::LazyBase;
  void detach();
};

template <typename LazyType> auto syncAwait(LazyType &&lazy) -> typename LazyType::ValueType;
template <typename... Ts> Lazy<std::tuple<Try<Ts>...>> collectAll(Lazy<Ts>...);
template <typename T> Lazy<std::vector<Try<T>>> collectAll(std::vector<Lazy<T>> &&);
Lazy<void> sleep(std::chrono::milliseconds);

class Mutex {
  struct LockAwaiter {
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<>) noexcept;
    void await_resume() noexcept {}
  };
  struct ScopeLockAwaiter : LockAwaiter {
    std::unique_ptr<int> await_resume() noexcept;
  };

public:
  auto coLock() noexcept { return LockAwaiter{}; }
  auto coScopedLock() noexcept { return ScopeLockAwaiter{}; }
  bool tryLock() noexcept;
  void unlock() noexcept;
};

} // namespace coro
} // namespace async_simple
