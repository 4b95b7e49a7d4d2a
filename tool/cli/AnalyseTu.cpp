//===- AnalyseTu.cpp - One translation unit, from command to findings -----===//
//
// Clang-tidy's context and consumer decide what is reported (NOLINT, header filter, severities);
// the parse is our own, because only so the bodies of system headers can be skipped: they are most
// of what a compiler reads, and no check of ours looks at them.
//
//===----------------------------------------------------------------------===//

#include "AnalyseTu.h"
#include "CommandLine.h"
#include "TidyCheck.h"
#include "TidyErrors.h"
#include "clang-tidy/GlobList.h"
#include "model/Elsewhere.h"
#include "clang/AST/ASTConsumer.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
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

class CheckConsumer : public ASTConsumer {
public:
  CheckConsumer(ClangTidyContext &Context, SourceManager &Sources,
                std::shared_ptr<const Facts> Others, UnitSummary &Shows)
      : Context(Context), Sources(Sources), Others(std::move(Others)), Shows(Shows) {}

  bool shouldSkipFunctionBody(Decl *D) override {
    return Sources.isInSystemHeader(Sources.getExpansionLoc(D->getLocation()));
  }

  void HandleTranslationUnit(ASTContext &Ast) override {
    if (!Ast.getLangOpts().CPlusPlus)
      return;
    std::shared_ptr<const TuModel> Model;
    for (const Check *C : allChecks()) {
      if (!Context.isCheckEnabled(C->id()))
        continue;
      if (!Model)
        Model = modelFor(Ast, Context, Others);
      runTidyCheck(*C, *Model, Context);
      if (Others->empty()) // Who knows of others has told them already.
        summarizeFor(*C, *Model, Context, Shows);
    }
    if (Model && Others->empty())
      summarizeBodies(*Model, Shows);
  }

private:
  ClangTidyContext &Context;
  SourceManager &Sources;
  std::shared_ptr<const Facts> Others;
  UnitSummary &Shows;
};

class CheckAction : public ASTFrontendAction {
public:
  CheckAction(ClangTidyContext &Context, TidyConsumer &Diags, std::shared_ptr<const Facts> Others,
              TuResult &Result)
      : Context(Context), Diags(Diags), Others(std::move(Others)), Result(Result) {}

  bool BeginSourceFileAction(CompilerInstance &Compiler) override {
    // A header that is missing ends no parse: the rest may still prove something.
    Compiler.getDiagnostics().setFatalsAsError(true);
    return true;
  }

  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &Compiler,
                                                 StringRef File) override {
    Context.setSourceManager(&Compiler.getSourceManager());
    Context.setCurrentFile(File);
    Context.setASTContext(&Compiler.getASTContext());
    return std::make_unique<CheckConsumer>(Context, Compiler.getSourceManager(), Others,
                                           Result.Shows);
  }

  void EndSourceFileAction() override {
    convertErrors(Diags, &getCompilerInstance().getSourceManager(), Result);
  }

private:
  ClangTidyContext &Context;
  TidyConsumer &Diags;
  std::shared_ptr<const Facts> Others;
  TuResult &Result;
};

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

class CheckFactory : public tooling::FrontendActionFactory {
public:
  CheckFactory(ClangTidyContext &Context, TidyConsumer &Diags, std::shared_ptr<const Facts> Others,
               TuResult &Result)
      : Context(Context), Diags(Diags), Others(std::move(Others)), Result(Result) {}

  std::unique_ptr<FrontendAction> create() override {
    return std::make_unique<CheckAction>(Context, Diags, Others, Result);
  }

  bool runInvocation(std::shared_ptr<CompilerInvocation> Invocation, FileManager *Files,
                     std::shared_ptr<PCHContainerOperations> Pch,
                     DiagnosticConsumer *Consumer) override {
    Invocation->getFrontendOpts().SkipFunctionBodies = true;
    Invocation->getDiagnosticOpts().ErrorLimit = 0;
    parseHeaderInsteadOfPch(Invocation->getPreprocessorOpts(), *Files, Result.Notes);
    return FrontendActionFactory::runInvocation(Invocation, Files, std::move(Pch), Consumer);
  }

private:
  ClangTidyContext &Context;
  TidyConsumer &Diags;
  std::shared_ptr<const Facts> Others;
  TuResult &Result;
};

bool wantsClangWarnings(const ClangTidyOptions &Options) {
  SmallVector<StringRef> Globs;
  StringRef(*Options.Checks).split(Globs, ',');
  return any_of(Globs, [](StringRef Glob) { return Glob.trim().starts_with("clang-diagnostic"); });
}

std::vector<std::string> commandOf(const TranslationUnit &Unit, const ClangTidyOptions &Options,
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

/// Findings stay where the parse had errors, but a fix must not be computed from a guess.
void settleErrors(const TranslationUnit &Unit, TuResult &Result) {
  if (Result.Failures.empty())
    return;
  for (Failure &F : Result.Failures)
    F.File = F.What == Failure::Kind::Configuration ? "" : Unit.File;
  if (any_of(Result.Failures,
             [](const Failure &F) { return F.What == Failure::Kind::CompileError; }))
    for (Finding &F : Result.Findings)
      F.Edits.clear();
}

} // namespace

TuResult analyse(const TranslationUnit &Unit, Configuration &Config,
                 std::shared_ptr<const Facts> Others) {
  TuResult Result;
  ClangTidyContext Context(Config.provider());
  Context.setCurrentFile(Unit.File);
  Context.setCurrentBuildDirectory(Unit.Directory);
  TidyConsumer Diags(Context);
  OwningEngine Engine(DiagnosticOptionsPtr(new DiagnosticOptions), Diags);
  setEngine(Context, Engine.engine());

  std::vector<std::string> Command = commandOf(Unit, Context.getOptions(), Result.Notes);
  IntrusiveRefCntPtr<vfs::FileSystem> FS(vfs::createPhysicalFileSystem().release());
  FS->setCurrentWorkingDirectory(Unit.Directory);
  IntrusiveRefCntPtr<FileManager> Files(new FileManager(FileSystemOptions(), FS));
  CheckFactory Factory(Context, Diags, std::move(Others), Result);
  tooling::ToolInvocation Invocation(std::move(Command), &Factory, Files.get(),
                                     std::make_shared<PCHContainerOperations>());
  Invocation.setDiagnosticConsumer(&Diags);
  bool Parsed = Invocation.run();
  // The driver's complaints come before, or instead of, any source file.
  convertErrors(Diags, nullptr, Result);
  if (!Parsed && Result.Failures.empty())
    Result.Failures.push_back({Failure::Kind::NotAnalysed,
                               Unit.File,
                               {},
                               "the compiler could not start on its command",
                               {}});
  settleErrors(Unit, Result);
  return Result;
}

} // namespace abide
