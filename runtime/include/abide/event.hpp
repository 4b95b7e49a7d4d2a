// A flag to wait for.
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/detail/wait_list.hpp>

namespace abide {

class event;

namespace detail {
class event_awaiter final : public place {
public:
  explicit event_awaiter(event &awaited) noexcept;
  bool await_ready() const noexcept;
  void await_resume() {
    if (begun_ && !settle())
      throw cancelled_error();
  }

private:
  event &event_;
};
} // namespace detail

/// `co_await e.wait()` waits until somebody calls set(); not at all when it is set. Who was waiting
/// at set() goes on, even when clear() follows at once. Cancel safe: nothing is lost.
class ABIDE_IS(loop_affine) event {
public:
  event() = default;

  wait_request<detail::event_awaiter, event> wait() noexcept {
    return wait_request<detail::event_awaiter, event>(*this);
  }
  void set() noexcept;
  void clear() noexcept { set_ = false; }
  bool is_set() const noexcept { return set_; }
  /// How many tasks wait.
  std::size_t waiting() const noexcept { return waiters_.size(); }

private:
  friend detail::event_awaiter;
  bool set_ = false;
  detail::wait_list waiters_;
};

inline detail::event_awaiter::event_awaiter(event &awaited) noexcept
    : place(awaited.waiters_), event_(awaited) {}
inline bool detail::event_awaiter::await_ready() const noexcept { return event_.is_set(); }

std::string to_string(const event &what);

} // namespace abide
