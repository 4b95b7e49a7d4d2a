//===- Json.h - The report as JSON -----------------------------*- C++ -*-===//
//
// {
//   "version": 1,                    of this format; a new member does not change it
//   "tool": {"name": "abide", "version": "0.1.0"},
//   "findings": [{
//     "check": "async-blocking-call",
//     "level": "warning" | "error",
//     "at": {"path": absolute, "line": 1.., "column": 1.. in bytes, "offset": 0.. in bytes},
//     "message": "...",
//     "ranges": [{"path", "offset", "length"}],
//     "notes": [{"at": as above, "message": "..."}],
//     "edits": [{"replace": {"path", "offset", "length"}, "with": "..."}],  together or not at all
//     "fingerprint": 16 hex digits; the same after lines above were added or removed
//   }],
//   "failures": [{
//     "kind": "compile-error" | "not-analysed" | "configuration" | "interrupted",
//     "file": the translation unit, "at": as above, "message": "...", "notes": as above
//   }],
//   "summary": {"findings": n, "files": n, "translationUnits": n, "analysed": n,
//               "interrupted": bool, "seconds": x}
// }
//
// Text of files that is no UTF-8 has U+FFFD in place of the bytes that are not.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_REPORT_JSON_H
#define ABIDE_TOOL_REPORT_JSON_H

#include "Report.h"

namespace abide {

/// Writes the format above.
void writeJson(const Report &R, llvm::raw_ostream &OS);

} // namespace abide

#endif
