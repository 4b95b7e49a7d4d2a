//===- CacheFiles.cpp - The files of a cache directory --------------------===//

#include "CacheFiles.h"
#include "Segment.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace abide {

std::vector<std::string> segmentsIn(const std::string &Directory) {
  std::vector<std::string> Files;
  std::error_code EC;
  for (sys::fs::directory_iterator I(Directory, EC), End; I != End && !EC; I.increment(EC))
    if (StringRef(I->path()).ends_with(PartSuffix) || StringRef(I->path()).ends_with(SegmentSuffix))
      Files.push_back(I->path());
  // The older first, so that the later entry wins.
  sort(Files, [](const std::string &A, const std::string &B) {
    auto Key = [](const std::string &Path) {
      sys::fs::file_status S;
      sys::fs::status(Path, S);
      return std::pair(S.getLastModificationTime(), Path);
    };
    return Key(A) < Key(B);
  });
  return Files;
}

std::uint64_t sizeOf(const std::string &Path) {
  std::uint64_t Size = 0;
  return sys::fs::file_size(Path, Size) ? 0 : Size;
}

std::error_code makeCacheDirectory(const std::string &Directory) {
  if (sys::fs::is_directory(Directory))
    return {};
  if (std::error_code EC = sys::fs::create_directories(Directory))
    return EC;
  std::error_code Ignored; // A cache without it is a cache.
  raw_fd_ostream OS(Directory + "/.gitignore", Ignored);
  OS << "*\n";
  OS.close();
  OS.clear_error();
  return {};
}

void removeOthers(const std::string &Directory, StringRef Prefix, std::uint64_t Room) {
  constexpr std::chrono::hours Long(14 * 24);
  std::uint64_t Bytes = 0;
  const std::vector<std::string> Files = segmentsIn(Directory);
  for (const std::string &Path : reverse(Files)) {
    if (sys::path::filename(Path).starts_with(Prefix) || inUse(Path))
      continue;
    sys::fs::file_status S;
    sys::fs::status(Path, S);
    Bytes += S.getSize();
    if (Bytes > Room || S.getLastModificationTime() < std::chrono::system_clock::now() - Long)
      sys::fs::remove(Path);
  }
}

std::error_code cannotRead(const std::string &Directory) {
  std::error_code EC;
  sys::fs::directory_iterator Tried(Directory, EC);
  return EC == std::errc::no_such_file_or_directory ? std::error_code() : EC;
}

Expected<std::uint64_t> clearCache(const std::string &Directory) {
  std::uint64_t Bytes = 0;
  for (const std::string &Path : segmentsIn(Directory)) {
    Bytes += sizeOf(Path);
    if (std::error_code EC = sys::fs::remove(Path))
      return createStringError(EC, "cannot remove '" + Path + "': " + EC.message());
  }
  sys::fs::remove(Directory + "/.gitignore");
  sys::fs::remove(Directory); // What else is in it is not ours.
  return Bytes;
}

} // namespace abide
