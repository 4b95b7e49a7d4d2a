// A leaf awaiter: the place in a coroutine frame where a task waits for something of ours.
#pragma once

#include <abide/detail/task_core.hpp>

namespace abide::detail {

/// Base of awaiters that suspend until somebody calls wake(). Lives in the frame, needs no memory.
/// Derive; begin() starts the waiting (enters a queue, arms a timer), withdraw() ends it. The
/// destructor of the derived class withdraws if waiting(), for a frame may die while suspended.
class waiter : public wait_point {
public:
  waiter() = default;
  waiter(const waiter &) = delete;
  waiter &operator=(const waiter &) = delete;

  bool await_ready() const noexcept { return false; }
  template <class P> void await_suspend(std::coroutine_handle<P> point) {
    task_ = &require_task("a wait");
    begin();
    begun_ = true;
    mark_leaf(point);
    task_->suspend(*this, point);
  }
  /// Throws cancelled_error when the waiting was cancelled, or the task before it could go on.
  void await_resume() {
    if (task_ && (task_->take_cancellation() || cancelled_))
      throw cancelled_error();
  }

  /// The waiting is over: the task goes on in the next round. Once.
  void wake() noexcept {
    awake_ = true;
    task_->schedule();
  }
  bool waiting() const noexcept { return begun_ && !awake_; }

  bool cancel() noexcept override {
    if (awake_)
      return false;
    withdraw();
    cancelled_ = true;
    wake();
    return true;
  }

protected:
  ~waiter() = default;
  /// Enter the queue or timer that will call wake(). May throw.
  virtual void begin() = 0;
  /// Leave it.
  virtual void withdraw() noexcept = 0;

  task_core *task_ = nullptr;
  bool begun_ = false;
  bool awake_ = false;
  bool cancelled_ = false;
};

/// Gives way for one round.
class yield_awaiter {
public:
  bool await_ready() const noexcept { return false; }
  template <class P> void await_suspend(std::coroutine_handle<P> point) {
    task_ = &require_task("a yield");
    mark_leaf(point);
    task_->yield(point);
  }
  void await_resume() {
    if (task_->take_cancellation())
      throw cancelled_error();
  }

private:
  task_core *task_ = nullptr;
};

} // namespace abide::detail
