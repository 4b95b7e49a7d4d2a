//===- TaskValues.cpp - Which expressions make tasks ----------------------===//

#include "model/TaskValues.h"
#include "model/Functions.h"
#include "clang/AST/ExprCXX.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

bool makesTask(const Expr *E) {
  E = E ? withoutWrappers(E) : nullptr;
  if (!E || E->isTypeDependent())
    return false;
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
    if (Construct->getNumArgs() == 1 && Construct->getConstructor()->isCopyOrMoveConstructor())
      return makesTask(Construct->getArg(0));
    return Construct->getNumArgs() > 0 &&
           !isa<CXXNullPtrLiteralExpr>(withoutWrappers(Construct->getArg(0)));
  }
  if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E))
    return makesTask(Cast->getSubExpr());
  if (const auto *Comma = dyn_cast<BinaryOperator>(E))
    return Comma->getOpcode() == BO_Comma && makesTask(Comma->getRHS());
  if (const auto *Block = dyn_cast<StmtExpr>(E)) {
    const CompoundStmt *Body = Block->getSubStmt();
    return !Body->body_empty() && makesTask(dyn_cast<Expr>(Body->body_back()));
  }
  if (const auto *Choice = dyn_cast<ConditionalOperator>(E))
    return makesTask(Choice->getTrueExpr()) || makesTask(Choice->getFalseExpr());
  if (const auto *List = dyn_cast<InitListExpr>(E))
    return any_of(List->inits(), [](const Expr *Init) { return makesTask(Init); });
  if (const auto *Call = dyn_cast<CallExpr>(E))
    return Call->isCallToStdMove() || !Call->isGLValue();
  return false;
}

bool carriesTask(const CoroutineTypes &Types, const Expr *E) {
  E = E ? withoutWrappers(E) : nullptr;
  if (!E || E->isTypeDependent())
    return false;
  auto Carries = [&](const Expr *Part) { return carriesTask(Types, Part); };
  if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E))
    return Carries(Cast->getSubExpr());
  if (const auto *List = dyn_cast<CXXStdInitializerListExpr>(E))
    return Carries(List->getSubExpr());
  if (const auto *List = dyn_cast<InitListExpr>(E))
    return any_of(List->inits(), Carries);
  if (const auto *New = dyn_cast<CXXNewExpr>(E))
    return Carries(New->getConstructExpr());
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E))
    return any_of(Construct->arguments(), Carries);
  bool Brings = Types.heldTask(E->getType()) || Types.obligation(E->getType()) != Obligation::None;
  return Brings && makesTask(E);
}

bool isOldValue(const CoroutineTypes &Types, const Expr *E) {
  E = withoutWrappers(E);
  if (isa<CoawaitExpr, DependentCoawaitExpr, CoyieldExpr>(E))
    return true;
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E))
    return Construct->getNumArgs() == 0 &&
           Types.obligation(Construct->getType()) != Obligation::Operation;
  const auto *Call = dyn_cast<CallExpr>(E);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  return Callee && Callee->isInStdNamespace() && Callee->getIdentifier() &&
         Callee->getName() == "exchange";
}

} // namespace abide
