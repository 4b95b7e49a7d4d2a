//===- Frames.h - What lives in the frame of a coroutine -------*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_FRAMES_H
#define ABIDE_CHECKS_MODEL_FRAMES_H

#include "model/Flow.h"
#include "model/TuModel.h"

namespace abide {

struct FrameVariable {
  const clang::VarDecl *Var;
  uint64_t Bytes;
};

/// The variables that are alive at the suspension at which they take the most.
struct FrameEstimate {
  uint64_t Bytes = 0;
  const Suspension *At = nullptr;
  llvm::SmallVector<FrameVariable, 8> Alive; ///< The largest first.
};

FrameEstimate estimateFrame(const TuModel &Model, const FunctionFacts &F);

} // namespace abide

#endif
