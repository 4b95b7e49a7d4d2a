//===- SourceText.h - The text that findings point into --------*- C++ -*-===//

#ifndef ABIDE_TOOL_REPORT_SOURCETEXT_H
#define ABIDE_TOOL_REPORT_SOURCETEXT_H

#include "Finding.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/VirtualFileSystem.h"
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace abide {

/// Reads each file once. A file that is gone has no text: everything here then answers emptily.
class SourceText {
public:
  explicit SourceText(
      llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> FS = llvm::vfs::getRealFileSystem())
      : FS(std::move(FS)) {}

  llvm::StringRef text(const std::string &Path);

  /// The line around a byte offset, without its end.
  llvm::StringRef lineAt(const std::string &Path, std::uint32_t Offset);

  /// The lines First to Last (1-based, inclusive) as far as they exist.
  struct Lines {
    unsigned First, Last;
    llvm::StringRef Text;
  };
  Lines lines(const std::string &Path, unsigned First, unsigned Last);

  /// 1-based line and 1-based column in UTF-16 code units, as SARIF counts. A byte that is no UTF-8
  /// counts as the one replacement character that a reader shows for it.
  std::pair<unsigned, unsigned> positionUtf16(const std::string &Path, std::uint32_t Offset);

private:
  struct File {
    std::unique_ptr<llvm::MemoryBuffer> Buffer;
    std::vector<std::uint32_t> LineStarts;
  };
  const File &open(const std::string &Path);
  unsigned lineIndex(const File &F, std::uint32_t Offset) const;

  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> FS;
  std::map<std::string, File> Files;
};

/// Every byte sequence that is no UTF-8 replaced by U+FFFD.
std::string validUtf8(llvm::StringRef Text);

} // namespace abide

#endif
