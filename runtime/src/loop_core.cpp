#include <abide/detail/descriptors.hpp>
#include <abide/detail/dump_signal.hpp>
#include <abide/detail/generator.hpp>
#include <abide/detail/loop_core.hpp>
#include <abide/detail/shuffler.hpp>
#include <abide/detail/signals.hpp>
#include <abide/detail/task_core.hpp>
#include <abide/executor.hpp>
#include <abide/log.hpp>
#include <abide/loop.hpp>

#include <algorithm>
#include <thread>

#include <pthread.h>
#include <unistd.h>

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

// --- debug mode ---------------------------------------------------------------

namespace {

std::string thread_in_words() {
  char name[16] = "";
  ::pthread_getname_np(::pthread_self(), name, sizeof name);
  return std::string("'").append(name).append("' (") + std::to_string(::gettid()) + ")";
}

std::string seconds(duration taken) {
  return std::to_string(std::chrono::duration<double>(taken).count()) + " s";
}

} // namespace

void loop_core::set_debug(debug_level level) noexcept {
  debug = level.value();
  guarded_ = closed_ || debug;
  const bool stacks = debug >= 2 && !closed_;
  if (stacks != std::exchange(has_stacks_, stacks))
    loops_with_stacks.fetch_add(stacks ? 1u : -1u, std::memory_order_relaxed);
  if (debug && running_)
    thread_name_ = thread_in_words();
}

std::string loop_core::foreign_thread() const {
  return "abide: the loop runs in the thread " + thread_name_ + ", this is the thread " +
         thread_in_words() + ": use call_soon_threadsafe() or run_coroutine_threadsafe()";
}

void loop_core::check_thread_now() const {
  if (thread_ && thread_ != this_thread())
    throw wrong_loop(foreign_thread());
}

// False: the work was dropped. What no check_thread() has refused can only be reported here.
bool loop_core::may_schedule(work &queued) noexcept {
  if (closed_) {
    queued.drop();
    return false;
  }
  if (thread_ && thread_ != this_thread()) {
    // Not to the exception handler, which belongs to the other thread.
    report wrong{severity::error, foreign_thread(), queued.describe(), nullptr,
                 report_kind::wrong_thread};
    wrong.stack = stack::capture(1);
    loop::default_exception_handler(wrong);
  }
  return true;
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
    explicit session(loop_core &run)
        : core(&run), seen(run.shown, &run, [] { return std::string("<a callback>"); }) {
      begin_dump_signal();
      core->shown.dumped = dumps_asked.load();
      core->shown.parked.store(false, std::memory_order_release);
      core->running_ = true;
      core->thread_ = this_thread();
      if (core->debug) [[unlikely]]
        core->thread_name_ = thread_in_words();
      running_core = core.get();
    }
    ~session() {
      core->shown.parked.store(true, std::memory_order_release);
      core->running_ = core->stopping_ = false;
      core->thread_ = nullptr;
      running_core = nullptr;
    }
    ref<loop_core> core;
    watched seen;
    dump_bell bell{*core->poller_};
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
  if (shuffler_) [[unlikely]]
    run_shuffled();
  else
    run_ready();
}

// Descriptors, mail, timers: in this order they enter the queue.
void loop_core::look(bool idle) {
  look_ = false;
  since_look_ = 0;
  std::optional<time_point> until = poller::at_once;
  if (idle && mail_->may_sleep()) {
    if (timers_.unsettled())
      now();
    until = timers_.empty() ? std::nullopt : std::optional(timers_.next_look());
  }
  if (debug) [[unlikely]]
    wait_watched(until);
  else
    wait(until);
  if (idle)
    mail_->awake();
  if (shown.dumped.load(std::memory_order_relaxed) != dumps_asked.load(std::memory_order_relaxed))
      [[unlikely]]
    answer_dump();
  mail_->collect(ready_);
  if (timers_.empty())
    return;
  now();
  while (timer *ripe = timers_.pop(seen_))
    ripe->due();
}

void loop_core::wait(std::optional<time_point> until) {
  shown.parked.store(true, std::memory_order_release);
  poller_->wait(until);
  shown.move();
  shown.parked.store(false, std::memory_order_release);
}

void loop_core::run_ready() {
  struct batch {
    ~batch() { ready.splice_front(works); } // what an exception has left over
    work_list &ready;
    work_list works;
  } now{ready_, {}};
  now.works.splice_back(ready_);
  if (observed()) [[unlikely]]
    return run_watched(now.works);
  while (work *next = now.works.pop_front()) {
    ++since_look_;
    shown.move();
    next->run();
  }
}

// Some of what is ready, its tasks in a random order; the rest waits for the next round, which
// looks at the poller first.
void loop_core::run_shuffled() {
  struct put_back {
    ~put_back() { ready.splice_front(rest); }
    work_list &ready;
    work_list rest;
  } later{ready_, {}};
  shuffler_->deal(ready_, later.rest);
  look_ = true;
  run_ready();
}

void loop_core::set_schedule(const schedule_options &options) {
  shuffler_ = std::make_unique<shuffler>(options);
}

void loop_core::stop_cancelling() noexcept {
  if (shuffler_)
    shuffler_->stop_cancelling();
}

// One look at the clock per callback: the end of one is the beginning of the next.
void loop_core::run_watched(work_list &works) {
  const bool timed = debug != 0; // a trace alone needs no more
  time_point last = poller_->now();
  duration together{};
  unsigned count = 0;
  while (work *next = works.pop_front()) {
    ++since_look_;
    shown.move();
    const ref<task_core> step(next->stepping());
    const std::string name = step || !timed ? "" : next->describe(); // it may be gone afterwards
    if (step && traced)
      step->run_traced();
    else
      next->run();
    if (!timed)
      continue;
    const time_point now = poller_->now();
    const duration taken = now - std::exchange(last, now);
    if (taken >= slow_callback_duration) {
      tell_slow(taken, step.get(), name);
      last = poller_->now();
      continue;
    }
    together += taken;
    ++count;
  }
  if (together >= slow_callback_duration)
    tell({severity::warning,
          "a round took " + seconds(together) + " for " + std::to_string(count) +
              " callbacks, none of them slow by itself",
          "<loop>", nullptr, report_kind::long_iteration});
}

void loop_core::tell_slow(duration taken, task_core *step, std::string_view subject) {
  const std::string message = "executing took " + seconds(taken);
  if (step)
    tell(report_on(severity::warning, report_kind::slow_callback, message, *step));
  else
    tell({severity::warning, message, std::string(subject), nullptr, report_kind::slow_callback});
}

void loop_core::wait_watched(std::optional<time_point> until) {
  if (!until) {
    poller_->wait(poller::at_once); // what is there already, such as a signal
    const auto moves = [this] { return !ready_.empty() || stopping_ || mail_->has_mail(); };
    if (!moves())
      check_stuck();
    if (moves()) // the exception handler may have helped
      return;
  }
  const time_point begin = poller_->now();
  wait(until);
  if (!until)
    return;
  const duration late = poller_->now() - std::max(begin, *until);
  if (late >= slow_callback_duration)
    tell({severity::warning, "the poller came back " + seconds(late) + " too late", "<loop>",
          nullptr, report_kind::slow_poll});
}

// To the log, for the handler is for what is wrong.
void loop_core::answer_dump() {
  shown.dumped = dumps_asked.load();
  report tasks{severity::info, "the tasks of the loop in thread " + thread_in_words(), "", nullptr,
               report_kind::task_dump};
  tasks.details = dump();
  log_report(tasks);
}

// --- the end ----------------------------------------------------------------

// A loop that has nothing left ends well by its destructor.
void loop_core::tell_unclosed() noexcept {
  if (closed_ || !debug)
    return;
  std::string left;
  auto add = [&](std::size_t count, const char *one) {
    if (count)
      left +=
          (left.empty() ? "" : ", ") + std::to_string(count) + " " + one + (count == 1 ? "" : "s");
  };
  std::size_t callbacks = 0, open = 0, jobs = 0;
  mail_->collect(ready_);
  ready_.each([&](work &queued) { callbacks += !queued.stepping(); });
  generators.each([&](generator_promise_base &) { ++open; });
  outside.each([&](outside_work &) { ++jobs; });
  add(task_count(), "task");
  add(callbacks, "callback");
  add(timers_.size(), "timer");
  add(open, "async generator");
  add(jobs, "job");
  if (left.empty())
    return;
  report lost{severity::warning, "a loop was destroyed without close()", "<loop>", nullptr,
              report_kind::unclosed};
  lost.details = "left: " + left;
  if (made)
    lost.made.push_back({"loop", {}, *made, {}});
  tell(lost);
}

void loop_core::close() {
  if (running_)
    throw loop_running("abide: a running loop cannot be closed: stop() it first");
  if (closed_)
    return;
  closed_ = true;
  guarded_ = true;
  drop_tasks();
  drop_work();
  while (generator_promise_base *open = generators.pop_front()) // their owners have them
    if (debug)
      tell(open->left_open());
  while (outside_work *job = outside.pop_front())
    job->abandon();
  if (default_executor)
    default_executor->shutdown(duration::zero());
  descriptors_.reset();
  signals_.reset();
  poller_.reset();
  set_debug(debug);
}

void loop_core::drop_tasks() noexcept {
  // The youngest first: it may refer to what its parents own.
  while (task_core *pending = tasks.back())
    pending->abandon();
}

void loop_core::drop_work() noexcept {
  mail_->close(ready_);
  while (timer *left = timers_.pop_any())
    left->forget();
  while (work *left = ready_.pop_front())
    left->drop();
}

// --- trouble ----------------------------------------------------------------

void loop_core::tell(const report &what) noexcept {
  try {
    if (marked.wanted())
      marked.add(mark_of(what));
    if (exception_handler && owner && !telling_) { // what a handler does wrong is not for itself
      const auto handler = exception_handler;      // it may replace itself
      struct end {
        bool &telling;
        ~end() { telling = false; }
      } ending{telling_ = true};
      handler(*owner, what);
      return;
    }
  } catch (...) {
    loop::default_exception_handler({severity::error, "the exception handler threw",
                                     "while it handled: " + what.message, std::current_exception(),
                                     report_kind::handler_failed});
  }
  loop::default_exception_handler(what);
}

void tell(const report &what) noexcept {
  if (running_core)
    running_core->tell(what);
  else
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
