// How stacks are taken and named.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace abide::detail {

/// To be called by a thread before its stack is taken inside of a signal handler: what the unwinder
/// and the walk set up on first use would not be safe there.
void prepare_unwinding() noexcept;

/// Inside a signal handler: the calls of the code that was interrupted, innermost first, written to
/// `into`; gives how many. `context` is the third argument of the handler. Goes through libraries
/// without frame pointers, such as libc. Async-signal-safe after prepare_unwinding().
std::size_t unwind_interrupted(std::span<std::uintptr_t> into, const void *context) noexcept;

/// One line for each return address, as stack::to_string() says.
std::string describe_frames(std::span<const std::uintptr_t> addresses);
/// What is known of a return address; what is not is empty.
struct frame_name {
  std::string function, file;
  int line = 0;
  std::string module; // the path of the program or library
};
frame_name name_frame(std::uintptr_t address);
/// The name of the function alone; empty when it is not known.
std::string function_at(std::uintptr_t address);

/// A mangled name as people write it, or as it is. The body of a coroutine, whose name compilers
/// decorate, is called "f (coroutine)".
std::string demangled(const char *name);

} // namespace abide::detail
