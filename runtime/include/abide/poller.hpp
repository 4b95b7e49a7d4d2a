// What a loop asks of the system: what time is it, sleep until then, which descriptors are ready.
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/time.hpp>

#include <optional>

namespace abide {

/// What a watcher wants to know about a descriptor, or what became of it; a set of bits.
enum class interest : unsigned {
  none = 0,
  read = 1,  // readable, or at its end
  write = 2, // writable, or broken
  edge = 4,  // report changes only, not states (pollers without edges may report states)
  end = 8,   // reported only: the other side is gone, or the connection broken
};
constexpr interest operator|(interest a, interest b) {
  return static_cast<interest>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool operator&(interest a, interest b) {
  return (static_cast<unsigned>(a) & static_cast<unsigned>(b)) != 0;
}

/// Somebody who waits for a descriptor. ready() is called inside poller::wait: it may schedule
/// work, but must neither run callbacks of users nor change what the poller watches.
class watcher {
public:
  virtual void ready(interest what) noexcept = 0;

protected:
  ~watcher() = default;
};

/// The base of epoll_poller and virtual_poller, and of pollers of your own. Everything but wake()
/// is called on the thread of the loop.
class poller {
public:
  virtual ~poller() = default;

  /// Never goes back.
  virtual time_point now() noexcept = 0;

  /// Watches a descriptor for the first time. Throws os_error.
  virtual void add(int fd, interest what, watcher &who) = 0;
  /// Changes what is wanted of a watched descriptor. Throws os_error.
  virtual void modify(int fd, interest what, watcher &who) = 0;
  /// Forgets a watched descriptor, which may be closed already.
  virtual void remove(int fd) noexcept = 0;

  /// The deadline that means: do not wait.
  static constexpr time_point at_once = time_point::min();
  /// Tells the watchers what is ready. Waits for that until the deadline (none: for ever), or until
  /// wake(). May return early.
  virtual void wait(std::optional<time_point> deadline) = 0;
  /// Whether only watchers and wake() end a wait(): then debug mode can say that a loop is stuck.
  virtual bool knows_all() const noexcept { return false; }
  /// Ends a wait(), also the next one. Any thread, and the handler of a signal: so without locks.
  ABIDE_IS(thread_safe) virtual void wake() noexcept = 0;
};

} // namespace abide
