//===- GeneratorOutsideLoop.cpp - async-generator-outside-loop ------------===//
//
// Law: a loop-bound async generator is resumed by its loop, and what it awaits asks for the loop
// of the thread. Before the loop runs there is none; after it has ended, there is none to end the
// frame on.
//
// Reported: such a generator at namespace scope or in a static local, whose body starts or whose
// frame ends outside of the loop; and in a plain function that runs a loop later, one that starts
// at once, one that is advanced, and one that is lent to the loop and outlives it.
//
// Not reported: coroutines, which run on a loop; functions that run none, of which the caller may
// be on one; a generator that is moved into what the loop runs.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/Driving.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

class GeneratorOutsideLoop {
public:
  explicit GeneratorOutsideLoop(RuleContext &Context)
      : Context(Context), Model(Context.model()), Rules(Model) {}

  void run() {
    for (const FunctionFacts &F : Model.functions().all()) {
      if (F.Variable)
        kept(F);
      else if (F.Decl && !F.isCoroutine())
        for (const CallSite &Site : F.Calls)
          created(F, Site);
    }
    for (const LocalFacts &Local : Model.functions().locals())
      local(Local);
  }

private:
  bool isLoopBound(QualType T) const {
    const CXXRecordDecl *Class = classOf(T.getNonReferenceType());
    return Class && Model.types().of(Class).AsyncGenerator &&
           Model.names().has(*Class, Role::LoopBound);
  }

  bool startsAtOnce(QualType T) const { return Model.types().of(T).Starts == Start::Eager; }

  void report(SourceLocation Loc, const std::string &Message, const DiagNote &Because,
              const char *Cure) {
    Diag D;
    D.Loc = Loc;
    D.Message = Message;
    D.Notes.push_back(Because);
    D.Notes.push_back({Loc, Cure});
    Context.report(D);
  }

  /// The initialiser of something at namespace scope.
  void kept(const FunctionFacts &F) {
    const auto *Made = cast<Expr>(F.Body);
    if (!isLoopBound(F.Variable->getType()) ||
        !isa<CallExpr>(withoutWrappers(Made)->IgnoreParenCasts()))
      return;
    report(F.Variable->getLocation(),
           "loop-bound generator '" + F.Variable->getNameAsString() +
               "' is created before any loop runs" + end(Made),
           {Made->getBeginLoc(), "this runs before 'main'"},
           "create it in a coroutine, where it is needed");
  }

  std::string end(const Expr *Made) const {
    return startsAtOnce(Made->getType()) ? ": its body starts without one"
                                         : ", and destroyed after the last one";
  }

  /// The call that runs a loop, on some path after From; null if none.
  const Expr *runAfter(const FunctionFacts &F, const Stmt *From) const {
    const FunctionFlow *Flow = Model.flow(F);
    if (!Flow || !Flow->contains(From))
      return nullptr;
    SmallPtrSet<const Stmt *, 4> Runs;
    for (const CallSite &Site : F.Calls)
      if (Site.Expr && runsLoop(Site))
        Runs.insert(Site.Expr);
    const Expr *Found = nullptr;
    if (Runs.empty())
      return nullptr;
    PathSearch(*Flow, Exceptions::None)
        .after(From, 0, [&](PathSearch::State S, const FlowEvent &E) -> std::optional<unsigned> {
          if (E.What == FlowEvent::Evaluated && Runs.contains(E.S) && !Found)
            Found = cast<Expr>(E.S);
          return Found ? std::nullopt : std::optional(S);
        });
    return Found;
  }

  bool runsLoop(const CallSite &Site) const {
    return Model.names().has(*Site.Callee, Site.Object, Role::SyncWait);
  }

  /// A generator that starts at once, made in a plain function before it runs the loop.
  void created(const FunctionFacts &F, const CallSite &Site) {
    if (!Site.Expr || !isa<CallExpr>(Site.Expr) || !Site.Expr->isPRValue() ||
        !isLoopBound(Site.Expr->getType()) || !startsAtOnce(Site.Expr->getType()))
      return;
    // A member function runs a loop that is there already, and may be the thread's.
    if (const Expr *Run = runAfter(F, Site.Expr); Run && !isa<CXXMemberCallExpr>(Run))
      report(Site.Expr->getBeginLoc(),
             "loop-bound generator is created before the loop runs: its body starts without one",
             {Run->getBeginLoc(), "the loop runs from here"},
             "create it in the coroutine that the loop runs");
  }

  void local(const LocalFacts &Local) {
    const auto *Var = dyn_cast<VarDecl>(Local.Decl);
    const FunctionFacts &F = *Local.Function;
    if (!Var || !isLoopBound(Var->getType()) || !F.Decl || Var->isInitCapture())
      return;
    const std::string Name = "generator '" + Var->getNameAsString() + "'";
    if (Var->isStaticLocal() && Local.Init) {
      return report(Var->getLocation(),
                    "loop-bound " + Name + " lives longer than the loop that drives it",
                    {Var->getLocation(), "static variables are destroyed after 'main'"},
                    "give it to the object that runs on the loop");
    }
    const FunctionFlow *Flow = F.isCoroutine() || !Var->hasLocalStorage() ? nullptr : Model.flow(F);
    if (!Flow)
      return;
    const Driving Drives(Model, Rules, *Flow, Local);
    for (const Drive &D : Drives.all())
      if (D.How == DriveKind::Begins || D.How == DriveKind::Steps ||
          D.How == DriveKind::StepsUnawaited)
        if (const Expr *Run = runAfter(F, D.At); Run && !Flow->isInside(D.At, Run))
          return report(D.At->getBeginLoc(), Name + " is advanced before the loop runs",
                        {Run->getBeginLoc(), "the loop runs from here"},
                        "iterate over it in the coroutine that the loop runs");
    lent(Local, *Flow, Name);
  }

  /// `abide::run(consume(all));`: the frame ends with the scope, and by then the loop is gone.
  void lent(const LocalFacts &Local, const FunctionFlow &Flow, const std::string &Name) {
    if (Local.Decl->getType()->isReferenceType() || isa<ParmVarDecl>(Local.Decl))
      return;
    for (const VarUse &Use : Local.Uses) {
      if (!Flow.parent(Use.Ref))
        continue;
      const HandledUse Does = Rules.handling(Flow, Local, Use.Ref);
      if (Does.How == Handling::GivesAway)
        return;
      if (Does.How != Handling::Shares)
        continue;
      for (const CallSite &Site : Local.Function->Calls)
        if (Site.Expr && runsLoop(Site) && Flow.isInside(Use.Ref, Site.Expr))
          return report(Local.Decl->getLocation(),
                        Name + " is destroyed after the loop that drives it has ended",
                        {Site.Expr->getBeginLoc(), "the loop runs, and ends, here"},
                        "move it into the coroutine, or create it there");
    }
  }

  RuleContext &Context;
  const TuModel &Model;
  Closing Rules;
};

void run(RuleContext &Context) { GeneratorOutsideLoop(Context).run(); }

} // namespace

extern constexpr Check GeneratorOutsideLoopCheck = {
    "generator-outside-loop",
    "a loop-bound async generator is created, advanced or destroyed where no loop runs",
    Severity::Warning,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
