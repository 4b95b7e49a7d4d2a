//===- BlockingReport.h - What the checks of blocking code share -*- C++ -*-===//

#ifndef ABIDE_CHECKS_BLOCKINGREPORT_H
#define ABIDE_CHECKS_BLOCKINGREPORT_H

#include "Check.h"
#include "model/Blocking.h"
#include "model/Threads.h"

namespace abide {

/// A call in code that a loop runs, from which a chain leads to one that blocks.
struct LoopBlock {
  const FunctionFacts &Function; ///< What the loop runs.
  LoopEntry How;
  const BlockingPath &Chain;
};

/// Calls Report for each call that blocks its loop in this way: at most the option MaxDepth calls
/// away, in no file of the option IgnorePaths, on no path after a switch to a pool.
void forEachLoopBlock(const RuleContext &Context, const Blocking &Blocks, BlockFamily Family,
                      llvm::function_ref<void(const LoopBlock &)> Report);

/// The option's list of qualified names, without leading "::".
std::set<std::string> namesOption(const RuleContext &Context, llvm::StringRef Option);

/// "'fsync'", "the destructor of 'file'".
std::string firstCall(const BlockingPath &Chain);
std::string lastCall(const BlockingPath &Chain);
/// A finding at the first call of the chain, with the notes that lead to its end.
Diag atFirstCall(const TuModel &Model, const LoopBlock &Found, const llvm::Twine &Message);

/// What to do instead, from the table of the function, or of the library of the coroutine's type.
std::string blockingCure(const TuModel &Model, const LoopBlock &Found);

} // namespace abide

#endif
