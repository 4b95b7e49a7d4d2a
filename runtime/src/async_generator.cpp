#include <abide/async_generator.hpp>
#include <abide/loop.hpp>

namespace abide {
namespace detail {

void generator_promise_base::enter(generator_step &next, std::exception_ptr what) {
  if (!thread_) {
    thread_ = this_thread();
    if (loop_core *core = running_core) {
      mail_ = core->mail();
      if (core->generators_closed)
        core->tell({severity::warning,
                    "an async generator was begun after shutdown_asyncgens(): nobody closes it",
                    "<async generator>", nullptr, report_kind::generator});
      core->generators.push_back(*this);
    } else {
      tell({severity::warning, "an async generator was begun where no loop runs: nobody closes it",
            "<async generator>", nullptr, report_kind::generator});
    }
  }
  step = &next;
  thrown = std::move(what);
}

void generator_promise_base::disown() noexcept {
  owner = nullptr;
  if (step)
    return; // which destroys it
  if (thread_ && thread_ != this_thread() && mail_) {
    // Keeps the inbox until after the post: the frame may be gone by then.
    const std::shared_ptr<inbox> mail = mail_;
    if (mail->post(*this))
      return;
    tell({severity::warning,
          "an async generator was dropped in a foreign thread after its loop was closed: it dies "
          "in the wrong thread",
          "<async generator>", nullptr, report_kind::generator});
  }
  destroy();
}

report generator_promise_base::left_open() const {
  report result{severity::warning,
                "the loop was closed before an async generator: close that with aclose(), or run "
                "shutdown_asyncgens()",
                "<async generator>", nullptr, report_kind::unclosed};
  result.function = code_of(self);
  if (where.line())
    result.suspended.push_back(where);
  if (born)
    result.made.push_back({"async generator", {}, *born, {}});
  return result;
}

void generator_promise_base::destroy() noexcept {
  if (owner)
    std::exchange(owner, nullptr)->promise_ = nullptr;
  self.destroy();
}

generator_step::~generator_step() {
  // The task has died within the step, or the object has.
  if (entered_ || orphaned_)
    of_->destroy();
}

bool generator_step::await_ready() {
  if (!of_)
    return true;
  if (of_->step) {
    of_ = nullptr;
    throw invalid_state("abide: this async generator runs in another task already: one at a time");
  }
  if (thrown_ && of_->state == progress::fresh) {
    std::exchange(of_, nullptr)->destroy();
    return true;
  }
  return false;
}

bool generator_step::resumed() {
  if (!of_) {
    if (thrown_)
      std::rethrow_exception(std::exchange(thrown_, nullptr));
    return false;
  }
  entered_ = false;
  of_->step = nullptr;
  orphaned_ = !of_->owner;
  if (!of_->self.done())
    return true;
  orphaned_ = false;
  const std::exception_ptr failed = std::move(of_->error);
  std::exchange(of_, nullptr)->destroy();
  if (failed)
    std::rethrow_exception(failed);
  return false;
}

namespace {

struct closing_step {
  generator_promise_base *closed;
  generator_step operator co_await() const {
    return generator_step(closed, std::make_exception_ptr(generator_exit()));
  }
};

} // namespace

task<void> close_generator(generator_promise_base *closed) {
  if (!closed)
    co_return;
  bool yielded = false;
  try {
    yielded = co_await closing_step{closed};
  } catch (const generator_exit &) {
  }
  if (yielded)
    throw invalid_state("abide: an async generator went on after generator_exit: let it pass");
}

} // namespace detail

task<void> loop::shutdown_asyncgens() {
  core_->generators_closed = true;
  std::vector<spawned<>> closing;
  // Eager: the generator is in its step before its owner can drop it.
  while (detail::generator_promise_base *open = core_->generators.pop_front())
    closing.push_back(create_task(detail::close_generator(open), {.eager = true}));
  for (const spawned<> &one : closing) {
    std::exception_ptr failed;
    try {
      co_await one;
    } catch (const fatal &) {
      throw;
    } catch (...) {
      failed = std::current_exception();
    }
    if (failed && one.cancelled() && current_task().cancelling())
      std::rethrow_exception(failed);
    if (failed)
      call_exception_handler({severity::error, "closing an async generator failed",
                              "<async generator>", failed, report_kind::shutdown});
  }
}

} // namespace abide
