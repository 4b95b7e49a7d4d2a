//===- CommandLine.cpp - Compile commands made fit for our parser ---------===//

#include "CommandLine.h"
#include "HostCompat.h"
#include "Paths.h"
#include "clang/Basic/Version.h"
#include "clang/Driver/Driver.h"
#include "clang/Tooling/ArgumentsAdjusters.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Support/Path.h"

using namespace llvm;
namespace opts = abide::driver_options;

namespace abide {
namespace {

/// Precompiled files carry the full version of the Clang that wrote them, and load in no other.
bool writtenByThisClang(const Twine &Path, vfs::FileSystem &FS) {
  auto Buffer = FS.getBufferForFile(Path, /*FileSize=*/-1, /*RequiresNullTerminator=*/false);
  return Buffer && (*Buffer)->getBuffer().contains(clang::getClangFullRepositoryVersion());
}

bool isDirectory(const Twine &Path, vfs::FileSystem &FS) {
  ErrorOr<vfs::Status> Status = FS.status(Path);
  return Status && Status->isDirectory();
}

bool holdsForeignModules(const Twine &Directory, vfs::FileSystem &FS) {
  std::error_code EC;
  if (!isDirectory(Directory, FS))
    return true;
  for (vfs::directory_iterator I = FS.dir_begin(Directory, EC), End; I != End && !EC;
       I.increment(EC))
    if (I->path().ends_with(".pcm") && !writtenByThisClang(I->path(), FS))
      return true;
  return false;
}

class Cleaner {
public:
  explicit Cleaner(vfs::FileSystem &FS) : FS(FS) {}

  /// Keeps the tokens of an argument, or not.
  void visit(const opt::Arg &A, ArrayRef<const char *> Tokens) {
    if (StringRef(Tokens[0]).starts_with("-Werror"))
      return;
    unsigned Id = A.getOption().getUnaliasedOption().getID();
    switch (Id) {
    case opts::OPT_INPUT:
      return input(A);
    case opts::OPT__DASH_DASH: // What follows are inputs.
      return;
    case opts::OPT_UNKNOWN:
      return note("ignored gcc-only flag '" + StringRef(Tokens[0]).split('=').first + "'");
    case opts::OPT_fmodule_file: { // [name=]file
      StringRef Value = A.getValue();
      if (writtenByThisClang(Value.substr(Value.find('=') + 1), FS))
        break;
      return foreignModules("-fmodule-file=");
    }
    case opts::OPT_fprebuilt_module_path:
      if (!holdsForeignModules(A.getValue(), FS))
        break;
      return foreignModules("-fprebuilt-module-path=");
    case opts::OPT_fplugin_EQ:
    case opts::OPT_fpass_plugin_EQ:
      return note("ignored compiler plugins ('" + A.getSpelling() + "')");
    case opts::OPT_pedantic_errors:
      return;
    case opts::OPT_resource_dir:
      HasResourceDir = true;
      break;
    }
    Kept.insert(Kept.end(), Tokens.begin(), Tokens.end());
  }

  CleanCommand take() && {
    std::vector<std::string> Args = std::move(Kept);
    if (!HasResourceDir && isDirectory(ABIDE_RESOURCE_DIR, FS))
      Args.push_back("-resource-dir=" ABIDE_RESOURCE_DIR);
    return {std::move(Args), std::move(Notes)};
  }

private:
  void note(const Twine &Message) { Notes.push_back(Message.str()); }

  /// The file to analyse is added at the end; response files that are still here could not be read.
  void input(const opt::Arg &A) {
    if (A.getValue()[0] == '@')
      note("ignored response files that cannot be read ('" + sys::path::extension(A.getValue()) +
           "')");
  }

  void foreignModules(StringRef Flag) {
    note("ignored '" + Flag + "': not all of these modules were built by " +
         clang::getClangToolFullVersion("clang") + ", the only one that could read them");
  }

  vfs::FileSystem &FS;
  std::vector<std::string> Kept, Notes;
  bool HasResourceDir = false;
};

CleanCommand dropUnusable(ArrayRef<std::string> Args, vfs::FileSystem &FS, bool ClMode) {
  std::vector<const char *> Tokens;
  for (const std::string &Arg : Args)
    Tokens.push_back(Arg.c_str());
  unsigned MissingIndex = 0, MissingCount = 0;
  opt::Visibility Mode(ClMode ? opts::CLOption : opts::ClangOption);
  opt::InputArgList Parsed =
      driverOptionTable().ParseArgs(Tokens, MissingIndex, MissingCount, Mode);
  size_t End = MissingCount ? MissingIndex : Tokens.size();
  Cleaner Clean(FS);
  // An argument owns the tokens from its own to that of the next one.
  for (auto At = Parsed.begin(); At != Parsed.end(); ++At) {
    size_t From = (*At)->getIndex();
    size_t To = std::next(At) == Parsed.end() ? End : (*std::next(At))->getIndex();
    Clean.visit(**At, ArrayRef(Tokens).slice(From, std::max(From, To) - From));
  }
  return std::move(Clean).take();
}

} // namespace

CleanCommand cleanCommand(std::vector<std::string> Args, const std::string &File,
                          vfs::FileSystem &FS, bool Quiet) {
  using namespace clang::tooling;
  std::string Compiler = Args.empty() ? "clang++" : Args.front();
  std::vector<const char *> Words;
  for (const std::string &Arg : Args)
    Words.push_back(Arg.c_str());
  bool ClMode = clang::driver::IsClangCL(clang::driver::getDriverMode(Compiler, Words));
  CleanCommand Clean = dropUnusable(ArrayRef(Args).drop_front(!Args.empty()), FS, ClMode);

  Clean.Args.insert(Clean.Args.begin(), Compiler);
  ArgumentsAdjuster Adjust = combineAdjusters(
      combineAdjusters(getClangStripOutputAdjuster(), getClangStripDependencyFileAdjuster()),
      combineAdjusters(getStripPluginsAdjuster(), getClangSyntaxOnlyAdjuster()));
  Clean.Args = Adjust(Clean.Args, File);
  if (Quiet)
    Clean.Args.push_back("-w");
  return Clean;
}

void treatAsSystem(std::vector<std::string> &Args, const std::string &Directory,
                   const std::vector<std::string> &Roots) {
  auto IsBelow = [&](StringRef Path) {
    std::string Absolute = absolutePath(Path, Directory) + "/";
    return any_of(Roots, [&](const std::string &Root) {
      return StringRef(Absolute).starts_with(StringRef(Root).rtrim('/').str() + "/");
    });
  };
  for (size_t I = 0; I != Args.size(); ++I) {
    StringRef Path = Args[I];
    if (!Path.consume_front("-I"))
      continue;
    if (Path.empty() && I + 1 != Args.size() && IsBelow(Args[I + 1]))
      Args[I] = "-isystem";
    else if (!Path.empty() && IsBelow(Path))
      Args[I] = ("-isystem" + Path).str();
  }
}

} // namespace abide
