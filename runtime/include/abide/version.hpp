// The version of the runtime library, for programs that must support several.
#pragma once

#include <compare>

#define ABIDE_VERSION_MAJOR 0
#define ABIDE_VERSION_MINOR 1
#define ABIDE_VERSION_PATCH 0

namespace abide {

/// A version number; ordered as versions are.
struct version_number {
  int major;
  int minor;
  int patch;

  friend constexpr auto operator<=>(const version_number &, const version_number &) = default;
};

/// The version of the headers that the program was compiled with.
inline constexpr version_number version{ABIDE_VERSION_MAJOR, ABIDE_VERSION_MINOR,
                                        ABIDE_VERSION_PATCH};

} // namespace abide
