//===- Segment.h - A file of the cache -------------------------*- C++ -*-===//
//
// Entries one after the other, each with its length and a checksum: what a run that was killed has
// written so far is good, and a byte that a disk lost spoils one entry.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_STORE_SEGMENT_H
#define ABIDE_TOOL_STORE_SEGMENT_H

#include "Inputs.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <memory>

namespace abide {

/// Names of files in the cache directory: NAME.part while its run may still write to it, then
/// NAME.segment. NAME begins with what says which build of the tool can read it.
constexpr llvm::StringLiteral PartSuffix = ".part", SegmentSuffix = ".segment";

/// Calls Entry for each whole entry of a file's text. Returns false when the text ends early or a
/// checksum is wrong.
bool readSegment(llvm::StringRef Text, llvm::function_ref<void(llvm::StringRef Entry)> Entry);

/// A file that grows by entries.
class SegmentWriter {
public:
  /// Makes Directory/PREFIXxxxxxxxx.part and locks it, so that others see that it is in use.
  static llvm::Expected<std::unique_ptr<SegmentWriter>> create(llvm::StringRef Directory,
                                                               llvm::StringRef Prefix);
  ~SegmentWriter();

  /// After the first error nothing is written any more.
  void add(llvm::StringRef Entry);
  /// What went wrong so far; empty when nothing did.
  std::string error() const { return Trouble; }
  /// Gives the file its lasting name, or removes it when something went wrong.
  void finish();
  llvm::StringRef path() const { return Path; }

private:
  SegmentWriter(int FD, llvm::StringRef Path) : FD(FD), OS(FD, /*shouldClose=*/true), Path(Path) {}

  int FD;
  llvm::raw_fd_ostream OS;
  std::string Path, Trouble;
  bool Finished = false;
};

/// True when the run that writes a .part file is still there.
bool inUse(const std::string &Path);

} // namespace abide

#endif
