//===- LoopUses.cpp - Functions that touch what belongs to a loop ---------===//

#include "model/LoopUses.h"
#include "model/Elsewhere.h"
#include "model/SharedUses.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// What an expression names: a parameter, or a member of the own object.
struct Named {
  const ParmVarDecl *Parameter = nullptr;
  const FieldDecl *Field = nullptr;
  bool This = false;
};

Named namedBy(const Expr *E) {
  for (unsigned Steps = 0; E && Steps < 8; ++Steps) {
    E = withoutWrappers(E);
    if (isa<CXXThisExpr>(E))
      return {nullptr, nullptr, true};
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
      return {dyn_cast<ParmVarDecl>(Ref->getDecl()), nullptr, false};
    if (const auto *Member = dyn_cast<MemberExpr>(E))
      return isa<CXXThisExpr>(withoutWrappers(Member->getBase()))
                 ? Named{nullptr, dyn_cast<FieldDecl>(Member->getMemberDecl()), false}
                 : Named{};
    if (const auto *Unary = dyn_cast<UnaryOperator>(E);
        Unary && (Unary->getOpcode() == UO_AddrOf || Unary->getOpcode() == UO_Deref))
      E = Unary->getSubExpr();
    else if (const auto *Arrow = dyn_cast<CXXOperatorCallExpr>(E);
             Arrow && (Arrow->getOperator() == OO_Arrow || Arrow->getOperator() == OO_Star))
      E = Arrow->getArg(0);
    else
      break;
  }
  return {};
}

} // namespace

void summarizeLoopUses(const TuModel &Model, const FunctionFacts &F, FunctionSummary &Out) {
  constexpr Trait What = Trait::UsesLoopObject;
  if (F.isCoroutine()) // It runs on a loop.
    return;
  for (const CallSite &Site : F.Calls) {
    const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Site.Expr);
    if (!Site.Expr || isa<CXXOperatorCallExpr>(Site.Expr) ||
        Model.names().has(*Site.Callee, Site.Object, Role::ThreadSafe))
      continue;
    const ChainCall At = placed(Model, Site.Loc, "'" + shownName(*Site.Callee) + "'");
    const Named Object = Call ? namedBy(Call->getImplicitObjectArgument()) : Named{};
    if (Call && changesLoopObject(Model, Site)) {
      if (Object.Parameter)
        Out.Does.push_back(
            {What, 0, std::uint8_t(Object.Parameter->getFunctionScopeIndex() + 1), "", {At}});
      else if (Object.Field)
        Out.Does.push_back({What, 0, 0, Object.Field->getNameAsString(), {At}});
    }
    const std::string Key = elsewhereKey(Model, Site);
    if (Key.empty())
      continue;
    if (Object.This)
      Out.Calls.push_back({Key, At, What, 0, 0});
    ArrayRef<const Expr *> Arguments = argumentsOf(Site);
    for (unsigned I = 0; I < Arguments.size() && I < Site.Callee->getNumParams(); ++I)
      if (const ParmVarDecl *P = namedBy(Arguments[I]).Parameter)
        Out.Calls.push_back(
            {Key, At, What, std::uint8_t(P->getFunctionScopeIndex() + 1), std::uint8_t(I + 1)});
  }
}

void askLoopUses(const TuModel &Model, UnitSummary &Out) {
  for (const ThreadStart &Start : Model.threads().starts())
    if (Start.Kind != ThreadKind::Loop && !Start.Body->Dependent)
      for (const FunctionFacts *Body : sharedUses(Model, Start).Bodies)
        for (const CallSite &Site : Body->Calls)
          if (std::string Key = Site.Expr ? elsewhereKey(Model, Site) : ""; !Key.empty())
            Out.Asked.push_back({std::move(Key), Trait::UsesLoopObject, 1});
}

} // namespace abide
