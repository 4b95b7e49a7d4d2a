#include <abide/error.hpp>
#include <abide/virtual_time.hpp>

#include <algorithm>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace abide {

virtual_poller::virtual_poller() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_ < 0)
    throw os_error(errno, "abide: cannot create the wake-up descriptor of a loop");
}

virtual_poller::~virtual_poller() { ::close(wake_); }

void virtual_poller::add(int fd, interest what, watcher &who) {
  if (fcntl(fd, F_GETFD) < 0)
    throw os_error(errno, "abide: descriptor " + std::to_string(fd) + " is not open");
  watched_.push_back({fd, what, &who});
}

void virtual_poller::modify(int fd, interest what, watcher &who) {
  remove(fd);
  add(fd, what, who);
}

void virtual_poller::remove(int fd) noexcept {
  std::erase_if(watched_, [fd](const watched &w) { return w.fd == fd; });
}

// True when something was ready or somebody woke us.
bool virtual_poller::look(int milliseconds) {
  std::vector<pollfd> polled{{wake_, POLLIN, 0}};
  for (const watched &w : watched_) {
    const int events =
        ((w.what & interest::read) ? POLLIN : 0) | ((w.what & interest::write) ? POLLOUT : 0);
    polled.push_back({w.fd, static_cast<short>(events), 0});
  }
  if (::poll(polled.data(), polled.size(), milliseconds) <= 0)
    return milliseconds < 0; // EINTR
  if (polled[0].revents) {
    eventfd_t ignored = 0;
    eventfd_read(wake_, &ignored);
  }
  for (std::size_t i = 1; i < polled.size(); ++i) {
    interest what = interest::none;
    if (polled[i].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL))
      what = what | interest::read;
    if (polled[i].revents & (POLLOUT | POLLHUP | POLLERR | POLLNVAL))
      what = what | interest::write;
    if (what != interest::none)
      watched_[i - 1].who->ready(what);
  }
  return true;
}

void virtual_poller::wait(std::optional<time_point> deadline) {
  if (!deadline) {
    look(-1);
  } else if (!look(0) && *deadline > now_) {
    now_ = *deadline;
    ++jumps_;
  }
}

void virtual_poller::wake() noexcept { eventfd_write(wake_, 1); }

} // namespace abide
