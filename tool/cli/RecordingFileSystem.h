//===- RecordingFileSystem.h - What a unit looked at -----------*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_RECORDINGFILESYSTEM_H
#define ABIDE_TOOL_CLI_RECORDINGFILESYSTEM_H

#include "Inputs.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace abide {

/// The files below it, and a memory of every path that was asked for.
class RecordingFileSystem : public llvm::vfs::ProxyFileSystem {
public:
  using ProxyFileSystem::ProxyFileSystem;

  llvm::ErrorOr<llvm::vfs::Status> status(const llvm::Twine &Path) override;
  bool exists(const llvm::Twine &Path) override;
  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine &Path) override;
  llvm::vfs::directory_iterator dir_begin(const llvm::Twine &Dir, std::error_code &EC) override;

  /// Directory and what is below it are no part of what a result depends on.
  void ignoreBelow(llvm::StringRef Directory) { Ignored = (Directory + "/").str(); }

  /// Another thing that the result depends on, seen in another way.
  void add(Input I);

  /// Everything that was asked for, sorted. Repeatable becomes false when some of it has changed
  /// since, or cannot be asked for twice, as a pipe: the result is then of no use to a later run.
  std::vector<Input> take(bool &Repeatable);

private:
  class RecordedFile;
  void note(const llvm::Twine &Path, Input::Kind What);
  bool isIgnored(const llvm::Twine &Path) const {
    return !Ignored.empty() && llvm::StringRef(Path.str() + "/").starts_with(Ignored);
  }

  std::string Ignored;
  llvm::StringMap<Input> Seen;
  bool Steady = true;
};

} // namespace abide

#endif
