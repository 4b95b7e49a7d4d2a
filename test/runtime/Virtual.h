//===- Virtual.h - Loops whose time jumps ---------------------------------===//

#pragma once

#include <abide/abide.hpp>

namespace abide::test {

/// A loop on virtual time that looks at its clock in every round, and keeps what is reported.
struct VirtualLoop {
  VirtualLoop() : loop(std::make_unique<virtual_poller>()) {
    loop.set_poll_interval(1);
    loop.set_exception_handler(
        [this](abide::loop &, const report &what) { reports.push_back(what); });
  }

  std::vector<report> reports;
  abide::loop loop;

  /// Runs one round.
  void once() {
    loop.stop();
    loop.run_forever();
  }
  void rounds(int count) {
    while (count-- > 0)
      once();
  }
  template <class T> T run(task<T> main) { return loop.run_until_complete(std::move(main)); }
  /// Seconds since the start.
  double seconds() { return std::chrono::duration<double>(loop.time().time_since_epoch()).count(); }
};

/// Reports are wanted here, and do not end the process.
class ReportsWanted {
public:
  ReportsWanted() {
    log_settings lenient = before_;
    lenient.fatal = false;
    set_log_settings(lenient);
  }
  ~ReportsWanted() { set_log_settings(before_); }

private:
  const log_settings before_ = get_log_settings();
};

/// A vector; g++ 12 takes no braced list in an expression with co_await.
template <class T, class... More> std::vector<T> list(T first, More... more) {
  std::vector<T> result;
  result.push_back(std::move(first));
  (result.push_back(std::move(more)), ...);
  return result;
}

} // namespace abide::test
