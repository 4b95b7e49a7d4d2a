//===- HostileObjectAcrossSuspend.cpp - async-hostile-object-across-suspend ===//
//
// Law: what changes the state of its thread and puts it back later does not live across a
// suspension. While the coroutine sleeps its thread runs other code with the changed state, and the
// coroutine may put the state back on another thread.
//
// Reported: a co_await or co_yield that some path reaches while such an object is alive: one of the
// role `hostile`, one whose constructor and destructor change state of the thread or write the
// same thread_local variable, one that compares std::uncaught_exceptions(). And a suspension
// between two calls that begin and end such a change.
//
// Not reported: objects that were destroyed, reset, dismissed or moved away before; awaits that
// never suspend; guards of locks, which async-lock-across-suspend follows.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/AwaitKind.h"
#include "model/OpenPaths.h"
#include "model/ThreadBound.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

constexpr CheckOption Options[] = {
    {"SafeAwaitables", "",
     "functions and types, separated by ';', whose await may be made while such objects live"},
};

class HostileObjects {
public:
  explicit HostileObjects(RuleContext &Context)
      : Context(Context), Model(Context.model()), Safe(Context.list("SafeAwaitables")) {}

  void run() {
    for (const LocalFacts &Local : Model.functions().locals())
      if (Local.Function->isCoroutine() && !Local.Function->Suspensions.empty())
        object(Local);
    for (const FunctionFacts &F : Model.functions().all())
      if (F.isCoroutine() && !F.Suspensions.empty())
        pairs(F);
  }

private:
  //--- Objects --------------------------------------------------------------

  ThreadBound boundOf(const VarDecl *Var) {
    const CXXRecordDecl *Class = Var->getType()->getAsCXXRecordDecl();
    if (!Class || !Class->hasDefinition())
      return {};
    auto [At, New] = Known.try_emplace(Class, ThreadBound{});
    if (New)
      At->second = threadBound(Model, Class);
    return At->second;
  }

  /// A use after which the object does nothing any more.
  static bool ends(const HandledUse &Does) {
    if (Does.How == Handling::GivesAway)
      return true;
    const auto *Call = dyn_cast<CXXMemberCallExpr>(Does.At);
    const CXXMethodDecl *M = Call ? Call->getMethodDecl() : nullptr;
    static const StringRef Names[] = {"dismiss", "release", "reset",     "disarm", "unblock",
                                      "cancel",  "commit",  "end_scope", "disarm"};
    return M && is_contained(Names, identifierOf(*M));
  }

  void object(const LocalFacts &Local) {
    const auto *Var = dyn_cast<VarDecl>(Local.Decl);
    if (!Var || isa<ParmVarDecl>(Var) || !Var->hasLocalStorage() || Var->isInitCapture())
      return;
    const ThreadBound Bound = boundOf(Var);
    const FunctionFlow *Flow =
        Bound.How == BoundBy::Nothing ? nullptr : Model.flow(*Local.Function);
    if (!Flow || (Local.Init && !Flow->contains(Local.Init)) || !Local.Init)
      return;
    const Closing Rules(Model);
    SmallPtrSet<const Stmt *, 4> Ends;
    for (const VarUse &Use : Local.Uses)
      if (Flow->parent(Use.Ref))
        if (HandledUse Does = Rules.handling(*Flow, Local, Use.Ref); ends(Does))
          Ends.insert(Does.At);
    bool Found = false;
    PathSearch Search(*Flow, Exceptions::Awaits);
    Search.after(Local.Init, 0,
                 [&](PathSearch::State S, const FlowEvent &E) -> std::optional<PathSearch::State> {
                   if (Found || (E.What == FlowEvent::ScopeEnd && E.Var == Var))
                     return std::nullopt;
                   if (E.What != FlowEvent::Evaluated)
                     return S;
                   if (Ends.count(E.S))
                     return std::nullopt;
                   const Suspension *Sleep = sleep(*Local.Function, E.S);
                   if (!Sleep || contradicts(Search.witness()))
                     return S;
                   Found = true;
                   report(*Var, Bound, *Sleep, Search.witness());
                   return std::nullopt;
                 });
  }

  void report(const VarDecl &Var, const ThreadBound &Bound, const Suspension &Sleep,
              ArrayRef<FlowStep> Way) {
    const std::string Name = "'" + Var.getNameAsString() + "'";
    Diag D;
    D.Loc = Sleep.Expr->getBeginLoc();
    D.Message = Name + " belongs to its thread and lives across this suspension: " + harm(Bound);
    D.note(Var.getLocation(), Name + " is made here");
    if (Bound.How != BoundBy::Name)
      D.note(Bound.What->getLocation(),
             "its constructor and destructor use '" + Bound.What->getNameAsString() + "'");
    addPath(D, Way);
    D.note(D.Loc, "end the scope of " + Name + " before the coroutine is suspended");
    Context.report(D);
  }

  static std::string harm(const ThreadBound &Bound) {
    if (Bound.How == BoundBy::Exceptions)
      return "it compares the exceptions in flight of one thread and moment with those of another";
    return "other code runs with it meanwhile, and it may be undone on another thread";
  }

  //--- Pairs of calls -------------------------------------------------------

  const CallSite *changesThread(const FunctionFacts &F, const Stmt *S) const {
    for (const CallSite &Site : F.Calls)
      if (Site.Expr == S && !isa<CXXConstructorDecl>(Site.Callee) &&
          Model.names().has(*Site.Callee, Site.Object, Role::Hostile))
        return &Site;
    return nullptr;
  }

  /// From a call that begins a change over a suspension to the call that ends it.
  void pairs(const FunctionFacts &F) {
    SmallVector<const CallSite *, 4> Calls;
    for (const CallSite &Site : F.Calls)
      if (Site.Expr && changesThread(F, Site.Expr))
        Calls.push_back(&Site);
    const FunctionFlow *Flow = Calls.size() < 2 ? nullptr : Model.flow(F);
    if (!Flow)
      return;
    SmallPtrSet<const CallSite *, 4> Closers;
    for (const CallSite *Begin : Calls)
      if (!Closers.count(Begin) && Flow->contains(Begin->Expr))
        if (const CallSite *End = pairFrom(F, *Flow, *Begin))
          Closers.insert(End);
  }

  const CallSite *pairFrom(const FunctionFacts &F, const FunctionFlow &Flow,
                           const CallSite &Begin) {
    const CallSite *End = nullptr;
    bool Found = false;
    PathSearch Search(Flow, Exceptions::None);
    // The state is 0 before a suspension, then its number.
    Search.after(Begin.Expr, 0,
                 [&](PathSearch::State S, const FlowEvent &E) -> std::optional<PathSearch::State> {
                   if (Found)
                     return std::nullopt;
                   if (E.What != FlowEvent::Evaluated)
                     return S;
                   if (const Suspension *Sleep = S ? nullptr : sleep(F, E.S))
                     return Sleep - F.Suspensions.data() + 1;
                   const CallSite *Site = changesThread(F, E.S);
                   if (!Site || !sameThreadState(*Begin.Callee, *Site->Callee))
                     return S;
                   End = Site;
                   Found = S != 0;
                   if (Found)
                     report(Begin, *Site, F.Suspensions[S - 1]);
                   return std::nullopt;
                 });
    return End;
  }

  void report(const CallSite &Begin, const CallSite &End, const Suspension &Sleep) {
    Diag D;
    D.Loc = Sleep.Expr->getBeginLoc();
    D.Message = "suspended between '" + shownName(*Begin.Callee) + "' and '" +
                shownName(*End.Callee) +
                "', which belong to the thread: other code runs with the change meanwhile, and "
                "it may be undone on another thread";
    D.note(Begin.Loc, "it begins here");
    D.note(End.Loc, "it ends here");
    D.note(D.Loc, "end it before the coroutine is suspended, and begin again after it");
    Context.report(D);
  }

  //--- Suspensions ----------------------------------------------------------

  const Suspension *sleep(const FunctionFacts &F, const Stmt *At) const {
    const auto S = find_if(F.Suspensions, [&](const Suspension &S) { return S.Expr == At; });
    return S != F.Suspensions.end() && kindOfAwait(Model, *S) != AwaitKind::Never &&
                   !awaitsOneOf(*S, Safe)
               ? &*S
               : nullptr;
  }

  RuleContext &Context;
  const TuModel &Model;
  const std::vector<std::string> Safe;
  DenseMap<const CXXRecordDecl *, ThreadBound> Known;
};

void run(RuleContext &Context) { HostileObjects(Context).run(); }

} // namespace

extern constexpr Check HostileObjectAcrossSuspendCheck = {
    "hostile-object-across-suspend",
    "an object that belongs to a thread lives while the coroutine is suspended",
    Severity::Warning,
    /*Recommended=*/true,
    Options,
    run,
};

} // namespace abide
