//===- Elsewhere.cpp - Functions whose bodies other units show ------------===//

#include "model/Elsewhere.h"
#include "model/Callables.h"
#include "model/Closing.h"
#include "model/LoopUses.h"
#include "model/ReturnedTasks.h"
#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {

std::string dispatchKeyOf(const CXXMethodDecl &F) {
  const std::string Key = keyOf(F);
  return Key.empty() ? Key : std::string(DispatchPrefix) + Key;
}

/// The only function that a call of a virtual one can run; null where overriders may.
static const CXXMethodDecl *onlyTarget(const CXXMethodDecl &Method, const CallSite &Site) {
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Site.Expr);
  const auto *Callee = Call ? dyn_cast<MemberExpr>(Call->getCallee()->IgnoreParens()) : nullptr;
  if (!Callee)
    return nullptr;
  return Callee->hasQualifier()
             ? &Method
             : Method.getDevirtualizedMethod(Callee->getBase(), /*IsAppleKext=*/false);
}

std::string elsewhereKey(const TuModel &Model, const CallSite &Site) {
  const FunctionDecl *F = Site.Callee;
  bool Dispatched = false;
  if (const auto *Method = dyn_cast<CXXMethodDecl>(F); Method && Method->isVirtual()) {
    if (isa<CXXDestructorDecl>(Method) && Site.Expr)
      return "";
    const CXXMethodDecl *Only = Site.Expr ? onlyTarget(*Method, Site) : Method;
    Dispatched = !Only;
    F = Only ? Only : F;
  }
  const SourceManager &Sources = Model.ast().getSourceManager();
  if (Model.functions().of(F) || F->getBuiltinID() || (F->isDefined() && !F->hasSkippedBody()) ||
      Sources.isInSystemHeader(Sources.getExpansionLoc(F->getLocation())))
    return "";
  return Dispatched ? dispatchKeyOf(*cast<CXXMethodDecl>(F)) : keyOf(*F);
}

const Fact *factOf(const TuModel &Model, StringRef Key, Trait What, unsigned Argument) {
  const auto Is = [&](const Fact &F) { return F.What == What && F.Argument == Argument; };
  const ArrayRef<Fact> All = Model.factsOf(Key);
  const auto *Found = find_if(All, Is);
  return Found == All.end() ? nullptr : Found;
}

ChainCall placed(const TuModel &Model, SourceLocation Loc, std::string Name) {
  const SourceManager &Sources = Model.ast().getSourceManager();
  const SourceLocation At = Sources.getExpansionLoc(Loc);
  auto File = Sources.getFileEntryRefForID(Sources.getFileID(At));
  return {File ? File->getFileEntry().tryGetRealPathName().str() : "",
          Sources.getExpansionLineNumber(At), Sources.getExpansionColumnNumber(At),
          std::move(Name)};
}

FunctionSummary summaryHead(const TuModel &Model, const FunctionFacts &F) {
  ChainCall Body = placed(Model, F.Decl->getLocation(), keyOf(*F.Decl));
  return {std::move(Body.Name), std::move(Body.Path), Body.Line, {}, {}};
}

/// The virtual functions that a call may name and run this one.
static void addDispatches(const CXXMethodDecl &F, UnitSummary &Out) {
  const std::string To = keyOf(F);
  SmallVector<const CXXMethodDecl *, 4> Pending{&F};
  SmallPtrSet<const CXXMethodDecl *, 4> Known;
  while (!Pending.empty()) {
    const CXXMethodDecl *Base = Pending.pop_back_val()->getCanonicalDecl();
    if (!Known.insert(Base).second)
      continue;
    append_range(Pending, Base->overridden_methods());
    const std::string Through = dispatchKeyOf(*Base);
    if (To.empty() || Through.empty())
      continue;
    Out.Dispatches.push_back({Through, To});
    if (!Base->isPureVirtual()) // The function itself, whoever shows its body.
      Out.Dispatches.push_back({Through, keyOf(*Base)});
  }
}

void summarizeBodies(const TuModel &Model, UnitSummary &Out) {
  const Closing Rules(Model);
  for (const FunctionFacts &F : Model.functions().all()) {
    if (!F.Decl || F.Dependent)
      continue;
    const auto *Method = dyn_cast<CXXMethodDecl>(F.Decl);
    const bool Virtual = Method && Method->isVirtual() && !isa<CXXDestructorDecl>(Method);
    if (Virtual)
      addDispatches(*Method, Out);
    // Who calls an inline function or an instance of a template sees its body, too.
    if (!Virtual && (F.Decl->isInlined() || F.Decl->isTemplateInstantiation() ||
                     !F.Decl->isExternallyVisible()))
      continue;
    FunctionSummary Shown = summaryHead(Model, F);
    summarizeCallables(Model, F, Shown);
    summarizeLaterUses(Model, F, Shown);
    Rules.summarize(F, Shown);
    summarizeLoopUses(Model, F, Shown);
    if (!Shown.Key.empty())
      Out.Functions.push_back(std::move(Shown));
  }
  askCallables(Model, Out);
  askLaterUses(Model, Out);
  Rules.ask(Out);
  askLoopUses(Model, Out);
  llvm::sort(Out.Asked);
  Out.Asked.erase(llvm::unique(Out.Asked), Out.Asked.end());
}

} // namespace abide
