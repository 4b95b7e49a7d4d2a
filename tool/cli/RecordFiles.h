//===- RecordFiles.h - Records on disk ------------------------*- C++ -*-===//
//
// Errors name the file and the cure.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_CLI_RECORDFILES_H
#define ABIDE_TOOL_CLI_RECORDFILES_H

#include "UnitRecord.h"

namespace abide {

llvm::Expected<Record> readRecordFile(const std::string &Path);
llvm::Expected<std::vector<Facts>> readToldFile(const std::string &Path);

/// The name of what is made of File: beside it, or below Directory as File lies below the current
/// one.
std::string derivedName(const std::string &File, const std::string &Directory,
                        llvm::StringRef Extension);

/// All of the text, or the file as it was.
llvm::Error writeFile(const std::string &Path, llvm::StringRef Text);
/// The same, with directories on the way; but a file that says this already keeps its time, so that
/// who waits for it need not run.
llvm::Error writeFileIfNew(const std::string &Path, llvm::StringRef Text);

/// The records of a program, and what is wrong with those that are none.
struct Records {
  std::vector<Record> Read;       ///< In the order of Paths.
  std::vector<std::string> Paths; ///< Of those that could be read.
  std::vector<Failure> Lost;
};
Records readRecordFiles(llvm::ArrayRef<std::string> Paths);

} // namespace abide

#endif
