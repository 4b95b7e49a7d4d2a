//===- AwaitFix.cpp - The fix-it that inserts co_await --------------------===//

#include "AwaitFix.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace abide {

namespace {

/// Clang 19 lets the call of a member with an explicit object begin at the member's name.
SourceLocation beginOf(const Expr *E, const Expr *Plain) {
  const auto *Call = dyn_cast<CallExpr>(Plain);
  const auto *Method = Call ? dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee()) : nullptr;
  bool Explicit = Method && Method->isExplicitObjectMemberFunction() && Call->getNumArgs() > 0;
  return Explicit ? Call->getArg(0)->getBeginLoc() : E->getBeginLoc();
}

} // namespace

bool addAwait(Diag &D, const TuModel &Model, const FunctionFacts &F, const Expr *E) {
  const Expr *Plain = withoutWrappers(E);
  QualType T = E->getType();
  if (!F.isCoroutine() || F.Dependent || E->getBeginLoc().isMacroID() ||
      E->getEndLoc().isMacroID() || isa<ExplicitCastExpr, CXXConstructExpr, InitListExpr>(Plain) ||
      Model.types().of(T).Generator || !Model.types().accepts(F.promise(), T))
    return false;
  const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Plain);
  bool Postfix = Operator
                     ? Operator->getOperator() == OO_Call || Operator->getOperator() == OO_Subscript
                     : isa<CallExpr, DeclRefExpr, MemberExpr>(Plain);
  D.Fixes.push_back(
      FixItHint::CreateInsertion(beginOf(E, Plain), Postfix ? "co_await " : "co_await ("));
  if (!Postfix)
    D.Fixes.push_back(FixItHint::CreateInsertion(
        Lexer::getLocForEndOfToken(E->getEndLoc(), 0, Model.ast().getSourceManager(),
                                   Model.ast().getLangOpts()),
        ")"));
  return true;
}

} // namespace abide
