// A job on another thread, as a future of the loop. Included by loop.hpp.
#pragma once

#include <abide/loop.hpp>

#include <atomic>

namespace abide::detail {

/// The loop's side of a job: owned by the loop in its list of outside work, and freed there, by the
/// arrival of the job or when the loop closes.
template <class R> class outside_job final : public outside_work, public pooled {
public:
  explicit outside_job(ref<future_state> waiting) : waiting_(std::move(waiting)) {}
  void abandon() noexcept override { delete this; }
  value_state<R> &state() { return static_cast<value_state<R> &>(*waiting_); }

private:
  ref<future_state> waiting_;
};

/// The thread's side: carries the function out and the result home, and is freed by the last of
/// both sides. It touches the loop's side only at home.
template <class F> class outside_call final : public work {
public:
  using result = std::invoke_result_t<F &>;

  outside_call(F function, outside_job<result> &home, std::shared_ptr<inbox> mail)
      : function_(std::move(function)), home_(&home), mail_(std::move(mail)) {}

  /// On the thread. `self` keeps this alive on the way home.
  static void execute(const std::shared_ptr<outside_call> &self) noexcept {
    bool begin = false;
    if (!self->settled_.compare_exchange_strong(begin, true))
      return; // cancelled before it began
    try {
      if constexpr (std::is_void_v<result>) {
        (*self->function_)();
        self->value_.set();
      } else {
        self->value_.set((*self->function_)());
      }
    } catch (...) {
      self->error_ = std::current_exception();
    }
    self->function_.reset();
    self->self_ = self;
    if (!self->mail_->post(*self))
      self->self_.reset();
  }
  /// On the loop: true when the call has not begun and now never will.
  bool withdraw() noexcept {
    bool begin = false;
    return settled_.compare_exchange_strong(begin, true);
  }

  void run() override {
    const std::shared_ptr<outside_call> keep = std::move(self_);
    const std::unique_ptr<outside_job<result>> home(home_);
    home_->unlink();
    value_state<result> &state = home_->state();
    if (state.done())
      return; // cancelled meanwhile
    if (error_)
      state.set_exception(std::move(error_));
    else if constexpr (std::is_void_v<result>)
      state.set();
    else
      state.set(static_cast<result &&>(value_.get()));
  }
  void drop() noexcept override { self_.reset(); }
  std::string describe() const override { return "<result of an executor job>"; }

private:
  std::optional<F> function_;
  outside_job<result> *home_;
  std::shared_ptr<inbox> mail_;
  std::atomic<bool> settled_{false};
  slot<result> value_;
  std::exception_ptr error_;
  std::shared_ptr<outside_call> self_;
};

template <class F>
future<std::invoke_result_t<F &>> run_outside(loop_core &core, executor &on, F function) {
  using result = std::invoke_result_t<F &>;
  auto state = ref<future_state>::adopt(new value_state<result>(core));
  auto home = std::make_unique<outside_job<result>>(state);
  auto call = std::make_shared<outside_call<F>>(std::move(function), *home, core.mail());
  on.submit([call] { outside_call<F>::execute(call); });
  core.outside.push_back(*home);
  outside_job<result> *record = home.release();
  future<result> waiting(state);
  waiting.add_done_callback([call = std::weak_ptr<outside_call<F>>(call), record](any_future done) {
    const auto withdrawn = done.cancelled() ? call.lock() : nullptr;
    if (withdrawn && withdrawn->withdraw()) {
      record->unlink();
      delete record;
    }
  });
  return waiting;
}

} // namespace abide::detail

namespace abide {

template <class F> future<std::invoke_result_t<F &>> loop::run_in_executor(executor *on, F call) {
  core_->check_open();
  core_->check_thread();
  return detail::run_outside(*core_, on ? *on : default_executor(), std::move(call));
}

} // namespace abide
