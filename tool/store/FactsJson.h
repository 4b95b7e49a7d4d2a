//===- FactsJson.h - Summaries and facts as JSON or CBOR -------*- C++ -*-===//

#ifndef ABIDE_TOOL_STORE_FACTSJSON_H
#define ABIDE_TOOL_STORE_FACTSJSON_H

#include "Facts.h"
#include "llvm/Support/Error.h"
#include <nlohmann/json.hpp>

namespace abide {

// Missing or mistyped members read as empty: nothing here can fail or throw.
void to_json(nlohmann::json &J, const UnitSummary &S);
void from_json(const nlohmann::json &J, UnitSummary &S);

/// The text of a facts file, one function a line, sorted.
std::string writeFacts(const Facts &F);

/// Reads what writeFacts() wrote. Text that is none, or of another version, is an error that says
/// how to make a new file; Path is what it names.
llvm::Expected<Facts> readFacts(llvm::StringRef Text, llvm::StringRef Path);

} // namespace abide

#endif
