//===- Frontend.cpp - Clang's parser on the command of a unit -------------===//

#include "Frontend.h"
#include "CommandLine.h"
#include "InputRecorder.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "clang/Tooling/ArgumentsAdjusters.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace clang;
using namespace clang::tidy;

namespace abide {
namespace {

/// Only the Clang that wrote a precompiled header can read it, and the driver takes one that merely
/// lies beside an included header: the header itself serves everyone.
void parseHeaderInsteadOfPch(PreprocessorOptions &Options, const FileManager &Files,
                             std::vector<std::string> &Notes) {
  if (Options.ImplicitPCHInclude.empty())
    return;
  Notes.push_back("ignored precompiled headers; the headers that they were made of are parsed");
  std::string Pch = std::exchange(Options.ImplicitPCHInclude, "");
  std::string Header = StringRef(Pch).drop_back(sys::path::extension(Pch).size()).str();
  if (!is_contained(Options.Includes, Header) && Files.getVirtualFileSystem().exists(Header))
    Options.Includes.insert(Options.Includes.begin(), Header);
}

class Factory : public tooling::FrontendActionFactory {
public:
  Factory(ActionMaker Make, std::vector<std::string> &Notes) : Make(Make), Notes(Notes) {}

  std::unique_ptr<FrontendAction> create() override { return std::move(Action); }

  bool runInvocation(std::shared_ptr<CompilerInvocation> Invocation, FileManager *Files,
                     std::shared_ptr<PCHContainerOperations> Pch,
                     DiagnosticConsumer *Consumer) override {
    Invocation->getFrontendOpts().SkipFunctionBodies = true;
    Invocation->getDiagnosticOpts().ErrorLimit = 0;
    parseHeaderInsteadOfPch(Invocation->getPreprocessorOpts(), *Files, Notes);
    Action = Make(*Invocation);
    return FrontendActionFactory::runInvocation(Invocation, Files, std::move(Pch), Consumer);
  }

private:
  ActionMaker Make;
  std::vector<std::string> &Notes;
  std::unique_ptr<FrontendAction> Action;
};

bool wantsClangWarnings(const ClangTidyOptions &Options) {
  SmallVector<StringRef> Globs;
  StringRef(*Options.Checks).split(Globs, ',');
  return any_of(Globs, [](StringRef Glob) { return Glob.trim().starts_with("clang-diagnostic"); });
}

} // namespace

std::vector<std::string> parserCommand(const TranslationUnit &Unit, const ClangTidyOptions &Options,
                                       std::vector<std::string> &Notes) {
  using namespace tooling;
  std::vector<std::string> Raw = Unit.Args;
  for (const std::string &Removed : removedArgs(Options))
    std::erase(Raw, Removed);
  CleanCommand Clean =
      cleanCommand(std::move(Raw), Unit.File, Unit.Directory, !wantsClangWarnings(Options));
  Notes = std::move(Clean.Notes);
  auto Extra = [&](const std::optional<ClangTidyOptions::ArgList> &Args,
                   ArgumentInsertPosition Where) {
    if (Args)
      Clean.Args = getInsertArgumentAdjuster(*Args, Where)(Clean.Args, Unit.File);
  };
  Extra(Options.ExtraArgsBefore, ArgumentInsertPosition::BEGIN);
  Extra(Options.ExtraArgs, ArgumentInsertPosition::END);
  Clean.Args.insert(Clean.Args.end(), {"--", Unit.File});
  return Clean.Args;
}

bool runFrontend(std::vector<std::string> Command, const std::string &Directory,
                 DiagnosticConsumer &Diags, ActionMaker Make, std::vector<std::string> *Notes,
                 std::vector<std::string> *Inputs) {
  std::vector<std::string> Unwanted;
  IntrusiveRefCntPtr<InputRecorder> FS(new InputRecorder(Directory));
  IntrusiveRefCntPtr<FileManager> Files(new FileManager(FileSystemOptions(), FS));
  Factory F(Make, Notes ? *Notes : Unwanted);
  tooling::ToolInvocation Invocation(std::move(Command), &F, Files.get(),
                                     std::make_shared<PCHContainerOperations>());
  Invocation.setDiagnosticConsumer(&Diags);
  bool Parsed = Invocation.run();
  if (Inputs)
    *Inputs = FS->take();
  return Parsed;
}

} // namespace abide
