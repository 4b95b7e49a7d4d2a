//===- Baseline.h - Findings that are known already ------------*- C++ -*-===//

#ifndef ABIDE_TOOL_STORE_BASELINE_H
#define ABIDE_TOOL_STORE_BASELINE_H

#include "Report.h"
#include "llvm/Support/Error.h"
#include <set>

namespace abide {

/// Fingerprints (see Fingerprint.h).
using Baseline = std::set<std::string, std::less<>>;

/// The text of a baseline file: the findings of R, one a line, for people to review.
std::string writeBaseline(const Report &R);

/// Reads what writeBaseline() wrote. Anything else is an error that says how to make a new file;
/// Path is what it names.
llvm::Expected<Baseline> readBaseline(llvm::StringRef Text, llvm::StringRef Path);

/// Takes the findings out of R that are known. Returns how many.
size_t dropKnown(Report &R, const Baseline &Known);

} // namespace abide

#endif
