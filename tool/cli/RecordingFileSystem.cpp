//===- RecordingFileSystem.cpp - What a unit looked at --------------------===//

#include "RecordingFileSystem.h"
#include "llvm/ADT/SmallString.h"

using namespace llvm;

namespace abide {

/// Remembers the bytes that its reader was given: the file may have others a moment later.
class RecordingFileSystem::RecordedFile : public vfs::File {
public:
  RecordedFile(std::unique_ptr<vfs::File> Real, RecordingFileSystem &Owner, Input Seen)
      : Real(std::move(Real)), Owner(Owner), Seen(std::move(Seen)) {}

  ErrorOr<vfs::Status> status() override { return Real->status(); }
  ErrorOr<std::string> getName() override { return Real->getName(); }
  std::error_code close() override { return Real->close(); }

  ErrorOr<std::unique_ptr<MemoryBuffer>> getBuffer(const Twine &Name, int64_t FileSize,
                                                   bool RequiresNullTerminator,
                                                   bool IsVolatile) override {
    auto Buffer = Real->getBuffer(Name, FileSize, RequiresNullTerminator, IsVolatile);
    if (Buffer) {
      Seen.Content = digestOf((*Buffer)->getBuffer());
      Owner.add(Seen);
    }
    return Buffer;
  }

private:
  std::unique_ptr<vfs::File> Real;
  RecordingFileSystem &Owner;
  Input Seen;
};

ErrorOr<vfs::Status> RecordingFileSystem::status(const Twine &Path) {
  auto Status = ProxyFileSystem::status(Path);
  note(Path, !Status                 ? Input::Kind::Absent
             : Status->isDirectory() ? Input::Kind::Directory
                                     : Input::Kind::Present);
  return Status;
}

bool RecordingFileSystem::exists(const Twine &Path) { return bool(status(Path)); }

ErrorOr<std::unique_ptr<vfs::File>> RecordingFileSystem::openFileForRead(const Twine &Path) {
  // A build system may put links to the files where it runs us: what lies behind is not to be named.
  auto File = vfs::File::getWithPath(ProxyFileSystem::openFileForRead(Path), Path);
  if (isIgnored(Path))
    return File;
  if (!File) {
    note(Path, Input::Kind::Absent);
    return File;
  }
  auto Status = (*File)->status();
  if (Status && Status->isDirectory()) {
    note(Path, Input::Kind::Directory);
    return File;
  }
  SmallString<256> Absolute;
  Path.toVector(Absolute);
  makeAbsolute(Absolute);
  std::optional<Stamp> Now = stampOf(Absolute.str().str());
  // A pipe gives its bytes once; and the name may belong to another file by now.
  if (!Now || !Status || Now->Inode != Status->getUniqueID().getFile() ||
      Now->Size != Status->getSize()) {
    Steady = false;
    return File;
  }
  Input Seen{Absolute.str().str(), Input::Kind::Read, {}, *Now};
  return std::make_unique<RecordedFile>(std::move(*File), *this, std::move(Seen));
}

vfs::directory_iterator RecordingFileSystem::dir_begin(const Twine &Dir, std::error_code &EC) {
  SmallString<256> Absolute;
  Dir.toVector(Absolute);
  makeAbsolute(Absolute);
  if (std::optional<Digest> Names = digestOfNames(Absolute.str().str()))
    add({Absolute.str().str(), Input::Kind::Listed, *Names, {}});
  else
    note(Dir, Input::Kind::Absent);
  return ProxyFileSystem::dir_begin(Dir, EC);
}

void RecordingFileSystem::note(const Twine &Path, Input::Kind What) {
  if (isIgnored(Path))
    return;
  SmallString<256> Absolute;
  Path.toVector(Absolute);
  makeAbsolute(Absolute);
  add({Absolute.str().str(), What, {}, {}});
}

void RecordingFileSystem::add(Input I) {
  auto [Known, New] = Seen.try_emplace(I.Path, I);
  if (New)
    return;
  Input &Old = Known->second;
  using Kind = Input::Kind;
  auto IsFile = [](Kind K) { return K == Kind::Present || K == Kind::Read; };
  auto IsDirectory = [](Kind K) { return K == Kind::Directory || K == Kind::Listed; };
  const bool SameSort =
      IsFile(Old.What) == IsFile(I.What) && IsDirectory(Old.What) == IsDirectory(I.What);
  const bool OldTellsMore = Old.What == Kind::Read || Old.What == Kind::Listed;
  const bool NewTellsMore = I.What == Kind::Read || I.What == Kind::Listed;
  if (!SameSort || (OldTellsMore && NewTellsMore && Old.Content != I.Content))
    Steady = false;
  else if (NewTellsMore)
    Old = std::move(I);
}

std::vector<Input> RecordingFileSystem::take(bool &Repeatable) {
  std::vector<Input> All;
  for (auto &Entry : Seen) {
    Input &I = Entry.second;
    if (I.What == Input::Kind::Read) {
      Steady &= stampOf(I.Path) == I.At;
      I.At = settled(I.At);
    }
    All.push_back(std::move(I));
  }
  Repeatable = Steady;
  sort(All, [](const Input &A, const Input &B) { return A.Path < B.Path; });
  return All;
}

} // namespace abide
