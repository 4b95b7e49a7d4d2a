// The shape of KJ: Promise is eager, linear, nodiscard, and cancels what it owns when dropped.
#pragma once

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

namespace kj {

template <typename T> class Own {
public:
  Own(Own &&) noexcept;
  ~Own() noexcept(false);
  T *operator->();
};
template <typename T> class Array {
public:
  Array(Array &&) noexcept;
};
class Exception {};
class WaitScope;
template <typename T> class Promise;
template <typename T> class ForkedPromise;
constexpr struct ReadyNow {
} READY_NOW = {};

namespace _ {
template <typename T> struct Reduce {
  using Type = Promise<T>;
};
template <typename T> struct Reduce<Promise<T>> {
  using Type = Promise<T>;
};
template <typename F, typename T> struct Then {
  using Type = typename Reduce<std::invoke_result_t<F, T>>::Type;
};
template <typename F> struct Then<F, void> {
  using Type = typename Reduce<std::invoke_result_t<F>>::Type;
};
class PromiseNode;
class PromiseBase {
protected:
  PromiseBase(PromiseBase &&) noexcept;
  PromiseBase &operator=(PromiseBase &&) noexcept;
  ~PromiseBase() noexcept(false);
  PromiseNode *node;
};
} // namespace _

template <typename T> class [[nodiscard]] Promise : protected _::PromiseBase {
public:
  Promise(Promise &&) noexcept = default;
  Promise &operator=(Promise &&) noexcept = default;
  Promise(ReadyNow);
  Promise(Exception &&);
  template <typename F> typename _::Then<F, T>::Type then(F &&) { std::terminate(); }
  template <typename F, typename E> typename _::Then<F, T>::Type then(F &&, E &&) {
    std::terminate();
  }
  template <typename E> Promise catch_(E &&) { std::terminate(); }
  T wait(WaitScope &);
  bool poll(WaitScope &);
  ForkedPromise<T> fork();
  Promise exclusiveJoin(Promise &&other);
  template <typename... A> Promise attach(A &&...);
  template <typename E> Promise eagerlyEvaluate(E &&) { std::terminate(); }
  Promise eagerlyEvaluate(decltype(nullptr));
  template <typename E> void detach(E &&) { std::terminate(); }
  Promise<void> ignoreResult();
};

template <typename T> class ForkedPromise {
public:
  Promise<T> addBranch();
};

class TaskSet {
public:
  class ErrorHandler {
  public:
    virtual void taskFailed(Exception &&) = 0;
  };
  explicit TaskSet(ErrorHandler &);
  ~TaskSet() noexcept(false);
  void add(Promise<void> &&);
  Promise<void> onEmpty();
};

class UnwindDetector {
public:
  UnwindDetector();
  bool isUnwinding() const;
};

template <typename F> typename _::Then<F, void>::Type evalLater(F &&) { std::terminate(); }
template <typename F> typename _::Then<F, void>::Type evalNow(F &&) { std::terminate(); }
template <typename F> auto coCapture(F &&f) { return static_cast<F &&>(f); }
template <typename T> Promise<Array<T>> joinPromises(Array<Promise<T>> &&);

class Timer {
public:
  Promise<void> afterDelay(int);
};

namespace _ {

template <typename T> class PromiseAwaiter {
public:
  explicit PromiseAwaiter(PromiseBase &&);
  bool await_ready() const { return false; }
  template <typename U> bool await_suspend(std::coroutine_handle<U>);
  T await_resume();
};

class CoroutineBase {
public:
  auto initial_suspend() { return std::suspend_never(); }
  auto final_suspend() noexcept {
    struct FinalAwaiter {
      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<>) noexcept {}
      void await_resume() noexcept {}
    };
    return FinalAwaiter{};
  }
  void unhandled_exception();
  template <typename U> PromiseAwaiter<U> await_transform(Promise<U> &);
  template <typename U> PromiseAwaiter<U> await_transform(Promise<U> &&);
  template <typename U> PromiseAwaiter<U> await_transform(ForkedPromise<U> &);
};
template <typename T> class Coroutine final : public CoroutineBase {
public:
  Promise<T> get_return_object();
  template <typename U> void return_value(U &&);
};
template <> class Coroutine<void> final : public CoroutineBase {
public:
  Promise<void> get_return_object();
  void return_void();
};

} // namespace _
} // namespace kj

namespace std {
template <class T, class... Args> struct coroutine_traits<kj::Promise<T>, Args...> {
  using promise_type = kj::_::Coroutine<T>;
};
} // namespace std
