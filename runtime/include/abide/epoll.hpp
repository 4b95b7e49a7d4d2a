// The poller of Linux.
#pragma once

#include <abide/poller.hpp>

namespace abide {

/// Waits with epoll; the clock is CLOCK_MONOTONIC. Throws os_error when there are no descriptors.
class epoll_poller final : public poller {
public:
  epoll_poller();
  ~epoll_poller() override;
  epoll_poller(const epoll_poller &) = delete;
  epoll_poller &operator=(const epoll_poller &) = delete;

  time_point now() noexcept override;
  void add(int fd, interest what, watcher &who) override;
  void modify(int fd, interest what, watcher &who) override;
  void remove(int fd) noexcept override;
  void wait(std::optional<time_point> deadline) override;
  bool knows_all() const noexcept override { return true; }
  void wake() noexcept override;

  /// Readable when wait() has something to tell: for those who drive a loop from another one.
  int descriptor() const noexcept { return epoll_; }

private:
  int epoll_ = -1;
  int wake_ = -1;
};

} // namespace abide
