#include <abide/spawned.hpp>

#include <abide/loop.hpp>

#include <algorithm>
#include <cstring>

namespace abide {
namespace detail {

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

std::string place(const std::source_location &where) {
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

} // namespace

task_core::task_core(loop_core &owner, std::coroutine_handle<> frame, promise_base &root,
                     std::source_location where)
    : future_state(owner), frame_(frame), root_(&root), resume_point_(frame), where_(where),
      number_(++owner.named_tasks) {
  root.state = progress::nested;
}

void task_core::start(bool eager) {
  retain();
  core().tasks.push_back(*this);
  if (eager && running_core == &core())
    run();
  else
    schedule();
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
  root_ = nullptr;
  if (auto frame = std::exchange(frame_, nullptr))
    frame.destroy();
}

void task_core::abandon() noexcept {
  const ref<task_core> keep = ref<task_core>::adopt(this);
  list_node<task_tag>::unlink();
  if (work &self = *this; self.linked())
    self.unlink();
  core().tell({severity::error, "task was destroyed but it is pending", describe(), nullptr});
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
    const promise_base *leaf = root_;
    while (leaf && leaf->awaiting)
      leaf = leaf->awaiting;
    if (leaf && leaf->where.line())
      text += ", at " + place(leaf->where);
  }
  return text + ", spawned at " + place(where_) + ">";
}

} // namespace detail

any_task current_task() {
  detail::loop_core &core = detail::require_running("current_task()");
  return core.current ? any_task(detail::ref<detail::future_state>(core.current)) : any_task();
}

std::vector<any_task> all_tasks() { return running_loop().all_tasks(); }

} // namespace abide
