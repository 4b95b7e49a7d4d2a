//===- Effects.cpp - What an expression reads and changes -----------------===//

#include "model/Effects.h"
#include "model/CoroutineTypes.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

/// A call that only looks: a const member function, a comparison, `std::this_thread::yield`.
static bool isQuestion(const CallExpr *Call) {
  const FunctionDecl *F = Call->getDirectCallee();
  if (!F)
    return false;
  if (const auto *Method = dyn_cast<CXXMethodDecl>(F))
    return Method->isConst() && !isa<CXXConversionDecl>(F) ? Call->getNumArgs() <= 1
                                                           : isa<CXXConversionDecl>(F);
  if (F->isOverloadedOperator())
    return isa<CXXOperatorCallExpr>(Call) && cast<CXXOperatorCallExpr>(Call)->isComparisonOp();
  const auto *Space = dyn_cast<NamespaceDecl>(F->getEnclosingNamespaceContext());
  return Space && Space->getParent()->isStdNamespace() && F->getIdentifier() &&
         F->getName() == "yield";
}

bool changesSomething(const Stmt *S) {
  if (const auto *Binary = dyn_cast<BinaryOperator>(S))
    return Binary->isAssignmentOp();
  if (const auto *Unary = dyn_cast<UnaryOperator>(S))
    return Unary->isIncrementDecrementOp();
  if (const auto *Call = dyn_cast<CallExpr>(S))
    return !isQuestion(Call);
  return isa<CXXConstructExpr, CXXNewExpr, CXXDeleteExpr, CXXThrowExpr, GCCAsmStmt>(S);
}

bool onlyLooks(const Stmt *E) {
  SmallVector<const Stmt *, 8> Pending{E};
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (!S)
      continue;
    if (isa<LambdaExpr, CoroutineSuspendExpr>(S) || changesSomething(S))
      return false;
    append_range(Pending, S->children());
  }
  return true;
}

static bool isAtomic(QualType T) {
  const CXXRecordDecl *Class = classOf(T.getNonReferenceType());
  return Class && Class->isInStdNamespace() && Class->getName().starts_with("atomic");
}

const ValueDecl *sharedVariable(const Stmt *E) {
  SmallVector<const Stmt *, 8> Pending{E};
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (!S || isa<LambdaExpr>(S))
      continue;
    if (const auto *Member = dyn_cast<MemberExpr>(S);
        Member && isa<FieldDecl>(Member->getMemberDecl()))
      return Member->getMemberDecl();
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
      if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
          Var && !Var->isConstexpr() && !Var->getType().isConstQualified() &&
          (Var->hasGlobalStorage() || isAtomic(Var->getType())))
        return Var;
    SmallVector<const Stmt *, 4> Children(S->child_begin(), S->child_end());
    append_range(Pending, reverse(Children));
  }
  return nullptr;
}

} // namespace abide
