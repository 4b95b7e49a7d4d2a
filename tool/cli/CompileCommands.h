//===- CompileCommands.h - Which translation units a run looks at -*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_COMPILECOMMANDS_H
#define ABIDE_TOOL_CLI_COMPILECOMMANDS_H

#include "Options.h"
#include "Report.h"

namespace abide {

/// One compile command of one file.
struct TranslationUnit {
  std::string File;      ///< Absolute, without "." and "..".
  std::string Directory; ///< Where relative paths of the command start.
  std::vector<std::string> Args;
};

/// What is to be analysed, and what of it cannot be.
struct Program {
  std::vector<TranslationUnit> Units; ///< Sorted by file.
  std::vector<Failure> Failures;
  std::vector<std::string> Notes;
  std::string BuildDir; ///< Where compile_commands.json really is; empty without one.
  std::string Database; ///< The file that says how units are compiled; empty for none.
};

/// An error that is the user's slip on the command line; others are troubles of the project.
class UsageError : public llvm::ErrorInfo<UsageError> {
public:
  static char ID;
  explicit UsageError(const llvm::Twine &Message) : Message(Message.str()) {}
  void log(llvm::raw_ostream &OS) const override;
  std::error_code convertToErrorCode() const override;

private:
  std::string Message;
};

/// Program::BuildDir, without a look into the database.
llvm::Expected<std::string> findBuildDir(const CliOptions &Options);

/// Finds the compilation database and selects what FILES and DIRS name; everything without them.
llvm::Expected<Program> loadProgram(const CliOptions &Options);

} // namespace abide

#endif
