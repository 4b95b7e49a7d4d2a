//===- AnalyseTu.cpp - One translation unit, from command to findings -----===//
//
// Clang-tidy's context and consumer decide what is reported (NOLINT, header filter, severities);
// the parse is our own, because only so the bodies of system headers can be skipped: they are most
// of what a compiler reads, and no check of ours looks at them.
//
//===----------------------------------------------------------------------===//

#include "AnalyseTu.h"
#include "Frontend.h"
#include "RecordingFileSystem.h"
#include "SharedHeaders.h"
#include "TidyCheck.h"
#include "TidyErrors.h"
#include "clang/AST/ASTConsumer.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace clang;
using namespace clang::tidy;

namespace abide {
namespace {

/// What the unit declares beside its precompiled header. To look at the whole unit would load all
/// of that.
std::vector<Decl *> ownDeclarations(const ASTContext &Ast) {
  std::vector<Decl *> Own;
  for (Decl *D : Ast.getTranslationUnitDecl()->noload_decls())
    if (!D->isFromASTFile())
      Own.push_back(D);
  return Own;
}

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
    if (Ast.getExternalSource())
      Ast.setTraversalScope(ownDeclarations(Ast));
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
      showBodies(*Model, Shows);
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

void useSharedHeader(CompilerInvocation &Invocation, StringRef Path) {
  if (Path.empty())
    return;
  Invocation.getPreprocessorOpts().ImplicitPCHInclude = Path.str();
  // It was made for this run, with the same flags.
  Invocation.getPreprocessorOpts().DisablePCHOrModuleValidation =
      DisableValidationForModuleKind::PCH;
}

/// One parse, with the shared header or, where that is empty, without.
TuResult parse(const TranslationUnit &Unit, Configuration &Config,
               std::shared_ptr<const Facts> Others, IntrusiveRefCntPtr<vfs::FileSystem> Real,
               StringRef SharedHeader) {
  TuResult Result;
  ClangTidyContext Context(Config.provider());
  Context.setCurrentFile(Unit.File);
  Context.setCurrentBuildDirectory(Unit.Directory);
  TidyConsumer Diags(Context);
  OwningEngine Engine(DiagnosticOptionsPtr(new DiagnosticOptions), Diags);
  setEngine(Context, Engine.engine());

  IntrusiveRefCntPtr<RecordingFileSystem> FS(new RecordingFileSystem(std::move(Real)));
  FS->setCurrentWorkingDirectory(Unit.Directory);
  if (!SharedHeader.empty())
    recordSharedHeader(SharedHeader, *FS);
  bool Parsed = runFrontend(
      parserCommand(Unit, Context.getOptions(), *FS, Result.Notes), FS, Diags,
      [&](CompilerInvocation &Invocation) {
        useSharedHeader(Invocation, SharedHeader);
        return std::make_unique<CheckAction>(Context, Diags, std::move(Others), Result);
      },
      &Result.Notes);
  // The driver's complaints come before, or instead of, any source file.
  convertErrors(Diags, nullptr, Result);
  if (!Parsed && Result.Failures.empty())
    Result.Failures.push_back({Failure::Kind::NotAnalysed,
                               Unit.File,
                               {},
                               "the compiler could not start on its command",
                               {}});
  Result.DependsOn = FS->take(Result.Repeatable);
  return Result;
}

} // namespace

TuResult analyse(const TranslationUnit &Unit, Configuration &Config,
                 std::shared_ptr<const Facts> Others, IntrusiveRefCntPtr<vfs::FileSystem> Files,
                 StringRef SharedHeader) {
  TuResult Result = parse(Unit, Config, Others, Files, SharedHeader);
  // Perhaps the shared header is to blame.
  if (!SharedHeader.empty() && any_of(Result.Failures, [](const Failure &F) {
        return F.What != Failure::Kind::Configuration;
      }))
    Result = parse(Unit, Config, std::move(Others), std::move(Files), "");
  settleErrors(Unit, Result);
  return Result;
}

} // namespace abide
