#pragma once
#include <coroutine>
#include <exception>

/// A lazy task, as small as can be.
struct task {
  struct promise_type {
    task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<>) { handle.resume(); }
  void await_resume() {}
  std::coroutine_handle<promise_type> handle;
};
