// What the watchdog knows of things that can be stuck.
#pragma once

#include <abide/detail/list.hpp>
#include <abide/time.hpp>

#include <cstdint>
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

/// A loop that runs: made by run_forever() on its thread, for as long as it runs. The watchdog
/// sees all of them, under one lock.
class watched : public list_node<watched_tag> {
public:
  explicit watched(loop_core &running);
  ~watched();

  loop_core &core;
  const pid_t thread;
  stall state;
};

} // namespace abide::detail
