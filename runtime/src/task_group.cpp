#include <abide/report.hpp>
#include <abide/task_group.hpp>

#include <map>

namespace abide {

namespace detail {

/// Shared by the group and the callbacks of its children.
struct group_state {
  loop_core *core = nullptr;
  any_task parent;                                     // runs the group
  std::map<std::uint64_t, ref<future_state>> children; // the pending ones, by arrival
  std::uint64_t arrivals = 0;
  std::vector<std::exception_ptr> errors;
  std::exception_ptr fatal_error;
  ref<future_state> completed; // future<void>, set when the last child ends
  bool entered = false;
  bool exiting = false;
  bool aborting = false;
  bool parent_cancel_requested = false;
};

} // namespace detail

using detail::group_state;

namespace {

enum class thrown_kind { none, cancelled, fatal, ordinary };

thrown_kind kind_of(const std::exception_ptr &thrown) {
  if (!thrown)
    return thrown_kind::none;
  try {
    std::rethrow_exception(thrown);
  } catch (const cancelled_error &) {
    return thrown_kind::cancelled;
  } catch (const fatal &) {
    return thrown_kind::fatal;
  } catch (...) {
    return thrown_kind::ordinary;
  }
}

void abort(group_state &group) {
  group.aborting = true;
  // Cancelling changes no child at once: it is told in the next round.
  for (const auto &[number, child] : group.children)
    child->cancel();
}

void child_done(group_state &group, std::uint64_t number, detail::future_state &child) {
  group.children.erase(number);
  if (group.completed && group.children.empty() && !group.completed->done())
    group.completed->complete(detail::future_status::finished);
  if (child.cancelled())
    return;
  const std::exception_ptr thrown = child.exception();
  if (!thrown)
    return;
  group.errors.push_back(thrown);
  if (kind_of(thrown) == thrown_kind::fatal && !group.fatal_error)
    group.fatal_error = thrown;
  if (group.parent.done()) {
    group.core->tell({severity::error, "a child of a task group failed after the end of its parent",
                      child.describe_future(), thrown});
    return;
  }
  if (group.aborting || group.parent_cancel_requested)
    return;
  // The parent does not know yet: its cancellation is ours, and taken back in leave().
  abort(group);
  group.parent_cancel_requested = true;
  group.parent.cancel();
}

} // namespace

task_group::task_group() : state_(std::make_shared<group_state>()) {}

void task_group::enter() {
  if (state_->entered)
    throw invalid_state("abide: this task group has been entered already: make a new one");
  state_->core = &detail::require_running("a task group");
  state_->parent = current_task();
  if (!state_->parent)
    throw no_running_loop("abide: a task group needs a task: spawn the coroutine with "
                          "create_task()");
  state_->entered = true;
}

detail::loop_core &task_group::open_core() const {
  if (!state_->entered)
    throw invalid_state("abide: this task group has not been entered: create tasks inside run()");
  if (state_->exiting && state_->children.empty())
    throw invalid_state("abide: this task group is finished: make a new one");
  if (state_->aborting)
    throw invalid_state("abide: this task group is shutting down, because a task failed or was "
                        "cancelled: it takes no more tasks");
  return *state_->core;
}

void task_group::adopt(const any_future &child) {
  const std::uint64_t number = ++state_->arrivals;
  if (child.done()) // it was eager
    return child_done(*state_, number, child.state());
  state_->children.emplace(number, detail::ref<detail::future_state>(&child.state()));
  child.add_done_callback([group = state_, number](const any_future &ended) {
    child_done(*group, number, ended.state());
  });
}

task<void> task_group::leave(std::shared_ptr<group_state> group, std::exception_ptr thrown) {
  group->exiting = true;
  const thrown_kind kind = kind_of(thrown);
  if (kind == thrown_kind::fatal && !group->fatal_error)
    group->fatal_error = thrown;
  std::exception_ptr cancellation = kind == thrown_kind::cancelled ? thrown : nullptr;
  if (thrown && !group->aborting)
    abort(*group);

  // Cancelled while it waits, it goes on waiting: no child outlives the group.
  while (!group->children.empty()) {
    const future<void> completed = make_future<void>();
    group->completed = detail::ref<detail::future_state>(&completed.state());
    try {
      co_await completed;
    } catch (const cancelled_error &) {
      if (!group->aborting) {
        cancellation = std::current_exception();
        abort(*group);
      }
    }
    group->completed = {};
  }

  const any_task parent = std::exchange(group->parent, {});
  if (group->fatal_error)
    std::rethrow_exception(group->fatal_error);
  if (group->parent_cancel_requested && parent.uncancel() == 0)
    cancellation = nullptr;
  if (cancellation && group->errors.empty())
    std::rethrow_exception(cancellation);
  if (kind == thrown_kind::ordinary)
    group->errors.push_back(thrown);
  if (group->errors.empty())
    co_return;
  // A cancellation from elsewhere is still to be thrown, after the errors.
  if (parent.cancelling()) {
    parent.uncancel();
    parent.cancel();
  }
  throw exception_group("abide: tasks of a task group failed", std::exchange(group->errors, {}));
}

exception_group::exception_group(const std::string &message,
                                 std::vector<std::exception_ptr> exceptions)
    : error([&] {
        std::string text = message + " (" + std::to_string(exceptions.size()) + ")";
        for (const std::exception_ptr &one : exceptions)
          text += "\n- " + to_string(one);
        return text;
      }()),
      exceptions_(std::move(exceptions)) {}

std::vector<std::exception_ptr> exception_group::leaves() const {
  std::vector<std::exception_ptr> result;
  for (const std::exception_ptr &one : exceptions_) {
    try {
      std::rethrow_exception(one);
    } catch (const exception_group &inner) {
      for (const std::exception_ptr &leaf : inner.leaves())
        result.push_back(leaf);
    } catch (...) {
      result.push_back(one);
    }
  }
  return result;
}

} // namespace abide
