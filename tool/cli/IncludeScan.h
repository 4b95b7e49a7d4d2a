//===- IncludeScan.h - What units ask of the preprocessor ------*- C++ -*-===//
//
// A lexical look at the user's files of a unit, without preprocessing: thousands of lines of system
// headers cost nothing here.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_CLI_INCLUDESCAN_H
#define ABIDE_TOOL_CLI_INCLUDESCAN_H

#include "clang/Basic/FileEntry.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace clang {
class CompilerInstance;
}

namespace abide {

/// A name in the directives of a unit's own files. Positions count directives, headers inlined.
struct DirectiveName {
  std::string Name;
  unsigned At = 0;
};

struct UnitDirectives {
  std::vector<DirectiveName> Headers; ///< System headers that every reading includes, once each.
  std::vector<DirectiveName> Defined; ///< Macros that some reading defines or undefines.
  std::vector<DirectiveName> Tested;  ///< Identifiers in #if and its kin.
};

/// Looks at units that are compiled with the same flags.
class IncludeScan {
public:
  /// The compiler must have its preprocessor, and outlive the scan.
  explicit IncludeScan(clang::CompilerInstance &Compiler);
  ~IncludeScan();

  /// File is absolute. Empty for a unit of which nothing certain can be said, one with modules say.
  UnitDirectives unit(llvm::StringRef File);

  /// The bytes of these system headers and of all that they may include.
  std::uint64_t weight(llvm::ArrayRef<std::string> Headers);

private:
  struct Directive;
  struct File;
  struct Found {
    const File *Of = nullptr; ///< Null for nothing.
    bool System = false;
  };
  class Reading;

  const File *file(clang::FileEntryRef Ref);
  Found find(llvm::StringRef Name, bool Angled, const File *Includer);

  clang::CompilerInstance &Compiler;
  llvm::DenseMap<const clang::FileEntry *, std::unique_ptr<File>> Files;
  llvm::StringMap<Found>
      FoundByPath; ///< Without the includer's directory; '<' or '"' and the name.
};

} // namespace abide

#endif
