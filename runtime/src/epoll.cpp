#include <abide/epoll.hpp>
#include <abide/error.hpp>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace abide {
namespace {

std::uint32_t epoll_events(interest what) {
  std::uint32_t events = 0;
  if (what & interest::read)
    events |= EPOLLIN | EPOLLRDHUP;
  if (what & interest::write)
    events |= EPOLLOUT;
  if (what & interest::edge)
    events |= EPOLLET;
  return events;
}

interest interest_of(std::uint32_t events) {
  interest what = interest::none;
  // An error or a hang-up is news for both sides: the next read or write says which.
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
    what = what | interest::read;
  if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
    what = what | interest::write;
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
    what = what | interest::end;
  return what;
}

[[noreturn]] void fail(int number, int fd) {
  const std::string name = "abide: descriptor " + std::to_string(fd);
  if (number == EBADF)
    throw os_error(number, name + " is not open");
  if (number == EPERM)
    throw os_error(number, name + " cannot be watched (a regular file is always ready: read it "
                                  "with to_thread)");
  throw os_error(number, name + " cannot be watched");
}

} // namespace

epoll_poller::epoll_poller() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0)
    throw os_error(errno, "abide: cannot create an epoll instance");
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  if (wake_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) < 0) {
    const int number = errno;
    if (wake_ >= 0)
      ::close(wake_);
    ::close(epoll_);
    throw os_error(number, "abide: cannot create the wake-up descriptor of a loop");
  }
}

epoll_poller::~epoll_poller() {
  ::close(wake_);
  ::close(epoll_);
}

time_point epoll_poller::now() noexcept { return clock::now(); }

void epoll_poller::add(int fd, interest what, watcher &who) {
  epoll_event event{};
  event.events = epoll_events(what);
  event.data.ptr = &who;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) < 0)
    fail(errno, fd);
}

void epoll_poller::modify(int fd, interest what, watcher &who) {
  epoll_event event{};
  event.events = epoll_events(what);
  event.data.ptr = &who;
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event) == 0)
    return;
  // Closed without remove(), the kernel has forgotten it, and the number is in use again.
  if (errno != ENOENT)
    fail(errno, fd);
  add(fd, what, who);
}

void epoll_poller::remove(int fd) noexcept {
  epoll_event ignored{};
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, &ignored);
}

void epoll_poller::wait(std::optional<time_point> deadline) {
  epoll_event events[128];
  timespec timeout{};
  if (deadline && *deadline != at_once) {
    const duration left = *deadline - clock::now();
    if (left > duration::zero()) {
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
      timeout.tv_sec = static_cast<time_t>(seconds.count());
      timeout.tv_nsec = static_cast<long>(std::chrono::nanoseconds(left - seconds).count());
    }
  }
  const int count = epoll_pwait2(epoll_, events, 128, deadline ? &timeout : nullptr, nullptr);
  // EINTR is an early return; the loop comes back.
  for (int i = 0; i < count; ++i) {
    if (auto *who = static_cast<watcher *>(events[i].data.ptr)) {
      who->ready(interest_of(events[i].events));
    } else {
      eventfd_t ignored = 0;
      eventfd_read(wake_, &ignored);
    }
  }
}

void epoll_poller::wake() noexcept { eventfd_write(wake_, 1); }

} // namespace abide
