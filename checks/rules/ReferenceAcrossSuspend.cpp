//===- ReferenceAcrossSuspend.cpp - async-reference-across-suspend --------===//
//
// Law: while a coroutine is suspended other code runs. An iterator, reference, pointer or view into
// a member or global is valid after the suspension only when nobody can have changed that
// meanwhile.
//
// Reported: a local that points into such storage, got before a suspension and used after it, when
// another function of the TU changes the storage so that it dangles; a range-for over such storage
// with a suspension in its body.
//
// Not reported: copies, shared pointers; what was got again; storage that was looked at again in a
// condition after the suspension; elements of lists and trees that only grow; storage that only
// constructors, the coroutine itself, or who waits for it changes; suspensions under a lock, with
// units or in a gate.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/LockState.h"
#include "model/SharedStorage.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// Storage that somebody may change meanwhile, and where.
struct Danger {
  const ValueDecl *Storage = nullptr;
  const StorageChange *Change = nullptr;
};

class ReferencesAcrossSuspensions {
public:
  explicit ReferencesAcrossSuspensions(RuleContext &Context)
      : Context(Context), Model(Context.model()), Locks(Model) {}

  void run() {
    for (const LocalFacts &Local : Model.functions().locals())
      if (sleeps(*Local.Function) && Local.Init && !isa<ParmVarDecl>(Local.Decl))
        local(Local);
    for (const FunctionFacts &F : Model.functions().all())
      if (sleeps(F))
        for (const Stmt *Loop : F.Loops)
          if (const auto *For = dyn_cast<CXXForRangeStmt>(Loop))
            range(F, *For);
  }

private:
  static bool sleeps(const FunctionFacts &F) {
    return F.isCoroutine() && !F.Dependent && !F.Suspensions.empty();
  }

  Danger dangerOf(const FunctionFacts &F, const BorrowedStorage &Of) {
    if (Of.Places.empty() || Locks.keepsOthersAway(F))
      return {};
    if (!Storage)
      Storage.emplace(Model);
    for (const StoragePlace &Place : Of.Places)
      for (const StorageChange *Change : Storage->changes(Place.Decl, F))
        if (invalidates(*Change, Of.Kind, Place))
          return {Place.Decl, Change};
    return {};
  }

  //--- Locals ---------------------------------------------------------------

  void local(const LocalFacts &Local) {
    const auto *Var = dyn_cast<VarDecl>(Local.Decl);
    if (const auto *Binding = dyn_cast<BindingDecl>(Local.Decl))
      Var = cast<VarDecl>(Binding->getDecomposedDecl());
    if (!Var || !Var->hasLocalStorage() || Var->isInitCapture() || Var->isCXXForRangeDecl())
      return; // The element of a loop is looked at with the loop.
    const QualType T = Var->getType();
    const FunctionFacts &F = *Local.Function;
    const BorrowedStorage Of = borrowed(Model, T, Local.Init);
    const Danger From = dangerOf(F, Of);
    const FunctionFlow *Flow = From.Change ? Model.flow(F) : nullptr;
    if (!Flow || !Flow->contains(Local.Init))
      return;
    SmallPtrSet<const Stmt *, 8> Uses, Renewed;
    for (const VarUse &Use : Local.Uses)
      if (Use.How == ValueUse::Assigned && !T->isReferenceType())
        Renewed.insert(assignment(*Flow, Use.Ref));
      else
        Uses.insert(Use.Ref);
    follow(F, *Flow, Local.Init, Local.Decl, Uses, Renewed, From);
  }

  /// Whether a condition looks at the storage again, not by what was borrowed.
  bool looksAgain(const Stmt *Condition, const ValueDecl *Storage,
                  const SmallPtrSetImpl<const Stmt *> &Uses) const {
    bool Found = false;
    SmallVector<const Stmt *, 16> Pending{Condition};
    while (!Pending.empty()) {
      const Stmt *S = Pending.pop_back_val();
      if (!S)
        continue;
      if (Uses.count(S))
        return false;
      if (const auto *Member = dyn_cast<MemberExpr>(S))
        Found |= Member->getMemberDecl() == Storage;
      if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
        Found |= Ref->getDecl() == Storage;
      append_range(Pending, S->children());
    }
    return Found;
  }

  void follow(const FunctionFacts &F, const FunctionFlow &Flow, const Stmt *Start,
              const ValueDecl *Local, const SmallPtrSetImpl<const Stmt *> &Uses,
              const SmallPtrSetImpl<const Stmt *> &Renewed, const Danger &From) {
    bool Found = false;
    PathSearch Search(Flow, Exceptions::Awaits);
    // The state is 0 before a suspension, then its number.
    Search.after(
        Start, 0, [&](PathSearch::State S, const FlowEvent &E) -> std::optional<PathSearch::State> {
          if (Found || (E.What == FlowEvent::ScopeEnd && E.Var == Local))
            return std::nullopt;
          if (E.What == FlowEvent::Branch)
            return S && looksAgain(E.S, From.Storage, Uses) ? std::nullopt : std::optional(S);
          if (E.What != FlowEvent::Evaluated)
            return S;
          if (Renewed.count(E.S) || (S && declares(E.S, Local)))
            return std::nullopt;
          if (!S)
            if (const Suspension *Sleep = Locks.sleep(F, E.S))
              return Sleep - F.Suspensions.data() + 1;
          if (!S || !Uses.count(E.S))
            return S;
          Found = true;
          report(E.S->getBeginLoc(), *Local, F.Suspensions[S - 1], From, Search.witness());
          return std::nullopt;
        });
  }

  /// `it = v.erase(it)`: the right side uses the old value.
  static const Stmt *assignment(const FunctionFlow &Flow, const Expr *Target) {
    const Stmt *At = Target;
    while (At && !isa<BinaryOperator, CXXOperatorCallExpr>(At))
      At = Flow.parent(At);
    return At ? At : Target;
  }

  static bool declares(const Stmt *S, const ValueDecl *Local) {
    const auto *Declares = dyn_cast<DeclStmt>(S);
    return Declares && is_contained(Declares->decls(), Local);
  }

  //--- Loops ----------------------------------------------------------------

  void range(const FunctionFacts &F, const CXXForRangeStmt &For) {
    const Expr *Range = For.getRangeInit();
    const FunctionFlow *Flow = nullptr;
    std::optional<Danger> From;
    for (const Suspension &S : F.Suspensions) {
      if (!Flow) {
        if (!(Flow = Model.flow(F)))
          return;
      }
      if (!Flow->isInside(S.Expr, For.getBody()) || !Locks.sleep(F, S.Expr) ||
          !Flow->contains(S.Expr))
        continue;
      if (!From)
        From = dangerOf(F, borrowedRange(Model, Range));
      if (!From->Change)
        return;
      if (goesOn(*Flow, F, For, S, *From))
        return;
    }
  }

  /// Whether the loop takes another step, or uses its element, after the suspension.
  bool goesOn(const FunctionFlow &Flow, const FunctionFacts &F, const CXXForRangeStmt &For,
              const Suspension &Sleep, const Danger &From) {
    SmallPtrSet<const Stmt *, 8> Uses;
    if (const LocalFacts *Element = Model.functions().local(For.getLoopVariable());
        Element && For.getLoopVariable()->getType()->isReferenceType())
      for (const VarUse &Use : Element->Uses)
        Uses.insert(Use.Ref);
    bool Found = false;
    PathSearch Search(Flow, Exceptions::Awaits);
    Search.after(Sleep.Expr, 0,
                 [&](PathSearch::State S, const FlowEvent &E) -> std::optional<PathSearch::State> {
                   if (Found)
                     return std::nullopt;
                   if (E.What == FlowEvent::Branch)
                     return looksAgain(E.S, From.Storage, Uses) ? std::nullopt : std::optional(S);
                   if (E.What != FlowEvent::Evaluated)
                     return S;
                   const bool Steps = For.getInc() && E.S == withoutWrappers(For.getInc());
                   if (!Steps && !Uses.count(E.S))
                     return S;
                   Found = true;
                   report(For, Sleep, From, Search.witness());
                   return std::nullopt;
                 });
    return Found;
  }

  //--- Reports --------------------------------------------------------------

  static std::string shown(const ValueDecl &D) { return "'" + D.getNameAsString() + "'"; }

  static std::string changer(const StorageChange &Change) {
    return Change.In->Decl ? "'" + shownName(*Change.In->Decl) + "'" : "other code";
  }

  static std::string verb(Disturbance How) {
    return How == Disturbance::Adds      ? " adds to "
           : How == Disturbance::Removes ? " removes from "
                                         : " replaces ";
  }

  void finish(Diag &D, const Suspension &Sleep, const Danger &From, ArrayRef<FlowStep> Way) {
    D.note(Sleep.Expr->getBeginLoc(), "the coroutine is suspended here, and other code runs");
    D.note(From.Change->At->getExprLoc(), changer(*From.Change) + verb(From.Change->How) +
                                              shown(*From.Storage) + " here, perhaps meanwhile");
    addPath(D, Way);
  }

  void report(SourceLocation At, const ValueDecl &Local, const Suspension &Sleep,
              const Danger &From, ArrayRef<FlowStep> Way) {
    Diag D;
    D.Loc = At;
    D.Message = shown(Local) + " points into " + shown(*From.Storage) +
                " and may dangle: it was taken before a suspension during which " +
                changer(*From.Change) + " may run";
    D.note(Local.getLocation(), shown(Local) + " is taken here");
    finish(D, Sleep, From, Way);
    D.note(At, "take it again after the suspension, or copy what is needed before");
    Context.report(D);
  }

  void report(const CXXForRangeStmt &For, const Suspension &Sleep, const Danger &From,
              ArrayRef<FlowStep> Way) {
    Diag D;
    D.Loc = For.getRangeInit()->getBeginLoc();
    D.Message = "the loop over " + shown(*From.Storage) +
                " is suspended in its body, and goes on with iterators that dangle after " +
                changer(*From.Change) + " ran";
    finish(D, Sleep, From, Way);
    D.note(D.Loc, "loop over a copy, or over keys that are looked up again after the suspension");
    Context.report(D);
  }

  RuleContext &Context;
  const TuModel &Model;
  HeldLocks Locks;
  std::optional<SharedStorage> Storage; ///< Built when something points into a member.
};

void run(RuleContext &Context) { ReferencesAcrossSuspensions(Context).run(); }

} // namespace

extern constexpr Check ReferenceAcrossSuspendCheck = {
    "reference-across-suspend",
    "an iterator, reference or view into storage that others change is used after a suspension",
    Severity::Warning,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
