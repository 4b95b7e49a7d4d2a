//===- UserVocabulary.cpp - The user's own table of names -----------------===//

#include "UserVocabulary.h"
#include "llvm/Support/Path.h"
#include <map>
#include <mutex>

using namespace llvm;

namespace abide {
namespace {

std::string locate(StringRef Path, StringRef MainFile, vfs::FileSystem &FS) {
  if (sys::path::is_absolute(Path))
    return Path.str();
  SmallString<256> Directory = sys::path::parent_path(MainFile);
  FS.makeAbsolute(Directory);
  for (StringRef At = Directory; !At.empty(); At = sys::path::parent_path(At)) {
    SmallString<256> Candidate = At;
    sys::path::append(Candidate, Path);
    if (FS.exists(Candidate))
      return Candidate.str().str();
  }
  return Path.str();
}

} // namespace

Expected<std::shared_ptr<const Vocabulary>> loadUserVocabulary(StringRef Path, StringRef MainFile,
                                                               clang::FileManager &Files) {
  if (Path.empty())
    return std::shared_ptr<const Vocabulary>(std::shared_ptr<void>(), &Vocabulary::builtin());
  std::string Found = locate(Path, MainFile, Files.getVirtualFileSystem());
  auto Buffer = Files.getVirtualFileSystem().getBufferForFile(Found);
  if (!Buffer)
    return createStringError(
        Buffer.getError(),
        "cannot read the vocabulary '%s': %s; option 'async.Vocabulary' names a "
        "JSON file, absolute or in a directory above the source",
        Found.c_str(), Buffer.getError().message().c_str());
  static std::mutex Lock;
  static std::map<std::string, std::shared_ptr<const Vocabulary>> Parsed; // By content.
  std::string Text = (*Buffer)->getBuffer().str();
  std::lock_guard<std::mutex> Guard(Lock);
  if (auto Known = Parsed.find(Text); Known != Parsed.end())
    return Known->second;
  Expected<Vocabulary> Table = Vocabulary::builtinWith(Text, Found);
  if (!Table)
    return Table.takeError();
  return Parsed[Text] = std::make_shared<const Vocabulary>(std::move(*Table));
}

} // namespace abide
