//===- GitDiff.h - The files as they were in a revision --------*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_GITDIFF_H
#define ABIDE_TOOL_CLI_GITDIFF_H

#include "Inputs.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/VirtualFileSystem.h"
#include <map>

namespace abide {

/// What the work tree has changed since a revision. Everything outside of it, and what git ignores,
/// counts as unchanged.
class GitDiff {
public:
  /// Asks the git repository around Directory. Between a branch and the revision, what counts is
  /// where the branch began.
  static llvm::Expected<GitDiff> since(const std::string &Revision, const std::string &Directory);

  /// The files as they were. It refers to this object.
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> oldFiles() const;
  /// Whether an input was then what it says; nothing where then is now.
  std::optional<bool> held(const Input &I) const;
  /// For the user.
  const std::vector<std::string> &notes() const { return Notes; }

private:
  class OldFiles;
  /// The text of a file that is there now; nothing if it was not there then.
  using Then = std::optional<std::string>;

  void change(llvm::StringRef Path, Then Text);
  /// What was at Path, if that has changed.
  const Then *at(const llvm::Twine &Path) const;

  std::map<llvm::sys::fs::UniqueID, Then> Changed; ///< Whatever the name that leads there.
  llvm::StringMap<Then> Gone;                      ///< By path.
  std::vector<std::string> Notes;
};

} // namespace abide

#endif
