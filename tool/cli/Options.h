//===- Options.h - The command line of abide -------------------*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_OPTIONS_H
#define ABIDE_TOOL_CLI_OPTIONS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace abide {

enum class Command { Check, Summarize, Tell, Link, Commands, Cache, ListChecks, Explain, Trace };
enum class OutputFormat { Text, Json, Sarif };

/// What scripts may rely on.
enum ExitCode : int {
  ExitClean = 0,
  ExitFindings = 1,
  ExitIncomplete = 2, ///< Something could not be analysed or written.
  ExitUsage = 64,
};

struct CliOptions {
  std::optional<Command> Cmd; ///< Absent only with WantHelp or WantVersion.
  bool WantHelp = false;
  bool WantVersion = false;
  /// FILES and DIRS of check; the source of summarize; records; the check of explain; the file of
  /// trace.
  std::vector<std::string> Operands;
  std::string BuildDir;
  /// What follows `--`: the flags that compile the files, in place of a compilation database.
  std::optional<std::vector<std::string>> CompilerFlags;
  std::optional<std::string> Checks;
  std::optional<std::string> HeaderFilter;
  OutputFormat Format = OutputFormat::Text;
  std::string Output;
  std::optional<std::string> DiffBase; ///< Findings of this revision are known.
  std::string BaselineFile;            ///< Findings that are known already; empty for none.
  std::string WriteBaselineFile;       ///< Where to write those of this run; empty for nowhere.
  std::string DepFile;                 ///< Where summarize names its inputs; empty for nowhere.
  std::string Again; ///< The record of the units that summarize looks at again; empty for none.
  std::string Told;  ///< What that is told; empty: beside it.
  bool ExitZero = false;
  std::string FactsFile;  ///< Where to write what is known of all functions; empty for nowhere.
  unsigned Jobs = 0;      ///< 0: one per hardware thread.
  unsigned Timeout = 600; ///< Seconds for a translation unit; 0 for no limit.
  unsigned Memory = 0;    ///< MiB for a worker; 0 for no limit.
  std::vector<std::string> ThirdParty; ///< Directories whose headers are not the user's.
  bool NoSharedHeaders = false;
  std::string CacheDir;      ///< Empty: in the build directory.
  unsigned CacheSize = 2048; ///< MiB.
  bool NoCache = false;
  bool ShowCache = false;
  bool ClearCache = false;
  bool Quiet = false;
  bool Fix = false;
};

/// Reads the arguments after argv[0]. Errors name the culprit and the nearest thing that exists.
llvm::Expected<CliOptions> parseCommandLine(llvm::ArrayRef<const char *> Args);

/// The text of --help, for one command or, without any, for the tool.
std::string helpText(std::optional<Command> Cmd);

/// The candidate nearest to Word; empty when none is near enough to be a slip.
llvm::StringRef nearest(llvm::StringRef Word, llvm::ArrayRef<llvm::StringRef> Candidates);

/// "; did you mean 'x'?" or nothing.
std::string didYouMean(llvm::StringRef Word, llvm::ArrayRef<llvm::StringRef> Candidates);

} // namespace abide

#endif
