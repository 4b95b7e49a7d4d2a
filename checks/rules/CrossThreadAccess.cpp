//===- CrossThreadAccess.cpp - async-cross-thread-access ------------------===//
//
// Law: what belongs to a loop is touched by the thread of that loop alone. Sockets, timers, futures
// and the like have no locks: another thread that calls them races with the loop.
//
// Reported: code that a thread, a pool, a signal or another shard runs, and that calls a function
// of a loop's object which was there before it: captured by reference, by pointer or through
// `this`, or a global. The other way round: a thread runs the loop, and who started it calls the
// loop's objects. On another shard also: changing what it reaches through the `this` of the
// shard that sent it. The loop (or who gave the code away) must be able to use the object
// meanwhile.
//
// Not reported: what the thread owns, made in it or moved into it; a thread that runs a loop by
// itself; thread-safe entries; const functions; objects that no loop is seen to use; a giver that
// waits for the thread before anybody goes on.
//
//===----------------------------------------------------------------------===//

#include "ChainNotes.h"
#include "Check.h"
#include "model/LoopThreads.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

using ExprSet = SmallPtrSet<const Stmt *, 8>;

class ThreadUses {
public:
  ThreadUses(const TuModel &Model, const Threads &Where, const ThreadStart &Start)
      : Model(Model), Where(Where), Start(Start), Shared(sharedUses(Model, Start)) {}

  void report(RuleContext &Context, ExprSet &Reported) {
    if (Start.Kind == ThreadKind::OtherThread && Shared.RunsLoop)
      return beside(Context, Reported);
    for (const SharedUse &Use : Shared.Uses)
      if (!Reported.count(Use.At) && isForeign(Use)) {
        const Expr *Other = nullptr;
        if (Start.Kind == ThreadKind::OtherThread && !isConcurrent(Use, Other))
          continue;
        Reported.insert(Use.At);
        Context.report(describe(Use, Other));
      }
  }

private:
  /// The thread is the loop's: it is the giver who has to stay away.
  void beside(RuleContext &Context, ExprSet &Reported) const {
    const std::optional<BesideLoop> Found = usedBesideLoop(Model, Start, Shared);
    if (!Found || !Reported.insert(Found->Call->Expr).second)
      return;
    const std::string Name = "'" + Found->Object->getNameAsString() + "'";
    Diag D;
    D.Loc = Found->Call->Loc;
    D.Message = Name + " belongs to a loop that runs on another thread, but '" +
                shownName(*Found->Call->Callee) + "' is called on it here: a data race";
    D.Ranges.push_back(Found->Call->Expr->getSourceRange());
    D.Notes.push_back({Start.Site->Loc, "this thread is started"});
    D.Notes.push_back({Found->Runs->getExprLoc(), "and runs the loop"});
    if (Found->Operation)
      D.Notes.push_back(
          {Found->Operation->getExprLoc(), "the loop completes this operation of " + Name});
    D.Notes.push_back({D.Loc, cure().str()});
    Context.report(D);
  }

  static bool isAtomic(const CXXRecordDecl *Class) {
    return Class && Class->isInStdNamespace() && Class->getIdentifier() &&
           Class->getName().contains("atomic");
  }

  /// Whether only another thread than that of Start may do this.
  bool isForeign(const SharedUse &Use) const {
    if (Use.Object && Use.Call && Use.Class && belongsToLoop(Model, Use.Class))
      return Use.Calls.empty() || Start.Kind != ThreadKind::OtherLoop || !sentToOwner();
    return Start.Kind == ThreadKind::OtherLoop && Use.ThroughThis && !isAtomic(Use.Class) &&
           !(Use.Call && Model.functions().of(Use.Call->Callee)) && !sentToOwner();
  }

  /// `submit_to(owner_, [this] {...})`: the object knows its shard.
  bool sentToOwner() const {
    SmallVector<const Stmt *, 8> Pending;
    for (const Expr *Argument : argumentsOf(*Start.Site))
      if (!isa<LambdaExpr>(withoutWrappers(Argument)))
        Pending.push_back(Argument);
    while (!Pending.empty()) {
      const Stmt *S = Pending.pop_back_val();
      if (S && isa<CXXThisExpr, CXXMemberCallExpr>(S))
        return true;
      if (S)
        append_range(Pending, S->children());
    }
    return false;
  }

  /// A variable that Start's giver made, so that nobody else knows it.
  bool isLocal(const ValueDecl *Object) const {
    const LocalFacts *Facts = Model.functions().local(Object);
    if (!Facts || Facts->Function != Start.Giver)
      return false;
    return !isa<ParmVarDecl>(Object) ||
           !(Object->getType()->isReferenceType() || Object->getType()->isPointerType());
  }

  /// Where a coroutine or callback names the object.
  const Expr *loopUse(const ValueDecl *Object, bool Local) const {
    for (const FunctionFacts &F : Model.functions().all())
      if (F.Decl && Where.runs(F, ThreadKind::Loop) && !(Local && &F == Start.Giver))
        if (auto Found = mentions(F, Object); !Found.empty())
          return Found.front();
    return nullptr;
  }

  /// Where a thread that runs a loop by itself names the object.
  const Expr *loopThreadUse(const ValueDecl *Object) const {
    for (const ThreadStart &Loop : Where.starts())
      if (Loop.Kind == ThreadKind::OtherThread && Loop.Body != Start.Body)
        if (auto Found = mentions(*Loop.Body, Object);
            !Found.empty() && sharedUses(Model, Loop).RunsLoop)
          return Found.front();
    return nullptr;
  }

  /// Whether a loop may use the object while the thread does; Other is where.
  bool isConcurrent(const SharedUse &Use, const Expr *&Other) const {
    if ((Other = loopThreadUse(Use.Object)))
      return true;
    const bool Local = isLocal(Use.Object);
    Other = loopUse(Use.Object, Local);
    if (!Start.Giver)
      return Other;
    const bool GiverKnows = !Local && (Use.ThroughThis || isa<ParmVarDecl>(Use.Object)) &&
                            Where.runs(*Start.Giver, ThreadKind::Loop);
    const bool GiverRuns =
        any_of(Start.Giver->Calls, [&](const CallSite &Site) { return runsLoop(Model, Site); });
    if (!Local && !Other && !GiverKnows && !GiverRuns)
      return false;
    return goesOn(Use, /*OwnUsesOnly=*/!Other && !GiverKnows, Other);
  }

  /// Whether something happens between the start of the thread and the wait for it: the giver names
  /// the object; or, unless OwnUsesOnly, suspends, runs a loop or returns.
  bool goesOn(const SharedUse &Use, bool OwnUsesOnly, const Expr *&Other) const {
    const FunctionFlow *Flow = Model.flow(*Start.Giver);
    if (!Flow)
      return false;
    if (!Flow->contains(Start.Site->Expr))
      return !OwnUsesOnly; // A member initialiser.
    ExprSet Waits, Runs, Names, Suspends;
    for (const CallSite &Site : Start.Giver->Calls)
      if (Site.Expr && waitsForOther(Model, Site))
        Waits.insert(Site.Expr);
      else if (Site.Expr && runsLoop(Model, Site))
        Runs.insert(Site.Expr);
    for (const Expr *E : mentions(*Start.Giver, Use.Object))
      Names.insert(E);
    for (const Suspension &S : Start.Giver->Suspensions)
      Suspends.insert(S.Expr);
    const bool UsedBefore = !Names.empty();
    bool Found = false;
    PathSearch Search(*Flow, Exceptions::None);
    Search.after(Start.Site->Expr, 0,
                 [&](PathSearch::State S, const FlowEvent &E) -> std::optional<PathSearch::State> {
                   if (Found || (E.S && Waits.count(E.S)) || joinsAtEnd(Model, E))
                     return std::nullopt;
                   if (E.What == FlowEvent::Evaluated && Names.count(E.S)) {
                     Found = true;
                     Other = Other ? Other : cast<Expr>(E.S);
                   } else if (E.What == FlowEvent::Evaluated && Runs.count(E.S)) {
                     Found = !OwnUsesOnly || UsedBefore;
                   } else if (!OwnUsesOnly) {
                     Found = E.What == FlowEvent::Return ||
                             (E.What == FlowEvent::Evaluated && Suspends.count(E.S));
                   }
                   return S;
                 });
    return Found;
  }

  //--- Words ----------------------------------------------------------------

  StringRef who() const {
    return Start.Kind == ThreadKind::OtherThread ? "another thread"
           : Start.Kind == ThreadKind::OtherLoop ? "another shard or loop"
                                                 : "a signal handler";
  }

  StringRef cure() const {
    return Start.Kind == ThreadKind::OtherLoop
               ? "use what lives on that shard, and send back the result"
               : "hand the call to the loop, with its thread-safe entry (post, dispatch, "
                 "call_soon_threadsafe)";
  }

  static std::string does(const SharedUse &Use) {
    if (!Use.Call)
      return " changes it";
    return " calls '" + shownName(*Use.Call->Callee) +
           (Use.Elsewhere ? "', which uses it" : "' on it");
  }

  Diag describe(const SharedUse &Use, const Expr *Other) const {
    std::string Name = Use.Object ? Use.Object->getNameAsString() : "this";
    const bool Affine = Use.Class && belongsToLoop(Model, Use.Class);
    Diag D;
    D.Loc = Use.Call ? Use.Call->Loc : Use.At->getExprLoc();
    D.Message = ("'" + Name + "' belongs to " +
                 (Affine ? "a loop, but " : "the shard that sent this, but ") + who() + does(Use) +
                 ": a data race")
                    .str();
    D.Ranges.push_back(Use.At->getSourceRange());
    if (Start.Site)
      D.Notes.push_back({Start.Site->Loc, "'" + shownName(*Start.Site->Callee) +
                                              "' gives the code to " + who().str()});
    else
      D.Notes.push_back({Start.Body->Decl->getLocation(), who().str() + " runs this"});
    for (const CallSite *Site : Use.Calls)
      D.Notes.push_back({Site->Loc, "which calls '" + shownName(*Site->Callee) + "'"});
    if (Use.Elsewhere)
      for (const ChainCall &Call : Use.Elsewhere->Chain)
        noteElsewhere(D, Model, Call, "which calls " + Call.Name);
    if (Other)
      D.Notes.push_back({Other->getExprLoc(), "and meanwhile '" + Name + "' is used here"});
    D.Notes.push_back({D.Loc, cure().str()});
    return D;
  }

  const TuModel &Model;
  const Threads &Where;
  const ThreadStart &Start;
  SharedUses Shared;
};

void run(RuleContext &Context) {
  const Threads &Where = Context.model().threads();
  ExprSet Reported;
  for (const ThreadStart &Start : Where.starts())
    if (Start.Kind != ThreadKind::Loop && !Start.Body->Dependent)
      ThreadUses(Context.model(), Where, Start).report(Context, Reported);
}

} // namespace

extern constexpr Check CrossThreadAccessCheck = {
    "cross-thread-access",
    "an object that belongs to a loop is used by another thread without its thread-safe entry",
    Severity::Warning,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
