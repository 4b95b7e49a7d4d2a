//===- Sarif.h - The report as SARIF 2.1.0 ---------------------*- C++ -*-===//

#ifndef ABIDE_TOOL_REPORT_SARIF_H
#define ABIDE_TOOL_REPORT_SARIF_H

#include "Report.h"

namespace abide {

/// Writes one run: rules with their pages, results with the notes as code flows, fixes and
/// fingerprints, and what could not be analysed as notifications of the invocation.
void writeSarif(const Report &R, llvm::raw_ostream &OS);

} // namespace abide

#endif
