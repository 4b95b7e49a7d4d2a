//===- Segment.cpp - A file of the cache ----------------------------------===//

#include "Segment.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;
using namespace llvm::support;

namespace abide {

static constexpr size_t HeaderSize = 12; ///< Length in 4 bytes, checksum in 8.

bool readSegment(StringRef Text, function_ref<void(StringRef)> Entry) {
  bool Whole = true;
  while (Text.size() >= HeaderSize) {
    const size_t Size = endian::read32le(Text.data());
    const std::uint64_t Sum = endian::read64le(Text.data() + 4);
    if (Text.size() - HeaderSize < Size)
      return false;
    const StringRef Body = Text.substr(HeaderSize, Size);
    if (xxh3_64bits(Body) == Sum)
      Entry(Body);
    else
      Whole = false;
    Text = Text.drop_front(HeaderSize + Size);
  }
  return Whole && Text.empty();
}

Expected<std::unique_ptr<SegmentWriter>> SegmentWriter::create(StringRef Directory,
                                                               StringRef Prefix) {
  SmallString<256> Model(Directory), Path;
  sys::path::append(Model, Prefix + "%%%%%%%%" + PartSuffix);
  int FD = -1;
  if (std::error_code EC = sys::fs::createUniqueFile(Model, FD, Path))
    return createStringError(EC, EC.message());
  (void)sys::fs::tryLockFile(FD, std::chrono::milliseconds(0)); // Where there are no locks, age.
  return std::unique_ptr<SegmentWriter>(new SegmentWriter(FD, Path));
}

SegmentWriter::~SegmentWriter() {
  if (!Finished)
    finish();
}

void SegmentWriter::add(StringRef Entry) {
  if (!Trouble.empty())
    return;
  char Header[HeaderSize];
  endian::write32le(Header, Entry.size());
  endian::write64le(Header + 4, xxh3_64bits(Entry));
  OS << StringRef(Header, HeaderSize) << Entry;
  OS.flush(); // What a kill leaves is whole; and no child of ours inherits a full buffer.
  if (OS.has_error()) {
    Trouble = OS.error().message();
    OS.clear_error();
  }
}

void SegmentWriter::finish() {
  Finished = true;
  OS.close();
  OS.clear_error();
  StringRef Name = Path;
  Name.consume_back(PartSuffix);
  if (!Trouble.empty() || sys::fs::rename(Path, Name + SegmentSuffix))
    sys::fs::remove(Path);
}

bool inUse(const std::string &Path) {
  Expected<sys::fs::file_t> File =
      sys::fs::openNativeFileForReadWrite(Path, sys::fs::CD_OpenExisting, sys::fs::OF_None);
  if (!File) {
    consumeError(File.takeError());
    return true; // Whose it is cannot be told.
  }
  const bool Locked = bool(sys::fs::tryLockFile(*File, std::chrono::milliseconds(0)));
  sys::fs::closeFile(*File);
  return Locked;
}

} // namespace abide
