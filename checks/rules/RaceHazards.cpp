//===- RaceHazards.cpp - async-race-hazards -------------------------------===//
//
// Law: a race is over when the first task is done; the others run on, and whatever they refer to
// has to live as long as they do. And a lock that is not recursive is not given twice to the same
// coroutine: it waits for itself.
//
// Reported: a task in a race that got a reference or pointer to a local of this coroutine; an await
// of a lock that a guard of the same coroutine holds on the path.
//
// Not reported: races that stop and await their losers; semaphores and shared locks, which several
// may hold.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/AwaitKind.h"
#include "model/Callables.h"
#include "model/Completions.h"
#include "model/Handles.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

//===----------------------------------------------------------------------===//
// Losers
//===----------------------------------------------------------------------===//

/// The call that makes a task, also where a local keeps it.
const CallExpr *madeBy(const TuModel &Model, const Expr *Task) {
  if (const ValueDecl *Var = valueNamed(Task)) {
    const LocalFacts *Local = Model.functions().local(Var);
    return Local && Local->Init ? dyn_cast<CallExpr>(withoutWrappers(Local->Init)) : nullptr;
  }
  return dyn_cast<CallExpr>(withoutWrappers(Task));
}

/// A local of the coroutine that the argument refers to when it is bound to the parameter.
const VarDecl *referredLocal(const Expr *Argument, QualType Parameter) {
  const Expr *E = withoutWrappers(Argument);
  const auto *Address = dyn_cast<UnaryOperator>(E);
  if (Parameter->isPointerType() && Address && Address->getOpcode() == UO_AddrOf)
    E = withoutWrappers(Address->getSubExpr());
  else if (!Parameter->isReferenceType())
    return nullptr;
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  return Var && Var->hasLocalStorage() && !Var->getType()->isReferenceType() ? Var : nullptr;
}

void losers(RuleContext &Context, const CallExpr &Race) {
  const TuModel &Model = Context.model();
  for (const Expr *Task : Race.arguments()) {
    const CallExpr *Made = madeBy(Model, Task);
    const FunctionDecl *Callee = Made ? Made->getDirectCallee() : nullptr;
    if (!Callee || isa<CXXOperatorCallExpr>(Made) ||
        Model.types().obligation(Made->getType()) == Obligation::None)
      continue;
    for (unsigned I = 0; I < Made->getNumArgs() && I < Callee->getNumParams(); ++I) {
      const VarDecl *Local = referredLocal(Made->getArg(I), Callee->getParamDecl(I)->getType());
      if (!Local)
        continue;
      Diag D;
      D.Loc = Made->getArg(I)->getBeginLoc();
      D.Message = "'" + shownName(*Callee) + "' has a reference to '" + Local->getNameAsString() +
                  "', which may die while it runs on: '" + shownName(*Race.getDirectCallee()) +
                  "' does not wait for those that lose";
      D.note(Local->getLocation(), "it lives as long as this coroutine");
      D.note(Race.getBeginLoc(), "the race is over when the first task is done");
      D.note(D.Loc, "give it by value, or share it with a 'std::shared_ptr'");
      Context.report(D);
    }
  }
}

//===----------------------------------------------------------------------===//
// Locks
//===----------------------------------------------------------------------===//

/// The lock that an await acquires for one holder; empty for anything else.
ObjectPath acquired(const TuModel &Model, const Suspension &S) {
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(S.Yield ? nullptr : awaitedCall(S));
  const CXXRecordDecl *Class = Call ? Call->getObjectType()->getAsCXXRecordDecl() : nullptr;
  if (!Class || !Model.names().has(*Class, Role::AsyncLock))
    return {};
  bool Counts =
      !memberFunctions(Class, DeclarationName(&Model.ast().Idents.get("acquire"))).empty() ||
      !memberFunctions(Class, DeclarationName(&Model.ast().Idents.get("signal"))).empty();
  StringRef Name = calleeName(*Call);
  if (Counts || Name.contains_insensitive("shared") || !Name.contains_insensitive("lock") ||
      Name.contains_insensitive("try") || Name.contains_insensitive("unlock"))
    return {};
  return ObjectPath::of(Call->getImplicitObjectArgument());
}

void heldTwice(RuleContext &Context, const FunctionFacts &F) {
  const TuModel &Model = Context.model();
  SmallVector<std::pair<const Suspension *, ObjectPath>, 4> Locks;
  for (const Suspension &S : F.Suspensions)
    if (ObjectPath Lock = acquired(Model, S))
      Locks.push_back({&S, Lock});
  const FunctionFlow *Flow = Locks.size() > 1 ? Model.flow(F) : nullptr;
  for (const LocalFacts &Guard : Model.functions().locals()) {
    const auto *Var = dyn_cast<VarDecl>(Guard.Decl);
    if (!Flow || Guard.Function != &F || !Var || !Guard.Init || !Flow->contains(Guard.Init))
      continue;
    for (const auto &[First, Lock] : Locks) {
      if (!Flow->isInside(First->Expr, Guard.Init))
        continue;
      bool Found = false;
      PathSearch Search(*Flow, Exceptions::None);
      Search.after(Guard.Init, 0, [&](PathSearch::State S, const FlowEvent &Event) {
        bool Ends = Found || (Event.What == FlowEvent::ScopeEnd && Event.Var == Var);
        const auto *Ref = dyn_cast_or_null<DeclRefExpr>(Event.S);
        const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Event.S);
        if (Ends || (Ref && Ref->getDecl() == Var) || (Call && calleeName(*Call) == "unlock"))
          return std::optional<PathSearch::State>();
        for (const auto &[Second, Again] : Locks)
          if (Event.What == FlowEvent::Evaluated && Event.S == Second->Expr && Second != First &&
              Again == Lock) {
            Diag D;
            D.Loc = Second->Expr->getBeginLoc();
            D.Message = "this waits for ever: '" + Var->getNameAsString() + "' holds '" +
                        Lock.shown() + "' already";
            D.Ranges.push_back(Second->Expr->getSourceRange());
            D.note(First->Expr->getBeginLoc(), "it is acquired here first");
            addPath(D, Search.witness());
            D.note(D.Loc, "release it before, or do this under the lock that is held");
            Context.report(D);
            Found = true;
            return std::optional<PathSearch::State>();
          }
        return std::optional(S);
      });
    }
  }
}

void run(RuleContext &Context) {
  for (const FunctionFacts &F : Context.model().functions().all()) {
    if (!F.isCoroutine() || F.Dependent)
      continue;
    for (const Suspension &S : F.Suspensions) {
      const CallExpr *Call = S.Yield ? nullptr : awaitedCall(S);
      const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
      if (Callee && Context.model().names().has(*Callee, Role::Races))
        losers(Context, *Call);
    }
    heldTwice(Context, F);
  }
}

} // namespace

extern constexpr Check RaceHazardsCheck = {
    "race-hazards",
    "the losers of a race use what dies with its coroutine, or a coroutine waits for itself",
    Severity::Warning,
    /*Recommended=*/false,
    {},
    run,
};

} // namespace abide
