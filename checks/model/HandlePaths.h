//===- HandlePaths.h - What a path does to one handle ----------*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_HANDLEPATHS_H
#define ABIDE_CHECKS_MODEL_HANDLEPATHS_H

#include "model/Flow.h"
#include "model/Promises.h"

namespace abide {

enum class HandleFault : unsigned char {
  DestroyedTwice,
  UsedDestroyed,    ///< Resumed or asked after it was destroyed.
  ResumedAtEnd,     ///< Resumed where done() has said yes.
  AskedAfterEnding, ///< Asked or destroyed after a resume at whose end the frame destroys itself.
};

struct HandleMisuse {
  HandleFault What;
  const clang::Stmt *At;
  const clang::Stmt *Before; ///< What makes it a fault.
  HandlePlace Place;
  llvm::SmallVector<FlowStep, 4> Way;
};

/// Faults of handles in variables and members that one function handles from end to end.
std::vector<HandleMisuse> handleMisuses(const TuModel &Model, const Promises &Types,
                                        const FunctionFacts &F);

} // namespace abide

#endif
