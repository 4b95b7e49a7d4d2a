//===- Inputs.cpp - What a result depends on ------------------------------===//

#include "Inputs.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/DataExtractor.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include <chrono>
#include <sys/stat.h>

using namespace llvm;

namespace abide {
namespace {

std::int64_t nanoseconds(const timespec &T) {
  return std::int64_t(T.tv_sec) * 1'000'000'000 + T.tv_nsec;
}

template <typename T> void appendInteger(std::string &Bytes, T Value) {
  char Buffer[sizeof(T)];
  support::endian::write<T, endianness::little>(Buffer, Value);
  Bytes.append(Buffer, sizeof Buffer);
}

bool stillRead(Input &I) {
  std::optional<Stamp> Now = stampOf(I.Path);
  if (!Now)
    return false;
  if (I.At.trusted() && *Now == I.At)
    return true;
  auto Buffer = MemoryBuffer::getFile(I.Path, /*IsText=*/false, /*RequiresNullTerminator=*/false,
                                      /*IsVolatile=*/true);
  if (!Buffer || digestOf((*Buffer)->getBuffer()) != I.Content)
    return false;
  I.At = settled(*Now);
  return true;
}

} // namespace

std::optional<Stamp> stampOf(const std::string &Path) {
  struct stat S;
  if (::stat(Path.c_str(), &S) != 0 || !S_ISREG(S.st_mode))
    return std::nullopt;
  return Stamp{std::uint64_t(S.st_size), S.st_ino, nanoseconds(S.st_mtim), nanoseconds(S.st_ctim)};
}

Stamp settled(const Stamp &S) {
  // The coarsest clock of a file system that is in use ticks every two seconds.
  constexpr std::chrono::seconds Tick(2);
  const auto Now = std::chrono::system_clock::now().time_since_epoch() - Tick;
  const std::int64_t Latest = std::chrono::nanoseconds(Now).count();
  Stamp Kept = S;
  if (S.Modified >= Latest || S.Changed >= Latest)
    Kept.Modified = Kept.Changed = 0;
  return Kept;
}

std::optional<Digest> digestOfNames(const std::string &Directory) {
  std::error_code EC;
  std::vector<std::string> Names;
  for (sys::fs::directory_iterator I(Directory, EC), End; I != End && !EC; I.increment(EC))
    Names.push_back(I->path());
  if (EC)
    return std::nullopt;
  sort(Names);
  std::string All;
  for (const std::string &Name : Names)
    All += Name + '\0';
  return digestOf(All);
}

bool holds(Input &I) {
  if (I.What == Input::Kind::Read)
    return stillRead(I);
  if (I.What == Input::Kind::Listed)
    return digestOfNames(I.Path) == I.Content;
  struct stat S;
  const bool Exists = ::stat(I.Path.c_str(), &S) == 0;
  if (I.What == Input::Kind::Absent || !Exists)
    return (I.What == Input::Kind::Absent) != Exists;
  return S_ISDIR(S.st_mode) == (I.What == Input::Kind::Directory);
}

void append(std::string &Bytes, const Input &I) {
  appendInteger<std::uint32_t>(Bytes, I.Path.size());
  Bytes += I.Path;
  Bytes += char(I.What);
  if (I.What != Input::Kind::Read && I.What != Input::Kind::Listed)
    return;
  Bytes.append(reinterpret_cast<const char *>(I.Content.data()), I.Content.size());
  for (std::uint64_t Value :
       {I.At.Size, I.At.Inode, std::uint64_t(I.At.Modified), std::uint64_t(I.At.Changed)})
    appendInteger(Bytes, Value);
}

std::optional<Input> takeInput(StringRef &Bytes) {
  DataExtractor Data(Bytes, /*IsLittleEndian=*/true, /*AddressSize=*/8);
  DataExtractor::Cursor At(0);
  Input I;
  I.Path = Data.getBytes(At, Data.getU32(At)).str();
  const std::uint8_t What = Data.getU8(At);
  I.What = Input::Kind(What);
  if (I.What == Input::Kind::Read || I.What == Input::Kind::Listed) {
    const StringRef Content = Data.getBytes(At, I.Content.size());
    copy(Content, I.Content.begin());
    I.At.Size = Data.getU64(At);
    I.At.Inode = Data.getU64(At);
    I.At.Modified = Data.getU64(At);
    I.At.Changed = Data.getU64(At);
  }
  Bytes = Bytes.drop_front(At.tell());
  if (Error E = At.takeError()) {
    consumeError(std::move(E));
    return std::nullopt;
  }
  if (What > std::uint8_t(Input::Kind::Read))
    return std::nullopt;
  return I;
}

} // namespace abide
