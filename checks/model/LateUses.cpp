//===- LateUses.cpp - What a coroutine uses after it slept ----------------===//

#include "model/LateUses.h"
#include "model/AwaitKind.h"
#include "model/Borrowing.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {

bool startsAsleep(const TuModel &Model, const FunctionFacts &Coroutine) {
  return Coroutine.isCoroutine() && Coroutine.Decl &&
         Model.types().of(Coroutine.Decl->getReturnType()).Starts == Start::Lazy;
}

namespace {

/// How F, the call operator of a lambda, captured the variable; nothing when it did not.
std::optional<LambdaCaptureKind> captureOf(const FunctionFacts &F, const ValueDecl *Var) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(F.Decl);
  if (Method && Method->getParent()->isLambda())
    for (const LambdaCapture &C : Method->getParent()->captures())
      if (C.capturesVariable() && C.getCapturedVar() == Var)
        return C.getCaptureKind();
  return std::nullopt;
}

bool isLambda(const FunctionFacts &F) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(F.Decl);
  return Method && Method->getParent()->isLambda();
}

class Search {
public:
  /// Var is null for `this`.
  Search(const TuModel &Model, const FunctionFacts &F, const ValueDecl *Var, unsigned Depth)
      : Model(Model), F(F), Var(Var), Depth(Depth) {}

  std::optional<LateUse> run(bool Asleep) {
    const FunctionFlow *Flow = F.isCoroutine() ? Model.flow(F) : nullptr;
    if (!Flow)
      return std::nullopt;
    collectAliases(*Flow);
    for (const Suspension &S : F.Suspensions)
      if (S.Yield || kindOfAwait(Model, S) != AwaitKind::Never)
        Sleeps[S.Expr] = &S;
    std::optional<LateUse> Found;
    // 0: awake since the start; 1: not started yet; else which suspension came first.
    PathSearch Paths(*Flow, Exceptions::Awaits);
    auto Next = [&](PathSearch::State At, const FlowEvent &E) -> std::optional<PathSearch::State> {
      if (Found)
        return std::nullopt;
      if (E.What == FlowEvent::ScopeEnd && At > 0 && Guards.contains(E.Var))
        Found = LateUse{sleepOf(At), E.Var->getInit(), E.Var, false, {}};
      if (E.What != FlowEvent::Evaluated)
        return At;
      if (At > 0 && mentions(E.S) && !isVoided(*Flow, E.S))
        Found = LateUse{sleepOf(At), E.S, nullptr, false, {}};
      auto Sleep = Sleeps.find(E.S);
      if (!Found && Sleep != Sleeps.end()) {
        if (const Stmt *Lent = lentWhile(*Sleep->second))
          Found = LateUse{E.S, Lent, nullptr, true, {}};
        else if (At == 0)
          At = 2 + (Sleep->second - F.Suspensions.data());
      }
      if (Found)
        Found->Way = Paths.witness();
      return At;
    };
    Paths.fromEntry(Asleep ? 1 : 0, Next);
    return Found;
  }

private:
  const Stmt *sleepOf(PathSearch::State At) const {
    return At == 1 ? nullptr : F.Suspensions[At - 2].Expr;
  }

  bool isIt(const Referent &R) const { return Var ? R.Var == Var : R.This; }

  bool mentions(const Stmt *S) const {
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
      return Ref->getDecl() == Var || Aliases.contains(Ref->getDecl());
    return !Var && isa<CXXThisExpr>(S);
  }

  static bool isVoided(const FunctionFlow &Flow, const Stmt *S) {
    for (S = Flow.parent(S); S && isa<ParenExpr, CastExpr>(S); S = Flow.parent(S))
      if (cast<Expr>(S)->getType()->isVoidType())
        return true;
    return false;
  }

  /// Locals by which the object is reached: references to it, views of it, closures over it. What a
  /// closure captured by reference, or the object of its `this`, is not part of the closure: a
  /// reference to that outlives it.
  void collectAliases(const FunctionFlow &Flow) {
    std::optional<LambdaCaptureKind> Captured = Var ? captureOf(F, Var) : std::nullopt;
    if ((Captured && *Captured == LCK_ByRef) || (!Var && isLambda(F)))
      return;
    for (const LocalFacts &Local : Model.functions().locals()) {
      const auto *L = dyn_cast<VarDecl>(Local.Decl);
      if (Local.Function != &F || !L || L == Var || isa<ParmVarDecl>(L) || L->isInitCapture() ||
          !L->hasLocalStorage() || !Local.Init)
        continue;
      bool Reference = L->getType()->isReferenceType();
      if (!any_of(Reference ? boundBy(Model, Local.Init) : heldBy(Model, Local.Init),
                  [&](const Referent &R) { return isIt(R); }))
        continue;
      Aliases.insert(L);
      const CXXRecordDecl *Class = L->getType()->getAsCXXRecordDecl();
      if (Class && Class->hasDefinition() && Class->hasNonTrivialDestructor() &&
          borrowOf(Model, L->getType()) == Borrow::Holder)
        Guards.insert(L);
    }
    for (const Stmt *Loop : F.Loops)
      if (const auto *For = dyn_cast<CXXForRangeStmt>(Loop))
        addIterators(*For);
  }

  /// The variables that a range-for hides: it goes on with the range in each round.
  void addIterators(const CXXForRangeStmt &For) {
    auto Is = [&](const Referent &R) { return isIt(R) || (R.Var && Aliases.contains(R.Var)); };
    auto Variable = [](const DeclStmt *S) {
      return S && S->isSingleDecl() ? dyn_cast<VarDecl>(S->getSingleDecl()) : nullptr;
    };
    const VarDecl *Range = Variable(For.getRangeStmt());
    if (!Range || !Range->getInit() || none_of(boundBy(Model, Range->getInit()), Is))
      return;
    for (const DeclStmt *S : {For.getRangeStmt(), For.getBeginStmt(), For.getEndStmt()})
      if (const VarDecl *Hidden = Variable(S))
        Aliases.insert(Hidden);
  }

  /// The argument by which what is awaited goes on using the object while this one sleeps.
  const Stmt *lentWhile(const Suspension &S) const {
    if (S.Yield || Depth > 3)
      return nullptr;
    SmallVector<const Stmt *, 8> Pending{S.Operand};
    while (!Pending.empty()) {
      const Stmt *At = Pending.pop_back_val();
      if (!At || isa<LambdaExpr>(At) || isa<CoroutineSuspendExpr>(At))
        continue;
      append_range(Pending, At->children());
      const auto *Call = dyn_cast<CallExpr>(At);
      if (!Call)
        continue;
      for (const BorrowedArgument &Given : borrowedBy(Model, Call)) {
        auto To = find_if(Given.To, [&](const Referent &R) { return isIt(R) && isLent(); });
        if (To != Given.To.end() && usesWhileAwaited(*Call, Given))
          return To->At;
      }
    }
    return nullptr;
  }

  /// Only the reference or pointer is in the closure, not what it refers to.
  bool isLent() const {
    if (!Var)
      return !isLambda(F);
    std::optional<LambdaCaptureKind> Captured = captureOf(F, Var);
    return !Captured || *Captured == LCK_ByCopy;
  }

  /// Of a function whose body is elsewhere: what is const is often copied at the start.
  bool usesWhileAwaited(const CallExpr &Call, const BorrowedArgument &Given) const {
    const FunctionFacts *Callee = Model.functions().of(Call.getDirectCallee());
    if (Callee && Callee->isCoroutine())
      return Search(Model, *Callee, Given.Parameter, Depth + 1).run(false).has_value();
    if (Callee)
      return false;
    return !Given.Parameter || Given.How == Borrow::View || Given.How == Borrow::Pointer ||
           (Given.How == Borrow::Reference &&
            !Given.Parameter->getType()->getPointeeType().isConstQualified());
  }

  const TuModel &Model;
  const FunctionFacts &F;
  const ValueDecl *Var;
  unsigned Depth;
  SmallPtrSet<const ValueDecl *, 4> Aliases;
  SmallPtrSet<const VarDecl *, 4> Guards; ///< Aliases whose destructor does something.
  DenseMap<const Stmt *, const Suspension *> Sleeps;
};

} // namespace

std::string wordsOfSleep(const LateUse &Late) {
  return Late.Sleep ? "the coroutine sleeps here"
                    : "the coroutine is lazy: it sleeps before its first statement";
}

SourceLocation placeOfSleep(const FunctionFacts &Coroutine, const LateUse &Late) {
  return (Late.Sleep ? Late.Sleep : Coroutine.Body)->getBeginLoc();
}

std::string wordsOfUse(const LateUse &Late, const std::string &What) {
  if (Late.Destroyed)
    return What + " is used by the destructor of '" + Late.Destroyed->getNameAsString() + "'";
  return What + (Late.Meanwhile ? " is used meanwhile by what is awaited" : " is used here");
}

std::optional<LateUse> usedLate(const TuModel &Model, const FunctionFacts &Coroutine,
                                const ValueDecl *Var) {
  return Search(Model, Coroutine, Var, 0).run(startsAsleep(Model, Coroutine));
}

std::optional<LateUse> thisUsedLate(const TuModel &Model, const FunctionFacts &Coroutine) {
  return Search(Model, Coroutine, nullptr, 0).run(startsAsleep(Model, Coroutine));
}

} // namespace abide
