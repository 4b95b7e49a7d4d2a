//===- LoopStarvation.cpp - async-loop-starvation -------------------------===//
//
// Law: a coroutine leaves its loop to the others at every suspension, and nowhere else. A loop in
// it that goes round without one keeps everybody else from running, also whoever would end it. One
// that sleeps and looks again wakes up for nothing a thousand times, and still too late.
//
// Reported: an endless loop that never suspends and is never left; a way round a loop that neither
// suspends nor changes anything, so that the next round goes the same way; a loop that does nothing
// but sleep until a member, global or atomic variable changes.
//
// Not reported: loops whose rounds do work (they end when the work does), generators (co_yield
// suspends), waits for a time, questions to somebody whose answer no code here could signal, and
// coroutines on pools.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/AwaitKind.h"
#include "model/BlockingConditions.h"
#include "model/Effects.h"
#include "model/Threads.h"
#include "model/Whereabouts.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

constexpr CheckOption Options[] = {
    {"Polling", "true", "report loops that only sleep until a variable changes", OptionKind::Flag},
    {"ZeroSleep", "false", "report sleeps of no time in loops", OptionKind::Flag},
};

const Stmt *bodyOf(const Stmt *Loop) {
  if (const auto *While = dyn_cast<WhileStmt>(Loop))
    return While->getBody();
  if (const auto *Do = dyn_cast<DoStmt>(Loop))
    return Do->getBody();
  const auto *For = dyn_cast<ForStmt>(Loop);
  return For ? For->getBody() : nullptr;
}

const Expr *conditionOf(const Stmt *Loop) {
  if (const auto *While = dyn_cast<WhileStmt>(Loop))
    return While->getCond();
  if (const auto *Do = dyn_cast<DoStmt>(Loop))
    return Do->getCond();
  const auto *For = dyn_cast<ForStmt>(Loop);
  return For ? For->getCond() : nullptr;
}

class Starvation {
public:
  Starvation(RuleContext &Context, const FunctionFacts &F, const FunctionFlow &Flow)
      : Context(Context), Model(Context.model()), F(F), Flow(Flow) {
    for (const Suspension &S : F.Suspensions)
      if (kindOfAwait(Model, S) != AwaitKind::Never)
        Suspends.insert(S.Expr);
  }

  void run() {
    const Whereabouts Where(Model, F);
    for (const Stmt *Loop : F.Loops)
      if (const Stmt *Head = headOf(Loop); Head && Where.onLoop(Head))
        if (!poll(Loop) && !endless(Loop, Head))
          spin(Loop, Head);
    if (Context.flag("ZeroSleep"))
      for (const Suspension &S : F.Suspensions)
        zeroSleep(S);
  }

private:
  /// What is evaluated first in S, every time.
  const Stmt *firstIn(const Stmt *S) const {
    if (!S || isa<LambdaExpr>(S))
      return nullptr;
    for (const Stmt *Child : S->children())
      if (const Stmt *First = firstIn(Child))
        return First;
    return Flow.contains(S) ? S : nullptr;
  }

  /// Where a round of the loop begins. Null for range-for, whose rounds its range bounds.
  const Stmt *headOf(const Stmt *Loop) const {
    const Stmt *Body = bodyOf(Loop);
    const Expr *Condition = conditionOf(Loop);
    bool AtEnd = isa<DoStmt>(Loop) || !Condition;
    const Stmt *Head = Body ? firstIn(AtEnd ? Body : Condition) : nullptr;
    return Head || !Body ? Head : firstIn(Condition);
  }

  bool isInside(const FlowEvent &Event, const Stmt *Loop) const {
    return !Event.S || !Flow.parent(Event.S) || Flow.isInside(Event.S, Loop);
  }

  /// `while (true) work();`
  bool endless(const Stmt *Loop, const Stmt *Head) {
    bool Left = false, Round = false;
    PathSearch Search(Flow, Exceptions::None);
    Search.after(Head, 0, [&](PathSearch::State S, const FlowEvent &Event) {
      Round |= Event.S == Head;
      Left |= Event.What == FlowEvent::Return || Event.What == FlowEvent::Throw ||
              !isInside(Event, Loop) || Suspends.count(Event.S) ||
              isa_and_nonnull<CXXThrowExpr>(Event.S);
      return Left ? std::nullopt : std::optional(S);
    });
    if (Left || !Round)
      return false;
    Diag D;
    D.Loc = Loop->getBeginLoc();
    D.Message =
        "this loop never suspends and never ends: nothing else on its event loop runs again";
    D.note(D.Loc, "await something in every round, or run it on a thread of its own");
    Context.report(D);
    return true;
  }

  /// `while (true) { if (paused) continue; co_await next(); }`, `while (!ready) ;`
  void spin(const Stmt *Loop, const Stmt *Head) {
    std::optional<Diag> Found;
    PathSearch Search(Flow, Exceptions::None);
    Search.after(Head, 0, [&](PathSearch::State S, const FlowEvent &Event) {
      bool Evaluated = Event.What == FlowEvent::Evaluated;
      bool Round = Evaluated && Event.S == Head;
      if (Round && !Found) {
        Found.emplace();
        addPath(*Found, Search.witness());
      }
      bool Ends = Event.What == FlowEvent::Return || Event.What == FlowEvent::Throw ||
                  Event.What == FlowEvent::ScopeEnd || Round || !isInside(Event, Loop) ||
                  (Evaluated && (Suspends.count(Event.S) || changesSomething(Event.S)));
      return Ends ? std::nullopt : std::optional(S);
    });
    if (!Found || changesSomething(Head) || !readsShared(Loop))
      return;
    Found->Loc = Loop->getBeginLoc();
    Found->Message = "this loop can go round without suspending: nothing else on its event loop "
                     "runs until another thread changes what it looks at";
    Found->note(Found->Loc, "await an event that tells of the change");
    Context.report(*Found);
  }

  //--- Polling --------------------------------------------------------------

  /// `while (!ready_) co_await sleep(1ms);`
  bool poll(const Stmt *Loop) {
    const Suspension *Sleep = Context.flag("Polling") ? onlySleep(Loop) : nullptr;
    const Expr *Condition = conditionOf(Loop);
    const ValueDecl *Flag = Sleep && Condition ? sharedVariable(Condition) : nullptr;
    if (!Flag || !onlyLooks(Condition))
      return Sleep != nullptr; // A loop that sleeps is neither endless nor does it spin.
    Diag D;
    D.Loc = Loop->getBeginLoc();
    D.Message = "this loop polls '" + Flag->getNameAsString() +
                "': it wakes up again and again for nothing, and notices the change too late";
    D.Ranges.push_back(Condition->getSourceRange());
    D.note(Sleep->Expr->getBeginLoc(), "here it waits for time to pass");
    D.note(Flag->getLocation(), "whoever changes '" + Flag->getNameAsString() +
                                    "' could set an event that this coroutine awaits");
    Context.report(D);
    return true;
  }

  /// The sleep, if the body does nothing else: besides setting up the timer that it waits for.
  const Suspension *onlySleep(const Stmt *Loop) const {
    const Suspension *Sleep = nullptr;
    for (const Suspension &S : F.Suspensions)
      if (Flow.isInside(S.Expr, Loop)) {
        AwaitKind Kind = kindOfAwait(Model, S);
        if (Sleep || (Kind != AwaitKind::Sleep && Kind != AwaitKind::Checkpoint))
          return nullptr;
        Sleep = &S;
      }
    const Stmt *Body = bodyOf(Loop);
    const CallExpr *Call = Sleep ? awaitedCall(*Sleep) : nullptr;
    if (!Body || !Call || !Flow.isInside(Sleep->Expr, Body))
      return nullptr;
    const auto *Block = dyn_cast<CompoundStmt>(Body);
    ArrayRef<const Stmt *> Statements(Body);
    SmallVector<const Stmt *, 4> Inner;
    if (Block)
      Statements = Inner = SmallVector<const Stmt *, 4>(Block->body());
    const ValueDecl *Timer = objectOf(Call);
    for (const Stmt *S : Statements)
      if (!isOnly(S, Sleep->Expr) && !(Timer && setsUp(S, Timer)))
        return nullptr;
    return Sleep;
  }

  /// Whether the statement is nothing but this expression.
  static bool isOnly(const Stmt *S, const Expr *Awaits) {
    const auto *E = dyn_cast<Expr>(S);
    if (const auto *Cast = dyn_cast_or_null<ExplicitCastExpr>(E ? withoutWrappers(E) : nullptr))
      E = Cast->getSubExpr();
    return E && withoutWrappers(E) == Awaits;
  }

  static const ValueDecl *objectOf(const CallExpr *Call) {
    const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
    const Expr *Object = Member ? withoutWrappers(Member->getImplicitObjectArgument()) : nullptr;
    if (const auto *Ref = dyn_cast_or_null<DeclRefExpr>(Object))
      return Ref->getDecl();
    const auto *Field = dyn_cast_or_null<MemberExpr>(Object);
    return Field ? Field->getMemberDecl() : nullptr;
  }

  /// `timer.expires_after(1ms);`, `steady_timer timer(executor, 1ms);`
  static bool setsUp(const Stmt *S, const ValueDecl *Timer) {
    if (const auto *Declares = dyn_cast<DeclStmt>(S))
      return Declares->isSingleDecl() && Declares->getSingleDecl() == Timer;
    const auto *E = dyn_cast<Expr>(S);
    const auto *Call = dyn_cast_or_null<CallExpr>(E ? withoutWrappers(E) : nullptr);
    return Call && objectOf(Call) == Timer;
  }

  bool readsShared(const Stmt *Loop) const {
    if (const Expr *Condition = conditionOf(Loop); Condition && sharedVariable(Condition))
      return true;
    SmallVector<const Stmt *, 16> Pending{bodyOf(Loop)};
    while (!Pending.empty()) {
      const Stmt *S = Pending.pop_back_val();
      if (!S || isa<LambdaExpr>(S))
        continue;
      if (const auto *If = dyn_cast<IfStmt>(S); If && sharedVariable(If->getCond()))
        return true;
      append_range(Pending, S->children());
    }
    return false;
  }

  //--- Sleeps of no time ------------------------------------------------------

  void zeroSleep(const Suspension &S) {
    const CallExpr *Call = kindOfAwait(Model, S) == AwaitKind::Sleep ? awaitedCall(S) : nullptr;
    if (!Call || Call->getNumArgs() == 0 ||
        none_of(F.Loops, [&](const Stmt *Loop) { return Flow.isInside(S.Expr, Loop); }))
      return;
    if (!isZeroDuration(Call->getArg(0), Model.ast()))
      return;
    Diag D;
    D.Loc = S.Expr->getBeginLoc();
    D.Message = "a sleep of no time may not suspend at all: the others on this loop wait";
    D.note(D.Loc, "await what lets the others run, such as a yield of the library");
    Context.report(D);
  }

  RuleContext &Context;
  const TuModel &Model;
  const FunctionFacts &F;
  const FunctionFlow &Flow;
  SmallPtrSet<const Stmt *, 8> Suspends;
};

void run(RuleContext &Context) {
  for (auto [F, How] : Context.model().threads().loopFunctions())
    if (How == LoopEntry::Coroutine && !F->Loops.empty())
      if (const FunctionFlow *Flow = Context.model().flow(*F))
        Starvation(Context, *F, *Flow).run();
}

} // namespace

extern constexpr Check LoopStarvationCheck = {
    "loop-starvation",
    "a loop in a coroutine goes round without suspending, or polls a variable",
    Severity::Warning,
    /*Recommended=*/true,
    Options,
    run,
};

} // namespace abide
