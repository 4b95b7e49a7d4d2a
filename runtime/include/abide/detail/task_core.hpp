// A spawned task: a coroutine that runs on its own, and the future of its result.
#pragma once

#include <abide/detail/snapshot.hpp>
#include <abide/task.hpp>

#include <string>

namespace abide::detail {

/// While it is pending, it either waits (waiting_ is set, or it stands in a list of waiters), or it
/// stands in the ready queue, or it runs. Its loop owns one reference until it is done.
class task_core : public future_state, public future_waiter, public list_node<task_tag> {
public:
  task_core(loop_core &owner, std::coroutine_handle<> frame, promise_base &root,
            std::source_location where);

  /// Queues the first step, or takes it now.
  void start(bool eager);

  // --- for leaf awaiters, in the task that runs ---

  /// The task goes on at `point` when somebody schedules it; cancel() ends the waiting.
  void suspend(wait_point &what, std::coroutine_handle<> point) noexcept {
    resume_point_ = point;
    waiting_ = &what;
    if (must_cancel_ && what.cancel())
      must_cancel_ = false;
  }
  /// The task goes on in the next round.
  void yield(std::coroutine_handle<> point) noexcept {
    resume_point_ = point;
    schedule();
  }
  void schedule() noexcept { core().schedule(*this); }
  /// Every leaf calls this first when it is resumed: true tells it to throw cancelled_error.
  bool take_cancellation() noexcept { return std::exchange(throw_, false); }

  // --- the task as others see it ---

  bool cancel() noexcept override;
  unsigned cancelling() const noexcept { return cancels_; }
  unsigned uncancel() noexcept;
  std::string name() const;
  std::uint64_t number() const noexcept { return number_; }
  void set_name(std::string_view name);
  std::source_location spawned_at() const noexcept { return where_; }
  const promise_base *root() const noexcept { return root_; }
  const wait_point *waiting_on() const noexcept { return waiting_; }

  /// Only copies; safe inside a signal handler on the thread of the loop while the task runs.
  void glance(task_glance &into) const noexcept;

  void run() override;
  /// A step that is written down.
  [[gnu::cold]] void run_traced();
  void drop() noexcept override {}
  std::string describe() const override;
  std::string describe_future() const override { return describe(); }
  task_core *as_task() noexcept override { return this; }
  task_core *stepping() noexcept override { return this; }
  void explain(wait_facts &facts) const override;
  /// Its co_awaits, the outermost first.
  std::vector<std::source_location> awaits() const;

  /// The loop closes: reports a pending task, and destroys its frame.
  void abandon() noexcept;

protected:
  ~task_core() override { destroy_frame(); }
  /// Takes value or exception out of the frame.
  virtual void collect() = 0;

  std::coroutine_handle<> frame_;
  promise_base *root_;

private:
  /// Somebody looks at what the loop does.
  [[gnu::cold, gnu::noinline]] void note_start();
  void finish();
  void destroy_frame() noexcept;

  std::coroutine_handle<> resume_point_;
  wait_point *waiting_ = nullptr;
  std::source_location where_;
  std::unique_ptr<std::string> name_; // null: Task-<number>
  std::uint64_t number_;
  unsigned cancels_ = 0;
  bool started_ = false;
  bool must_cancel_ = false; // to be thrown in the next step
  bool throw_ = false;       // to be thrown in this step
};

template <class T> class task_state final : public task_core {
public:
  task_state(loop_core &owner, std::coroutine_handle<task_promise<T>> frame,
             std::source_location where)
      : task_core(owner, frame, frame.promise(), where) {}

  void *value() noexcept override { return slot_.address(); }

private:
  void collect() override {
    auto &promise =
        std::coroutine_handle<task_promise<T>>::from_address(frame_.address()).promise();
    if (promise.error)
      error_ = std::move(promise.error);
    else if constexpr (std::is_void_v<T>)
      slot_.set();
    else
      slot_.set(static_cast<T &&>(promise.result.get()));
  }
  slot<T> slot_;
};

/// The task that runs on this thread; throws no_running_loop when there is none.
task_core &require_task(const char *what);

} // namespace abide::detail
