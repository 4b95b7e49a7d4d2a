// Blocking calls of libc on the thread of a loop: reported or refused. For programs that link
// abide::blocking_guard.
#pragma once

#include <abide/error.hpp>

namespace abide {

namespace detail {
/// Positive while this thread may block.
inline constinit thread_local int may_block = 0;
} // namespace detail

/// What happens when a callback or task calls a function of libc that blocks.
enum class on_blocking {
  allow,
  report, // to the exception handler of the loop, with the calls; then it blocks
  raise,  // blocking_call_error; where that is impossible (see the table in the docs): report
};

/// A refused call. It has done nothing.
class blocking_call_error : public error {
public:
  using error::error;
};

/// For the whole process; any thread. It begins with the environment, ABIDE_BLOCKING: allow, report
/// or raise; report without.
void set_blocking_guard(on_blocking what) noexcept;
on_blocking get_blocking_guard() noexcept;

/// While it lives, this thread may block: for the call that is known to be short. Do not hold it
/// across a suspension.
class allow_blocking {
public:
  allow_blocking() noexcept { ++detail::may_block; }
  ~allow_blocking() { --detail::may_block; }
  allow_blocking(const allow_blocking &) = delete;
  allow_blocking &operator=(const allow_blocking &) = delete;
};

} // namespace abide
