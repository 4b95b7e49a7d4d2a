//===- UserFiles.cpp - Files that options name ----------------------------===//

#include "UserFiles.h"
#include "FactsJson.h"
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

template <typename T, typename Parser>
Expected<std::shared_ptr<const T>> load(StringRef Path, StringRef MainFile,
                                        clang::FileManager &Files, StringRef What, StringRef Option,
                                        Parser Parse) {
  std::string Found = locate(Path, MainFile, Files.getVirtualFileSystem());
  auto Buffer = Files.getVirtualFileSystem().getBufferForFile(Found);
  if (!Buffer)
    return createStringError(
        Buffer.getError(), "cannot read the " + What + " '" + Found +
                               "': " + Buffer.getError().message() + "; option '" + Option +
                               "' names a JSON file, absolute or in a directory above the source");
  static std::mutex Lock;
  static std::map<std::string, std::shared_ptr<const T>> Parsed; // By content.
  std::string Text = (*Buffer)->getBuffer().str();
  std::lock_guard<std::mutex> Guard(Lock);
  if (auto Known = Parsed.find(Text); Known != Parsed.end())
    return Known->second;
  Expected<T> Value = Parse(Text, Found);
  if (!Value)
    return Value.takeError();
  return Parsed[Text] = std::make_shared<const T>(std::move(*Value));
}

} // namespace

Expected<std::shared_ptr<const Vocabulary>> loadUserVocabulary(StringRef Path, StringRef MainFile,
                                                               clang::FileManager &Files) {
  if (Path.empty())
    return std::shared_ptr<const Vocabulary>(std::shared_ptr<void>(), &Vocabulary::builtin());
  return load<Vocabulary>(Path, MainFile, Files, "vocabulary", "async.Vocabulary",
                          [](const std::string &Text, const std::string &From) {
                            return Vocabulary::builtinWith(Text, From);
                          });
}

Expected<std::shared_ptr<const Facts>> loadUserFacts(StringRef Path, StringRef MainFile,
                                                     clang::FileManager &Files) {
  if (Path.empty())
    return std::make_shared<const Facts>();
  return load<Facts>(Path, MainFile, Files, "facts", "async.Facts", readFacts);
}

} // namespace abide
