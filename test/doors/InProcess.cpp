//===- InProcess.cpp - One check over one text, without a process ---------===//

#include "InProcess.h"
#include "HostCompat.h"
#include "Process.h"
#include "clang-tidy/ClangTidy.h"
#include "clang/Basic/Version.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Tooling/CompilationDatabase.h"
#include "clang/Tooling/Core/Replacement.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/Support/VirtualFileSystem.h"
#include <algorithm>

using namespace clang;
using namespace clang::tidy;

namespace abide::test {
namespace {

/// The real file system with Text in the place of F's file.
llvm::IntrusiveRefCntPtr<llvm::vfs::OverlayFileSystem> fileSystem(const Fixture &F,
                                                                  const std::string &Text) {
  llvm::IntrusiveRefCntPtr<llvm::vfs::OverlayFileSystem> Files(
      new llvm::vfs::OverlayFileSystem(llvm::vfs::getRealFileSystem()));
  llvm::IntrusiveRefCntPtr<llvm::vfs::InMemoryFileSystem> Memory(new llvm::vfs::InMemoryFileSystem);
  Memory->addFile(F.Path.string(), 0, llvm::MemoryBuffer::getMemBufferCopy(Text));
  Files->pushOverlay(Memory);
  return Files;
}

std::vector<std::string> flags(const Fixture &F) {
  std::vector<std::string> Result = F.Flags;
  Result.push_back("-resource-dir=" ABIDE_RESOURCE_DIR);
  return Result;
}

/// The standard headers are most of a fixture that includes a fake, so they are parsed once. That
/// it stands alone is for the other doors to see. Fixtures with flags of their own go without.
std::vector<std::string> flagsWithSharedHeaders(const Fixture &F) {
  static const TempDir Directory;
  static const std::string Header = (Directory.path() / "shared.pch").string();
  static const std::vector<std::string> Common = flags(parseFixture("", "", "", ""));
  static const bool Made = [] {
    std::vector<std::string> Argv = {ABIDE_LLVM_BIN "/clang++"};
    Argv.insert(Argv.end(), Common.begin(), Common.end());
    for (const char *Word :
         {"-x", "c++-header", ABIDE_SOURCE_DIR "/test/doors/SharedHeaders.hpp", "-o"})
      Argv.push_back(Word);
    Argv.push_back(Header);
    return run(Argv).ExitCode == 0;
  }();
  std::vector<std::string> Result = flags(F);
  bool IncludesFake = F.Text.find("#include \"fake/") != std::string::npos;
  if (Made && IncludesFake && Result == Common)
    Result.insert(Result.end(), {"-include-pch", Header});
  return Result;
}

unsigned lineOf(const std::string &Text, unsigned Offset) {
  auto End = Text.begin() + std::min<size_t>(Offset, Text.size());
  return 1 + unsigned(std::count(Text.begin(), End, '\n'));
}

Shown shownFrom(const ClangTidyError &Error, const Fixture &F, const std::string &Text) {
  Shown S{lineOf(Text, Error.Message.FileOffset),
          Error.Message.Message,
          Error.DiagnosticName,
          {},
          Error.DiagLevel == ClangTidyError::Error};
  for (const auto &Note : Error.Notes)
    if (Note.FilePath == F.Path.string())
      S.Notes.push_back({lineOf(Text, Note.FileOffset), Note.Message, "", {}, false});
  return S;
}

std::vector<ClangTidyError> clangTidyErrors(const Fixture &F, const std::string &Text,
                                            const std::vector<std::string> &Flags) {
  ClangTidyOptions Options = ClangTidyOptions::getDefaults();
  Options.Checks = "-*," + F.checkId();
  for (const auto &[Key, Value] : F.Options)
    Options.CheckOptions[Key] = ClangTidyOptions::ClangTidyValue(Value);
  ClangTidyContext Context(
      std::make_unique<DefaultOptionsProvider>(ClangTidyGlobalOptions(), Options));
  tooling::FixedCompilationDatabase Commands(F.Path.parent_path().string(), Flags);
  return runClangTidy(Context, Commands, {F.Path.string()}, fileSystem(F, Text),
                      /*ApplyAnyFix=*/false);
}

InProcessResult analyse(const Fixture &F, const std::string &Text,
                        const std::vector<std::string> &Flags) {
  InProcessResult Result;
  tooling::Replacements Fixes;
  for (const ClangTidyError &Error : clangTidyErrors(F, Text, Flags)) {
    Result.Findings.push_back(shownFrom(Error, F, Text));
    const auto *Fix = getFixIt(Error, /*AnyFix=*/false);
    if (!Fix)
      continue;
    Result.HasFixes = true;
    for (const auto &OfFile : *Fix)
      for (const tooling::Replacement &R : OfFile.second)
        if (llvm::Error Conflict = Fixes.add(R)) {
          std::string Why = "fix-its overlap: " + llvm::toString(std::move(Conflict));
          Result.Findings.push_back({lineOf(Text, R.getOffset()), Why, "", {}, true});
        }
  }
  Result.Fixed = llvm::cantFail(tooling::applyAllReplacements(Text, Fixes));
  return Result;
}

} // namespace

InProcessResult runInProcess(const Fixture &F, const std::string &Text) {
  std::vector<std::string> Shared = flagsWithSharedHeaders(F);
  InProcessResult Result = analyse(F, Text, Shared);
  bool Compiles = std::none_of(Result.Findings.begin(), Result.Findings.end(),
                               [](const Shown &S) { return S.Error; });
  // A header that the fixture does not include may have taken one of its names.
  return Compiles || Shared == flags(F) ? Result : analyse(F, Text, flags(F));
}

const InProcessResult &runInProcess(const Fixture &F) {
  static std::map<const Fixture *, InProcessResult> Known;
  auto [At, New] = Known.try_emplace(&F);
  if (New)
    At->second = runInProcess(F, F.Text);
  return At->second;
}

bool headerExists(const Fixture &F, const std::string &Header) {
  return tooling::runToolOnCodeWithArgs(
      std::make_unique<PreprocessOnlyAction>(),
      "#if !__has_include(<" + Header + ">)\n#error \"not installed\"\n#endif\n", flags(F));
}

} // namespace abide::test
