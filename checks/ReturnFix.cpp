//===- ReturnFix.cpp - The fix-it that makes a coroutine of a function ----===//

#include "ReturnFix.h"
#include "model/Borrowing.h"
#include "model/TaskValues.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

static bool isUnbound(const FunctionDecl &F) {
  const auto *Method = dyn_cast<CXXMethodDecl>(&F);
  return !Method || Method->isStatic() ||
         (Method->getParent()->isLambda() && Method->getParent()->captures().empty());
}

bool returnAwaited(Diag &D, const TuModel &Model, const FunctionFacts &F) {
  const QualType Result = F.Decl ? F.Decl->getReturnType() : QualType();
  const CoroutineType &Type = Model.types().of(Result);
  if (!F.Decl || !Type.isCoroutine() || Type.Generator || F.Decl->isConstexpr() ||
      F.Decl->isVariadic() || !isUnbound(*F.Decl) ||
      F.Decl->getDeclaredReturnType()->getContainedDeducedType() ||
      any_of(F.Decl->parameters(),
             [&](const ParmVarDecl *P) { return borrowOf(Model, P->getType()) != Borrow::None; }))
    return false;
  SmallVector<FixItHint, 4> Edits;
  const FunctionFlow *Flow = Model.flow(F);
  for (const Stmt *S : F.Returns) {
    const auto *Return = dyn_cast<ReturnStmt>(S);
    const Expr *Value = Return ? Return->getRetValue() : nullptr;
    // A value of another type converts to the task; a handler must not await.
    if (!Flow || !Value || !makesTask(Value) || !isa<CallExpr>(withoutWrappers(Value)) ||
        !Return->getBeginLoc().isFileID() || !Value->getBeginLoc().isFileID() ||
        !Model.types().accepts(Type.Promise, Value->getType()) ||
        Value->getType().getCanonicalType() != Result.getCanonicalType())
      return false;
    for (const Stmt *Around = S; Around; Around = Flow->parent(Around))
      if (isa<CXXCatchStmt>(Around))
        return false;
    Edits.push_back(FixItHint::CreateReplacement(
        CharSourceRange::getTokenRange(Return->getReturnLoc(), Return->getReturnLoc()),
        "co_return co_await"));
  }
  D.Fixes.insert(D.Fixes.end(), Edits.begin(), Edits.end());
  return !Edits.empty();
}

} // namespace abide
