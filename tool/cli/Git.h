//===- Git.h - Questions to git --------------------------------*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_GIT_H
#define ABIDE_TOOL_CLI_GIT_H

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace abide {

/// A file that differs between a revision and the work tree.
struct GitChange {
  std::string Path;    ///< Below the top of the work tree.
  std::string OldBlob; ///< The object that it was; empty when there was no file.
  bool Submodule = false;
};

class Git {
public:
  /// The repository around Directory.
  static llvm::Expected<Git> open(const std::string &Directory);

  /// The top of the work tree, without symbolic links.
  const std::string &top() const { return Top; }
  /// The commit that Revision and HEAD both come from; that of Revision when none is known.
  llvm::Expected<std::string> base(const std::string &Revision) const;
  /// What differs from a commit, untracked files too. A file that was renamed was then both where
  /// it was and where it is now: its findings are not new.
  llvm::Expected<std::vector<GitChange>> changes(const std::string &Commit) const;
  /// The bytes of objects, by name.
  llvm::Expected<llvm::StringMap<std::string>> blobs(const std::vector<std::string> &Names) const;

private:
  /// Standard output of "git ARGS", or what it said on standard error.
  llvm::Expected<std::string> ask(std::vector<llvm::StringRef> Args,
                                  llvm::StringRef Input = "") const;

  std::string Program, Top;
};

} // namespace abide

#endif
