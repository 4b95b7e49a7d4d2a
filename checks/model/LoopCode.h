//===- LoopCode.h - Which functions an event loop runs ---------*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_LOOPCODE_H
#define ABIDE_CHECKS_MODEL_LOOPCODE_H

#include "model/TuModel.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"

namespace abide {

/// How a loop comes to run a function.
enum class LoopEntry : unsigned char {
  Coroutine,
  Awaiter,  ///< await_ready, await_suspend or await_resume: runs with the coroutine that awaits.
  Callback, ///< Given to a loop, which calls it.
};

/// The functions of a TU at which a loop enters the user's code. A coroutine that every caller
/// starts on a pool whose threads may block is none, neither is one given to a thread.
class LoopCode {
public:
  explicit LoopCode(const TuModel &Model);

  struct Function {
    const FunctionFacts *Facts;
    LoopEntry How;
  };
  /// In source order.
  llvm::ArrayRef<Function> functions() const { return All; }
  /// The calls that give this callback to a loop.
  llvm::ArrayRef<const CallSite *> givenBy(const FunctionFacts &Callback) const;

private:
  void giveCallables(const TuModel &Model);
  void findPoolCoroutines(const TuModel &Model);

  std::vector<Function> All;
  llvm::DenseMap<const FunctionFacts *, llvm::SmallVector<const CallSite *, 1>> Callbacks;
  llvm::DenseSet<const FunctionFacts *> Elsewhere; ///< Run, from their start, where they may block.
};

} // namespace abide

#endif
