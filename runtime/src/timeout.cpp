#include <abide/timeout.hpp>

namespace abide {
namespace {

const char *name_of(timeout::state state) {
  switch (state) {
  case timeout::state::created:
    return "created";
  case timeout::state::active:
    return "active";
  case timeout::state::expiring:
    return "expiring";
  case timeout::state::expired:
    return "expired";
  case timeout::state::finished:
    return "finished";
  }
  return "";
}

bool is_cancellation(const std::exception_ptr &thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const cancelled_error &) {
    return true;
  } catch (...) {
    return false;
  }
}

} // namespace

void timeout::enter() {
  if (state_ != state::created)
    throw invalid_state("abide: " + to_string(*this) + " has been used: make a new one");
  task_ = current_task();
  if (!task_)
    throw no_running_loop("abide: a timeout needs a task: spawn the coroutine with create_task()");
  state_ = state::active;
  cancelling_ = task_.cancelling();
  reschedule(when_);
}

void timeout::reschedule(std::optional<time_point> when) {
  if (state_ != state::active)
    throw invalid_state("abide: " + to_string(*this) +
                        " cannot be rescheduled: do so while its body runs, before it expires");
  when_ = when;
  disarm();
  if (!when)
    return;
  loop &running = running_loop();
  if (*when <= running.time())
    timer_ = running.call_soon([this] { expire(); });
  else
    timer_ = running.call_at(*when, [this] { expire(); });
}

void timeout::expire() {
  state_ = state::expiring;
  task_.cancel();
}

std::exception_ptr timeout::leave(std::exception_ptr thrown) {
  disarm();
  const any_task task = std::exchange(task_, {});
  if (state_ != state::expiring) {
    state_ = state::finished;
    return thrown;
  }
  state_ = state::expired;
  // Only our own request was open: the cancellation means the time.
  if (task.uncancel() <= cancelling_ && thrown && is_cancellation(thrown))
    return std::make_exception_ptr(timeout_error());
  return thrown;
}

std::string to_string(const timeout &what) {
  std::string text = std::string("<timeout, ") + name_of(what.current_state());
  if (what.current_state() == timeout::state::active)
    text += what.when()
                ? ", until " +
                      std::to_string(
                          std::chrono::duration<double>(what.when()->time_since_epoch()).count()) +
                      " s"
                : ", without limit";
  return text + ">";
}

} // namespace abide
