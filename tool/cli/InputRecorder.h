//===- InputRecorder.h - Which files an analysis reads ---------*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_INPUTRECORDER_H
#define ABIDE_TOOL_CLI_INPUTRECORDER_H

#include "Paths.h"
#include "llvm/Support/VirtualFileSystem.h"
#include <set>

namespace abide {

/// The files of the machine, seen from Directory, and a list of those that were opened.
class InputRecorder : public llvm::vfs::ProxyFileSystem {
public:
  explicit InputRecorder(const std::string &Directory)
      : ProxyFileSystem(llvm::vfs::createPhysicalFileSystem()), Directory(Directory) {
    setCurrentWorkingDirectory(Directory);
  }

  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>>
  openFileForRead(const llvm::Twine &Path) override {
    auto File = ProxyFileSystem::openFileForRead(Path);
    if (File)
      Opened.insert(absolutePath(Path.str(), Directory));
    // A build system may put links to the files where it runs us: what lies behind is not to be
    // named.
    return llvm::vfs::File::getWithPath(std::move(File), Path);
  }

  /// Absolute paths, sorted.
  std::vector<std::string> take() const { return {Opened.begin(), Opened.end()}; }

private:
  std::string Directory;
  std::set<std::string> Opened;
};

} // namespace abide

#endif
