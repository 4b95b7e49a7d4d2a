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
  if (isa<CoawaitExpr, DependentCoawaitExpr, CoyieldExpr, CXXUnresolvedConstructExpr>(E))
    return true;
  if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E))
    return isOldValue(Types, Cast->getSubExpr());
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
    if (Construct->getNumArgs() == 1 && Construct->getConstructor()->isMoveConstructor())
      return isOldValue(Types, Construct->getArg(0));
    return Construct->getNumArgs() == 0 &&
           Types.obligation(Construct->getType()) != Obligation::Operation;
  }
  const auto *Call = dyn_cast<CallExpr>(E);
  if (Call && Call->isCallToStdMove()) // `task(std::move(t));` ends what is in t.
    return true;
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  return Callee && Callee->isInStdNamespace() && Callee->getIdentifier() &&
         Callee->getName() == "exchange";
}

namespace {

bool isNull(const Expr *E) {
  if (const auto *Default = dyn_cast<CXXDefaultArgExpr>(E))
    E = Default->getExpr();
  if (const auto *Default = dyn_cast<CXXDefaultInitExpr>(E))
    E = Default->getExpr();
  E = withoutWrappers(E);
  if (const auto *Made = dyn_cast<CXXConstructExpr>(E))
    return all_of(Made->arguments(), isNull);
  if (const auto *List = dyn_cast<InitListExpr>(E))
    return all_of(List->inits(), isNull);
  return isa<CXXNullPtrLiteralExpr, GNUNullExpr, ImplicitValueInitExpr, CXXBoolLiteralExpr>(E);
}

/// Whether the constructor, given nothing, gives nothing to any member.
bool leavesEmpty(const CoroutineTypes &Types, const CXXConstructorDecl *C) {
  const FunctionDecl *Definition = nullptr;
  if (!C->isUserProvided())
    return true;
  if (!C->isDefined(Definition) || !Definition->getBody())
    return Types.of(C->getParent()).Named;
  const auto *Body = dyn_cast<CompoundStmt>(Definition->getBody());
  return Body && Body->body_empty() &&
         all_of(cast<CXXConstructorDecl>(Definition)->inits(), [](const CXXCtorInitializer *Init) {
           return !Init->isWritten() || isNull(Init->getInit()) ||
                  isa<DeclRefExpr>(withoutWrappers(Init->getInit()));
         });
}

} // namespace

const Expr *emptyTaskIn(const CoroutineTypes &Types, const Expr *E) {
  E = withoutWrappers(E);
  if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E))
    return emptyTaskIn(Types, Cast->getSubExpr()) ? E : nullptr;
  if (const auto *Choice = dyn_cast<ConditionalOperator>(E)) {
    const Expr *First = emptyTaskIn(Types, Choice->getTrueExpr());
    return First ? First : emptyTaskIn(Types, Choice->getFalseExpr());
  }
  const auto *Made = dyn_cast<CXXConstructExpr>(E);
  if (!Made || Made->getConstructor()->getParent()->isEmpty())
    return nullptr;
  if (Made->getNumArgs() == 1 && Made->getConstructor()->isCopyOrMoveConstructor())
    return emptyTaskIn(Types, Made->getArg(0));
  return all_of(Made->arguments(), isNull) && leavesEmpty(Types, Made->getConstructor()) ? E
                                                                                         : nullptr;
}

} // namespace abide
