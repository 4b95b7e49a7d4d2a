// Between threads and loops.
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/detail/ensure_future.hpp>

#include <functional>
#include <memory>

namespace abide {

namespace detail {

/// What the threads share. The cancel request travels to the loop through its inbox.
class thread_state_base : public std::enable_shared_from_this<thread_state_base> {
public:
  thread_state_base();
  virtual ~thread_state_base();
  bool done() const;
  bool cancelled() const;
  /// False when it is done already.
  bool cancel();
  /// True when done within the time.
  bool wait(std::optional<duration> limit) const;
  /// Calls `call` when it is done, on the thread that ends it, or at once.
  void when_done(std::function<void()> call);

  /// Whoever works on it hears of cancel() through `call`, on the thread of the canceller.
  void on_cancel(std::function<void()> call);
  /// Ends it, once: false (and `store` not called) when it is done already.
  bool finish(const std::function<void()> &store, bool as_cancelled = false);

protected:
  virtual void store_cancellation() = 0;

private:
  struct shared; // keeps <mutex> and <condition_variable> out of this header
  std::unique_ptr<shared> shared_;
};

template <class T> class thread_state final : public thread_state_base {
public:
  outcome<T> result;
  void copy_from(future_state &ended) {
    if (ended.cancelled())
      finish([this] { store_cancellation(); }, true);
    else
      finish([&] { result = outcome_of<T>(ended); });
  }

private:
  void store_cancellation() override { result = std::make_exception_ptr(cancelled_error()); }
};

} // namespace detail

/// A result of another thread's loop: get() blocks the calling thread. Not for the thread of that
/// loop, which would wait for itself. Copies share one state. All members from any thread.
template <class T> class [[nodiscard]] thread_future {
public:
  using value_type = T;
  explicit thread_future(std::shared_ptr<detail::thread_state<T>> state)
      : state_(std::move(state)) {}

  /// Blocks until done. Throws the exception, or cancelled_error.
  ABIDE_IS(sync_wait) detail::stored<T> get() const {
    state_->wait({});
    return state_->result.value();
  }
  /// The same with a limit: throws timeout_error after it; the work goes on, cancel() ends it.
  ABIDE_IS(sync_wait) detail::stored<T> get(duration limit) const {
    if (!state_->wait(limit))
      throw timeout_error("abide: the result of the other thread is not there in time: cancel() it "
                          "or get() it again");
    return state_->result.value();
  }
  ABIDE_IS(sync_wait) bool wait(duration limit) const { return state_->wait(limit); }
  bool done() const { return state_->done(); }
  bool cancelled() const { return state_->cancelled(); }
  /// Ends it as cancelled, and cancels the task behind it. False when it is done already.
  bool cancel() const { return state_->cancel(); }

  /// For code that extends the library.
  const std::shared_ptr<detail::thread_state<T>> &state() const { return state_; }

private:
  std::shared_ptr<detail::thread_state<T>> state_;
};

namespace detail {

/// The loop's side of a coroutine that a thread has submitted. The threads may hold it; the task
/// within is the loop's alone, and is let go of there.
template <class T> class parcel final : public outside_work {
public:
  parcel(spawned<T> started, std::shared_ptr<thread_state<T>> result)
      : task_(std::move(started)), result_(std::move(result)) {}

  void keep(loop_core &core, std::shared_ptr<parcel> self) {
    self_ = std::move(self);
    core.outside.push_back(*this);
  }
  void cancel() {
    if (task_)
      task_.cancel();
  }
  void arrive() {
    result_->copy_from(task_.state());
    unlink();
    release();
  }
  void abandon() noexcept override {
    result_->finish([this] { result_->result = std::make_exception_ptr(cancelled_error()); }, true);
    release();
  }

private:
  void release() noexcept {
    task_ = {};
    const auto last = std::move(self_);
  }
  spawned<T> task_;
  std::shared_ptr<thread_state<T>> result_;
  std::shared_ptr<parcel> self_;
};

template <class T> class cancel_request final : public work {
public:
  explicit cancel_request(std::shared_ptr<parcel<T>> whose) : parcel_(std::move(whose)) {}
  void run() override {
    const std::unique_ptr<cancel_request> keep(this);
    parcel_->cancel();
  }
  void drop() noexcept override { delete this; }
  std::string describe() const override { return "<cancellation from a thread>"; }

private:
  std::shared_ptr<parcel<T>> parcel_;
};

/// Carries a coroutine to its loop.
template <class T> class submission final : public work {
public:
  submission(loop_core &core, task<T> body, std::shared_ptr<thread_state<T>> result,
             std::source_location where)
      : core_(core), body_(std::move(body)), result_(std::move(result)), where_(where) {}

  void run() override {
    const std::unique_ptr<submission> keep(this);
    if (result_->done()) // cancelled on the way
      return body_.dismiss();
    try {
      const spawned<T> started = spawn(core_, std::move(body_), {}, where_);
      const auto home = std::make_shared<parcel<T>>(started, result_);
      home->keep(core_, home);
      started.add_done_callback([home] { home->arrive(); });
      result_->on_cancel([mail = core_.mail(), home] {
        auto request = std::make_unique<cancel_request<T>>(home);
        if (mail->post(*request))
          request.release();
      });
    } catch (...) {
      result_->finish([this] { result_->result = std::current_exception(); });
    }
  }
  void drop() noexcept override {
    const std::unique_ptr<submission> keep(this);
    body_.dismiss();
    result_->finish([this] { result_->result = std::make_exception_ptr(cancelled_error()); }, true);
  }
  std::string describe() const override { return "<coroutine from a thread>"; }

private:
  loop_core &core_;
  task<T> body_;
  std::shared_ptr<thread_state<T>> result_;
  std::source_location where_;
};

/// Carries the result of a thread to the loop that awaits it.
template <class T> class delivery final : public work {
public:
  delivery(outside_job<T> &home, std::shared_ptr<thread_state<T>> result)
      : home_(home), result_(std::move(result)) {}
  void run() override {
    const std::unique_ptr<delivery> keep(this);
    const std::unique_ptr<outside_job<T>> home(&home_);
    home_.unlink();
    value_state<T> &state = home_.state();
    if (state.done())
      return; // cancelled meanwhile
    if (result_->cancelled())
      state.cancel();
    else if (auto thrown = result_->result.exception())
      state.set_exception(std::move(thrown));
    else if constexpr (std::is_void_v<T>)
      state.set();
    else if constexpr (std::is_reference_v<T>)
      state.set(*result_->result.value());
    else
      state.set(result_->result.value());
  }
  void drop() noexcept override { delete this; }
  std::string describe() const override { return "<result of a thread>"; }

private:
  outside_job<T> &home_;
  std::shared_ptr<thread_state<T>> result_;
};

} // namespace detail

/// Starts a coroutine on the loop of another thread. Any thread. When the loop closes before the
/// end, the result is cancelled. Throws loop_closed, and then the coroutine is destroyed.
template <class T>
ABIDE_IS(thread_safe)
thread_future<T> run_coroutine_threadsafe(
    task<T> body, loop &on, std::source_location where = std::source_location::current()) {
  auto state = std::make_shared<detail::thread_state<T>>();
  auto sent = std::make_unique<detail::submission<T>>(on.core(), std::move(body), state, where);
  if (!on.core().mail()->post(*sent))
    detail::throw_loop_closed();
  sent.release();
  return thread_future<T>(std::move(state));
}

/// The result of a thread as a future of the running loop. Cancelling it cancels the thread_future.
/// Throws no_running_loop.
template <class T> future<T> wrap_future(thread_future<T> awaited) {
  detail::loop_core &core = detail::require_running("wrap_future()");
  future<T> result = make_future<T>();
  auto home =
      std::make_unique<detail::outside_job<T>>(detail::ref<detail::future_state>(&result.state()));
  core.outside.push_back(*home);
  detail::outside_job<T> &record = *home.release();
  result.add_done_callback([state = awaited.state()](const any_future &done) {
    if (done.cancelled())
      state->cancel();
  });
  awaited.state()->when_done([mail = core.mail(), &record, state = awaited.state().get()] {
    auto sent = std::make_unique<detail::delivery<T>>(
        record, std::static_pointer_cast<detail::thread_state<T>>(state->shared_from_this()));
    if (mail->post(*sent))
      sent.release();
  });
  return result;
}

/// Runs `call` on a thread of the running loop's default executor: `co_await to_thread([] { ...
/// })`. See loop::run_in_executor.
template <class F> ABIDE_IS(offload) future<std::invoke_result_t<F &>> to_thread(F call) {
  return running_loop().run_in_executor(nullptr, std::move(call));
}

} // namespace abide
