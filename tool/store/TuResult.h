//===- TuResult.h - What is known of one translation unit ------*- C++ -*-===//

#ifndef ABIDE_TOOL_STORE_TURESULT_H
#define ABIDE_TOOL_STORE_TURESULT_H

#include "Facts.h"
#include "Inputs.h"
#include "Report.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace abide {

/// What the checks have to say about one translation unit.
struct TuResult {
  std::vector<Finding> Findings;
  std::vector<Failure> Failures;
  std::vector<std::string> Notes;
  UnitSummary Shows;            ///< What other units need to know of this one.
  std::vector<Input> DependsOn; ///< Every path that was looked at. No part of the record.
  bool Repeatable = false;      ///< None of these has changed since. No part of the record.
};

/// The one record of a result outside memory: CBOR that begins with the versions of the format and
/// of the tool. Equal results give equal bytes.
std::string encode(const TuResult &Result);

/// Reads what encode() wrote. Anything else, also what another version wrote, is an error whose
/// text is a predicate, for who knows a name of the record: "is no record of abide".
llvm::Expected<TuResult> decodeTuResult(llvm::StringRef Bytes);

} // namespace abide

#endif
