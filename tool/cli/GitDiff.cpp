//===- GitDiff.cpp - The files as they were in a revision -----------------===//

#include "GitDiff.h"
#include "Git.h"
#include "Paths.h"

using namespace llvm;

namespace abide {
namespace {

/// A text where a file is, or was.
class TextFile : public vfs::File {
public:
  TextFile(vfs::Status S, StringRef Text) : S(std::move(S)), Text(Text) {}

  ErrorOr<vfs::Status> status() override { return S; }
  ErrorOr<std::unique_ptr<MemoryBuffer>> getBuffer(const Twine &Name, int64_t, bool,
                                                   bool) override {
    return MemoryBuffer::getMemBufferCopy(Text, Name);
  }
  std::error_code close() override { return {}; }

private:
  vfs::Status S;
  StringRef Text;
};

} // namespace

/// Files that are gone lie in a file system in memory, below; here is what changed.
class GitDiff::OldFiles : public vfs::ProxyFileSystem {
public:
  OldFiles(IntrusiveRefCntPtr<vfs::FileSystem> Base, const GitDiff &Diff)
      : ProxyFileSystem(std::move(Base)), Diff(Diff) {}

  ErrorOr<vfs::Status> status(const Twine &Path) override {
    ErrorOr<vfs::Status> Now = ProxyFileSystem::status(Path);
    const Then *Old = Now ? find(*Now) : nullptr;
    if (!Old)
      return Now;
    if (!*Old)
      return std::make_error_code(std::errc::no_such_file_or_directory);
    return vfs::Status::copyWithNewSize(*Now, (*Old)->size());
  }

  bool exists(const Twine &Path) override { return bool(status(Path)); }

  ErrorOr<std::unique_ptr<vfs::File>> openFileForRead(const Twine &Path) override {
    auto File = ProxyFileSystem::openFileForRead(Path);
    if (!File)
      return File;
    ErrorOr<vfs::Status> Now = (*File)->status();
    const Then *Old = Now ? find(*Now) : nullptr;
    if (!Old)
      return File;
    if (!*Old)
      return std::make_error_code(std::errc::no_such_file_or_directory);
    return std::make_unique<TextFile>(vfs::Status::copyWithNewSize(*Now, (*Old)->size()), **Old);
  }

private:
  const Then *find(const vfs::Status &Now) const {
    auto At = Diff.Changed.find(Now.getUniqueID());
    return At == Diff.Changed.end() ? nullptr : &At->second;
  }

  const GitDiff &Diff;
};

void GitDiff::change(StringRef Path, Then Text) {
  sys::fs::UniqueID Id;
  if (!sys::fs::getUniqueID(Path, Id))
    Changed[Id] = std::move(Text);
  else if (Text)
    Gone[Path] = std::move(Text);
}

Expected<GitDiff> GitDiff::since(const std::string &Revision, const std::string &Directory) {
  Expected<Git> Repository = Git::open(Directory);
  if (!Repository)
    return Repository.takeError();
  Expected<std::string> Base = Repository->base(Revision);
  if (!Base)
    return Base.takeError();
  Expected<std::vector<GitChange>> Changes = Repository->changes(*Base);
  if (!Changes)
    return Changes.takeError();
  std::vector<std::string> Names;
  for (const GitChange &C : *Changes)
    if (!C.OldBlob.empty())
      Names.push_back(C.OldBlob);
  Expected<StringMap<std::string>> Blobs = Repository->blobs(Names);
  if (!Blobs)
    return Blobs.takeError();
  GitDiff Diff;
  for (const GitChange &C : *Changes) {
    if (C.Submodule)
      Diff.Notes.push_back("submodule '" + C.Path +
                           "' differs: what its change brings is not taken for new");
    else
      Diff.change(Repository->top() + "/" + C.Path,
                  C.OldBlob.empty() ? Then() : Then((*Blobs)[C.OldBlob]));
  }
  return Diff;
}

IntrusiveRefCntPtr<vfs::FileSystem> GitDiff::oldFiles() const {
  IntrusiveRefCntPtr<vfs::InMemoryFileSystem> Memory(new vfs::InMemoryFileSystem);
  for (const auto &Entry : Gone)
    Memory->addFile(Entry.first(), 0, MemoryBuffer::getMemBuffer(*Entry.second));
  IntrusiveRefCntPtr<vfs::FileSystem> Disk(vfs::createPhysicalFileSystem().release());
  IntrusiveRefCntPtr<vfs::OverlayFileSystem> Both(new vfs::OverlayFileSystem(Disk));
  Both->pushOverlay(Memory);
  return IntrusiveRefCntPtr<vfs::FileSystem>(new OldFiles(Both, *this));
}

const GitDiff::Then *GitDiff::at(const Twine &Path) const {
  sys::fs::UniqueID Id;
  if (!sys::fs::getUniqueID(Path, Id)) {
    auto Found = Changed.find(Id);
    return Found == Changed.end() ? nullptr : &Found->second;
  }
  auto Found = Gone.find(absolutePath(Path.str()));
  return Found == Gone.end() ? nullptr : &Found->second;
}

std::optional<bool> GitDiff::held(const Input &I) const {
  const Then *Old = at(I.Path);
  if (!Old)
    return std::nullopt;
  if (!*Old || I.What == Input::Kind::Absent)
    return !*Old && I.What == Input::Kind::Absent;
  return I.What == Input::Kind::Present ||
         (I.What == Input::Kind::Read && I.Content == digestOf(**Old));
}

} // namespace abide
