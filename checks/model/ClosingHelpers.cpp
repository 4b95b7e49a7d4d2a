//===- ClosingHelpers.cpp - What functions do to an object to be closed ----===//
//
// A function that gets a reference to an object may close it, or just use it: its body says which,
// here or in another unit. Where nobody knows, it shares the object, and may be the one who closes.
//
//===----------------------------------------------------------------------===//

#include "model/Closing.h"
#include "model/Elsewhere.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

Handling Closing::ofHelper(const CallSite &Site, unsigned Parameter) const {
  if (const FunctionFacts *Body = Model.functions().of(Site.Callee))
    return ofParameter(*Body, Body->Decl->getParamDecl(Parameter));
  if (!Model.hasFacts())
    return Handling::Shares;
  const std::string Key = elsewhereKey(Model, Site);
  if (factOf(Model, Key, Trait::Closes, Parameter + 1))
    return Handling::Closes;
  return factOf(Model, Key, Trait::LeavesOpen, Parameter + 1) ? Handling::Opens : Handling::Shares;
}

Handling Closing::ofParameter(const FunctionFacts &F, const ParmVarDecl *Parameter) const {
  const LocalFacts *Local = Model.functions().local(Parameter);
  const FunctionFlow *Flow = F.Dependent || !Local || Inside > 2 ? nullptr : Model.flow(F);
  if (!Flow)
    return Handling::Shares;
  ++Inside;
  Handling Most = Handling::Opens;
  for (const VarUse &Use : Local->Uses) {
    if (!Flow->parent(Use.Ref))
      continue; // In a lambda: its capture is a use, too.
    const Handling Does = handling(*Flow, *Local, Use.Ref).How;
    if (Does == Handling::Closes) {
      Most = Does;
      break;
    }
    if (Does != Handling::Reads && Does != Handling::Opens)
      Most = Handling::Shares;
  }
  --Inside;
  return Most;
}

/// The call of another unit's function that gets the object, and by which parameter, from 1; 0 if
/// the use is no such call.
static std::pair<std::string, unsigned> helperOf(const TuModel &Model, const Stmt *At,
                                                 const Expr *Ref) {
  const auto *Call = dyn_cast<CallExpr>(At);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (!Callee || isa<CXXOperatorCallExpr>(Call))
    return {"", 0};
  const auto Argument =
      find_if(Call->arguments(), [&](const Expr *E) { return E->IgnoreParenImpCasts() == Ref; });
  const unsigned Index = Argument - Call->arg_begin();
  if (Index >= Callee->getNumParams())
    return {"", 0};
  return {elsewhereKey(Model, {Call, Callee, nullptr, Call->getExprLoc(), {}, nullptr}), Index + 1};
}

void Closing::summarize(const FunctionFacts &F, FunctionSummary &Out) const {
  for (const ParmVarDecl *P : F.Decl->parameters()) {
    const QualType T = P->getType();
    const LocalFacts *Local = Model.functions().local(P);
    if (!T->isLValueReferenceType() || T.getNonReferenceType().isConstQualified() || !Local ||
        (!duty(T.getNonReferenceType()) && !generatorDuty(T.getNonReferenceType())))
      continue;
    const FunctionFlow *Flow = Model.flow(F);
    if (!Flow)
      return;
    const std::uint8_t Own = P->getFunctionScopeIndex() + 1;
    bool Known = true;
    std::vector<CallEdge> Helpers;
    for (const VarUse &Use : Local->Uses) {
      if (!Flow->parent(Use.Ref))
        continue;
      const HandledUse Does = handling(*Flow, *Local, Use.Ref);
      const ChainCall At = placed(Model, Does.At->getBeginLoc(), "'" + P->getNameAsString() + "'");
      if (Does.How == Handling::Closes)
        Out.Does.push_back({Trait::Closes, 0, Own, "", {At}});
      auto [Key, Theirs] = helperOf(Model, Does.At, Use.Ref);
      if (Does.How == Handling::Shares && !Key.empty())
        Helpers.push_back({Key, At, Trait::Closes, Own, std::uint8_t(Theirs)});
      else
        Known &= Does.How == Handling::Reads || Does.How == Handling::Opens;
    }
    append_range(Out.Calls, Helpers);
    if (!Known)
      continue;
    for (CallEdge &Edge : Helpers)
      Edge.What = Trait::LeavesOpen;
    append_range(Out.Calls, Helpers);
    Out.Does.push_back({Trait::LeavesOpen,
                        0,
                        Own,
                        "",
                        {placed(Model, F.Decl->getLocation(), "'" + P->getNameAsString() + "'")}});
  }
}

void Closing::ask(UnitSummary &Out) const {
  for (const LocalFacts &Local : Model.functions().locals()) {
    const QualType T = Local.Decl->getType();
    const FunctionFlow *Flow = !Local.Function->Dependent && (duty(T) || generatorDuty(T))
                                   ? Model.flow(*Local.Function)
                                   : nullptr;
    for (const VarUse &Use : Flow ? ArrayRef(Local.Uses) : ArrayRef<VarUse>()) {
      const HandledUse Does = Flow->parent(Use.Ref) ? handling(*Flow, Local, Use.Ref)
                                                    : HandledUse{Handling::Reads, Use.Ref};
      if (auto [Key, Parameter] = helperOf(Model, Does.At, Use.Ref);
          Does.How == Handling::Shares && !Key.empty()) {
        Out.Asked.push_back({Key, Trait::Closes, 1});
        Out.Asked.push_back({Key, Trait::LeavesOpen, 1});
      }
    }
  }
}

} // namespace abide
