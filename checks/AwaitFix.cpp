//===- AwaitFix.cpp - The fix-it that inserts co_await --------------------===//

#include "AwaitFix.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

namespace {

/// Clang 19 lets the call of a member with an explicit object begin at the member's name.
SourceLocation beginOf(const Expr *E, const Expr *Plain) {
  const auto *Call = dyn_cast<CallExpr>(Plain);
  const auto *Method = Call ? dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee()) : nullptr;
  bool Explicit = Method && Method->isExplicitObjectMemberFunction() && Call->getNumArgs() > 0;
  return Explicit ? Call->getArg(0)->getBeginLoc() : E->getBeginLoc();
}

/// `f()`, `x`, `a.b`, `v[i]`: co_await needs no parentheses before it.
bool isPostfix(const Expr *Plain) {
  const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Plain);
  return Operator ? Operator->getOperator() == OO_Call || Operator->getOperator() == OO_Subscript
                  : isa<CallExpr, DeclRefExpr, MemberExpr>(Plain);
}

/// Whether a value that has a name may be awaited: not when `operator co_await` wants a temporary.
bool awaitsLvalues(const ASTContext &Ast, QualType T) {
  const CXXRecordDecl *Class = classOf(T);
  DeclarationName Operator = Ast.DeclarationNames.getCXXOperatorName(OO_Coawait);
  return Class && any_of(memberFunctions(Class, Operator), [](const FunctionDecl *F) {
           const auto *Method = dyn_cast<CXXMethodDecl>(F);
           return Method && Method->getRefQualifier() != RQ_RValue;
         });
}

/// Where the value of an expression goes: the first node around it that is no wrapper.
const Stmt *userOf(const FunctionFlow &Flow, const Expr *E) {
  const Stmt *User = Flow.parent(E);
  while (User &&
         isa<FullExpr, ImplicitCastExpr, MaterializeTemporaryExpr, CXXBindTemporaryExpr>(User))
    User = Flow.parent(User);
  return User;
}

bool isInHandler(const FunctionFlow &Flow, const Stmt *S) {
  while (S && !isa<CXXCatchStmt>(S))
    S = Flow.parent(S);
  return S != nullptr;
}

} // namespace

bool addAwait(Diag &D, const TuModel &Model, const FunctionFacts &F, const Expr *E) {
  const Expr *Plain = withoutWrappers(E);
  QualType T = E->getType();
  if (!F.isCoroutine() || F.Dependent || E->getBeginLoc().isMacroID() ||
      E->getEndLoc().isMacroID() || isa<ExplicitCastExpr, CXXConstructExpr, InitListExpr>(Plain) ||
      Model.types().of(T).Generator || !Model.types().accepts(F.promise(), T))
    return false;
  // Of `auto t = f(), u = g();` neither can change its type, or go, alone.
  const FunctionFlow *Flow = Model.flow(F);
  const auto *Declares = Flow ? dyn_cast_or_null<DeclStmt>(userOf(*Flow, E)) : nullptr;
  if (Declares && !Declares->isSingleDecl())
    return false;
  bool Postfix = isPostfix(Plain);
  D.Fixes.push_back(
      FixItHint::CreateInsertion(beginOf(E, Plain), Postfix ? "co_await " : "co_await ("));
  if (!Postfix)
    D.Fixes.push_back(FixItHint::CreateInsertion(
        Lexer::getLocForEndOfToken(E->getEndLoc(), 0, Model.ast().getSourceManager(),
                                   Model.ast().getLangOpts()),
        ")"));
  return true;
}

bool replaceByAwait(Diag &D, const TuModel &Model, const FunctionFacts &F, const CallExpr *Call,
                    const Expr *Task) {
  const ASTContext &Ast = Model.ast();
  const SourceManager &Sources = Ast.getSourceManager();
  const FunctionFlow *Flow = F.isCoroutine() ? Model.flow(F) : nullptr;
  QualType Result = Model.types().awaitResult(Task->getType());
  bool SameResult =
      !Result.isNull() && Ast.hasSameUnqualifiedType(Result.getNonReferenceType(),
                                                     Call->getType().getNonReferenceType());
  if (!Flow || !SameResult || isInHandler(*Flow, Call) || Call->getBeginLoc().isMacroID() ||
      Call->getEndLoc().isMacroID() || Task->getBeginLoc().isMacroID() ||
      Task->getEndLoc().isMacroID() || !Model.types().accepts(F.promise(), Task->getType()) ||
      (Task->isLValue() && !awaitsLvalues(Ast, Task->getType())))
    return false;
  const Expr *Plain = withoutWrappers(Task);
  const Stmt *User = userOf(*Flow, Call);
  bool Alone = !User || !isa<Expr>(User) || isa<CXXConstructExpr>(User) ||
               (isa<CallExpr>(User) && !isa<CXXOperatorCallExpr, CXXMemberCallExpr>(User));
  std::string Before = Alone ? "co_await " : "(co_await ", After = Alone ? "" : ")";
  if (!isPostfix(Plain)) {
    Before += "(";
    After += ")";
  }
  SourceLocation Begin = beginOf(Task, Plain);
  SourceLocation End = Lexer::getLocForEndOfToken(Task->getEndLoc(), 0, Sources, Ast.getLangOpts());
  D.Fixes.push_back(Begin == Call->getBeginLoc()
                        ? FixItHint::CreateInsertion(Begin, Before)
                        : FixItHint::CreateReplacement(
                              CharSourceRange::getCharRange(Call->getBeginLoc(), Begin), Before));
  D.Fixes.push_back(FixItHint::CreateReplacement(
      CharSourceRange::getCharRange(
          End, Lexer::getLocForEndOfToken(Call->getEndLoc(), 0, Sources, Ast.getLangOpts())),
      After));
  return true;
}

} // namespace abide
