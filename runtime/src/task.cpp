#include <abide/spawned.hpp>

#include <abide/detail/tracer.hpp>
#include <abide/loop.hpp>

#include <algorithm>
#include <cstring>

namespace abide {
namespace detail {

namespace {

// Above 0 while frames of what was cancelled or has failed die: what they hold cannot be awaited.
constinit thread_local unsigned dying_frames = 0;

} // namespace

void drop_unawaited(std::coroutine_handle<> frame, promise_base &promise) noexcept {
  if (dying_frames == 0 && std::uncaught_exceptions() == 0) {
    report lost{severity::warning, "a coroutine was never awaited", "<coroutine>", nullptr,
                report_kind::never_awaited};
    lost.function = code_of(frame);
    if (promise.made)
      lost.made.push_back({"coroutine", {}, *promise.made, {}});
    tell(std::move(lost));
  }
  frame.destroy();
}

void throw_spent_task() {
  throw invalid_state("abide: there is no coroutine left in this task: it was awaited, spawned or "
                      "moved already, and can be only once; call its function again");
}

task_core &require_task(const char *what) {
  loop_core &core = require_running(what);
  if (!core.current)
    throw no_running_loop(std::string("abide: ") + what +
                          " needs a task: spawn the coroutine with create_task()");
  return *core.current;
}

namespace {

std::string short_place(const std::source_location &where) {
  std::string_view file = where.file_name();
  file.remove_prefix(file.find_last_of('/') + 1);
  return std::string(file) + ":" + std::to_string(where.line());
}

enum class kind { cancelled, fatal, ordinary };

kind kind_of(const std::exception_ptr &thrown) noexcept {
  try {
    std::rethrow_exception(thrown);
  } catch (const cancelled_error &) {
    return kind::cancelled;
  } catch (const fatal &) {
    return kind::fatal;
  } catch (...) {
    return kind::ordinary;
  }
}

tracer::step end_of(const std::exception_ptr &error, bool must_cancel) noexcept {
  if (error ? kind_of(error) == kind::cancelled : must_cancel)
    return tracer::step::cancelled;
  return error ? tracer::step::failed : tracer::step::finished;
}

} // namespace

task_core::task_core(loop_core &owner, std::coroutine_handle<> frame, promise_base &root,
                     std::source_location where)
    : future_state(owner, task_t()), frame_(frame), root_(&root), resume_point_(frame),
      where_(where), number_(++owner.named_tasks) {
  root.state = progress::nested;
}

void task_core::start(bool eager) {
  retain();
  core().tasks.push_back(*this);
  if (core().observed()) [[unlikely]]
    note_start();
  if (!eager || running_core != &core())
    schedule();
  else if (core().traced) [[unlikely]]
    run_traced();
  else
    run();
}

void task_core::note_start() {
  if (core().debug)
    origin_ = origin::of_task(core(), number_, where_, root_->made);
  if (origin_ && name_)
    origin_->set_name(*name_);
  if (core().traced)
    core().traced->spawned(*this, core().current);
}

// The step may end the trace.
void task_core::run_traced() {
  const ref<task_core> keep(this);
  if (core().traced)
    core().traced->resumed(*this);
  run();
  if (core().traced && !done()) // finish() has told the end
    core().traced->suspended(*this);
}

void task_core::run() {
  waiting_ = nullptr;
  throw_ = std::exchange(must_cancel_, false);
  task_core *const before = std::exchange(core().current, this);
  if (started_ || !throw_) {
    started_ = true;
    resume_point_.resume();
  } else {
    // Cancelled before its first step: the body never runs.
    throw_ = false;
    root_->error = std::make_exception_ptr(cancelled_error());
    root_->state = progress::done;
  }
  if (root_->state != progress::done) {
    core().current = before;
    return;
  }
  // The end may let go of the last reference, and throws on what is fatal.
  const ref<loop_core> keep(&core());
  struct restore {
    loop_core &core;
    task_core *before;
    ~restore() { core.current = before; }
  } restoring{*keep, before};
  finish();
}

void task_core::finish() {
  const ref<task_core> keep = ref<task_core>::adopt(this); // the loop's reference
  try {
    collect();
  } catch (...) {
    error_ = std::current_exception();
  }
  if (core().traced) [[unlikely]]
    core().traced->ended(*this, end_of(error_, must_cancel_));
  destroy_frame();
  list_node<task_tag>::unlink();
  if (!error_)
    return complete(std::exchange(must_cancel_, false) ? future_status::cancelled
                                                       : future_status::finished);
  switch (kind_of(error_)) {
  case kind::cancelled:
    error_ = nullptr;
    return complete(future_status::cancelled);
  case kind::ordinary:
    return fail(std::move(error_));
  case kind::fatal:
    complete(future_status::finished);
    std::rethrow_exception(error_);
  }
}

void task_core::destroy_frame() noexcept {
  const promise_base *root = std::exchange(root_, nullptr);
  if (auto frame = std::exchange(frame_, nullptr)) {
    if (!error_ && root->state == progress::done) [[likely]]
      return frame.destroy();
    ++dying_frames;
    frame.destroy();
    --dying_frames;
  }
}

void task_core::abandon() noexcept {
  const ref<task_core> keep = ref<task_core>::adopt(this);
  list_node<task_tag>::unlink();
  if (work &self = *this; self.linked())
    self.unlink();
  core().tell(report_on(severity::error, report_kind::pending_task,
                        "task was destroyed but it is pending", *this));
  waiting_ = nullptr;
  destroy_frame();
  complete(future_status::cancelled);
}

bool task_core::cancel() noexcept {
  forget_exception();
  if (done())
    return false;
  ++cancels_;
  // What it waits for stays known: a task may refuse, and be asked again.
  if (!waiting_ || !waiting_->cancel())
    must_cancel_ = true;
  return true;
}

unsigned task_core::uncancel() noexcept {
  if (cancels_ > 0 && --cancels_ == 0)
    must_cancel_ = false;
  return cancels_;
}

void task_core::set_name(std::string_view name) {
  name_ = std::make_unique<std::string>(name);
  if (origin_)
    origin_->set_name(name);
}

void task_core::explain(wait_facts &facts) const {
  facts.what = describe();
  facts.tasks.push_back(this);
}

std::vector<std::source_location> task_core::awaits() const {
  std::vector<std::source_location> result;
  for (const promise_base *at = root_; at; at = at->awaiting)
    if (at->where.line())
      result.push_back(at->where);
  return result;
}

std::string task_core::name() const { return name_ ? *name_ : "Task-" + std::to_string(number_); }

// set_name() swaps a pointer to a whole string: an interrupted one is there before or after.
void task_core::glance(task_glance &into) const noexcept {
  const std::size_t size = name_ ? std::min(name_->size(), into.name.size() - 1) : 0;
  if (size > 0)
    std::memcpy(into.name.data(), name_->data(), size);
  into.name[size] = 0;
  into.number = number_;
  into.spawned = where_;
  into.await_count = 0;
  for (const promise_base *at = root_; at && into.await_count < into.awaits.size();
       at = at->awaiting)
    into.awaits[into.await_count++] = at->where;
}

std::string task_core::describe() const {
  std::string text = "<task '" + name() + "', ";
  if (done()) {
    text += cancelled() ? "cancelled" : error_ ? "failed: " + to_string(error_) : "finished";
  } else {
    text += cancels_ ? "cancelling" : core().current == this ? "running" : "pending";
    if (const auto chain = awaits(); !chain.empty())
      text += ", at " + short_place(chain.back());
  }
  return text + ", spawned at " + short_place(where_) + ">";
}

} // namespace detail

any_task current_task() {
  detail::loop_core &core = detail::require_running("current_task()");
  return core.current ? any_task(detail::ref<detail::future_state>(core.current)) : any_task();
}

std::vector<any_task> all_tasks() { return running_loop().all_tasks(); }

} // namespace abide
