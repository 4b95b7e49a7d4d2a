#include <abide/handle.hpp>

#include <abide/error.hpp>

namespace abide {
namespace detail {

callback::~callback() = default;

void callback::run() {
  struct end {
    callback &self;
    ~end() {
      self.invoking_ = false;
      if (!self.repeats_ || self.cancelled_)
        self.clear();
      self.release();
    }
  } ending{*this};
  invoking_ = true;
  try {
    invoke();
  } catch (const fatal &) {
    throw;
  } catch (...) {
    report failed{severity::error, "exception in a callback", describe(), std::current_exception(),
                  report_kind::callback_failed};
    if (origin_)
      failed.made = origin_->births("callback");
    core_->tell(failed);
  }
}

void callback::drop() noexcept {
  clear();
  release();
}

void callback::cancel() noexcept {
  if (cancelled_)
    return;
  cancelled_ = true;
  if (linked()) {
    unlink();
    drop();
  } else if (!invoking_) {
    clear();
  }
}

void timed_callback::cancel() noexcept {
  const bool waits = armed();
  if (waits)
    core_->disarm(*this);
  callback::cancel();
  if (waits)
    release();
}

std::optional<time_point> timed_callback::when() const noexcept {
  if (waits_for_clock())
    core_->now();
  if (waits_for_clock()) // still, for it has left the queue
    return {};
  return deadline();
}

std::string callback::describe() const {
  std::string text = "<callback";
  if (const auto time = when())
    text += " at " +
            std::to_string(std::chrono::duration<double>(time->time_since_epoch()).count()) + " s";
  if (origin_)
    text += origin_->place();
  return text + (cancelled_ ? ", cancelled>" : ">");
}

} // namespace detail
} // namespace abide
