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
#include <string_view>
#include <vector>

namespace abide {

/// Before the key of a virtual function: a call that may run any overrider.
inline constexpr std::string_view DispatchPrefix = "virtual ";

/// What may be known of a function. To add one: a line here, who shows it (a kit of the model), who
/// reads it from TuModel::factsOf(). How it passes from callee to caller is said by the edges.
enum class Trait : std::uint8_t {
  HandlesCallable, ///< What it does with the callable it gets as an argument. Kind: a CallableFate.
  SyncWaits,       ///< Waits for a task, or runs a loop. Kind: a BlockKind.
  Blocks,          ///< Stops the thread otherwise. Kind: a BlockKind.
  UsesLater,       ///< The work that it returns uses the argument (0: its object) after it slept.
  SparesLater,     ///< That work does not.
  Closes,          ///< Closes the object that it gets as an argument, at least on some path.
  LeavesOpen,      ///< Neither closes that object nor hands it to anybody who might.
  UsesLoopObject,  ///< Changes the argument, or a member of its own, that belongs to a loop.
};
inline constexpr unsigned NumTraits = 8;

/// Whether a body has the trait only if everything that it shows and every edge says so; of others
/// one is enough.
inline bool needsAll(Trait What) {
  return What == Trait::HandlesCallable || What == Trait::SparesLater || What == Trait::LeavesOpen;
}

/// The Kind of HandlesCallable that calls it before it returns.
inline constexpr std::uint8_t RunsNowKind = 1;

/// A call on a chain. The path is absolute, line and column are 1-based, columns count bytes.
struct ChainCall {
  std::string Path;
  std::uint32_t Line = 0;
  std::uint32_t Column = 0;
  /// What is called, as messages say it: "'fsync'", "the destructor of 'file'". Of UsesLater, what
  /// happens here: "the coroutine sleeps here".
  std::string Name;

  auto operator<=>(const ChainCall &) const = default;
};

/// One thing that a function does.
struct Fact {
  Trait What = Trait::Blocks;
  std::uint8_t Kind = 0;
  std::uint8_t Argument = 0; ///< Of which argument it is said, counted from 1; 0: of none.
  /// Of SyncWaits and Blocks what to write in place of the last call, of UsesLoopObject the member
  /// of the object; or empty.
  std::string Detail;
  /// From a call in the function's own body to the one that does it. Never empty.
  std::vector<ChainCall> Chain;

  auto operator<=>(const Fact &) const = default;
};

/// A call by which a function does what another does.
struct CallEdge {
  std::string Callee; ///< The key of a function, see keyOf() and dispatchKeyOf().
  ChainCall Call;
  Trait What = Trait::Blocks;
  /// What the callee does with its argument Theirs, the caller does with its own.
  std::uint8_t Argument = 0, Theirs = 0;
  /// Not empty: Callee is given to this function as argument RunnerArgument, and runs if that runs
  /// it before it returns.
  std::string Runner = {};
  std::uint8_t RunnerArgument = 0;

  auto operator<=>(const CallEdge &) const = default;
};

/// The body of a function. A coroutine does not block: it answers for its own calls.
struct FunctionSummary {
  std::string Key;
  std::string Path; ///< Where the body is: two bodies of one key may be of two programs.
  std::uint32_t Line = 0;
  std::vector<Fact> Does; ///< In the body itself.
  std::vector<CallEdge> Calls;

  auto operator<=>(const FunctionSummary &) const = default;
};

/// That a call through a key, of a virtual function say, may run a function.
struct Dispatch {
  std::string Through; ///< A dispatchKeyOf().
  std::string To;

  auto operator<=>(const Dispatch &) const = default;
};

/// A function without a body here: what others say of it matters.
struct Question {
  std::string Key;
  Trait What = Trait::Blocks;
  std::uint16_t Kinds = 0; ///< Bit N: Kind N counts.

  auto operator<=>(const Question &) const = default;
};

struct UnitSummary {
  std::vector<FunctionSummary> Functions;
  std::vector<Dispatch> Dispatches;
  std::vector<Question> Asked;
};

/// What a unit is told about functions whose bodies it does not see, by key.
using Facts = std::map<std::string, std::vector<Fact>, std::less<>>;

} // namespace abide

#endif
