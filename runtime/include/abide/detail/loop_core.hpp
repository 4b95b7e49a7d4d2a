// The state of a loop, shared by the loop and by what belongs to it and may outlive it.
#pragma once

#include <abide/debug_level.hpp>
#include <abide/detail/inbox.hpp>
#include <abide/detail/list.hpp>
#include <abide/detail/marks.hpp>
#include <abide/detail/ref.hpp>
#include <abide/detail/timers.hpp>
#include <abide/detail/watched.hpp>
#include <abide/poller.hpp>
#include <abide/report.hpp>
#include <abide/schedule.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace abide {
class executor;
class thread_pool;
} // namespace abide

namespace abide::detail {

class task_core;
class generator_promise_base;
class descriptors;
class signals;
class tracer;
class shuffler;
struct task_tag;
struct outside_tag;
struct async_generator_tag;

/// Something that will be completed from outside of the loop, such as a job of an executor. The
/// loop owns it, and lets go of it when it closes.
class outside_work : public list_node<outside_tag> {
public:
  virtual void abandon() noexcept = 0;

protected:
  ~outside_work() = default;
};

/// Everything is for the thread of the loop, but for what mail() says.
class loop_core {
public:
  loop_core(loop &owner, std::unique_ptr<poller> waits);
  loop_core(const loop_core &) = delete;
  loop_core &operator=(const loop_core &) = delete;

  void retain() noexcept { ++references_; }
  void release() noexcept {
    if (--references_ == 0)
      delete this;
  }

  // --- work ---

  /// Queues for the next round; a closed loop drops it.
  void schedule(work &queued) noexcept {
    if (guarded_ && !may_schedule(queued)) [[unlikely]]
      return;
    ready_.push_back(queued);
  }
  void arm(timer &armed, time_point when) {
    timers_.add(armed, when);
    // A deadline that is past already must not wait for the rounds between two looks at the clock.
    if (when <= seen_)
      look_ = true;
  }
  /// The delay counts from the next look at the clock: a timer may be late, but not early.
  void arm(timer &armed, duration delay) {
    timers_.add(armed, delay);
    if (timers_.crowded() || debug) [[unlikely]] // what debug mode tells of it has a time
      now();
    if (delay <= duration::zero())
      look_ = true;
  }
  void disarm(timer &armed) noexcept { timers_.remove(armed); }
  time_point now() noexcept {
    seen_ = poller_ ? poller_->now() : clock::now();
    timers_.settle(seen_);
    return seen_;
  }
  std::size_t timer_count() const noexcept { return timers_.size(); }

  void run_forever();
  void stop() noexcept { stopping_ = true; }
  void close();

  bool running() const noexcept { return running_; }
  bool closed() const noexcept { return closed_; }
  /// Throws loop_closed.
  void check_open() const {
    if (closed_) [[unlikely]]
      throw_closed();
  }
  /// In debug mode: throws wrong_loop when another thread runs this loop, naming both.
  void check_thread() const {
    if (debug) [[unlikely]]
      check_thread_now();
  }

  // --- what belongs to the loop ---

  loop *owner; // null when the loop is destroyed
  task_core *current = nullptr;
  list<task_core, task_tag> tasks; // the pending ones; the loop owns one reference of each
  list<outside_work, outside_tag> outside;
  std::uint64_t named_tasks = 0;
  list<generator_promise_base, async_generator_tag> generators; // that have begun; not owned
  bool generators_closed = false;

  int debug = 0; // see debug_level
  void set_debug(debug_level level) noexcept;
  duration slow_callback_duration = std::chrono::milliseconds(100);
  duration lock_hold_limit = std::chrono::seconds(1);
  /// Looks at descriptors and clock at least every so many callbacks, and in every idle round.
  unsigned poll_interval = 64;
  /// Moves with each callback and each look at the poller; parked while the loop does not run, or
  /// waits for events. Any thread may read.
  pulse shown;
  /// Who writes down what tasks do; null: nobody. Not owned.
  tracer *traced = nullptr;
  /// Somebody wants to know of each task and step.
  bool observed() const noexcept { return debug || traced; }
  /// What that trace shows of reports. The watchdog adds to it.
  mutable marks marked;
  /// From now on the order of tasks is a random one; see schedule_options.
  void set_schedule(const schedule_options &options);
  /// The schedule stays random, but no task is cancelled any more.
  void stop_cancelling() noexcept;

  std::function<void(loop &, const report &)> exception_handler;
  void tell(const report &what) noexcept;
  /// The calls that made the loop; null below debug level 2.
  const stack *made = nullptr;
  /// To be called before close() when nobody else has: reports what is left, if anything.
  void tell_unclosed() noexcept;
  /// Tasks as a tree of who waits for whom, for people.
  std::string dump() const;
  /// The same as JSON, for programs.
  std::string dump_json() const;

  std::shared_ptr<executor> default_executor;
  const std::shared_ptr<inbox> &mail() const noexcept { return mail_; }
  poller &waits() noexcept { return *poller_; }
  descriptors &fds();
  bool remove_fd(int fd, interest side) noexcept;
  signals &signal_handlers();
  signals *signal_handlers_if_any() noexcept { return signals_.get(); }

private:
  ~loop_core();

  void run_once();
  void look(bool idle);
  void run_ready();
  void run_shuffled();
  void wait(std::optional<time_point> until);
  void run_watched(work_list &works);
  void wait_watched(std::optional<time_point> until);
  void answer_dump();
  /// Nothing is ready, and no timer will be: reports tasks that wait for each other, or for ever.
  void check_stuck();
  bool may_be_woken() const;
  void tell_slow(duration taken, task_core *step, std::string_view subject);
  bool may_schedule(work &queued) noexcept;
  [[noreturn]] static void throw_closed();
  std::string foreign_thread() const;
  void check_thread_now() const;
  void drop_tasks() noexcept;
  void drop_work() noexcept;

  work_list ready_;
  timer_queue timers_;
  time_point seen_{}; // when the clock was last looked at
  unsigned since_look_ = 0;
  bool look_ = true;
  bool running_ = false;
  bool stopping_ = false;
  bool closed_ = false;
  bool telling_ = false;            // the exception handler runs
  bool guarded_ = false;            // closed or in debug mode: schedule() has to look
  bool has_stacks_ = false;         // counts in loops_with_stacks
  std::uint64_t stuck_checked_ = 0; // the sequence at that time
  std::uint64_t task_count() const noexcept;
  std::size_t references_ = 1;
  const void *thread_ = nullptr; // see this_thread()
  std::string thread_name_;      // in debug mode
  std::unique_ptr<poller> poller_;
  std::shared_ptr<inbox> mail_;
  std::unique_ptr<descriptors> descriptors_;
  std::unique_ptr<signals> signals_;
  std::unique_ptr<shuffler> shuffler_; // null: tasks run in their order
};

/// The loop that runs on this thread.
inline constinit thread_local loop_core *running_core = nullptr;

/// Reports what concerns no loop in particular: to the one that runs here, else to the log.
void tell(const report &what) noexcept;

/// Threads of this library that never touch a loop, such as that of the log.
inline constinit std::atomic<unsigned> own_threads{0};

/// Throws no_running_loop.
loop_core &require_running(const char *what);

/// Identifies a thread, cheaper than std::thread::id.
inline const void *this_thread() noexcept {
  static constinit thread_local char mark = 0;
  return &mark;
}

} // namespace abide::detail
