// Tasks that meet.
#pragma once

#include <abide/condition.hpp>

namespace abide {

/// The barrier was reset or aborted while a task waited, or is broken.
class broken_barrier : public error {
public:
  using error::error;
};

/// `co_await b.wait()` waits until as many tasks wait as there are parties; then all go on, and the
/// barrier can be used again. A task that is cancelled while it waits leaves; the others wait on.
class ABIDE_IS(loop_affine) barrier {
public:
  /// Throws invalid_argument for less than one.
  explicit barrier(std::ptrdiff_t parties);

  /// Gives the number of the task among its parties, 0 for the first that came. Throws
  /// broken_barrier after abort(), and when reset() comes meanwhile.
  task<std::size_t> wait();
  /// Back to empty and unbroken: who waits gets broken_barrier.
  task<void> reset();
  /// Breaks it until reset(): who waits, and who comes, gets broken_barrier.
  task<void> abort();

  std::size_t parties() const noexcept { return parties_; }
  /// How many tasks wait for the others.
  std::size_t waiting() const noexcept { return state_ == state::filling ? count_ : 0; }
  bool broken() const noexcept { return state_ == state::broken; }

private:
  enum class state { filling, draining, resetting, broken };
  friend std::string to_string(const barrier &what);
  void leave() noexcept;

  condition changed_;
  std::size_t parties_;
  std::size_t count_ = 0;
  state state_ = state::filling;
};

std::string to_string(const barrier &what);

} // namespace abide
