// What a thread is doing, asked from another thread.
#pragma once

#include <abide/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <source_location>

#include <signal.h>
#include <sys/types.h>

namespace abide::detail {

class loop_core;

/// What a task can say of itself inside a signal handler: copies, for it may end soon.
struct task_glance {
  std::array<char, 64> name{}; // cut; empty: Task-<number>
  std::uint64_t number = 0;
  std::source_location spawned{};
  std::array<std::source_location, 8> awaits{}; // of its co_awaits, the outermost first
  std::size_t await_count = 0;
};

struct snapshot {
  std::array<std::uintptr_t, 64> at; // return addresses, innermost first
  std::size_t count = 0;
  task_glance task;
  bool has_task = false;
  // Filled in only when they are asked for, without the one that runs:
  std::array<task_glance, 64> others;
  std::size_t other_count = 0;
  bool more = false; // there are more than these
};

enum class answer : std::uint8_t {
  taken,  // the snapshot is there
  silent, // the thread has not answered in time: it blocks the signal, or the system is very busy
  gone,   // there is no such thread
};

/// Has a signal installed that makes threads of this process answer. One at a time. Signals from
/// others go to the handler that was there before.
class snapshot_signal {
public:
  /// Throws os_error.
  explicit snapshot_signal(int number);
  ~snapshot_signal();
  snapshot_signal(const snapshot_signal &) = delete;
  snapshot_signal &operator=(const snapshot_signal &) = delete;

  /// Interrupts a thread and waits for its answer. With a `core`, which must belong to that thread
  /// and live, the snapshot has its current task, and with `all` the others. One call at a time;
  /// any thread.
  answer ask(pid_t thread, const loop_core *core, bool all, duration patience,
             snapshot &into) const;

private:
  int number_;
};

} // namespace abide::detail
