#include <abide/run.hpp>

#include <abide/detail/signals.hpp>
#include <abide/trace.hpp>

#include <cstdlib>
#include <fstream>
#include <unistd.h>

namespace abide {

namespace {

// Null: no trace is wanted.
const char *trace_file() noexcept {
  const char *const name = std::getenv("ABIDE_TRACE");
  return name && *name ? name : nullptr;
}

} // namespace

runner::runner(run_options options) : options_(std::move(options)) {}

runner::~runner() {
  try {
    close();
  } catch (...) {
    loop::default_exception_handler({severity::error, "closing a runner failed", "<runner>",
                                     std::current_exception(), report_kind::shutdown});
  }
}

loop &runner::get_loop() {
  if (closed_)
    throw invalid_state("abide: this runner is closed: make a new one");
  if (!loop_) {
    loop_ = std::make_unique<loop>(std::move(options_.waits));
    if (options_.debug)
      loop_->set_debug(*options_.debug);
    if (options_.schedule)
      loop_->set_schedule(*options_.schedule);
    if (trace_file())
      trace_ = std::make_unique<trace>(*loop_);
  }
  return *loop_;
}

void runner::check_run() const {
  if (running_loop_if_any())
    throw loop_running("abide: run() cannot be called while a loop runs in this thread: co_await "
                       "the coroutine instead");
}

void runner::close() {
  if (std::exchange(closed_, true) || !loop_)
    return;
  struct end {
    runner &self;
    ~end() {
      self.write_trace();
      self.loop_->close();
      self.loop_.reset();
    }
  } ending{*this};
  loop_->core().stop_cancelling(); // not what waits for the leftovers
  cancel_leftovers();
  loop_->run_until_complete(loop_->shutdown_asyncgens());
  loop_->run_until_complete(loop_->shutdown_default_executor());
}

void runner::write_trace() noexcept {
  const std::unique_ptr<trace> ending = std::move(trace_);
  if (!ending)
    return;
  const char *const name = trace_file();
  std::ofstream file(name ? name : "");
  ending->write(file);
  if (!file.flush())
    loop_->call_exception_handler({severity::error, "the trace cannot be written", name ? name : "",
                                   nullptr, report_kind::shutdown});
}

void runner::cancel_leftovers() {
  const std::vector<any_task> left = loop_->all_tasks();
  if (left.empty())
    return;
  for (const any_task &one : left)
    one.cancel();
  // They may refuse for a while; what they fail with is reported below.
  loop_->run_until_complete([](std::vector<any_task> all) -> task<void> {
    for (const any_task &one : all) {
      try {
        co_await one;
      } catch (const fatal &) {
        throw;
      } catch (...) { // NOLINT(async-swallowed-cancellation): that of `one`, which was our doing
      }
    }
  }(left));
  for (const any_task &one : left)
    if (!one.cancelled() && one.exception())
      loop_->call_exception_handler({severity::error,
                                     "unhandled exception during the shutdown of run()",
                                     to_string(one), one.exception(), report_kind::shutdown});
}

// --- Ctrl-C -----------------------------------------------------------------

runner::interrupts::interrupts(runner &whose, any_task main)
    : loop_(whose.get_loop()), main_(std::move(main)) {
  struct sigaction current{};
  if (::getpid() != ::gettid() || sigaction(SIGINT, nullptr, &current) < 0 ||
      current.sa_handler != SIG_DFL)
    return;
  // Once: until interrupted() has run, a second Ctrl-C does the default thing, and ends a process
  // that is stuck.
  loop_.core().signal_handlers().add(SIGINT, [this] { interrupted(); }, true);
  installed_ = true;
}

runner::interrupts::~interrupts() {
  if (installed_)
    loop_.remove_signal_handler(SIGINT);
}

void runner::interrupts::interrupted() {
  loop_.core().signal_handlers().rearm(SIGINT);
  if (++count_ > 1 || main_.done())
    throw keyboard_interrupt();
  main_.cancel();
}

void runner::interrupts::check() const {
  if (count_ > 0 && main_.uncancel() == 0)
    throw keyboard_interrupt();
}

} // namespace abide
