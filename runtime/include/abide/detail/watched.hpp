// What the watchdog knows of things that can be stuck.
#pragma once

#include <abide/detail/list.hpp>
#include <abide/time.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include <sys/types.h>

namespace abide::detail {

class loop_core;
struct watched_tag;

/// One thing that should move. Belongs to the watchdog's sampling thread.
struct stall {
  std::uint64_t seen = ~std::uint64_t{0}; // where it was at the last look
  time_point since{};                     // since when it is there
  duration next{};                        // after so long it is reported (again)
  bool told = false;
  std::string subject{};
};

/// A question for its tasks that a loop has not answered. Belongs to the sampling thread.
struct dump_question {
  unsigned asked = 0; // see dumps_asked
  time_point since{};
  bool told = false;
};

/// How somebody who runs callbacks shows that he moves. Written by one thread.
struct pulse {
  std::atomic<std::uint64_t> sequence{0}; // moves with each callback
  std::atomic<bool> parked{true};         // in no callback
  std::atomic<unsigned> dumped{0};        // the last dump it has written; see dumps_asked

  void move() noexcept {
    sequence.store(sequence.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
};

/// Something whose pulse the watchdog takes, while this lives; made on the thread that it is about.
/// The watchdog sees all of them, under one lock.
class watched : public list_node<watched_tag> {
public:
  /// With a core its current task is named in reports. `name` gives words for other callbacks; it
  /// is called on a thread of the watchdog.
  watched(const pulse &shown, const loop_core *core, std::function<std::string()> name);
  ~watched();

  const pulse &shown;
  const loop_core *const core;
  const pid_t thread;
  const std::function<std::string()> name;
  stall state;
  dump_question question;
};

} // namespace abide::detail
