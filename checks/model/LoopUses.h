//===- LoopUses.h - Functions that touch what belongs to a loop -*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_LOOPUSES_H
#define ABIDE_CHECKS_MODEL_LOOPUSES_H

#include "model/TuModel.h"

namespace abide {

/// Tells which objects of a loop a function changes: its arguments, and members of its own object.
void summarizeLoopUses(const TuModel &Model, const FunctionFacts &F, FunctionSummary &Out);

/// Asks that of functions that another thread calls.
void askLoopUses(const TuModel &Model, UnitSummary &Out);

} // namespace abide

#endif
