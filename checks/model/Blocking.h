//===- Blocking.h - Which calls block, and by which chain ------*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_BLOCKING_H
#define ABIDE_CHECKS_MODEL_BLOCKING_H

#include "model/TuModel.h"
#include <map>
#include <set>

namespace abide {

/// Two kinds of harm, with different cures: a wait for a task or a nested loop can wait for the
/// very thread that it stops; anything else only takes its time.
enum class BlockFamily : unsigned char { SyncWait, Other };
inline constexpr unsigned NumBlockFamilies = 2;

/// What counts as blocking; the options of a rule.
struct BlockingPolicy {
  bool Locks = false;             ///< Acquiring a mutex counts.
  bool Disk = true;               ///< Operations on files and directories count.
  bool Heavy = false;             ///< Long computations count (key derivation, compression).
  bool Logging = false;           ///< Loggers that write before they return count.
  bool AssumeBlockingFds = false; ///< Descriptors of unknown origin block.
  /// Qualified names that block as well, without a leading "::"; the family is that of the rule.
  std::set<std::string> Extra;
  BlockFamily ExtraFamily = BlockFamily::Other;
  std::set<std::string> Never; ///< Qualified names that do not block, and are not followed.

  bool counts(BlockKind Kind) const;
};

/// A chain of calls that ends in one that blocks: each site stands in the body of the callee of the
/// one before.
struct BlockingPath {
  llvm::SmallVector<const CallSite *, 4> Sites; ///< Empty: nothing blocks.
  const BlockingFunction *What = nullptr;       ///< The table's entry for the last call.
  /// The last site runs a function of another unit: the rest of the chain is there. Or null.
  const Fact *Elsewhere = nullptr;

  size_t length() const { return Sites.size() + (Elsewhere ? Elsewhere->Chain.size() : 0); }
};

/// How a message names what is called: "'fsync'", "the destructor of 'file'", "a lambda".
std::string nameOfCall(const CallSite &Site);

class Blocking {
public:
  Blocking(const TuModel &Model, BlockingPolicy Policy);

  /// The shortest chain from this call to one that blocks in this way, empty if there is none. A
  /// callee that is a coroutine ends a chain: it answers for itself.
  BlockingPath path(const FunctionFacts &Caller, const CallSite &Site, BlockFamily Family) const;

  /// Tells other units of the functions here: which block in this way, and which call others. And
  /// asks them for what counts by Wanted.
  void summarize(BlockFamily Family, const BlockingPolicy &Wanted, UnitSummary &Out) const;

private:
  struct Step {
    const CallSite *Site = nullptr;         ///< Blocks, or leads to one that does.
    const FunctionFacts *Next = nullptr;    ///< The function that Site runs; null at the end.
    const BlockingFunction *What = nullptr; ///< At the end: why Site blocks.
    const Fact *Elsewhere = nullptr;        ///< At the end, when another unit knows why.
  };

  struct Direct {
    const BlockingFunction *What; ///< Null: the call does not block by itself.
    BlockFamily Family;
  };

  Direct direct(const FunctionFacts &Caller, const CallSite &Site) const;
  void link() const;
  bool listed(const std::set<std::string> &Names, const CallSite &Site) const;
  /// Those bodies that a call runs before it returns of which nobody says that they do not block.
  llvm::SmallVector<const FunctionFacts *, 2> runs(const CallSite &Site) const;
  /// The key of the callee if its body is somewhere else, and nobody says that it does not block.
  std::string missing(const CallSite &Site) const;
  const Fact *elsewhere(const CallSite &Site, BlockFamily Family) const;
  const BlockingFunction *entryFor(const Fact &Fact) const;
  void summarizeCall(const FunctionFacts &F, const CallSite &Site, Trait What,
                     FunctionSummary &Out) const;
  FunctionSummary summaryOf(const FunctionFacts &F, BlockFamily Family) const;
  void ask(BlockFamily Family, const BlockingPolicy &Wanted, UnitSummary &Out) const;

  const TuModel &Model;
  BlockingPolicy Policy;
  BlockingFunction ByAnnotation;
  using StepMap = llvm::DenseMap<const FunctionFacts *, Step>; ///< Of functions that may block.
  mutable StepMap Steps[NumBlockFamilies];
  mutable bool Linked = false; ///< Whether Steps are there: who only tells others needs none.
  mutable std::map<std::pair<unsigned, std::string>, BlockingFunction> Entries; ///< Of facts.
};

} // namespace abide

#endif
