//===- Blocking.h - Which calls block, and by which chain ------*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_BLOCKING_H
#define ABIDE_CHECKS_MODEL_BLOCKING_H

#include "model/TuModel.h"
#include <set>

namespace abide {

/// What counts as blocking; the options of a rule.
struct BlockingPolicy {
  bool Locks = false;             ///< Acquiring a mutex counts.
  bool Disk = true;               ///< Operations on files and directories count.
  bool Heavy = false;             ///< Long computations count (key derivation, compression).
  bool Logging = false;           ///< Loggers that write before they return count.
  bool AssumeBlockingFds = false; ///< Descriptors of unknown origin block.
  std::set<std::string> Extra;    ///< Qualified names that block as well, without a leading "::".
  std::set<std::string> Never;    ///< Qualified names that do not block, and are not followed.
};

/// A chain of calls that ends in one that blocks: each site stands in the body of the callee of the
/// one before.
struct BlockingPath {
  llvm::SmallVector<const CallSite *, 4> Sites; ///< Empty: nothing blocks.
  const BlockingFunction *What = nullptr;       ///< The table's entry for the last site.
};

class Blocking {
public:
  Blocking(const TuModel &Model, BlockingPolicy Policy);

  /// The shortest chain from this call to one that blocks, empty if there is none. A callee that is
  /// a coroutine ends a chain: it answers for itself.
  BlockingPath path(const FunctionFacts &Caller, const CallSite &Site) const;

private:
  struct Step {
    const CallSite *Site = nullptr;         ///< Blocks, or leads to one that does.
    const FunctionFacts *Next = nullptr;    ///< The function that Site runs; null at the end.
    const BlockingFunction *What = nullptr; ///< At the end: why Site blocks.
  };

  /// The table entry of a call that blocks by itself, null if it does not.
  const BlockingFunction *direct(const FunctionFacts &Caller, const CallSite &Site) const;
  void link();
  bool counts(const BlockingFunction &F) const;
  bool listed(const std::set<std::string> &Names, const CallSite &Site) const;
  /// Bodies that a call runs before it returns, coroutines excepted.
  llvm::SmallVector<const FunctionFacts *, 2> runs(const CallSite &Site) const;

  const TuModel &Model;
  BlockingPolicy Policy;
  BlockingFunction ByAnnotation;
  llvm::DenseMap<const FunctionFacts *, Step> Steps; ///< For functions that may block.
};

} // namespace abide

#endif
