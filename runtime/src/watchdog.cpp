#include <abide/watchdog.hpp>

#include <abide/detail/dump_signal.hpp>
#include <abide/detail/loop_core.hpp>
#include <abide/detail/snapshot.hpp>
#include <abide/detail/unwind.hpp>
#include <abide/detail/watched.hpp>
#include <abide/error.hpp>
#include <abide/log.hpp>
#include <abide/loop.hpp>
#include <abide/stack.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace abide::detail {

/// A loop that is asked for a sign of life. Whoever posts or detaches holds the lock.
struct foreign_loop : std::enable_shared_from_this<foreign_loop> {
  std::mutex lock;
  watchdog::poster post; // empty: detached
  std::string name;
  // Written by the foreign loop:
  std::atomic<std::uint64_t> answers{0};
  std::atomic<pid_t> thread{0};
  // Of the sampling thread:
  std::uint64_t asked = 0;
  time_point asked_at{};
  stall state;
};

namespace {

constexpr duration patience = std::chrono::milliseconds(500);

std::string seconds(duration time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", std::chrono::duration<double>(time).count());
  return text;
}

// --- in words -------------------------------------------------------------------

bool is_system(const std::string &module) {
  const std::string_view name = std::string_view(module).substr(module.find_last_of('/') + 1);
  constexpr std::string_view known[] = {"libc.so",   "libpthread", "ld-linux", "linux-vdso",
                                        "libstdc++", "libc++",     "libtsan",  "libasan"};
  return std::ranges::any_of(known, [&](auto prefix) { return name.starts_with(prefix); });
}

// "nanosleep" for "__GI___nanosleep@@GLIBC_2.2.5".
std::string plain_name(std::string name) {
  name.resize(std::min(name.find('@'), name.size()));
  for (const std::string_view prefix : {"___interceptor_", "__interceptor_", "__GI_"})
    if (name.starts_with(prefix))
      name.erase(0, prefix.size());
  name.erase(0, std::min(name.find_first_not_of('_'), name.size()));
  return name.find('(') == name.npos ? name + "()" : name;
}

// "void std::this_thread::sleep_for<...>(...)": whoever called it is of interest.
bool is_standard(std::string_view function) {
  const std::string_view name = function.substr(0, function.find_first_of("<("));
  return name.starts_with("std::") || name.find(" std::") != name.npos;
}

/// "in nanosleep(), called by parse() at parse.cpp:12".
std::string what_it_does(std::span<const std::uintptr_t> calls) {
  std::string blocking;
  for (const std::uintptr_t address : calls) {
    const frame_name name = name_frame(address);
    if (is_system(name.module)) {
      blocking = name.function.empty() ? name.module : plain_name(name.function);
      continue;
    }
    if (is_standard(name.function))
      continue;
    std::string text = blocking.empty() ? " in " : " in " + blocking + ", called by ";
    text += name.function.empty() ? name.module : name.function;
    return name.file.empty() ? text : text + " at " + name.file + ":" + std::to_string(name.line);
  }
  return blocking.empty() ? "" : " in " + blocking;
}

std::string name_of(const task_glance &task) {
  return task.name[0] ? std::string(task.name.data()) : "Task-" + std::to_string(task.number);
}

// Below the loop nothing is news.
std::span<const std::uintptr_t> without_the_loop(std::span<const std::uintptr_t> calls) {
  const auto end = std::ranges::find_if(calls, [](std::uintptr_t address) {
    return function_at(address).starts_with("abide::detail::loop_core::run_");
  });
  return calls.first(static_cast<std::size_t>(end - calls.begin()));
}

struct event {
  std::string subject;
  duration elapsed{};
  bool over = false;
  bool dump = false; // somebody has asked for the tasks
  unsigned suppressed = 0;
  answer how = answer::silent;
  snapshot seen;
};

void add_task(report &to, const task_glance &task) {
  to.task = name_of(task);
  to.subject = "<task '" + to.task + "', spawned in " + to_string(task.spawned) + ">";
  for (const std::source_location &one : std::span(task.awaits).first(task.await_count))
    if (one.line())
      to.suspended.push_back(one);
}

// A report has room for the innermost calls; the others are details.
void add_calls(report &to, std::span<const std::uintptr_t> calls) {
  to.stack = stack(calls);
  if (calls.size() > stack::max_frames)
    to.details =
        "further out than the calls below:\n" + describe_frames(calls.subspan(stack::max_frames));
}

std::string line_of(const task_glance &task, std::string_view state) {
  std::string text = "task '" + name_of(task) + "' " + std::string(state) + "\n";
  for (std::size_t i = task.await_count; i-- > 0;)
    if (task.awaits[i].line())
      text += "    in " + to_string(task.awaits[i]) + "\n";
  return text + "    spawned in " + to_string(task.spawned) + "\n";
}

report tasks_in_words(const event &what) {
  report result{severity::info, "the tasks of a loop that is stuck", what.subject, nullptr,
                report_kind::task_dump};
  if (what.how != answer::taken) {
    result.details = "unknown: its thread has not answered the signal of the watchdog";
    return result;
  }
  const auto calls = without_the_loop({what.seen.at.data(), what.seen.count});
  result.message += what_it_does(calls);
  result.stack = stack(calls);
  if (what.seen.has_task)
    result.details = line_of(what.seen.task, "runs");
  for (std::size_t i = 0; i < what.seen.other_count; ++i)
    result.details += line_of(what.seen.others[i], "is suspended or ready");
  if (what.seen.more)
    result.details += "and more tasks\n";
  return result;
}

report in_words(const event &what) {
  if (what.dump)
    return tasks_in_words(what);
  report result{severity::warning, "", what.subject, nullptr, report_kind::blocked};
  if (what.seen.has_task)
    add_task(result, what.seen.task);
  if (what.over) {
    result.message = "the loop was blocked for " + seconds(what.elapsed) + " in all";
    return result;
  }
  const auto calls =
      without_the_loop({what.seen.at.data(), what.how == answer::taken ? what.seen.count : 0});
  result.message = "the loop has been blocked for " + seconds(what.elapsed) + what_it_does(calls);
  if (what.suppressed)
    result.message += " (" + std::to_string(what.suppressed) + " before were not reported)";
  if (what.how == answer::taken)
    add_calls(result, calls);
  else
    result.details = "no stack: its thread has not answered the signal";
  return result;
}

// --- the threads ----------------------------------------------------------------

/// What a thread is made with: signals to the process are for the threads of the program.
struct signals_blocked {
  signals_blocked() noexcept {
    sigset_t every;
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before);
  }
  ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
  signals_blocked(const signals_blocked &) = delete;
  signals_blocked &operator=(const signals_blocked &) = delete;
  sigset_t before;
};

/// One thread looks, the other tells: naming the calls may take longer than the stall.
class engine {
public:
  explicit engine(watchdog_options options)
      : options_(std::move(options)), period_(options_.threshold / 8) {
    if (options_.signal)
      signal_.emplace(options_.signal);
    const signals_blocked guard;
    sampler_ = std::thread([this] { sample(); });
    teller_ = std::thread([this] { tell(); });
    own_threads.fetch_add(2, std::memory_order_relaxed);
  }
  ~engine() {
    {
      const std::lock_guard guard(lock_);
      stopping_ = true;
    }
    changed_.notify_all();
    own_threads.fetch_sub(2, std::memory_order_relaxed);
    sampler_.join();
    teller_.join();
  }

  const watchdog_options &options() const noexcept { return options_; }
  void attach(std::shared_ptr<foreign_loop> added) {
    const std::lock_guard guard(lock_);
    foreign_.push_back(std::move(added));
  }

  // Under the lock of the registry:
  void look_at(watched &loop);
  void answer_for(watched &loop);
  void finish(stall &state, const loop_core *core, time_point now);

private:
  void sample();
  void look_at(foreign_loop &loop);
  void judge(stall &state, bool busy, std::uint64_t token, time_point since, pid_t thread,
             const loop_core *core, const std::function<std::string()> &name);
  bool may_tell(time_point now);
  void tell();
  void post(event what, const loop_core *core);

  const watchdog_options options_;
  const duration period_;
  std::optional<snapshot_signal> signal_;
  std::mutex lock_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::vector<std::shared_ptr<foreign_loop>> foreign_;
  std::deque<event> events_;
  std::deque<time_point> told_; // in the last minute
  unsigned suppressed_ = 0;
  time_point looked_ = clock::now();
  duration lost_{}; // while the watchdog itself did not run: the process was stopped, or starved
  std::thread sampler_, teller_;
};

/// Lives for ever: loops may run during static destruction.
struct registry {
  std::mutex lock;
  list<watched, watched_tag> loops;
  std::unique_ptr<engine> active;
  std::optional<watchdog_options> inherited; // in a child: what its parent had
  std::vector<engine *> lost;                // in a child: their threads do not exist
  bool asked_environment = false;
};

registry &all() {
  static auto &one = *[] {
    auto *made = new registry;
    pthread_atfork([] { all().lock.lock(); }, [] { all().lock.unlock(); },
                   [] {
                     registry &here = all();
                     while (here.loops.pop_front())
                       ; // what runs on across fork() is not watched in the child
                     if (here.active) {
                       here.inherited = here.active->options();
                       here.lost.push_back(here.active.release());
                     }
                     here.lock.unlock();
                   });
    return made;
  }();
  return one;
}

// --- looking --------------------------------------------------------------------

bool engine::may_tell(time_point now) {
  while (!told_.empty() && now - told_.front() > std::chrono::minutes(1))
    told_.pop_front();
  if (options_.per_minute && told_.size() >= options_.per_minute) {
    ++suppressed_;
    return false;
  }
  told_.push_back(now);
  return true;
}

void engine::finish(stall &state, const loop_core *core, time_point now) {
  if (std::exchange(state.told, false))
    post({.subject = state.subject, .elapsed = now - state.since, .over = true, .seen = {}}, core);
}

void engine::judge(stall &state, bool busy, std::uint64_t token, time_point since, pid_t thread,
                   const loop_core *core, const std::function<std::string()> &name) {
  const time_point now = clock::now();
  if (!busy || token != state.seen) {
    finish(state, core, now);
    state = {token, since, options_.threshold, false, ""};
    return;
  }
  if (!state.told)
    state.since += lost_;
  if (now - state.since < state.next)
    return;
  state.next *= 2;
  if (!may_tell(now))
    return;
  event what;
  if (signal_)
    what.how = signal_->ask(thread, core, false, patience, what.seen);
  if (what.how == answer::gone)
    return;
  what.elapsed = now - state.since;
  what.subject = name();
  what.suppressed = std::exchange(suppressed_, 0);
  state.subject = what.seen.has_task ? "<task '" + name_of(what.seen.task) + "'>" : what.subject;
  state.told = true;
  post(std::move(what), core);
}

void engine::look_at(watched &loop) {
  judge(loop.state, !loop.shown.parked.load(std::memory_order_acquire),
        loop.shown.sequence.load(std::memory_order_relaxed), clock::now(), loop.thread, loop.core,
        loop.name);
}

// A loop that is not stuck answers by itself.
void engine::answer_for(watched &loop) {
  const unsigned asked = dumps_asked.load(std::memory_order_relaxed);
  dump_question &here = loop.question;
  if (!loop.core || loop.shown.dumped.load(std::memory_order_relaxed) == asked)
    return;
  const time_point now = clock::now();
  if (here.asked != asked)
    here = {asked, now, false};
  if (here.told || now - here.since < options_.threshold || loop.shown.parked)
    return;
  here.told = true;
  event what{.subject = "<the loop of thread " + std::to_string(loop.thread) + ">", .seen = {}};
  what.dump = true;
  if (signal_)
    what.how = signal_->ask(loop.thread, loop.core, true, patience, what.seen);
  if (what.how != answer::gone)
    post(std::move(what), nullptr); // a trace has the tasks already
}

// A new question is asked half a threshold after the last one was answered.
void engine::look_at(foreign_loop &loop) {
  const std::lock_guard guard(loop.lock);
  if (!loop.post)
    return;
  const bool answered = loop.answers.load(std::memory_order_acquire) == loop.asked;
  const pid_t thread = loop.thread.load(std::memory_order_relaxed);
  if (thread)
    judge(loop.state, !answered, loop.asked, loop.asked_at, thread, nullptr,
          [&] { return "<" + loop.name + ">"; });
  const time_point now = clock::now();
  if (!answered || now - loop.asked_at < options_.threshold / 2)
    return;
  loop.asked_at = now;
  ++loop.asked;
  loop.post([kept = loop.shared_from_this()] {
    kept->thread.store(::gettid(), std::memory_order_relaxed);
    kept->answers.fetch_add(1, std::memory_order_release);
  });
}

void engine::sample() {
  std::unique_lock guard(lock_);
  while (!changed_.wait_for(guard, period_, [this] { return stopping_; })) {
    const auto foreign = foreign_;
    guard.unlock();
    const time_point now = clock::now();
    const duration since_last = now - std::exchange(looked_, now);
    lost_ = since_last > options_.threshold ? since_last : duration::zero();
    {
      const std::lock_guard registered(all().lock);
      all().loops.each([this](watched &loop) {
        look_at(loop);
        answer_for(loop);
      });
    }
    for (const auto &loop : foreign)
      look_at(*loop);
    guard.lock();
    std::erase_if(foreign_, [](const auto &one) { return one.use_count() == 2; });
  }
}

// --- telling --------------------------------------------------------------------

void engine::post(event what, const loop_core *core) {
  if (core)
    core->marked.add({clock::now(), [what] { return in_words(what); }, ""});
  {
    const std::lock_guard guard(lock_);
    events_.push_back(std::move(what));
  }
  changed_.notify_all();
}

void engine::tell() {
  std::unique_lock guard(lock_);
  for (;;) {
    changed_.wait(guard, [this] { return stopping_ || !events_.empty(); });
    if (events_.empty())
      return;
    const event next = std::move(events_.front());
    events_.pop_front();
    guard.unlock();
    const report what = in_words(next);
    try {
      if (what.kind == report_kind::task_dump)
        log_report(what);
      else if (options_.handler)
        options_.handler(what);
      else
        loop::default_exception_handler(what);
    } catch (...) {
      loop::default_exception_handler({severity::error, "the handler of the watchdog threw",
                                       "while it handled: " + what.message,
                                       std::current_exception()});
    }
    guard.lock();
  }
}

void check(const watchdog_options &options) {
  if (options.threshold < std::chrono::milliseconds(1))
    throw invalid_argument("abide: the threshold of a watchdog is at least one millisecond");
  if (options.signal < 0 || options.signal >= NSIG)
    throw invalid_argument("abide: there is no signal " + std::to_string(options.signal));
}

// Tells what is left to tell.
void end() {
  std::unique_ptr<engine> ending; // dies without the lock, which its threads take
  registry &here = all();
  const std::lock_guard guard(here.lock);
  here.inherited.reset();
  ending = std::move(here.active);
}

// What the environment asks for, or what the parent had.
void begin_if_wanted(registry &here) {
  if (here.inherited) {
    here.active = std::make_unique<engine>(*std::exchange(here.inherited, std::nullopt));
  } else if (!std::exchange(here.asked_environment, true) && !here.active) {
    const char *const given = std::getenv("ABIDE_WATCHDOG");
    const long limit = given ? std::strtol(given, nullptr, 10) : 0;
    if (limit <= 0)
      return;
    here.active =
        std::make_unique<engine>(watchdog_options{.threshold = std::chrono::milliseconds(limit)});
    std::atexit(end); // a stall is often the last thing that a short program does
  }
}

} // namespace

watched::watched(const pulse &taken, const loop_core *runs, std::function<std::string()> words)
    : shown(taken), core(runs), thread(::gettid()), name(std::move(words)) {
  registry &here = all();
  const std::lock_guard guard(here.lock);
  begin_if_wanted(here);
  here.loops.push_back(*this);
}

watched::~watched() {
  registry &here = all();
  const std::lock_guard guard(here.lock);
  if (linked())
    unlink();
  if (here.active)
    here.active->finish(state, core, clock::now());
}

} // namespace abide::detail

namespace abide {

watchdog::watchdog(watchdog_options options) {
  detail::check(options);
  detail::registry &here = detail::all();
  const std::lock_guard guard(here.lock);
  if (here.active)
    throw invalid_state("abide: there is a watchdog already, and one is enough for all loops");
  here.inherited.reset();
  here.active = std::make_unique<detail::engine>(std::move(options));
}

watchdog::~watchdog() { detail::end(); }

watchdog::attachment watchdog::attach(poster post, std::string name) {
  auto added = std::make_shared<detail::foreign_loop>();
  added->post = std::move(post);
  added->name = std::move(name);
  detail::registry &here = detail::all();
  const std::lock_guard guard(here.lock);
  if (here.active)
    here.active->attach(added);
  return attachment(std::move(added));
}

watchdog::attachment &watchdog::attachment::operator=(attachment &&other) noexcept {
  attachment old(std::move(*this));
  watched_ = std::move(other.watched_);
  return *this;
}

watchdog::attachment::~attachment() {
  if (!watched_)
    return;
  const std::lock_guard guard(watched_->lock);
  watched_->post = nullptr;
}

} // namespace abide
