// Other orders of the same program: what depends on luck comes out.
#pragma once

#include <cstdint>
#include <optional>

namespace abide {

/// A loop that was given this runs the tasks that are ready in a random order, only some of them in
/// each round, and looks at its poller in between: orders that timing may bring about anyway,
/// sooner than on the machine of a customer. Callbacks keep their order among each other. The same
/// seed and the same events (virtual_poller) give the same order again.
struct schedule_options {
  std::uint64_t seed = 0;
  /// One step of a task in so many begins with a cancellation, as if somebody had called cancel()
  /// while it was suspended. 0: none.
  unsigned cancel_one_in = 0;

  /// What ABIDE_SCHEDULE_SEED (a number; anything else for a seed of the moment) and
  /// ABIDE_SCHEDULE_CANCEL say; empty without the former.
  static std::optional<schedule_options> from_environment();
};

} // namespace abide
