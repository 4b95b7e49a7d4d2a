//===- UnitEntry.h - A unit in the cache -----------------------*- C++ -*-===//
//
// Entries of segments begin with a letter:
//   I input           has the next number of its segment
//   U key shows n numbers result   a unit; shows names a B, numbers are inputs before it, sorted
//   B key bytes       anything that follows from its key
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_STORE_UNITENTRY_H
#define ABIDE_TOOL_STORE_UNITENTRY_H

#include "Inputs.h"

namespace abide {

constexpr size_t DigestSize = std::tuple_size_v<Digest>;

inline llvm::StringRef bytesOf(const Digest &D) {
  return {reinterpret_cast<const char *>(D.data()), D.size()};
}

/// The digest at the beginning of Bytes, which are enough.
Digest digestAt(llvm::StringRef Bytes);

/// What is kept of a unit: the inputs by numbers, the record of the result.
struct UnitEntry {
  Digest Key{}, Shows{};
  std::vector<std::uint32_t> Numbers;
  llvm::StringRef Result;
};

/// Reads an entry that begins with U; nothing when it is malformed. Numbers may be anything.
std::optional<UnitEntry> parseUnit(llvm::StringRef Entry);

/// The entry, with the numbers in order.
std::string unitEntry(UnitEntry U);

/// Equal for entries that say the same.
Digest identityOf(const UnitEntry &U);

} // namespace abide

#endif
