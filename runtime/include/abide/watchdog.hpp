// Sees that a loop is stuck while it is stuck.
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/report.hpp>
#include <abide/time.hpp>

#include <csignal>
#include <functional>
#include <memory>
#include <string>

namespace abide {

namespace detail {
struct foreign_loop;
}

struct watchdog_options {
  /// A loop that is in one callback for longer is reported; again after twice that time, and so on.
  duration threshold = std::chrono::milliseconds(100);
  /// The signal that makes the thread of the loop write down its calls; 0: reports have no stack.
  /// What the program has installed for it is called for signals from others. A stuck thread gets
  /// it once per report: SA_RESTART is set, but nanosleep(), poll() and some others end with EINTR
  /// all the same.
  int signal = SIGURG;
  /// So many reports in a minute; the next one says how many were left out. 0: all.
  unsigned per_minute = 5;
  /// Called on a thread of the watchdog, one call at a time. None: the default exception handler.
  std::function<void(const report &)> handler = {};
};

/// While it lives, each loop of the process that stays in one callback for too long is reported
/// from other threads: how long, the calls on its stack at that moment (also below libc), the
/// blocking call, the task. When the callback ends, one more report has the whole time. A loop pays
/// one store per callback, which it does in any case. Waiting for events is not being stuck.
///
/// At most one at a time. In a child of fork() it begins anew when a loop is run there. With
/// ABIDE_WATCHDOG set to milliseconds, the first loop starts one for the life of the process.
class watchdog {
public:
  /// Throws invalid_state when there is one already, invalid_argument for a threshold below 1 ms or
  /// an impossible signal, os_error.
  explicit watchdog(watchdog_options options = {});
  /// Ends its threads after what they report now. The signal does again what it did before.
  ~watchdog();
  watchdog(const watchdog &) = delete;
  watchdog &operator=(const watchdog &) = delete;

  /// As long as it lives, a foreign loop is watched. Destroy it before that loop ends or is stopped
  /// for long: a loop that does not run looks like one that is stuck. May outlive the watchdog.
  class [[nodiscard]] attachment {
  public:
    attachment() = default;
    explicit attachment(std::shared_ptr<detail::foreign_loop> watched) noexcept
        : watched_(std::move(watched)) {}
    attachment(attachment &&) noexcept = default;
    attachment &operator=(attachment &&other) noexcept;
    /// Afterwards `post` is not called any more.
    ~attachment();

  private:
    std::shared_ptr<detail::foreign_loop> watched_;
  };

  /// Runs a function of the caller on a foreign loop.
  using poster = std::function<void(std::function<void()>)>;
  /// Watches any loop that can run a function: `post` is called on a thread of the watchdog, twice
  /// per threshold, and must be allowed there, as asio::post and QMetaObject::invokeMethod are. A
  /// loop that does not run what was posted for longer than the threshold is reported, with the
  /// stack of the thread that ran the last one. Not before it has run the first.
  ABIDE_IS(thread_safe) attachment attach(poster post, std::string name = "a foreign loop");
};

} // namespace abide
