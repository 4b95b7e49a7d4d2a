// The smallest library a check can recognise by structure alone: nothing here is in the vocabulary.
#pragma once

#include <coroutine>
#include <utility>

namespace mini {

struct void_result {
  void return_void() noexcept {}
};

template <class T> struct value_result {
  T value{};
  void return_value(T v) { value = std::move(v); }
};

template <class T> struct result : value_result<T> {};
template <> struct result<void> : void_result {};

// Lazy: the body runs when the task is awaited; dropping the task destroys the frame.
template <class T = void> class task {
public:
  struct promise_type : result<T> {
    std::coroutine_handle<> continuation;
    task get_return_object() { return task(handle::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept {}
  };
  using handle = std::coroutine_handle<promise_type>;

  task() = default;
  task(task &&other) noexcept : h(std::exchange(other.h, {})) {}
  task &operator=(task &&other) noexcept {
    std::swap(h, other.h);
    return *this;
  }
  ~task() {
    if (h)
      h.destroy();
  }

  auto operator co_await() && noexcept {
    struct awaiter {
      handle h;
      bool await_ready() const noexcept { return !h || h.done(); }
      handle await_suspend(std::coroutine_handle<> caller) noexcept {
        h.promise().continuation = caller;
        return h;
      }
      T await_resume() {
        if constexpr (!requires { h.promise().return_void(); })
          return std::move(h.promise().value);
      }
    };
    return awaiter{h};
  }

private:
  explicit task(handle h) : h(h) {}
  handle h;
};

// Eager: the body runs up to its first suspension inside of the call.
template <class T = void> class eager {
public:
  struct promise_type : result<T> {
    eager get_return_object() { return eager(handle::from_promise(*this)); }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept {}
  };
  using handle = std::coroutine_handle<promise_type>;

  eager(eager &&other) noexcept : h(std::exchange(other.h, {})) {}
  ~eager() {
    if (h)
      h.destroy();
  }

  bool await_ready() const noexcept { return h.done(); }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  T await_resume() {
    if constexpr (!requires { h.promise().return_void(); })
      return std::move(h.promise().value);
  }

private:
  explicit eager(handle h) : h(h) {}
  handle h;
};

template <class T> class generator {
public:
  struct promise_type {
    const T *current = nullptr;
    generator get_return_object() { return generator(handle::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(const T &value) noexcept {
      current = &value;
      return {};
    }
    void return_void() noexcept {}
    void unhandled_exception() noexcept {}
  };
  using handle = std::coroutine_handle<promise_type>;

  struct sentinel {};
  struct iterator {
    handle h;
    const T &operator*() const { return *h.promise().current; }
    iterator &operator++() {
      h.resume();
      return *this;
    }
    bool operator==(sentinel) const { return h.done(); }
  };

  generator(generator &&other) noexcept : h(std::exchange(other.h, {})) {}
  ~generator() {
    if (h)
      h.destroy();
  }

  iterator begin() {
    h.resume();
    return {h};
  }
  sentinel end() { return {}; }

private:
  explicit generator(handle h) : h(h) {}
  handle h;
};

struct delay {
  int milliseconds;
  bool await_ready() const noexcept { return milliseconds <= 0; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  void await_resume() noexcept {}
};

inline delay sleep(int milliseconds) { return {milliseconds}; }

template <class T> void spawn(task<T> work);
template <class T> T sync_wait(task<T> work);

} // namespace mini
