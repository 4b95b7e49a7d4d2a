//===- AwaitInCleanup.cpp - async-await-in-cleanup ------------------------===//
//
// Law: where cancellation lasts, every further await of a cancelled coroutine ends at once.
// Clean-up that has to wait for something does not happen, just when it is needed.
//
// Reported: an await of clean-up on a path that comes from a handler for the cancellation, or from
// the side of a condition on which the token said that work is cancelled.
//
// Not reported: what is shielded, or given another token; libraries that tell a coroutine once and
// let it await after that.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/Cancellation.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// A token made for this: `abort_source patience;`
bool namesOwnToken(const NameLookup &Names, const Stmt *S) {
  if (!S)
    return false;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(S); Ref && namesToken(Names, Ref)) {
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    const auto *Made = Var ? dyn_cast_or_null<CXXConstructExpr>(Var->getInit()) : nullptr;
    return Made && Made->getNumArgs() == 0;
  }
  return any_of(S->children(), [&](const Stmt *Child) { return namesOwnToken(Names, Child); });
}

class AwaitInCleanup {
public:
  AwaitInCleanup(RuleContext &Context, const FunctionFacts &F, const FunctionFlow &Flow,
                 const CancellationSignal &Signal)
      : Context(Context), Model(Context.model()), F(F), Flow(Flow), Signal(Signal) {
    for (const Suspension &S : F.Suspensions)
      SuspensionOf[S.Expr] = &S;
    for (const CallSite &Site : F.Calls)
      if (Site.Expr && Model.names().has(*Site.Callee, Site.Object, Role::Shields))
        Shields.insert(Site.Expr);
    for (const CXXTryStmt *Try : F.Tries)
      handlers(*Try);
  }

  void run() {
    SmallPtrSet<const Stmt *, 4> Reported;
    PathSearch Search(Flow, Exceptions::Awaits);
    Search.fromEntry(
        Running,
        [&](PathSearch::State S, const FlowEvent &Event) -> std::optional<PathSearch::State> {
          if (Event.What == FlowEvent::Branch)
            return saysCancelled(Event) ? unsigned(Cancelled) : S;
          if (Event.What != FlowEvent::Evaluated)
            return S;
          if (Shields.contains(Event.S))
            return std::nullopt;
          if (S == Running)
            return handlerAround(Event.S) ? unsigned(Caught) : S;
          const Suspension *Await = SuspensionOf.lookup(Event.S);
          if (Await && isLost(*Await, S) && Reported.insert(Event.S).second)
            report(*Await, S, Search);
          return S;
        });
  }

private:
  /// Caught: a handler has got the cancellation. Cancelled: the token said so.
  enum : PathSearch::State { Running, Caught, Cancelled };

  void handlers(const CXXTryStmt &Try) {
    const bool MayBe = any_of(F.Suspensions, [&](const Suspension &S) {
      return Flow.isInside(S.Expr, Try.getTryBlock()) && mayBeCancelled(Model, Signal, S);
    });
    for (unsigned I = 0; MayBe && I < Try.getNumHandlers(); ++I) {
      Catches What = catches(Model, Signal, *Try.getHandler(I));
      if (What == Catches::Other)
        continue;
      Handlers.push_back(Try.getHandler(I));
      return;
    }
  }

  const CXXCatchStmt *handlerAround(const Stmt *S) const {
    for (const CXXCatchStmt *Handler : Handlers)
      if (Flow.isInside(S, Handler))
        return Handler;
    return nullptr;
  }

  /// `if (token.stop_requested())`
  bool saysCancelled(const FlowEvent &Branch) const {
    const Expr *E = cast<Expr>(Branch.S)->IgnoreParenImpCasts();
    bool Taken = Branch.Taken;
    while (const auto *Not = dyn_cast<UnaryOperator>(E)) {
      if (Not->getOpcode() != UO_LNot)
        return false;
      Taken = !Taken;
      E = Not->getSubExpr()->IgnoreParenImpCasts();
    }
    return Taken && asksToken(Model.names(), E) && E->getType()->isBooleanType();
  }

  /// Whether the await ends at once because the work is cancelled.
  bool isLost(const Suspension &Await, PathSearch::State S) const {
    if (Await.Yield || !mayThrow(Await.Expr, Exceptions::Awaits) ||
        !isCleanup(Model.names(), Await))
      return false;
    bool Everywhere = Signal && !Signal.NeedsToken && !Signal.Once;
    return Everywhere ||
           ((S == Cancelled || Signal.NeedsToken) && namesToken(Model.names(), Await.Operand) &&
            !namesOwnToken(Model.names(), Await.Operand));
  }

  void report(const Suspension &Await, PathSearch::State S, const PathSearch &Search) {
    Diag D;
    D.Loc = Await.Expr->getBeginLoc();
    D.Message = "this clean-up does not happen when the coroutine was cancelled: the await ends at "
                "once";
    D.Ranges.push_back(Await.Expr->getSourceRange());
    addPath(D, Search.witness());
    if (S == Caught)
      for (const CXXCatchStmt *Handler : Handlers)
        D.Notes.push_back({Handler->getBeginLoc(), "a handler catches the cancellation"});
    D.Notes.push_back({D.Loc, "shield it from cancellation, or do it without the cancelled token"});
    Context.report(D);
  }

  RuleContext &Context;
  const TuModel &Model;
  const FunctionFacts &F;
  const FunctionFlow &Flow;
  const CancellationSignal &Signal;
  DenseMap<const Stmt *, const Suspension *> SuspensionOf;
  SmallPtrSet<const Stmt *, 4> Shields;
  SmallVector<const CXXCatchStmt *, 2> Handlers;
};

void run(RuleContext &Context) {
  for (const FunctionFacts &F : Context.model().functions().all()) {
    if (!F.isCoroutine() || F.Suspensions.empty())
      continue;
    CancellationSignal Signal = cancellationOf(Context.model(), F);
    if (const FunctionFlow *Flow = Context.model().flow(F))
      AwaitInCleanup(Context, F, *Flow, Signal).run();
  }
}

} // namespace

extern constexpr Check AwaitInCleanupCheck = {
    "await-in-cleanup",
    "a coroutine that was cancelled awaits its clean-up, which is cancelled too",
    Severity::Warning,
    /*Recommended=*/false,
    {},
    run,
};

} // namespace abide
