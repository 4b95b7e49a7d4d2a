// The shape of QCoro and of the few Qt classes that its users meet. Task is eager, may be
// dropped, may be awaited many times, and is not nodiscard; LazyTask is lazy.
#pragma once

#include <atomic>
#include <chrono>
#include <coroutine>
#include <exception>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

class QString {
public:
  QString(const char *);
};
class QByteArray {};
class QObject {
public:
  virtual ~QObject();
  template <class Sender, class Signal, class Slot>
  static void connect(Sender *, Signal, QObject *, Slot) {
    std::terminate();
  }
};
class QThread : public QObject {
public:
  static void sleep(unsigned long);
  static void msleep(unsigned long);
  static void usleep(unsigned long);
  bool wait(unsigned long = ~0UL);

protected:
  virtual void run();
};
class QMutex {
public:
  void lock();
  bool tryLock(int timeout = 0);
  void unlock();
};
class QSemaphore {
public:
  void acquire(int n = 1);
};
class QIODevice : public QObject {
public:
  virtual bool waitForReadyRead(int msecs);
  virtual bool waitForBytesWritten(int msecs);
  QByteArray readAll();
};
class QAbstractSocket : public QIODevice {
public:
  virtual bool waitForConnected(int msecs = 30000);
};
class QTcpSocket : public QAbstractSocket {};
class QProcess : public QIODevice {
public:
  bool waitForFinished(int msecs = 30000);
  static int execute(const QString &);
};
class QEventLoop : public QObject {
public:
  int exec();
};
class QTimer : public QObject {
public:
  void timeout();
  template <class F> static void singleShot(int msecs, F) { std::terminate(); }
  void start(int msecs);
  void stop();
};
class QMetaObject {
public:
  template <class F> static bool invokeMethod(QObject *, F &&) { std::terminate(); }
};
namespace QtConcurrent {
template <class F> void run(F &&) { std::terminate(); }
} // namespace QtConcurrent
template <typename T> class QFuture {
public:
  T result() const;
  void waitForFinished();
  bool isFinished() const;
};
class QNetworkReply : public QObject {};
class QNetworkAccessManager : public QObject {
public:
  QNetworkReply *get(const QString &);
};

namespace QCoro {

template <typename T = void> class Task;
template <typename T = void> class LazyTask;

namespace detail {

template <typename T> struct awaiter_type;
template <typename T> using awaiter_type_t = typename awaiter_type<T>::type;
struct signal_awaiter {
  explicit signal_awaiter(void *);
  bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<>) noexcept;
  void await_resume() const noexcept {}
};
template <> struct awaiter_type<QTimer *> {
  using type = signal_awaiter;
};
template <> struct awaiter_type<QNetworkReply *> {
  using type = signal_awaiter;
};

class TaskFinalSuspend {
public:
  bool await_ready() const noexcept { return false; }
  template <typename Promise> void await_suspend(std::coroutine_handle<Promise>) noexcept;
  constexpr void await_resume() const noexcept {}
};

template <typename Awaitable>
concept Awaitable_ =
    requires(Awaitable a) { a.operator co_await(); } || requires(Awaitable a) { a.await_ready(); };

class TaskPromiseBase {
public:
  std::suspend_never initial_suspend() const noexcept { return {}; }
  auto final_suspend() const noexcept { return TaskFinalSuspend{}; }
  void unhandled_exception();
  template <typename T, typename Awaiter = awaiter_type_t<std::remove_cvref_t<T>>>
  auto await_transform(T &&value) {
    return Awaiter{value};
  }
  template <Awaitable_ T> auto &&await_transform(T &&awaitable) {
    return std::forward<T>(awaitable);
  }
  bool setDestroyHandle() noexcept { return mDestroyHandle.exchange(true); }

private:
  std::atomic<bool> mDestroyHandle{false};
};

template <typename T> class TaskPromise final : public TaskPromiseBase {
public:
  Task<T> get_return_object() noexcept;
  template <typename U> void return_value(U &&);
};
template <> class TaskPromise<void> final : public TaskPromiseBase {
public:
  Task<void> get_return_object() noexcept;
  void return_void() noexcept {}
};

template <typename T> class LazyTaskPromise : public TaskPromiseBase {
public:
  std::suspend_always initial_suspend() const noexcept { return {}; }
  LazyTask<T> get_return_object() noexcept;
  template <typename U> void return_value(U &&);
};
template <> class LazyTaskPromise<void> : public TaskPromiseBase {
public:
  std::suspend_always initial_suspend() const noexcept { return {}; }
  LazyTask<void> get_return_object() noexcept;
  void return_void() noexcept {}
};

template <typename T, typename Promise> class TaskBase {
public:
  using promise_type = Promise;
  using value_type = T;
  TaskBase(const TaskBase &) = delete;
  TaskBase(TaskBase &&other) noexcept : mCoroutine(std::exchange(other.mCoroutine, nullptr)) {}
  ~TaskBase() {
    if (mCoroutine && mCoroutine.promise().setDestroyHandle())
      mCoroutine.destroy();
  }
  bool isReady() const;
  auto operator co_await() const noexcept {
    struct TaskAwaiter {
      bool await_ready() const noexcept;
      void await_suspend(std::coroutine_handle<>) noexcept;
      T await_resume();
    };
    return TaskAwaiter{};
  }
  template <typename F> auto then(F &&) -> Task<std::conditional_t<std::is_void_v<F>, T, void>> {
    std::terminate();
  }

protected:
  std::coroutine_handle<promise_type> mCoroutine = {};
};

} // namespace detail

template <typename T> class Task : public detail::TaskBase<T, detail::TaskPromise<T>> {
public:
  using promise_type = detail::TaskPromise<T>;
};
template <typename T> class LazyTask : public detail::TaskBase<T, detail::LazyTaskPromise<T>> {
public:
  using promise_type = detail::LazyTaskPromise<T>;
};

template <typename T> class [[nodiscard]] AsyncGenerator {
public:
  struct promise_type {
    AsyncGenerator get_return_object();
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    std::suspend_always yield_value(T) noexcept { return {}; }
    void unhandled_exception();
    void return_void() {}
  };
  ~AsyncGenerator() {
    if (mGenerator)
      mGenerator.destroy();
  }
  class iterator;
  struct step {
    bool await_ready() const noexcept;
    void await_suspend(std::coroutine_handle<>) noexcept;
    iterator await_resume();
  };
  class iterator {
  public:
    step operator++();
    T &operator*();
    bool operator==(const iterator &) const noexcept;
  };
  step begin();
  iterator end();

private:
  std::coroutine_handle<promise_type> mGenerator;
};

Task<> sleepFor(std::chrono::milliseconds);
template <typename T> T waitFor(Task<T> &&);
template <typename T, typename F> void connect(Task<T> &&, QObject *, F &&) { std::terminate(); }

} // namespace QCoro
