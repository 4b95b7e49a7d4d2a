//===- UserVocabulary.h - The user's own table of names --------*- C++ -*-===//

#ifndef ABIDE_TOOL_TIDY_USERVOCABULARY_H
#define ABIDE_TOOL_TIDY_USERVOCABULARY_H

#include "vocabulary/Vocabulary.h"
#include "clang/Basic/FileManager.h"

namespace abide {

/// The embedded vocabulary plus the file Path; only the embedded one when Path is empty. A relative
/// path is looked for in the directory of MainFile and its parents, as .clang-tidy is. Files are
/// read once per process and content.
llvm::Expected<std::shared_ptr<const Vocabulary>>
loadUserVocabulary(llvm::StringRef Path, llvm::StringRef MainFile, clang::FileManager &Files);

} // namespace abide

#endif
