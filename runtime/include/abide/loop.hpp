// The loop: it runs callbacks and tasks, one at a time, on the thread that calls run_forever().
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/executor.hpp>
#include <abide/handle.hpp>
#include <abide/report.hpp>
#include <abide/spawned.hpp>

#include <functional>
#include <memory>

namespace abide {

namespace detail {
template <class F> struct posted_callback;
template <class F> future<std::invoke_result_t<F &>> run_outside(loop_core &, executor &, F);
} // namespace detail

/// One round: look at descriptors and clock, then run what was ready at its beginning; what that
/// schedules runs in the next round. Several loops may run in several threads. All members belong
/// to the thread that runs the loop (before run_forever(): the one that made it), but for
/// call_soon_threadsafe().
class ABIDE_IS(loop_affine) ABIDE_IS(event_loop) loop {
public:
  /// A loop on an epoll_poller, or on the poller given. Its debug level is that of the environment,
  /// ABIDE_DEBUG; the limit for slow callbacks too, ABIDE_SLOW_CALLBACK in seconds. Throws os_error
  /// when there are no descriptors left.
  explicit loop(std::unique_ptr<poller> waits = nullptr);
  /// Closes; waits for the running jobs of the default executor.
  ~loop();
  loop(const loop &) = delete;
  loop &operator=(const loop &) = delete;

  // --- running ---

  /// Runs until stop(). Throws loop_running when this loop, or another one in this thread, runs
  /// already; loop_closed; and what is fatal from callbacks.
  ABIDE_IS(sync_wait) void run_forever() { core_->run_forever(); }
  /// Runs until the future is done and gives its result or throws its exception. A task<T> is
  /// spawned first. Throws invalid_state when stop() came before the end.
  template <class T> ABIDE_IS(sync_wait) T run_until_complete(task<T> body);
  template <class T> ABIDE_IS(sync_wait) T run_until_complete(future<T> awaited);
  template <class T> ABIDE_IS(sync_wait) T run_until_complete(spawned<T> awaited) {
    return run_until_complete(static_cast<future<T>>(awaited));
  }
  /// Ends run_forever() after this round; before run_forever(): after its first round.
  void stop() noexcept { core_->stop(); }
  /// Ends the loop for good: pending tasks are reported and destroyed, callbacks dropped. Does
  /// nothing the second time. Throws loop_running while it runs.
  void close() { core_->close(); }
  bool is_running() const noexcept { return core_->running(); }
  bool is_closed() const noexcept { return core_->closed(); }
  /// The loop's clock, and a look at it: delays that were asked for count from here at the latest.
  time_point time() const { return core_->now(); }

  // --- callbacks ---

  /// Calls `call` in the next round. An exception goes to the exception handler.
  template <class F> ABIDE_IS(loop_callback) handle call_soon(F call) {
    core_->check_open();
    core_->check_thread();
    auto *added = new detail::callback_of<F>(std::move(call), *core_);
    added->queue();
    return handle(detail::ref<detail::callback>::adopt(added));
  }
  /// Calls `call` once after the delay, which counts from when the loop looks at the clock next:
  /// not earlier than asked for, and later by what the callbacks of the round still take. A delay
  /// of zero or less means as soon as possible, the earlier deadline first. Throws invalid_argument
  /// for NaN.
  template <class Rep, class Period, class F>
  ABIDE_IS(loop_callback)
  handle call_later(std::chrono::duration<Rep, Period> delay, F call) {
    return call_timed(to_duration(delay), std::move(call));
  }
  /// Calls `call` at that time() or soon after.
  template <class F> ABIDE_IS(loop_callback) handle call_at(time_point when, F call) {
    return call_timed(when, std::move(call));
  }
  /// As call_soon, from any thread; wakes the loop. The function is destroyed on the thread of
  /// the loop. Throws loop_closed.
  template <class F>
  ABIDE_IS(thread_safe)
  ABIDE_IS(loop_callback) void call_soon_threadsafe(F call);

  // --- tasks and futures ---

  /// Starts a task on this loop; see abide::create_task.
  template <class T>
  ABIDE_IS(spawn)
  spawned<T> create_task(task<T> body, task_options options = {},
                         std::source_location where = std::source_location::current()) {
    return detail::spawn(*core_, std::move(body), options, where);
  }
  template <class T = void> future<T> create_future() {
    return future<T>(detail::ref<detail::future_state>::adopt(new detail::value_state<T>(*core_)));
  }
  /// All pending tasks, in the order of their creation.
  std::vector<any_task> all_tasks() const;

  // --- descriptors and signals ---

  /// Calls `call` in each round in which the descriptor is readable (or at its end), until
  /// remove_reader(). Replaces the reader of before. The descriptor stays yours: remove it before
  /// you close it. Throws os_error, such as EBADF.
  ABIDE_IS(loop_callback) void add_reader(int fd, std::function<void()> call);
  ABIDE_IS(loop_callback) void add_writer(int fd, std::function<void()> call);
  /// False when there is none, also on a closed loop.
  bool remove_reader(int fd) noexcept { return core_->remove_fd(fd, interest::read); }
  bool remove_writer(int fd) noexcept { return core_->remove_fd(fd, interest::write); }

  /// Calls `call` on the loop when the process gets the signal. Only in the main thread; throws
  /// invalid_state elsewhere, invalid_argument for a signal that cannot be caught.
  ABIDE_IS(loop_callback)
  ABIDE_IS(installs_signal_handler) void add_signal_handler(int signal, std::function<void()> call);
  /// Back to what the signal did before. False when there is no handler.
  ABIDE_IS(installs_signal_handler) bool remove_signal_handler(int signal);

  // --- threads ---

  /// Runs `call` on a thread of the executor (none: the default one, a thread_pool of the loop) and
  /// gives its result on the loop. Cancelling the future drops a call that has not begun; one that
  /// runs goes on unheard. Throws loop_closed, invalid_state after shutdown.
  template <class F>
  ABIDE_IS(offload)
  future<std::invoke_result_t<F &>> run_in_executor(executor *on, F call);
  void set_default_executor(std::shared_ptr<executor> on);
  /// Waits until all jobs of the default executor are done; it takes no more. After `patience` it
  /// gives up with a warning. run() does it.
  task<void> shutdown_default_executor(duration patience = std::chrono::minutes(5));
  /// Closes the async generators that are still open. run() does it.
  task<void> shutdown_asyncgens();

  // --- trouble ---

  using exception_handler = std::function<void(loop &, const report &)>;
  /// Who hears of what nobody can catch; an empty one restores the default, which writes to the
  /// log.
  void set_exception_handler(exception_handler handler);
  const exception_handler &get_exception_handler() const { return core_->exception_handler; }
  /// Hands a report to the exception handler. What that throws is reported by the default one.
  void call_exception_handler(const report &what) { core_->tell(what); }
  /// As log_report().
  static void default_exception_handler(const report &what) noexcept;

  /// From now on; what was made before has no origin.
  void set_debug(debug_level level) noexcept { core_->set_debug(level); }
  bool get_debug() const noexcept { return core_->debug != 0; }
  int get_debug_level() const noexcept { return core_->debug; }
  /// In debug mode is reported: a callback that takes at least as long, callbacks of one round that
  /// do so together, and a look at the descriptors that ends so much too late. 100 ms.
  void set_slow_callback_duration(duration limit) noexcept {
    core_->slow_callback_duration = limit;
  }
  duration slow_callback_duration() const noexcept { return core_->slow_callback_duration; }
  /// In debug mode is reported: a mutex that was held at least as long while others waited. 1 s, on
  /// the clock of the world.
  void set_lock_hold_limit(duration limit) noexcept { core_->lock_hold_limit = limit; }
  duration lock_hold_limit() const noexcept { return core_->lock_hold_limit; }
  /// All pending tasks in words: what each waits for, where, and who waits for it. In every build,
  /// with debug mode off too.
  std::string dump_tasks() const { return core_->dump(); }
  /// The same as one JSON object, which `abide trace` shows as a page: {"tasks": [...]}, of each
  /// number, name, spawned and either runs or waits_for, tasks (the numbers of those it waits for),
  /// awaits (its co_awaits, outermost first) and hopeless (nobody can end the wait any more).
  std::string dump_tasks_json() const { return core_->dump_json(); }
  /// How many callbacks may run between two looks at descriptors and clock while there is work.
  /// 64; 1 looks in every round, as asyncio does.
  void set_poll_interval(unsigned callbacks) noexcept { core_->poll_interval = callbacks; }

  /// Runs ready tasks in a random order from now on, and prints the seed; see schedule_options.
  void set_schedule(const schedule_options &options) { core_->set_schedule(options); }

  /// For code that extends the library.
  detail::loop_core &core() const noexcept { return *core_; }

private:
  template <class When, class F> handle call_timed(When when, F call) {
    core_->check_open();
    core_->check_thread();
    auto *added = new detail::callback_of<F, detail::timed_callback>(std::move(call), *core_);
    handle result(detail::ref<detail::callback>::adopt(added));
    added->queue(when);
    return result;
  }
  executor &default_executor();
  detail::ref<detail::loop_core> core_;
};

/// The loop that runs in this thread. Throws no_running_loop.
loop &running_loop();
/// The same, null instead of an error.
loop *running_loop_if_any() noexcept;
/// loop::dump_tasks() of the running loop. Throws no_running_loop.
inline std::string dump_tasks() { return running_loop().dump_tasks(); }
/// loop::dump_tasks_json() of the running loop. Throws no_running_loop.
inline std::string dump_tasks_json() { return running_loop().dump_tasks_json(); }
/// Which signal makes each running loop write its tasks to the log: at first what ABIDE_DUMP_SIGNAL
/// names (SIGUSR2, USR2, 12 or off), else SIGUSR2; 0: none. The first loop that runs installs it,
/// and never in place of a handler of the program, which may install its own afterwards. A loop
/// answers between two callbacks; for one that is stuck in one a watchdog answers. Any thread.
/// Throws invalid_argument for an impossible signal, invalid_state when the program uses it.
ABIDE_IS(thread_safe) void set_dump_signal(int signal);

namespace detail {

template <class F> struct posted_callback final : work {
  posted_callback(F function, loop_core &owner) : call(std::move(function)), core(owner) {}
  void run() override {
    const std::unique_ptr<posted_callback> keep(this);
    try {
      call();
    } catch (const fatal &) {
      throw;
    } catch (...) {
      core.tell({severity::error, "exception in a callback", describe(), std::current_exception(),
                 report_kind::callback_failed});
    }
  }
  void drop() noexcept override { delete this; }
  std::string describe() const override { return "<callback from a thread>"; }

  F call;
  loop_core &core;
};

/// Throws loop_closed.
[[noreturn]] void throw_loop_closed();

/// Stops the loop when the future is done, for run_until_complete.
void run_until_done(loop_core &core, future_state &awaited);

} // namespace detail

template <class F> void loop::call_soon_threadsafe(F call) {
  if (detail::running_core == core_.get()) { // keeps the order among what this thread schedules
    call_soon(std::move(call));
    return;
  }
  auto posted = std::make_unique<detail::posted_callback<F>>(std::move(call), *core_);
  if (!core_->mail()->post(*posted))
    detail::throw_loop_closed();
  posted.release();
}

template <class T> T loop::run_until_complete(future<T> awaited) {
  detail::run_until_done(*core_, awaited.state());
  detail::taking_awaiter<T> taking = std::move(awaited).operator co_await();
  return taking.await_resume();
}

template <class T> T loop::run_until_complete(task<T> body) {
  core_->check_open();
  if (core_->running() || detail::running_core)
    core_->run_forever(); // throws what is wrong
  return run_until_complete(static_cast<future<T>>(create_task(std::move(body))));
}

} // namespace abide

#include <abide/detail/outside.hpp>
