// What all async generators have in common.
#pragma once

#include <abide/detail/promise.hpp>
#include <abide/task.hpp>

namespace abide {

/// Thrown inside of a generator by aclose(). No std::exception, as cancelled_error is none.
class generator_exit {
public:
  const char *what() const noexcept { return "abide: the generator is closed"; }
};

namespace detail {

class generator_owner;
class generator_step;

/// The frame belongs to the generator object; while a step runs that outlives the object, to the
/// step. As `work` it travels to the thread of its loop, to die there.
class generator_promise_base : public promise_base,
                               public work,
                               public list_node<async_generator_tag> {
public:
  ~generator_promise_base() { leave_loop(); }

  /// Throws what athrow() brought.
  void check_thrown() {
    if (thrown)
      std::rethrow_exception(std::exchange(thrown, nullptr));
  }
  /// A step begins. Registers with the loop, the first time.
  void enter(generator_step &next, std::exception_ptr what);
  void leave_loop() noexcept {
    if (list_node<async_generator_tag>::linked())
      list_node<async_generator_tag>::unlink();
  }
  /// The object lets go of the frame.
  void disown() noexcept;
  void destroy() noexcept;
  /// The report that its loop was closed before it.
  report left_open() const;

  void run() override { destroy(); }
  void drop() noexcept override { destroy(); }
  std::string describe() const override { return "<end of an async generator>"; }

  std::coroutine_handle<> self;
  const stack *const born = made; // which is for those who are fresh
  generator_owner *owner = nullptr;
  generator_step *step = nullptr;
  std::exception_ptr thrown;

private:
  const void *thread_ = nullptr; // where it began; null: it has not
  std::shared_ptr<inbox> mail_;
};

/// The object that owns a generator's frame.
class generator_owner {
public:
  generator_owner() = default;
  explicit generator_owner(generator_promise_base &frame) noexcept : promise_(&frame) {
    frame.owner = this;
  }
  generator_owner(generator_owner &&other) noexcept
      : promise_(std::exchange(other.promise_, nullptr)) {
    if (promise_)
      promise_->owner = this;
  }
  generator_owner &operator=(generator_owner &&other) noexcept {
    if (this == &other)
      return *this;
    reset();
    promise_ = std::exchange(other.promise_, nullptr);
    if (promise_)
      promise_->owner = this;
    return *this;
  }
  ~generator_owner() { reset(); }

  /// Null at the end.
  generator_promise_base *promise() const noexcept { return promise_; }

private:
  friend generator_promise_base;
  void reset() noexcept {
    if (auto *left = std::exchange(promise_, nullptr))
      left->disown();
  }
  generator_promise_base *promise_ = nullptr;
};

/// One way from co_yield to co_yield, in the task that awaits it. As with task<T>, the body runs
/// inside await_suspend.
class generator_step {
public:
  generator_step(generator_promise_base *of, std::exception_ptr thrown) noexcept
      : of_(of), thrown_(std::move(thrown)) {}
  generator_step(const generator_step &) = delete;
  generator_step &operator=(const generator_step &) = delete;
  ~generator_step();

  bool await_ready();
  template <class P> bool await_suspend(std::coroutine_handle<P> parent) {
    generator_promise_base &promise = *of_;
    promise.enter(*this, std::move(thrown_));
    entered_ = true;
    promise.state = progress::nested;
    promise.self.resume();
    if (promise.state == progress::done)
      return false;
    promise.detach(parent);
    return true;
  }
  bool await_resume() { return resumed(); }

protected:
  /// True at a co_yield, false at the end; throws what the body has thrown.
  bool resumed();
  generator_promise_base *of() const noexcept { return of_; }

private:
  generator_promise_base *of_;
  std::exception_ptr thrown_;
  bool entered_ = false;
  bool orphaned_ = false; // the object died within the step
};

task<void> close_generator(generator_promise_base *closed);

} // namespace detail
} // namespace abide
