//===- Fingerprint.h - A finding's identity over time ----------*- C++ -*-===//

#ifndef ABIDE_TOOL_REPORT_FINGERPRINT_H
#define ABIDE_TOOL_REPORT_FINGERPRINT_H

#include "Report.h"
#include "SourceText.h"

namespace abide {

/// One fingerprint per finding of R, in order: 16 hex digits over the check, the file relative to
/// the source root, the text of the line without its blanks, and how many equal ones came before
/// in the file. Lines that move keep theirs; a line that changes loses it.
std::vector<std::string> fingerprints(const Report &R, SourceText Sources = SourceText());

} // namespace abide

#endif
