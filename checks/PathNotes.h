//===- PathNotes.h - A path through a function as notes --------*- C++ -*-===//

#ifndef ABIDE_CHECKS_PATHNOTES_H
#define ABIDE_CHECKS_PATHNOTES_H

#include "Diag.h"
#include "model/Flow.h"

namespace abide {

/// Adds one note for each decision that leads to a finding, at most the last four: which way a
/// condition went, and where an exception came from.
void addPath(Diag &D, llvm::ArrayRef<FlowStep> Steps);

} // namespace abide

#endif
