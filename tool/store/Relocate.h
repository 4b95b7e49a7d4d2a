//===- Relocate.h - Texts that do not say where they were made -*- C++ -*-===//
//
// Records name files. What is below the working directory is named from there, so that equal
// inputs give equal bytes in whatever directory, on whatever machine they lie, and who reads a
// record finds the files below his own.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_STORE_RELOCATE_H
#define ABIDE_TOOL_STORE_RELOCATE_H

#include "llvm/ADT/StringRef.h"
#include <nlohmann/json.hpp>

namespace abide {

/// J with a mark in place of the absolute path Directory, wherever a text or a key names it or a
/// file below it.
nlohmann::json withoutDirectory(const nlohmann::json &J, llvm::StringRef Directory);

/// J with Directory in place of the marks.
nlohmann::json withDirectory(const nlohmann::json &J, llvm::StringRef Directory);

} // namespace abide

#endif
