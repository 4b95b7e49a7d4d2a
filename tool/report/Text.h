//===- Text.h - The report as a compiler would print it --------*- C++ -*-===//

#ifndef ABIDE_TOOL_REPORT_TEXT_H
#define ABIDE_TOOL_REPORT_TEXT_H

#include "Report.h"

namespace abide {

/// Failures, then findings, each with its source line, caret and notes.
void writeText(const Report &R, llvm::raw_ostream &OS, bool Colour);

/// The failures alone, for the readers of a terminal when the report goes elsewhere.
void writeFailures(const Report &R, llvm::raw_ostream &OS, bool Colour);

} // namespace abide

#endif
