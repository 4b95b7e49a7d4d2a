//===- SequentialAwait.cpp - async-sequential-await -----------------------===//
//
// Law: two awaits one after the other take the sum of their times. Work that does not need each
// other's results can run together, in the time of the longest.
//
// Reported: neighbouring variables that are initialised by awaiting lazy tasks of free functions
// which share no object; a loop that does nothing but gather what it awaits for each element.
//
// Not reported: member functions, which may be bound to an order by their object; arguments by
// non-const reference or pointer; calls that share a variable of class type.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/AwaitKind.h"
#include "model/Effects.h"
#include "model/Handles.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

using Variables = SmallPtrSet<const ValueDecl *, 8>;

/// An await that could as well run beside another one.
struct Independent {
  const CallExpr *Call = nullptr;
  Variables Objects; ///< Variables of class type, or that are not local, in the arguments.
  Variables Named;   ///< All variables in them.
};

std::optional<Independent> independent(const TuModel &Model, const FunctionFacts &F,
                                       const Expr *Value) {
  const auto *Await = dyn_cast_or_null<CoawaitExpr>(Value ? withoutWrappers(Value) : nullptr);
  const Suspension *S = nullptr;
  for (const Suspension &Other : F.Suspensions)
    if (Other.Expr == Await)
      S = &Other;
  const CallExpr *Call = S ? awaitedCall(*S) : nullptr;
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (!Callee || isa<CXXMethodDecl>(Callee) || Await->getType()->isVoidType() ||
      Model.types().of(Call->getType()).Starts != Start::Lazy ||
      !Model.types().of(Call->getType()).isCoroutine() ||
      kindOfAwait(Model, *S) != AwaitKind::Ordinary || Model.names().has(*Callee, Role::JoinsAll) ||
      Model.names().has(*Callee, Role::Races))
    return std::nullopt;
  Independent Found{Call, {}, {}};
  for (unsigned I = 0; I < Call->getNumArgs(); ++I) {
    if (I >= Callee->getNumParams() || !onlyLooks(Call->getArg(I)))
      return std::nullopt;
    QualType T = Callee->getParamDecl(I)->getType();
    if (T->isPointerType() || T->isRValueReferenceType() ||
        (T->isLValueReferenceType() && !T.getNonReferenceType().isConstQualified()))
      return std::nullopt;
    anyStatement(Call->getArg(I), [&](const Stmt *Part) {
      if (const auto *Ref = dyn_cast<DeclRefExpr>(Part); Ref && isa<VarDecl>(Ref->getDecl())) {
        Found.Named.insert(Ref->getDecl());
        if (!Ref->getType()->isArithmeticType())
          Found.Objects.insert(Ref->getDecl());
      }
      return isa<CXXThisExpr>(Part);
    });
  }
  return Found;
}

bool share(const Variables &A, const Variables &B) {
  return any_of(A, [&](const ValueDecl *D) { return B.contains(D); });
}

const VarDecl *onlyVariable(const Stmt *S) {
  const auto *Declares = dyn_cast<DeclStmt>(S);
  return Declares && Declares->isSingleDecl() ? dyn_cast<VarDecl>(Declares->getSingleDecl())
                                              : nullptr;
}

void neighbours(RuleContext &Context, const FunctionFacts &F, const CompoundStmt &Block) {
  const VarDecl *Before = nullptr;
  std::optional<Independent> First;
  for (const Stmt *S : Block.body()) {
    const VarDecl *Var = onlyVariable(S);
    std::optional<Independent> Next =
        Var ? independent(Context.model(), F, Var->getInit()) : std::nullopt;
    if (First && Next && !Next->Named.contains(Before) && !share(First->Objects, Next->Objects)) {
      Diag D;
      D.Loc = Next->Call->getBeginLoc();
      D.Message = "'" + shownName(*Next->Call->getDirectCallee()) + "' waits until '" +
                  shownName(*First->Call->getDirectCallee()) +
                  "' is done, although it does not need its result";
      D.Ranges.push_back(Next->Call->getSourceRange());
      D.note(First->Call->getBeginLoc(), "this is awaited first");
      D.note(D.Loc, "if their order does not matter, start both and await them together");
      Context.report(D);
    }
    Before = Var;
    First = std::move(Next);
  }
}

/// `for (auto &x : xs) results.push_back(co_await f(x));`
void gathers(RuleContext &Context, const FunctionFacts &F, const CXXForRangeStmt &Loop) {
  const Stmt *Body = Loop.getBody();
  if (const auto *Block = dyn_cast<CompoundStmt>(Body))
    Body = Block->size() == 1 ? Block->body_front() : nullptr;
  const auto *Put = dyn_cast_or_null<CXXMemberCallExpr>(
      isa_and_nonnull<Expr>(Body) ? withoutWrappers(cast<Expr>(Body)) : nullptr);
  if (!Put || Put->getNumArgs() != 1 ||
      (calleeName(*Put) != "push_back" && calleeName(*Put) != "emplace_back"))
    return;
  const Expr *Value = withoutWrappers(Put->getArg(0));
  if (const auto *Made = dyn_cast<CXXConstructExpr>(Value); Made && Made->getNumArgs() == 1)
    Value = withoutWrappers(Made->getArg(0));
  std::optional<Independent> Each = independent(Context.model(), F, Value);
  const VarDecl *Element = Loop.getLoopVariable();
  if (!Each || any_of(Each->Objects, [&](const ValueDecl *D) { return D != Element; }))
    return;
  Diag D;
  D.Loc = Each->Call->getBeginLoc();
  D.Message = "'" + shownName(*Each->Call->getDirectCallee()) +
              "' runs for one element after the other, although they do not need each other";
  D.Ranges.push_back(Each->Call->getSourceRange());
  D.note(Loop.getBeginLoc(), "if there are not too many, start them all and await them together");
  Context.report(D);
}

void run(RuleContext &Context) {
  for (const FunctionFacts &F : Context.model().functions().all()) {
    if (!F.isCoroutine() || F.Dependent)
      continue;
    anyStatement(F.Body, [&](const Stmt *S) {
      if (const auto *Block = dyn_cast<CompoundStmt>(S))
        neighbours(Context, F, *Block);
      if (const auto *Loop = dyn_cast<CXXForRangeStmt>(S))
        gathers(Context, F, *Loop);
      return false;
    });
  }
}

} // namespace

extern constexpr Check SequentialAwaitCheck = {
    "sequential-await",
    "awaits that do not need each other run one after the other",
    Severity::Hint,
    /*Recommended=*/false,
    {},
    run,
};

} // namespace abide
