//===- Facts.h - What one translation unit says to the others --*- C++ -*-===//
//
// Plain values: what a unit shows of its functions (UnitSummary), and what follows for a unit that
// calls them without seeing their bodies (Facts). They outlive the AST, and travel between
// processes and in files; nothing here may depend on Clang.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_FACTS_H
#define ABIDE_CHECKS_FACTS_H

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace abide {

/// A call on a chain. The path is absolute, line and column are 1-based, columns count bytes.
struct ChainCall {
  std::string Path;
  std::uint32_t Line = 0;
  std::uint32_t Column = 0;
  std::string Name; ///< What is called, as messages say it: "'fsync'", "the destructor of 'file'".

  auto operator<=>(const ChainCall &) const = default;
};

/// A way in which a function stops the thread that calls it.
struct BlockFact {
  std::uint8_t Family = 0; ///< A BlockFamily.
  std::uint8_t Kind = 0;   ///< A BlockKind.
  std::string Instead;     ///< What to write in place of the call that blocks, or empty.
  /// From a call in the function's own body to the one that blocks. Never empty.
  std::vector<ChainCall> Chain;

  auto operator<=>(const BlockFact &) const = default;
};

/// A call that runs another function before it returns.
struct CallEdge {
  std::string Callee; ///< The key of a function, see keyOf().
  ChainCall Call;
  /// Bit N: the call counts for BlockFamily N.
  std::uint8_t Families = 0;

  auto operator<=>(const CallEdge &) const = default;
};

/// The body of a plain function. A coroutine has no entry: it answers for its own calls.
struct FunctionSummary {
  std::string Key;
  std::string Path; ///< Where the body is: two bodies of one key may be of two programs.
  std::uint32_t Line = 0;
  std::vector<BlockFact> Blocks; ///< By calls in the body itself: chains of one call.
  std::vector<CallEdge> Calls;

  auto operator<=>(const FunctionSummary &) const = default;
};

/// A function without a body here that code of a loop reaches: what others say of it matters.
struct Question {
  std::string Key;
  std::uint8_t Family = 0;
  std::uint16_t Kinds = 0; ///< Bit N: BlockKind N counts.

  auto operator<=>(const Question &) const = default;
};

struct UnitSummary {
  std::vector<FunctionSummary> Functions;
  std::vector<Question> Asked;
};

/// What a unit is told about functions whose bodies it does not see, by key.
using Facts = std::map<std::string, std::vector<BlockFact>, std::less<>>;

} // namespace abide

#endif
