//===- Inputs.h - What a result depends on ---------------------*- C++ -*-===//
//
// A result holds for as long as every path that was looked at for it is still what it was: also the
// paths at which nothing was found, because a file that appears there would be found first.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_STORE_INPUTS_H
#define ABIDE_TOOL_STORE_INPUTS_H

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include <optional>
#include <string>
#include <vector>

namespace abide {

using Digest = llvm::BLAKE3Result<16>;

inline Digest digestOf(llvm::StringRef Bytes) {
  return llvm::BLAKE3::hash<16>(llvm::arrayRefFromStringRef(Bytes));
}

/// The marks that a file has while it does not change. Whoever writes a file cannot keep the time
/// at which the system last saw a change of it.
struct Stamp {
  std::uint64_t Size = 0, Inode = 0;
  std::int64_t Modified = 0, Changed = 0; ///< Nanoseconds; both 0: not to be trusted.

  bool operator==(const Stamp &) const = default;
  bool trusted() const { return Changed != 0; }
};

/// One path, and what was there.
struct Input {
  enum class Kind : std::uint8_t {
    Absent,    ///< Nothing that can be looked at.
    Directory, ///< A directory, of which nothing but that matters.
    Listed,    ///< A directory whose names matter.
    Present,   ///< A file, of which nothing but that matters.
    Read,      ///< A file whose bytes matter.
  };
  std::string Path; ///< Absolute, with all the "." and ".." that were asked for.
  Kind What = Kind::Absent;
  Digest Content{}; ///< Of the bytes or the names; zero for the other kinds.
  Stamp At;         ///< Of a file that was read.
};

/// The stamp of a regular file; nothing for anything else.
std::optional<Stamp> stampOf(const std::string &Path);

/// The stamp as it may be kept: without trust when the file is so young that it could change again
/// and look the same.
Stamp settled(const Stamp &S);

/// A digest over the sorted names in a directory; nothing when it cannot be read.
std::optional<Digest> digestOfNames(const std::string &Directory);

/// True when the path is still what it was. Gives I the stamp that the file has now.
bool holds(Input &I);

/// Inputs one after the other in bytes of any value.
void append(std::string &Bytes, const Input &I);

/// Takes one input off the front of Bytes; nothing when it is not all there.
std::optional<Input> takeInput(llvm::StringRef &Bytes);

} // namespace abide

#endif
