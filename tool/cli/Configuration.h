//===- Configuration.h - .clang-tidy files and --checks --------*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_CONFIGURATION_H
#define ABIDE_TOOL_CLI_CONFIGURATION_H

#include "HostCompat.h"
#include "Options.h"
#include "Report.h"
#include <set>

namespace abide {

/// The configuration of every file of a run: our defaults, then .clang-tidy files, then the command
/// line, merged by clang-tidy's own provider. Files are read once; workers inherit the cache.
class Configuration {
public:
  explicit Configuration(const CliOptions &Options);
  ~Configuration();

  /// Usage errors of --checks and --header-filter.
  static llvm::Error validate(const CliOptions &Options);

  /// Reads what concerns File and notes its mistakes.
  void load(llvm::StringRef File);
  /// True when at least one check of ours is on for File.
  bool anyCheckFor(llvm::StringRef File);
  /// All that is in force for File, as text.
  const std::string &text(llvm::StringRef File);
  /// Mistakes of the files that were read: syntax, unknown checks of ours, unknown options.
  const std::vector<Failure> &mistakes() const { return Mistakes; }

  /// The .clang-tidy files that were read.
  const std::set<std::string> &files() const { return Files; }

  /// A provider for clang-tidy's context; it refers to this object.
  std::unique_ptr<clang::tidy::ClangTidyOptionsProvider> provider();

private:
  struct Provider;
  void checkSource(const clang::tidy::ClangTidyOptions &Options, llvm::StringRef ConfigFile);
  void mistake(llvm::StringRef ConfigFile, llvm::StringRef Word, const llvm::Twine &Message);

  std::unique_ptr<Provider> Source;
  std::vector<Failure> Mistakes;
  llvm::StringMap<bool> Checked;
  llvm::StringMap<std::string> Texts; ///< By directory.
  std::set<std::string> Files;        ///< That were read.
};

} // namespace abide

#endif
