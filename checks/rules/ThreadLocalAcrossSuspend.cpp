//===- ThreadLocalAcrossSuspend.cpp - async-thread-local-across-suspend ---===//
//
// Law: a coroutine that may go on on another thread takes nothing along that belongs to the thread
// which it left. A reference to a thread_local variable then names the variable of somebody else,
// who uses it at the same time; an id names the wrong thread. And errno is what the last call of
// the thread left there: after a suspension that was a call of somebody else, on any thread.
//
// Reported: a local that refers to a thread_local variable, or holds the identity of the thread,
// got before a suspension that may change the thread and used after it; errno read after a
// suspension that follows the call it is meant for.
//
// Which suspensions may change the thread: those that switch to a pool or loop, and all of a
// coroutine type whose library resumes on whatever thread is there. Of types of unknown libraries
// only the former.
//
// Not reported: types bound to their loop; copies of the value of a thread_local variable; what is
// got again; an id that is compared with the one of now; constants.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/ThreadIdentity.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// A use after a suspension that may change the thread.
struct LateUse {
  const Expr *Use;
  const Expr *Hop;
};

Diag describe(const LocalFacts &Local, const ThreadValue &Value, const LateUse &Late,
              ArrayRef<FlowStep> Path) {
  Diag D;
  D.Loc = Late.Use->getExprLoc();
  D.Message =
      "'" + Local.Decl->getNameAsString() +
      "' belongs to the thread that the coroutine ran on before it was suspended; it may be "
      "another one now";
  D.Notes.push_back({Local.Decl->getLocation(), "it comes from '" + Value.What->getNameAsString() +
                                                    "', which each thread has for itself"});
  D.Notes.push_back({Late.Hop->getBeginLoc(), "here the coroutine may change its thread"});
  addPath(D, Path);
  D.Notes.push_back({D.Loc, "get it again after the suspension"});
  return D;
}

void reportLocal(RuleContext &Context, const LocalFacts &Local, const ThreadValue &Value,
                 ArrayRef<const Expr *> Hops, const FunctionFlow &Flow) {
  SmallPtrSet<const Stmt *, 8> Uses, Renewed;
  for (const VarUse &Use : Local.Uses)
    if (Use.How == ValueUse::Assigned && !Local.Decl->getType()->isReferenceType())
      Renewed.insert(Use.Ref);
    else if (!Value.IsIdentity || !comparedWithNow(Context.model(), Flow, Use.Ref))
      Uses.insert(Use.Ref);
  bool Found = false;
  PathSearch Search(Flow, Exceptions::Awaits);
  // The state is 0 on the thread of the variable, then the number of the suspension that left it.
  Search.after(Local.Init, 0,
               [&](PathSearch::State S, const FlowEvent &E) -> std::optional<PathSearch::State> {
                 if (Found || (E.What == FlowEvent::ScopeEnd && E.Var == Local.Decl))
                   return std::nullopt;
                 if (E.What != FlowEvent::Evaluated)
                   return S;
                 if (Renewed.count(E.S))
                   return std::nullopt;
                 if (const auto *Hop = find(Hops, E.S); Hop != Hops.end())
                   return Hop - Hops.begin() + 1;
                 if (!S || !Uses.count(E.S))
                   return S;
                 Found = true;
                 Context.report(
                     describe(Local, Value, {cast<Expr>(E.S), Hops[S - 1]}, Search.witness()));
                 return std::nullopt;
               });
}

void reportLocals(RuleContext &Context) {
  const TuModel &Model = Context.model();
  for (const LocalFacts &Local : Model.functions().locals()) {
    const FunctionFacts &F = *Local.Function;
    if (!F.isCoroutine() || !Local.Init || F.Suspensions.empty() || !isa<VarDecl>(Local.Decl))
      continue;
    const ThreadValue Value = threadValue(Model, Local.Decl->getType(), Local.Init);
    const FunctionFlow *Flow = Value.What ? Model.flow(F) : nullptr;
    if (!Flow || !Flow->contains(Local.Init))
      continue;
    const auto Hops = threadHops(Model, F);
    if (!Hops.empty())
      reportLocal(Context, Local, Value, Hops, *Flow);
  }
}

void reportErrors(RuleContext &Context, const FunctionFacts &F, const FunctionFlow &Flow) {
  for (const StaleError &Stale : staleErrors(Context.model(), F, Flow)) {
    Diag D;
    // errno is a macro of a system header.
    D.Loc = Context.model().ast().getSourceManager().getExpansionLoc(Stale.Read->getExprLoc());
    D.Message = "the error of '" + shownName(*Stale.Setter->Callee) +
                "' is read after a suspension, when other calls have overwritten it";
    D.Notes.push_back({Stale.Setter->Loc, "this call sets it"});
    D.Notes.push_back({Stale.Suspends->getBeginLoc(), "the coroutine is suspended here"});
    D.Notes.push_back({D.Loc, "copy it to a variable before the suspension"});
    Context.report(D);
  }
}

void run(RuleContext &Context) {
  reportLocals(Context);
  const TuModel &Model = Context.model();
  auto ReadsError = [&](const CallSite &Site) {
    return Model.names().has(*Site.Callee, Site.Object, Role::LastError);
  };
  for (const FunctionFacts &F : Model.functions().all())
    if (F.isCoroutine() && !F.Suspensions.empty() && any_of(F.Calls, ReadsError))
      if (const FunctionFlow *Flow = Model.flow(F))
        reportErrors(Context, F, *Flow);
}

} // namespace

extern constexpr Check ThreadLocalAcrossSuspendCheck = {
    "thread-local-across-suspend",
    "what belongs to a thread is kept across a suspension that may change the thread",
    Severity::Warning,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
