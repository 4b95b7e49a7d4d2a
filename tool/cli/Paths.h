//===- Paths.h - One spelling per file -------------------------*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_PATHS_H
#define ABIDE_TOOL_CLI_PATHS_H

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <string>

namespace abide {

/// Path as seen from Directory (from the current one when that is empty), without "." and "..".
inline std::string absolutePath(llvm::StringRef Path, llvm::StringRef Directory = "") {
  llvm::SmallString<256> Out(Directory);
  if (llvm::sys::path::is_absolute(Path))
    Out = Path;
  else
    llvm::sys::path::append(Out, Path);
  llvm::sys::fs::make_absolute(Out);
  llvm::sys::path::remove_dots(Out, /*remove_dot_dot=*/true);
  return Out.str().str();
}

} // namespace abide

#endif
