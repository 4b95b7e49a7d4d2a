//===- ApplyFixes.h - The edits of findings, on disk -----------*- C++ -*-===//

#ifndef ABIDE_TOOL_FIX_APPLYFIXES_H
#define ABIDE_TOOL_FIX_APPLYFIXES_H

#include "Finding.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Chrono.h"
#include <string>
#include <vector>

namespace abide {

/// What became of the fixes of a run.
struct FixOutcome {
  unsigned Offered = 0; ///< Findings that came with edits.
  unsigned Fixed = 0;
  std::vector<std::string> Files;   ///< Those that changed.
  std::vector<std::string> Skipped; ///< Why a fix was left out; it may work in the next run.
  std::vector<std::string> Errors;
};

/// Applies the edits of each finding whole or not at all, in the order given; a fix that overlaps
/// an earlier one is left out. A file is replaced in one step, keeps its permissions, and is left
/// alone when it changed after AnalysedAt, because the offsets are then wrong.
FixOutcome applyFixes(llvm::ArrayRef<Finding> Findings, llvm::sys::TimePoint<> AnalysedAt);

} // namespace abide

#endif
