//===- UserFiles.h - Files that options name -------------------*- C++ -*-===//
//
// A relative path is looked for in the directory of MainFile and its parents, as .clang-tidy is.
// Files are read once per process and content.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_TIDY_USERFILES_H
#define ABIDE_TOOL_TIDY_USERFILES_H

#include "Facts.h"
#include "vocabulary/Vocabulary.h"
#include "clang/Basic/FileManager.h"

namespace abide {

template <typename T>
using Loader = llvm::Expected<std::shared_ptr<const T>> (*)(llvm::StringRef Path,
                                                            llvm::StringRef MainFile,
                                                            clang::FileManager &Files);

/// The embedded vocabulary plus the file Path; only the embedded one when Path is empty.
llvm::Expected<std::shared_ptr<const Vocabulary>>
loadUserVocabulary(llvm::StringRef Path, llvm::StringRef MainFile, clang::FileManager &Files);

/// The facts of the file Path; none when Path is empty.
llvm::Expected<std::shared_ptr<const Facts>>
loadUserFacts(llvm::StringRef Path, llvm::StringRef MainFile, clang::FileManager &Files);

} // namespace abide

#endif
