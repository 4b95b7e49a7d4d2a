#include <abide/detail/descriptors.hpp>
#include <abide/detail/generator.hpp>
#include <abide/detail/loop_core.hpp>
#include <abide/detail/signals.hpp>
#include <abide/detail/task_core.hpp>
#include <abide/detail/watched.hpp>
#include <abide/executor.hpp>
#include <abide/loop.hpp>

#include <thread>

namespace abide::detail {

loop_core &require_running(const char *what) {
  if (!running_core)
    throw no_running_loop(std::string("abide: ") + what +
                          " needs a running loop in this thread: call it from a task under "
                          "abide::run()");
  return *running_core;
}

void inbox::close(work_list &rest) noexcept {
  deliver(head_.exchange(closed, std::memory_order_acq_rel), rest);
  while (wakers_.load(std::memory_order_acquire))
    std::this_thread::yield();
}

void throw_loop_closed() {
  throw loop_closed("abide: the loop is closed: make a new one, or call before close()");
}

loop_core::loop_core(loop &the_owner, std::unique_ptr<poller> waits)
    : owner(&the_owner), poller_(std::move(waits)), mail_(std::make_shared<inbox>(*poller_)) {}

loop_core::~loop_core() = default;

void loop_core::throw_closed() { throw_loop_closed(); }

void loop_core::check_thread_now() const {
  if (thread_ && thread_ != this_thread())
    throw wrong_loop("abide: the loop runs in another thread: use call_soon_threadsafe() or "
                     "run_coroutine_threadsafe()");
}

// --- running ----------------------------------------------------------------

void loop_core::run_forever() {
  check_open();
  if (running_)
    throw loop_running("abide: this loop is running already: co_await instead of running again");
  if (running_core)
    throw loop_running(
        "abide: another loop is running in this thread: give it a thread of its own");
  struct session {
    explicit session(loop_core &run) : core(&run), seen(run) {
      core->parked.store(false, std::memory_order_release);
      core->running_ = true;
      core->thread_ = this_thread();
      running_core = core.get();
    }
    ~session() {
      core->parked.store(true, std::memory_order_release);
      core->running_ = core->stopping_ = false;
      core->thread_ = nullptr;
      running_core = nullptr;
    }
    ref<loop_core> core;
    watched seen;
  } running(*this);
  do
    run_once();
  while (!stopping_);
}

void loop_core::run_once() {
  const bool idle = ready_.empty() && !stopping_;
  if (idle || look_ || since_look_ >= poll_interval)
    look(idle);
  else
    mail_->collect(ready_);
  run_ready();
}

// Descriptors, mail, timers: in this order they enter the queue.
void loop_core::look(bool idle) {
  look_ = false;
  since_look_ = 0;
  std::optional<time_point> until = poller::at_once;
  if (idle && mail_->may_sleep())
    until = timers_.empty() ? std::nullopt : std::optional(timers_.first());
  parked.store(true, std::memory_order_release);
  poller_->wait(until);
  move();
  parked.store(false, std::memory_order_release);
  if (idle)
    mail_->awake();
  mail_->collect(ready_);
  if (timers_.empty())
    return;
  now();
  while (!timers_.empty() && timers_.first() <= seen_)
    timers_.pop().due();
}

void loop_core::run_ready() {
  struct batch {
    ~batch() { ready.splice_front(works); } // what an exception has left over
    work_list &ready;
    work_list works;
  } now{ready_, {}};
  now.works.splice_back(ready_);
  while (work *next = now.works.pop_front()) {
    ++since_look_;
    move();
    if (debug) [[unlikely]]
      run_timed(*next);
    else
      next->run();
  }
}

void loop_core::run_timed(work &next) {
  const std::string name = next.describe(); // it may be gone afterwards
  const time_point begin = poller_->now();
  next.run();
  const duration taken = poller_->now() - begin;
  if (taken >= slow_callback_duration)
    tell({severity::warning,
          "executing took " + std::to_string(std::chrono::duration<double>(taken).count()) + " s",
          name, nullptr});
}

// --- the end ----------------------------------------------------------------

void loop_core::close() {
  if (running_)
    throw loop_running("abide: a running loop cannot be closed: stop() it first");
  if (closed_)
    return;
  closed_ = true;
  drop_tasks();
  drop_work();
  while (generators.pop_front())
    ; // their owners have them
  while (outside_work *job = outside.pop_front())
    job->abandon();
  if (default_executor)
    default_executor->shutdown(duration::zero());
  descriptors_.reset();
  signals_.reset();
  poller_.reset();
}

void loop_core::drop_tasks() noexcept {
  // The youngest first: it may refer to what its parents own.
  while (task_core *pending = tasks.back())
    pending->abandon();
}

void loop_core::drop_work() noexcept {
  mail_->close(ready_);
  while (!timers_.empty())
    timers_.pop().forget();
  while (work *left = ready_.pop_front())
    left->drop();
}

// --- trouble ----------------------------------------------------------------

void loop_core::tell(const report &what) noexcept {
  try {
    if (exception_handler && owner) {
      const auto handler = exception_handler; // it may replace itself
      handler(*owner, what);
      return;
    }
  } catch (...) {
    loop::default_exception_handler({severity::error, "the exception handler threw",
                                     "while it handled: " + what.message,
                                     std::current_exception()});
  }
  loop::default_exception_handler(what);
}

// --- descriptors and signals ------------------------------------------------

descriptors &loop_core::fds() {
  check_open();
  if (!descriptors_)
    descriptors_ = std::make_unique<descriptors>(*this);
  return *descriptors_;
}

bool loop_core::remove_fd(int fd, interest side) noexcept {
  return descriptors_ && descriptors_->remove(fd, side);
}

signals &loop_core::signal_handlers() {
  check_open();
  if (!signals_)
    signals_ = std::make_unique<signals>(*this);
  return *signals_;
}

} // namespace abide::detail
