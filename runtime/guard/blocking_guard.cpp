// Defines functions of libc again: the program, and the libraries that it is linked with, call
// these. Each asks whether a loop's callback is running here and whether the call would block, and
// then calls what it replaces.
#undef _FORTIFY_SOURCE
#include <abide/blocking_guard.hpp>

#include <abide/detail/task_core.hpp>
#include <abide/stack.hpp>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace abide {
namespace {

on_blocking from_environment() noexcept {
  const char *const given = std::getenv("ABIDE_BLOCKING");
  const std::string_view word = given ? given : "";
  return word == "allow"   ? on_blocking::allow
         : word == "raise" ? on_blocking::raise
                           : on_blocking::report;
}

std::atomic<on_blocking> &mode() noexcept {
  static std::atomic<on_blocking> current{from_environment()};
  return current;
}

/// Whether somebody wants to know. Cheap where no loop runs: these functions are called anywhere.
bool watched() noexcept {
  const detail::loop_core *const here = detail::running_core;
  return here && detail::may_block == 0 && !here->shown.parked.load(std::memory_order_relaxed) &&
         mode().load(std::memory_order_relaxed) != on_blocking::allow;
}

report about(const char *call) {
  const std::string message = std::string(call) + "() blocks the thread of the loop";
  if (detail::task_core *const task = detail::running_core->current)
    return detail::report_on(severity::warning, report_kind::blocking_call, message, *task);
  return {severity::warning, message, "<a callback>", nullptr, report_kind::blocking_call};
}

/// To be called when `call` is about to block.
[[gnu::noinline]] void tell(const char *call, const stack &calls) {
  const int saved = errno;
  const allow_blocking while_telling;
  report what = about(call);
  what.stack = calls;
  detail::running_core->tell(what);
  errno = saved;
}

// Not inlined, and called by the replaced function itself: so the stack begins with that.
[[gnu::noinline]] void tell_only(const char *call) { tell(call, stack::capture(1)); }
[[gnu::noinline]] void tell_or_raise(const char *call) {
  if (mode().load(std::memory_order_relaxed) == on_blocking::raise)
    throw blocking_call_error(std::string("abide: ") + call +
                              "() would block the thread of the loop: await instead, or use "
                              "to_thread()");
  tell(call, stack::capture(1));
}

/// What is replaced: the next definition of the name.
template <class F> F *replaced(F *, const char *name) noexcept {
  return reinterpret_cast<F *>(dlsym(RTLD_NEXT, name));
}
#define ABIDE_NEXT(name) static auto *const real = abide::replaced(&::name, #name)

bool ready_now(int fd, short what) noexcept {
  static auto *const real_poll = replaced(&::poll, "poll");
  pollfd asked{fd, what, 0};
  return real_poll(&asked, 1, 0) != 0;
}

bool is_blocking(int fd) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && !(flags & O_NONBLOCK);
}

/// Whether I/O on the descriptor would block now. Files on disks never say so.
bool would_block(int fd, short what) noexcept {
  const int saved = errno;
  const bool result = is_blocking(fd) && !ready_now(fd, what);
  errno = saved;
  return result;
}

bool is_zero(const timespec *time) noexcept {
  return time && time->tv_sec == 0 && time->tv_nsec == 0;
}

} // namespace

void set_blocking_guard(on_blocking what) noexcept { mode() = what; }
on_blocking get_blocking_guard() noexcept { return mode(); }

} // namespace abide

using abide::tell_only;
using abide::tell_or_raise;
using abide::watched;
using abide::would_block;

extern "C" {

// --- time ---------------------------------------------------------------------

unsigned sleep(unsigned seconds) {
  ABIDE_NEXT(sleep);
  if (watched() && seconds > 0)
    tell_or_raise("sleep");
  return real(seconds);
}

int usleep(useconds_t time) {
  ABIDE_NEXT(usleep);
  if (watched() && time > 0)
    tell_or_raise("usleep");
  return real(time);
}

int nanosleep(const timespec *time, timespec *left) {
  ABIDE_NEXT(nanosleep);
  if (watched() && !abide::is_zero(time))
    tell_or_raise("nanosleep");
  return real(time, left);
}

int clock_nanosleep(clockid_t clock, int flags, const timespec *time, timespec *left) {
  ABIDE_NEXT(clock_nanosleep);
  if (watched() && !abide::is_zero(time))
    tell_or_raise("clock_nanosleep");
  return real(clock, flags, time, left);
}

// --- descriptors --------------------------------------------------------------

ssize_t read(int fd, void *into, size_t size) {
  ABIDE_NEXT(read);
  if (watched() && would_block(fd, POLLIN))
    tell_or_raise("read");
  return real(fd, into, size);
}

ssize_t write(int fd, const void *from, size_t size) {
  ABIDE_NEXT(write);
  if (watched() && would_block(fd, POLLOUT))
    tell_or_raise("write");
  return real(fd, from, size);
}

ssize_t recv(int fd, void *into, size_t size, int flags) {
  ABIDE_NEXT(recv);
  if (watched() && !(flags & MSG_DONTWAIT) && would_block(fd, POLLIN))
    tell_or_raise("recv");
  return real(fd, into, size, flags);
}

ssize_t send(int fd, const void *from, size_t size, int flags) {
  ABIDE_NEXT(send);
  if (watched() && !(flags & MSG_DONTWAIT) && would_block(fd, POLLOUT))
    tell_or_raise("send");
  return real(fd, from, size, flags);
}

int accept(int fd, sockaddr *address, socklen_t *size) {
  ABIDE_NEXT(accept);
  if (watched() && would_block(fd, POLLIN))
    tell_or_raise("accept");
  return real(fd, address, size);
}

int connect(int fd, const sockaddr *address, socklen_t size) {
  ABIDE_NEXT(connect);
  if (watched() && abide::is_blocking(fd) && address && address->sa_family != AF_UNIX)
    tell_or_raise("connect");
  return real(fd, address, size);
}

// A poll that finds something at once does not block.
int poll(pollfd *descriptors, nfds_t count, int timeout) {
  ABIDE_NEXT(poll);
  if (watched() && timeout != 0) {
    if (const int found = real(descriptors, count, 0))
      return found;
    tell_or_raise("poll");
  }
  return real(descriptors, count, timeout);
}

int select(int count, fd_set *reads, fd_set *writes, fd_set *errors, timeval *timeout) {
  ABIDE_NEXT(select);
  if (watched() && !(timeout && timeout->tv_sec == 0 && timeout->tv_usec == 0))
    tell_or_raise("select");
  return real(count, reads, writes, errors, timeout);
}

int fsync(int fd) {
  ABIDE_NEXT(fsync);
  if (watched())
    tell_or_raise("fsync");
  return real(fd);
}

int fdatasync(int fd) {
  ABIDE_NEXT(fdatasync);
  if (watched())
    tell_or_raise("fdatasync");
  return real(fd);
}

int flock(int fd, int operation) noexcept {
  ABIDE_NEXT(flock);
  if (watched() && !(operation & LOCK_NB) && operation != LOCK_UN)
    tell_only("flock");
  return real(fd, operation);
}

// --- others -------------------------------------------------------------------

int getaddrinfo(const char *host, const char *service, const addrinfo *hints, addrinfo **result) {
  ABIDE_NEXT(getaddrinfo);
  if (watched() && host && !(hints && hints->ai_flags & AI_NUMERICHOST))
    tell_or_raise("getaddrinfo");
  return real(host, service, hints, result);
}

pid_t waitpid(pid_t child, int *status, int options) {
  ABIDE_NEXT(waitpid);
  if (watched() && !(options & WNOHANG))
    tell_or_raise("waitpid");
  return real(child, status, options);
}

// A thread that is at its end anyway gets a moment.
int pthread_join(pthread_t thread, void **result) {
  ABIDE_NEXT(pthread_join);
  if (watched()) {
    timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 5'000'000;
    until.tv_sec += until.tv_nsec / 1'000'000'000;
    until.tv_nsec %= 1'000'000'000;
    if (const int error = pthread_timedjoin_np(thread, result, &until); error != ETIMEDOUT)
      return error;
    tell_only("pthread_join");
  }
  return real(thread, result);
}

// Called by functions that are noexcept, such as std::condition_variable::wait().
int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *lock) {
  ABIDE_NEXT(pthread_cond_wait);
  if (watched())
    tell_only("pthread_cond_wait");
  return real(condition, lock);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *lock,
                           const timespec *until) {
  ABIDE_NEXT(pthread_cond_timedwait);
  if (watched())
    tell_only("pthread_cond_timedwait");
  return real(condition, lock, until);
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *lock, clockid_t clock,
                           const timespec *until) {
  ABIDE_NEXT(pthread_cond_clockwait);
  if (watched())
    tell_only("pthread_cond_clockwait");
  return real(condition, lock, clock, until);
}

} // extern "C"
