//===- Git.cpp - Questions to git -----------------------------------------===//

#include "Git.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace abide {
namespace {

Error trouble(const Twine &Message) { return createStringError(inconvertibleErrorCode(), Message); }

std::string contents(StringRef Path) {
  auto Text = MemoryBuffer::getFile(Path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  return Text ? (*Text)->getBuffer().str() : "";
}

/// Takes what is before the next zero byte off the front.
StringRef takePart(StringRef &Text) {
  auto [Part, Rest] = Text.split('\0');
  Text = Rest;
  return Part;
}

} // namespace

Expected<Git> Git::open(const std::string &Directory) {
  ErrorOr<std::string> Found = sys::findProgramByName("git");
  if (!Found)
    return trouble("'--diff' needs git, which is not in PATH");
  Git G;
  G.Program = *Found;
  G.Top = Directory;
  Expected<std::string> Top = G.ask({"rev-parse", "--show-toplevel"});
  if (!Top)
    return trouble("'--diff' needs a git work tree, and '" + Directory +
                   "' is in none: " + toString(Top.takeError()));
  G.Top = StringRef(*Top).drop_back(!Top->empty()).str(); // The line's end.
  return G;
}

Expected<std::string> Git::ask(std::vector<StringRef> Args, StringRef Input) const {
  SmallString<128> Files[3];
  std::vector<FileRemover> Removers;
  for (SmallString<128> &File : Files) {
    if (std::error_code EC = sys::fs::createTemporaryFile("abide", "git", File))
      return trouble("cannot make a temporary file for git: " + EC.message());
    Removers.emplace_back(File);
  }
  std::error_code EC;
  raw_fd_ostream In(Files[0], EC);
  In << Input;
  In.close();
  In.clear_error();
  // No lock is taken, no configuration of the user changes the answer.
  std::vector<StringRef> Words = {Program, "--no-optional-locks", "-C", Top};
  Words.insert(Words.end(), Args.begin(), Args.end());
  const std::optional<StringRef> Redirects[] = {Files[0].str(), Files[1].str(), Files[2].str()};
  std::string Message;
  const int Code = sys::ExecuteAndWait(Program, Words, std::nullopt, Redirects, 0, 0, &Message);
  if (Code == 0)
    return contents(Files[1]);
  const std::string Said = contents(Files[2]);
  const StringRef First = StringRef(Said).trim().split('\n').first;
  return trouble(!First.empty()    ? First
                 : Message.empty() ? "git ended with exit code " + Twine(Code)
                                   : Twine(Message));
}

Expected<std::string> Git::base(const std::string &Revision) const {
  const std::string Name = Revision + "^{commit}";
  Expected<std::string> Commit = ask({"rev-parse", "--verify", "--end-of-options", Name});
  if (!Commit) {
    consumeError(Commit.takeError());
    return trouble("'--diff': '" + Revision + "' is no revision of '" + Top +
                   "'; a shallow clone has to fetch it first: git fetch --depth=1 origin REVISION");
  }
  const std::string Tip = StringRef(*Commit).trim().str();
  Expected<std::string> Fork = ask({"merge-base", Tip, "HEAD"});
  if (Fork)
    return StringRef(*Fork).trim().str();
  consumeError(Fork.takeError()); // A shallow clone does not reach back so far.
  return Tip;
}

Expected<std::vector<GitChange>> Git::changes(const std::string &Commit) const {
  Expected<std::string> Raw = ask({"diff", "--raw", "-z", "--no-abbrev", "--find-renames",
                                   "--no-ext-diff", "--ignore-submodules=none", Commit, "--"});
  if (!Raw)
    return Raw.takeError();
  std::vector<GitChange> All;
  // ":100644 100644 OLD NEW M" and the path; two paths for R, a renamed file.
  for (StringRef Rest = *Raw; !Rest.empty();) {
    SmallVector<StringRef, 5> Words;
    takePart(Rest).split(Words, ' ');
    const StringRef Path = takePart(Rest);
    if (Words.size() != 5 || Path.empty())
      return trouble("git gave a difference that cannot be read");
    const bool Submodule = Words[0] == ":160000" || Words[1] == "160000";
    const bool Was = Words[0] != ":000000" && !Submodule;
    const bool Link = Words[0] == ":120000" || Words[1] == "120000"; // Its text is no source.
    const std::string Blob = Was ? Words[2].str() : "";
    const StringRef Renamed = Words[4].starts_with("R") ? takePart(Rest) : "";
    if (Link)
      continue;
    All.push_back({Path.str(), Blob, Submodule});
    if (!Renamed.empty())
      All.push_back({Renamed.str(), Blob, Submodule});
  }
  Expected<std::string> New = ask({"ls-files", "--others", "--exclude-standard", "-z"});
  if (!New)
    return New.takeError();
  for (StringRef Rest = *New; !Rest.empty();)
    if (std::string Path = takePart(Rest).str(); !sys::fs::is_symlink_file(Top + "/" + Path))
      All.push_back({std::move(Path), "", false});
  return All;
}

Expected<StringMap<std::string>> Git::blobs(const std::vector<std::string> &Names) const {
  Expected<std::string> Answer = ask({"cat-file", "--batch"}, join(Names, "\n"));
  if (!Answer)
    return Answer.takeError();
  StringMap<std::string> Texts;
  StringRef Rest = *Answer;
  // "NAME blob SIZE", the bytes, and a line's end.
  for (const std::string &Name : Names) {
    auto [Head, Body] = Rest.split('\n');
    size_t Size = 0;
    if (!Head.consume_front(Name + " blob ") || Head.getAsInteger(10, Size) || Size >= Body.size())
      return trouble("git has no object '" + Name + "'");
    Texts[Name] = Body.take_front(Size).str();
    Rest = Body.drop_front(Size + 1);
  }
  return Texts;
}

} // namespace abide
