// Time as the loop counts it.
#pragma once

#include <chrono>
#include <cstdint>
#include <type_traits>

namespace abide {

/// The clock of a loop. A poller decides what now is, so a time point of one loop means nothing to
/// another with virtual time.
using clock = std::chrono::steady_clock;
using duration = clock::duration;
using time_point = clock::time_point;

namespace detail {

/// Far enough to mean for ever (about 73 years), near enough to be added to any time of a loop.
inline constexpr duration farthest = duration(duration::max().count() / 4);

[[noreturn]] void throw_not_a_number();

} // namespace detail

/// Any duration as the loop's: what is too long becomes for ever, negative ones stay negative.
/// Throws invalid_argument for NaN.
template <class Rep, class Period>
constexpr duration to_duration(std::chrono::duration<Rep, Period> given) {
  if constexpr (std::is_same_v<std::chrono::duration<Rep, Period>, duration>) {
    return given > detail::farthest ? detail::farthest
                                    : (given < -detail::farthest ? -detail::farthest : given);
  } else if constexpr (std::is_integral_v<Rep> && std::is_signed_v<Rep> &&
                       std::ratio_greater_equal_v<Period, duration::period>) {
    using wide = std::chrono::duration<std::int64_t, Period>;
    constexpr wide most = std::chrono::duration_cast<wide>(detail::farthest);
    return given > most ? detail::farthest : (given < -most ? -detail::farthest : duration(given));
  } else {
    using wide = std::chrono::duration<long double, duration::period>;
    const wide exact = given;
    if (exact.count() != exact.count())
      detail::throw_not_a_number();
    if (exact >= wide(detail::farthest))
      return detail::farthest;
    if (exact <= -wide(detail::farthest))
      return -detail::farthest;
    return std::chrono::duration_cast<duration>(given);
  }
}

} // namespace abide
