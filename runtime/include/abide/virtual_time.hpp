// Time for tests: it jumps to the next deadline as soon as there is nothing else to do.
#pragma once

#include <abide/epoll.hpp>

namespace abide {

/// A poller whose clock starts at zero and moves only when a loop would sleep: an hour passes at
/// once, and always the same way. Descriptors are looked at before time moves; threads
/// are not waited for while a timer is pending. Without any timer wait() blocks as others do.
class virtual_poller final : public poller {
public:
  time_point now() noexcept override { return now_; }
  void add(int fd, interest what, watcher &who) override { real_.add(fd, what, who); }
  void modify(int fd, interest what, watcher &who) override { real_.modify(fd, what, who); }
  void remove(int fd) noexcept override { real_.remove(fd); }
  void wait(std::optional<time_point> deadline) override;
  bool knows_all() const noexcept override { return true; }
  void wake() noexcept override { real_.wake(); }

  /// Moves time by hand, as a slow callback would.
  void advance(duration by) { now_ += by; }
  /// How often time has jumped.
  unsigned jumps() const { return jumps_; }

private:
  epoll_poller real_;
  time_point now_{};
  unsigned jumps_ = 0;
};

} // namespace abide
