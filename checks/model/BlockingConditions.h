//===- BlockingConditions.h - When a blocking function does not block -*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_BLOCKINGCONDITIONS_H
#define ABIDE_CHECKS_MODEL_BLOCKINGCONDITIONS_H

#include "model/LoopCode.h"

namespace abide {

/// Whether this call meets the condition under which F returns at once: a zero timeout, a flag, a
/// non-blocking descriptor, a result that is known to be there. Descriptors of unknown mode count
/// as non-blocking unless AssumeBlockingFds.
bool doesNotBlock(const TuModel &Model, const LoopCode &Loop, const FunctionFacts &Caller,
                  const CallSite &Site, const BlockingFunction &F, bool AssumeBlockingFds);

} // namespace abide

#endif
