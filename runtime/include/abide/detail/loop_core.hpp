// The state of a loop, shared by the loop and by what belongs to it and may outlive it.
#pragma once

#include <abide/detail/inbox.hpp>
#include <abide/detail/list.hpp>
#include <abide/detail/ref.hpp>
#include <abide/detail/timers.hpp>
#include <abide/poller.hpp>
#include <abide/report.hpp>

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
    if (closed_) [[unlikely]]
      queued.drop();
    else
      ready_.push_back(queued);
  }
  void arm(timer &armed, time_point when) {
    timers_.add(armed, when);
    // A deadline that is past already must not wait for the rounds between two looks at the clock.
    if (when <= seen_)
      look_ = true;
  }
  void disarm(timer &armed) noexcept { timers_.remove(armed); }
  time_point now() noexcept { return seen_ = poller_ ? poller_->now() : clock::now(); }
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
  /// In debug mode: throws wrong_loop when another thread runs this loop.
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

  bool debug = false;
  duration slow_callback_duration = std::chrono::milliseconds(100);
  /// Looks at descriptors and clock at least every so many callbacks, and in every idle round.
  unsigned poll_interval = 64;
  /// Moves with each callback and each look at the poller; whoever watches the loop sees whether it
  /// moves. Any thread may read.
  std::atomic<std::uint64_t> sequence{0};
  /// It does not run, or waits for events. Any thread may read.
  std::atomic<bool> parked{true};

  std::function<void(loop &, const report &)> exception_handler;
  void tell(const report &what) noexcept;

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
  void move() noexcept {
    sequence.store(sequence.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void look(bool idle);
  void run_ready();
  void run_timed(work &next);
  [[noreturn]] static void throw_closed();
  void check_thread_now() const;
  void drop_tasks() noexcept;
  void drop_work() noexcept;

  work_list ready_;
  timer_heap timers_;
  time_point seen_{}; // when the clock was last looked at
  unsigned since_look_ = 0;
  bool look_ = true;
  bool running_ = false;
  bool stopping_ = false;
  bool closed_ = false;
  std::size_t references_ = 1;
  const void *thread_ = nullptr; // see this_thread()
  std::unique_ptr<poller> poller_;
  std::shared_ptr<inbox> mail_;
  std::unique_ptr<descriptors> descriptors_;
  std::unique_ptr<signals> signals_;
};

/// The loop that runs on this thread.
inline constinit thread_local loop_core *running_core = nullptr;

/// Throws no_running_loop.
loop_core &require_running(const char *what);

/// Identifies a thread, cheaper than std::thread::id.
inline const void *this_thread() noexcept {
  static constinit thread_local char mark = 0;
  return &mark;
}

} // namespace abide::detail
