// How much a loop looks at itself.
#pragma once

namespace abide {

/// 0: off. 1: checks, and reports with names and lines. 2: and the calls that made each thing.
/// 3: as 2, for tests. `true` is 1. Cheap enough to leave 1 on; see docs/runtime/debug.md.
class debug_level {
public:
  constexpr debug_level(bool on) noexcept : value_(on ? 1 : 0) {}
  /// Below 0 means 0, above 3 means 3.
  constexpr debug_level(int value) noexcept : value_(value < 0 ? 0 : value > 3 ? 3 : value) {}
  /// What ABIDE_DEBUG says: a level, or anything else that is not empty for 1.
  static debug_level from_environment() noexcept;

  constexpr int value() const noexcept { return value_; }
  constexpr explicit operator bool() const noexcept { return value_ != 0; }
  friend constexpr bool operator==(debug_level, debug_level) = default;

private:
  int value_;
};

} // namespace abide
