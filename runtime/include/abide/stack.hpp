// Where code was called from: addresses now, names when somebody reads them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace abide {

/// The innermost calls of a thread at one moment. Taking one costs as many loads as there are
/// frames when the program is compiled with -fno-omit-frame-pointer, and one or two microseconds
/// otherwise (it is then unwound by the tables for exceptions). Which of the two is found out
/// by comparing both in the first captures of a process.
class stack {
public:
  static constexpr std::size_t max_frames = 16;

  stack() = default;
  /// Of addresses taken elsewhere; keeps the first max_frames.
  explicit stack(std::span<const std::uintptr_t> addresses) noexcept;
  /// The calls that led here, the caller of capture() first, without the innermost `skip`, at
  /// most `most` of them. Any thread; no allocation. Empty when nothing could be found out.
  [[gnu::noinline]] static stack capture(unsigned skip = 0, std::size_t most = max_frames) noexcept;

  bool empty() const noexcept { return count_ == 0; }
  /// Return addresses, innermost first: each lies behind the call that it stands for.
  std::span<const std::uintptr_t> addresses() const noexcept { return {at_.data(), count_}; }

  /// One line for each frame: "#0 name at file:line" where the program has debug information and
  /// the system has libdw.so.1; "#0 name at module+0x12 (build id ...)" or, stripped,
  /// "#0 module+0x12 (build id ...)" otherwise, for addr2line or llvm-symbolizer. Slow (up to a
  /// second for a large program), and reads files: not for the thread of a loop.
  std::string to_string() const;

  friend bool operator==(const stack &a, const stack &b) noexcept;

private:
  std::array<std::uintptr_t, max_frames> at_; // only the first count_ have a value
  std::size_t count_ = 0;
};

} // namespace abide
