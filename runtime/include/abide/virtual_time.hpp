// Time for tests: it jumps to the next deadline as soon as there is nothing else to do.
#pragma once

#include <abide/poller.hpp>

#include <vector>

namespace abide {

/// A poller whose clock starts at zero and moves only when a loop would sleep: an hour passes at
/// once, and always the same way. Descriptors are looked at (by poll) before time moves; threads
/// are not waited for while a timer is pending. Without any timer wait() blocks as others do.
class virtual_poller final : public poller {
public:
  virtual_poller();
  ~virtual_poller() override;
  virtual_poller(const virtual_poller &) = delete;
  virtual_poller &operator=(const virtual_poller &) = delete;

  time_point now() noexcept override { return now_; }
  void add(int fd, interest what, watcher &who) override;
  void modify(int fd, interest what, watcher &who) override;
  void remove(int fd) noexcept override;
  void wait(std::optional<time_point> deadline) override;
  void wake() noexcept override;

  /// Moves time by hand, as a slow callback would.
  void advance(duration by) { now_ += by; }
  /// How often time has jumped.
  unsigned jumps() const { return jumps_; }

private:
  struct watched {
    int fd;
    interest what;
    watcher *who;
  };
  bool look(int milliseconds);

  std::vector<watched> watched_;
  time_point now_{};
  unsigned jumps_ = 0;
  int wake_ = -1;
};

} // namespace abide
