#include <abide/detail/link.hpp>
#include <abide/future.hpp>

namespace abide {
namespace detail {
namespace {

// Calls would be slow to name here: they are for reports.
std::string made_in_words(const ref<origin> &made) {
  std::string text;
  if (made)
    for (const birth &one : made->births("made"))
      for (std::size_t i = one.awaits.size(); i-- > 0;)
        text += "\n  made while in " + to_string(one.awaits[i]);
  return text;
}

} // namespace

void future_state::destroy() noexcept {
  if (unheard_) {
    report lost = report_on(
        severity::error, report_kind::lost_exception,
        std::string(as_task() ? "task" : "future") + " exception was never retrieved", *this);
    lost.exception = error_;
    if (core_->debug >= 2)
      lost.stack = stack::capture(1);
    core_->tell(lost);
  }
  delete this;
}

void future_state::drop_waiters() noexcept {
  while (work *waiter = waiters_.pop_front())
    waiter->drop();
}

bool future_state::cancel() noexcept {
  unheard_ = false;
  if (done())
    return false;
  complete(future_status::cancelled);
  return true;
}

void future_state::complete(future_status how) noexcept {
  status_ = how;
  while (work *waiter = waiters_.pop_front()) {
    static_cast<future_waiter *>(waiter)->fired(*this);
    core_->schedule(*waiter);
  }
}

void future_state::set_exception(std::exception_ptr thrown) {
  check_settable();
  if (!thrown)
    throw invalid_argument("abide: set_exception() of " + describe_future() +
                           " needs an exception, not null");
  fail(std::move(thrown));
}

void future_state::fail(std::exception_ptr thrown) noexcept {
  error_ = std::move(thrown);
  unheard_ = !hushed_;
  complete(future_status::finished);
}

void future_state::check_result() {
  if (status_ == future_status::pending)
    throw invalid_state("abide: " + describe_future() +
                        " has no result yet: co_await it, or ask done() first");
  if (status_ == future_status::cancelled)
    throw cancelled_error();
  unheard_ = false;
  if (error_)
    std::rethrow_exception(error_);
}

std::exception_ptr future_state::exception() {
  if (status_ == future_status::pending)
    throw invalid_state("abide: " + describe_future() +
                        " has no exception yet: co_await it, or ask done() first");
  if (status_ == future_status::cancelled)
    throw cancelled_error();
  unheard_ = false;
  return error_;
}

void future_state::check_settable() const {
  core_->check_thread();
  if (const_cast<future_state *>(this)->as_task())
    throw invalid_state("abide: " + describe_future() +
                        " gets its result from its coroutine: co_return it there");
  if (done())
    throw invalid_state("abide: " + describe_future() + " is set already: ask done() first" +
                        made_in_words(origin_));
}

void future_state::check_awaitable() const {
  loop_core &running = require_running("co_await");
  if (&running != core_.get())
    throw wrong_loop("abide: " + describe_future() +
                     " belongs to another loop: cross over with run_coroutine_threadsafe");
  if (static_cast<const future_state *>(running.current) == this)
    throw invalid_state("abide: " + describe_future() + " cannot await itself");
  require_task("co_await");
}

void future_state::add_waiter(future_waiter &added) noexcept {
  if (!done()) {
    waiters_.push_back(added);
    return;
  }
  added.fired(*this);
  core_->schedule(added);
}

bool future_state::remove_waiter(std::uint64_t token) noexcept {
  work *found = nullptr;
  waiters_.each([&](work &waiter) {
    if (static_cast<future_waiter &>(waiter).token() == token)
      found = &waiter;
  });
  if (!found || token == 0)
    return false;
  found->unlink();
  found->drop();
  return true;
}

// Who waits by co_await holds a reference, and cannot set the future meanwhile.
void future_state::explain(wait_facts &facts) const {
  facts.what = describe_future();
  std::uint32_t waiting = 0;
  bool others = false;
  waiters_.each([&](work &waiter) {
    ++waiting;
    others = others || !waiter.stepping();
  });
  facts.hopeless = needs_holder() && !others && references_ == waiting;
}

void explain_children(wait_facts &facts, const std::vector<future_state *> &children) {
  facts.what = std::to_string(children.size()) + (children.size() == 1 ? " other" : " others");
  for (future_state *child : children) {
    if (child->done())
      continue;
    if (const task_core *task = child->as_task())
      facts.tasks.push_back(task);
  }
}

std::string future_state::describe_future() const {
  switch (status_) {
  case future_status::pending:
    return "<future, pending>";
  case future_status::cancelled:
    return "<future, cancelled>";
  case future_status::finished:
    break;
  }
  return error_ ? "<future, failed: " + to_string(error_) + ">" : "<future, finished>";
}

std::string describe_done_callback(const future_state *of) {
  std::string text = "<done callback";
  if (of)
    text.append(" of ").append(of->describe_future());
  return text.append(">");
}

std::string describe_watcher(const future_state &watched) {
  return std::string("<watcher of ").append(watched.describe_future()).append(">");
}

std::uint64_t next_token() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

} // namespace detail

void any_future::throw_empty() {
  throw invalid_state(
      "abide: this future is empty (default-constructed, moved from or awaited as a "
      "temporary): keep a copy");
}

std::string to_string(const any_future &what) {
  return what ? what.state().describe_future() : "<future, empty>";
}

} // namespace abide
