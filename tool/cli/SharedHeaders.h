//===- SharedHeaders.h - System headers parsed once for many units -*- C++ -*-===//
//
// Most of what a compiler reads in a unit of asynchronous C++ are system headers, the same ones in
// every unit. Units with the same flags that include the same system headers share a precompiled
// header of them. It is made for one run and read by the Clang that wrote it.
//
// A unit may use one if it would read the same declarations without: it includes each of its
// headers whatever the macros are, no macro that it defines before means anything in them, and it
// asks for no macro of theirs before it includes them. What is left (a name that is ambiguous only
// because it is declared earlier, say) breaks the parse, and then the unit is parsed without.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_CLI_SHAREDHEADERS_H
#define ABIDE_TOOL_CLI_SHAREDHEADERS_H

#include "CompileCommands.h"
#include "Configuration.h"
#include "IncludeScan.h"

namespace abide {

class RecordingFileSystem;

class SharedHeaders {
public:
  /// Reads the user's files of These of the units and decides what to precompile, which may be
  /// nothing.
  SharedHeaders(llvm::ArrayRef<TranslationUnit> Units, llvm::ArrayRef<unsigned> These,
                Configuration &Config);
  /// Removes what was written.
  ~SharedHeaders();
  SharedHeaders(const SharedHeaders &) = delete;
  SharedHeaders &operator=(const SharedHeaders &) = delete;

  /// How many there are to build.
  unsigned size() const { return Plans.size(); }
  /// Builds one; any process may do it. One that cannot be built is not used.
  void build(unsigned Index) const;
  /// Looks what was built, and decides which units use it.
  void settle();

  /// The precompiled header of a unit; empty for none.
  llvm::StringRef of(unsigned Unit) const { return ByUnit[Unit]; }

private:
  struct Plan {
    std::vector<std::string> Headers;
    std::vector<unsigned> Units;
    std::vector<std::string> Command; ///< Without the file.
    std::string Directory;            ///< In which the command is understood.
    std::string Path;                 ///< Of all files that belong to it, without extension.
  };

  void plan(llvm::ArrayRef<unsigned> Group, std::vector<std::string> Command);
  void choose(IncludeScan &Scan, llvm::ArrayRef<unsigned> Group, const Plan &Common);

  llvm::ArrayRef<TranslationUnit> Units;
  std::string Folder; ///< Empty while there is none.
  std::vector<Plan> Plans;
  std::vector<UnitDirectives> Asked; ///< By unit.
  std::vector<std::string> ByUnit;
};

/// Lets Files know on what a unit with this precompiled header depends: on all that was looked at
/// to make it, and not on the file itself.
void recordSharedHeader(llvm::StringRef Path, RecordingFileSystem &Files);

} // namespace abide

#endif
