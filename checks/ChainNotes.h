//===- ChainNotes.h - What other units show, as notes ----------*- C++ -*-===//

#ifndef ABIDE_CHECKS_CHAINNOTES_H
#define ABIDE_CHECKS_CHAINNOTES_H

#include "Diag.h"
#include "Facts.h"

namespace abide {

class TuModel;

/// Adds a note at a place in a file that this unit may not have read. A place that is gone is told
/// in words.
void noteElsewhere(Diag &D, const TuModel &Model, const ChainCall &At, std::string Words);

} // namespace abide

#endif
