// Signals of the process as callbacks of a loop.
#pragma once

#include <abide/handle.hpp>

#include <functional>
#include <map>

#include <signal.h>

namespace abide::detail {

/// A signal writes its number to a pipe that the loop watches. Main thread only.
class signals final : watcher {
public:
  explicit signals(loop_core &owner);
  ~signals();
  /// With `once` the signal does its default thing again until rearm(): so a second Ctrl-C ends a
  /// process whose loop is stuck.
  void add(int number, std::function<void()> call, bool once = false);
  void rearm(int number);
  bool remove(int number) noexcept;
  /// There are handlers that the program has added, not run().
  bool any_of_the_program() const noexcept;

private:
  struct entry {
    ref<callback> call;
    struct sigaction before;
    bool once;
  };
  void ready(interest what) noexcept override;
  static void install(int number, bool once);

  loop_core &core_;
  int read_ = -1;
  int write_ = -1;
  std::map<int, entry> entries_;
};

} // namespace abide::detail
