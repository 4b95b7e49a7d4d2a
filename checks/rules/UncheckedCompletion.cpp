//===- UncheckedCompletion.cpp - async-unchecked-completion ---------------===//
//
// Law: a promise or future takes one result. Who gives it a second one, or gives one to a future
// that its awaiter has cancelled meanwhile, gets an exception in a place that expects none, or
// stops the program.
//
// Reported: two completions of one object on one path; the completion of a future that can be
// cancelled after something else could run since it was made or asked: after an await, in a
// callback that a loop runs later, of a future kept in a member or container.
//
// Not reported: paths on which the object was asked (`done()`, `isFulfilled()`), replaced, or given
// to somebody; two completions whose conditions speak of the same thing, or in one switch.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/Callables.h"
#include "model/Completions.h"
#include "model/Correlation.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

class UncheckedCompletion {
public:
  UncheckedCompletion(RuleContext &Context, const Completions &All)
      : Context(Context), Model(Context.model()), All(All) {}

  /// One search for each object that F completes.
  void function(const FunctionFacts &F, const CallSite *GivenTo) {
    const ArrayRef<Completion> Sites = All.of(F);
    const FunctionFlow *Flow = Sites.empty() ? nullptr : Model.flow(F);
    SmallVector<ObjectPath, 4> Seen;
    for (const Completion &C : Sites)
      if (Flow && !is_contained(Seen, C.Object)) {
        Seen.push_back(C.Object);
        object(F, *Flow, C, GivenTo);
      }
  }

private:
  /// Fresh: nothing happened since the object was made or asked. Stale: others ran. Late: it is
  /// older than this function. Given + N: it got its result from the function's completion N.
  enum : PathSearch::State { Fresh, Stale, Late, Given };

  void object(const FunctionFacts &F, const FunctionFlow &Flow, const Completion &First,
              const CallSite *GivenTo) {
    const ObjectPath &Object = First.Object;
    bool IsLate =
        First.Cancellable && (All.isKept(Object) || (GivenTo && All.isOutside(F, Object)));
    const Stmt *Awaited = nullptr; // What made the object stale, of the path found first.
    const ArrayRef<Completion> Sites = All.of(F);
    const bool Once = count_if(Sites, [&](const Completion &C) { return C.Object == Object; }) == 1;
    if (!First.Cancellable && Once && !Flow.mayRepeat(First.Call))
      return;
    PathSearch Search(Flow, Exceptions::Awaits);
    bool Reported = false;
    Search.fromEntry(
        IsLate ? Late : Fresh,
        [&](PathSearch::State S, const FlowEvent &Event) -> std::optional<PathSearch::State> {
          if (Reported)
            return std::nullopt;
          if (Event.What != FlowEvent::Evaluated)
            return Event.What == FlowEvent::ScopeEnd && Event.Var == Object.root() ? Fresh : S;
          if (const Completion *C = All.at(Event.S); C && C->Object == Object) {
            if (S >= Given) {
              const Completion &Before = Sites[S - Given];
              Reported =
                  !sameSwitch(Flow, Before, *C) && !correlated(Flow, Search) &&
                  (&Before == C || !mayExclude(Model, Flow, Before.Call, C->Call,
                                               since(Model, Flow, Before.Call, Search.witness())));
              if (Reported)
                twice(*C, Before, Search);
            } else if (S == Stale || S == Late) {
              late(F, *C, S == Stale ? Awaited : nullptr, GivenTo, Search);
              Reported = true;
            }
            return Given + (C - Sites.begin());
          }
          if (isa<CoawaitExpr>(Event.S)) {
            if (S >= Given) // Of a member, others may make a new one meanwhile.
              return Object.isMember() ? Fresh : S;
            if (First.Cancellable && S == Fresh)
              Awaited = Event.S;
            return First.Cancellable && S == Fresh ? Stale : S;
          }
          switch (All.mention(Flow, Object, Event.S)) {
          case Mention::None:
            return S;
          case Mention::Made:
            return First.Cancellable && All.madeOfKept(Object) ? Late : Fresh;
          case Mention::Asked:
            return Fresh;
          case Mention::Other:
            return S >= Given ? Fresh : S;
          }
          return S;
        });
  }

  static bool sameSwitch(const FunctionFlow &Flow, const Completion &A, const Completion &B) {
    for (const Stmt *S = Flow.parent(A.Call); S; S = Flow.parent(S))
      if (isa<SwitchStmt>(S))
        return Flow.isInside(B.Call, S);
    return false;
  }

  /// Whether two decisions on the way ask about the same thing, so that they may exclude each
  /// other.
  bool correlated(const FunctionFlow &Flow, const PathSearch &Search) const {
    DenseMap<const ValueDecl *, const Stmt *> First;
    for (const FlowStep &Step : Search.witness()) {
      SmallPtrSet<const ValueDecl *, 4> Here;
      if (!Step.Threw)
        All.named(Step.S, Here);
      for (const ValueDecl *D : Here)
        if (auto [Slot, New] = First.try_emplace(D, Step.S);
            !New && (Slot->second != Step.S || !All.mayRepeat(Flow, Step.S)))
          return true;
    }
    return false;
  }

  void twice(const Completion &C, const Completion &Before, const PathSearch &Search) {
    Diag D;
    D.Loc = C.Call->getExprLoc();
    D.Message = &C == &Before ? "'" + C.Object.shown() + "' gets its result again in the next round"
                              : "'" + C.Object.shown() + "' has its result already on this path";
    D.Message += C.Throws ? ": '" + C.Name + "' throws" : ": the program stops";
    D.Ranges.push_back(C.Call->getSourceRange());
    if (&C != &Before)
      D.Notes.push_back({Before.Call->getExprLoc(), "it got one here"});
    addPath(D, Search.witness());
    D.Notes.push_back({D.Loc, "complete it once, or ask whether it is done"});
    Context.report(D);
  }

  void late(const FunctionFacts &F, const Completion &C, const Stmt *Awaited,
            const CallSite *GivenTo, const PathSearch &Search) {
    Diag D;
    D.Loc = C.Call->getExprLoc();
    D.Message =
        "'" + C.Object.shown() + "' may have been cancelled meanwhile: '" + C.Name + "' throws";
    D.Ranges.push_back(C.Call->getSourceRange());
    if (Awaited)
      D.Notes.push_back({Awaited->getBeginLoc(), "others run, and may cancel it, during this"});
    else if (GivenTo && All.isOutside(F, C.Object))
      D.Notes.push_back({GivenTo->Loc, "the callback runs later: others run before it"});
    else
      D.Notes.push_back({C.Object.root() ? C.Object.root()->getLocation() : D.Loc,
                         "it was made earlier, and whoever waits for it may have gone"});
    addPath(D, Search.witness());
    D.Notes.push_back({D.Loc, "ask '" + C.Object.shown() + "' first whether it is done"});
    Context.report(D);
  }

  RuleContext &Context;
  const TuModel &Model;
  const Completions &All;
};

void run(RuleContext &Context) {
  const TuModel &Model = Context.model();
  const Completions All(Model);
  if (All.empty())
    return;
  UncheckedCompletion Rule(Context, All);
  DenseMap<const FunctionDecl *, const CallSite *> Later; // Callbacks, and who gets them.
  for (const FunctionFacts &F : Model.functions().all())
    for (const CallSite &Site : F.Calls) {
      for (const CallableArgument &Argument : Site.Callables) {
        CallableFate Fate = fateOfCallable(Model, Site, Argument.Index);
        if (Fate == CallableFate::LoopLater || Fate == CallableFate::OtherLoop ||
            Fate == CallableFate::OtherThread)
          Later[Argument.Function] = &Site;
      }
    }
  for (const FunctionFacts &F : Model.functions().all())
    if (F.Decl)
      Rule.function(F, Later.lookup(F.Decl));
}

} // namespace

extern constexpr Check UncheckedCompletionCheck = {
    "unchecked-completion",
    "a future or promise gets its result although it may be cancelled or done already",
    Severity::Warning,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
