//===- UnchainedTask.cpp - async-unchained-task ---------------------------===//
//
// Law: work that nobody waits for ends at any time, or never, and fails unheard. A function that
// starts work and leaves it alone does not know what is done when it returns.
//
// Reported: running work cast to void that no gate owns and no handler ends; started work that is
// left alone when an await before its own throws; the output of spawned work that is read before
// the work had a chance to run.
//
// Not reported: work that ends in a handler or holds a gate; work whose body is not known; types
// that may be dropped by design; work that its handle ends (async-dropped-task-handle).
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/Consumption.h"
#include "model/Failures.h"
#include "model/TaskValues.h"
#include "model/ValueSteps.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

class UnchainedTask {
public:
  explicit UnchainedTask(RuleContext &Context)
      : Context(Context), Model(Context.model()), Types(Model.types()) {}

  void run() {
    for (const FunctionFacts &F : Model.functions().all()) {
      for (const DroppedValue &Value : F.Dropped)
        if (Value.How == ValueUse::Voided)
          letGo(Value.Value);
      if (F.isCoroutine())
        for (const CallSite &Site : F.Calls)
          spawned(F, Site);
    }
    for (const LocalFacts &Local : Model.functions().locals())
      if (Local.Function->isCoroutine())
        local(Local);
  }

private:
  /// Running work that goes on without its handle.
  bool goesOn(const CXXRecordDecl *Class) const {
    return Class && Types.obligation(Class) == Obligation::Result && !Types.of(Class).DropKills &&
           !Types.of(Class).Shared;
  }

  //--- (void)work().then(...); ----------------------------------------------

  void letGo(const Expr *Value) {
    if (!goesOn(classOf(Value->getType())) || isOldValue(Types, Value) || isOwned(Value))
      return;
    const Expr *Inner = withoutWrappers(Value);
    bool Chained = false;
    for (const auto *Call = dyn_cast<CXXMemberCallExpr>(Inner); Call;
         Call = dyn_cast<CXXMemberCallExpr>(Inner)) {
      const CXXMethodDecl *Method = Call->getMethodDecl();
      if (!Method || !Model.names().has(*Method, Call->getRecordDecl(), Role::Consumes))
        break;
      Chained = true;
      Inner = withoutWrappers(Call->getImplicitObjectArgument());
    }
    const FunctionFacts *Work = Chained ? nullptr : workIn(Model, Inner);
    const Stmt *From =
        Work && Work->Decl && !isOwned(Work->Body) ? escapingFailure(Model, *Work) : nullptr;
    if (!Chained && !From)
      return;
    Diag D;
    D.Loc = Value->getBeginLoc();
    D.Message = "task is let go: nobody waits for it, and nobody hears when it fails";
    D.Ranges.push_back(Value->getSourceRange());
    if (From)
      D.Notes.push_back({From->getBeginLoc(), "it may fail here"});
    D.Notes.push_back({D.Loc, "await it, or let it hold a gate and handle its exception"});
    Context.report(D);
  }

  /// Whether a gate or scope, or a handler, stands somewhere in it, in lambdas too.
  bool isOwned(const Stmt *S) const {
    static const Role Ends[] = {Role::ReportsFailure, Role::OwningSpawn};
    SmallVector<const Stmt *, 32> Pending{S};
    while (!Pending.empty()) {
      const Stmt *At = Pending.pop_back_val();
      if (!At)
        continue;
      if (const auto *E = dyn_cast<Expr>(At); E && isScope(classOf(E->getType())))
        return true;
      const auto *Call = dyn_cast<CallExpr>(At);
      const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
      if (Callee && any_of(Ends, [&](Role R) { return Model.names().has(*Callee, R); }))
        return true;
      Pending.append(At->child_begin(), At->child_end());
      if (const auto *Lambda = dyn_cast<LambdaExpr>(At))
        Pending.push_back(Lambda->getBody());
    }
    return false;
  }

  /// A gate, or what holds one: `gate::holder`.
  bool isScope(const CXXRecordDecl *Class) const {
    for (; Class; Class = dyn_cast<CXXRecordDecl>(Class->getDeclContext()))
      if (Model.names().has(*Class, Role::TaskScope))
        return true;
    return false;
  }

  //--- Left alone by an exception -------------------------------------------

  void local(const LocalFacts &Local) {
    const auto *Var = dyn_cast<VarDecl>(Local.Decl);
    if (!Var || !Var->hasLocalStorage() || Var->isInitCapture() ||
        Var->getType()->isReferenceType() || isa<ParmVarDecl>(Var))
      return;
    const CXXRecordDecl *Held = Types.heldTask(Var->getType());
    const FunctionFlow *Flow = nullptr;
    if (goesOn(Held ? Held : classOf(Var->getType())))
      Flow = Model.flow(*Local.Function);
    std::vector<ValueStep> Steps;
    if (Flow)
      Steps = stepsOf(Model, Local);
    if (Steps.empty() || Steps.size() < Local.Uses.size())
      return;
    if (Held && Local.Init && isOldValue(Types, Local.Init) &&
        !isa<CXXConstructExpr>(withoutWrappers(Local.Init)))
      return; // What a joint wait gave is done.
    if (Held)
      return oneByOne(Local, *Flow);
    for (const TaskDefinition &Definition : taskDefinitions(Types, Local))
      if (Flow->contains(Definition.Made) && follow(Local, *Flow, Steps, Definition))
        return;
  }

  bool follow(const LocalFacts &Local, const FunctionFlow &Flow, ArrayRef<ValueStep> Steps,
              const TaskDefinition &Definition) {
    bool Reported = false;
    PathSearch Search(Flow, Exceptions::Awaits);
    Search.after(Definition.Made, 0, [&](PathSearch::State S, const FlowEvent &Event) {
      bool Ends = Reported || any_of(Steps, [&](const ValueStep &Next) {
                    return Event.What == FlowEvent::Evaluated && Next.Ref != Definition.At &&
                           (Event.S == Next.At || (asks(Flow, Next) && Event.S == Next.Ref)) &&
                           (Next.What != Step::Looks || Event.S == Next.Ref);
                  });
      if (Ends)
        return std::optional<PathSearch::State>();
      bool Left = Event.What == FlowEvent::ScopeEnd && Event.Unwinding && Event.Var == Local.Decl;
      if (Left && isa<CoroutineSuspendExpr>(Event.S) && awaitMayFail(Model, cast<Expr>(Event.S))) {
        reportLeft(Local, Event.S, Search.witness());
        Reported = true;
      }
      return std::optional(S);
    });
    return Reported;
  }

  void reportLeft(const LocalFacts &Local, const Stmt *Await, ArrayRef<FlowStep> Path) {
    Diag D;
    D.Loc = Await->getBeginLoc();
    D.Message = "when this await throws, '" + Local.Decl->getNameAsString() +
                "' is left alone: its work goes on, and nobody hears when it fails";
    D.Notes.push_back({Local.Decl->getLocation(), "its work starts here"});
    addPath(D, Path.drop_back());
    D.Notes.push_back({D.Loc, "wait for all of them together, then look at the results"});
    Context.report(D);
  }

  /// `for (auto &f : started) co_await std::move(f);`
  void oneByOne(const LocalFacts &Local, const FunctionFlow &Flow) {
    for (const Stmt *Loop : Local.Function->Loops) {
      const auto *For = dyn_cast<CXXForRangeStmt>(Loop);
      const Expr *Range = For ? withoutWrappers(For->getRangeInit()) : nullptr;
      const auto *Over = dyn_cast_or_null<DeclRefExpr>(Range);
      if (!Over || Over->getDecl() != Local.Decl)
        continue;
      const LocalFacts *Element = Model.functions().local(For->getLoopVariable());
      for (const Suspension &Await : Local.Function->Suspensions)
        if (Element && awaits(Flow, Await, *Element) && !handled(Flow, Await.Expr, Loop))
          return reportLeft(Local, Await.Expr, {FlowStep{Await.Expr, true, false}});
    }
  }

  static bool awaits(const FunctionFlow &Flow, const Suspension &Await, const LocalFacts &Element) {
    return any_of(Element.Uses,
                  [&](const VarUse &Use) { return Flow.isInside(Use.Ref, Await.Operand); });
  }

  static bool handled(const FunctionFlow &Flow, const Stmt *S, const Stmt *Loop) {
    for (; S && S != Loop; S = Flow.parent(S))
      if (isa<CXXTryStmt>(S))
        return true;
    return false;
  }

  //--- Output that is read too early ----------------------------------------

  void spawned(const FunctionFacts &F, const CallSite &Site) {
    const NameLookup &Names = Model.names();
    auto Is = [&](Role R) { return Names.has(*Site.Callee, Site.Object, R); };
    if (!Site.Expr || Is(Role::OwningSpawn) ||
        !(Is(Role::Spawn) || Is(Role::Detach) || Is(Role::SwallowsFailure)) ||
        Types.of(Site.Expr->getType()).Awaitable)
      return;
    for (const Expr *Argument : argumentsOf(Site)) {
      const auto *Work = dyn_cast<CallExpr>(withoutWrappers(Argument));
      const FunctionDecl *Callee = Work ? Work->getDirectCallee() : nullptr;
      if (!Callee || isa<CXXOperatorCallExpr>(Work) ||
          Types.of(Work->getType()).Starts != Start::Lazy)
        continue;
      for (unsigned I = 0; I < std::min(Work->getNumArgs(), Callee->getNumParams()); ++I)
        if (const LocalFacts *Output = outputOf(Callee->getParamDecl(I), Work->getArg(I)))
          readTooEarly(F, Site, *Output);
    }
  }

  /// `compute(sum)` or `compute(&sum)`, which may write to the local.
  const LocalFacts *outputOf(const ParmVarDecl *Parameter, const Expr *Argument) const {
    QualType T = Parameter->getType();
    Argument = withoutWrappers(Argument);
    const auto *Address = dyn_cast<UnaryOperator>(Argument);
    if (T->isPointerType() && Address && Address->getOpcode() == UO_AddrOf)
      Argument = withoutWrappers(Address->getSubExpr());
    else if (!T->isLValueReferenceType())
      return nullptr;
    const auto *Ref = dyn_cast<DeclRefExpr>(Argument);
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    bool Written = Var && Var->hasLocalStorage() && Var->getType()->isScalarType() &&
                   !T->getPointeeType().isConstQualified();
    return Written ? Model.functions().local(Var) : nullptr;
  }

  void readTooEarly(const FunctionFacts &F, const CallSite &Site, const LocalFacts &Output) {
    const FunctionFlow *Flow = Model.flow(F);
    if (!Flow || !Flow->contains(Site.Expr))
      return;
    const Expr *Read = nullptr;
    PathSearch Search(*Flow, Exceptions::None);
    Search.after(Site.Expr, 0, [&](PathSearch::State S, const FlowEvent &Event) {
      if (Read || (Event.S && isa<CoroutineSuspendExpr>(Event.S)))
        return std::optional<PathSearch::State>();
      for (const VarUse &Use : Output.Uses) {
        if (Event.What == FlowEvent::Evaluated && Event.S == Use.Ref && reads(*Flow, Use.Ref)) {
          Read = Use.Ref;
          reportRead(Site, Output, Read, Search.witness());
          break;
        }
      }
      return std::optional(S);
    });
  }

  static bool reads(const FunctionFlow &Flow, const Expr *Ref) {
    const Stmt *Around = Flow.parent(Ref);
    for (; isa_and_nonnull<ImplicitCastExpr>(Around); Around = Flow.parent(Around))
      if (cast<ImplicitCastExpr>(Around)->getCastKind() == CK_LValueToRValue)
        return true;
    return isa_and_nonnull<CoreturnStmt>(Around);
  }

  void reportRead(const CallSite &Site, const LocalFacts &Output, const Expr *Read,
                  ArrayRef<FlowStep> Path) {
    Diag D;
    D.Loc = Read->getBeginLoc();
    D.Message = "'" + Output.Decl->getNameAsString() +
                "' is read before the work that was spawned to write it is done";
    D.Notes.push_back({Site.Expr->getBeginLoc(), "the work is spawned here"});
    addPath(D, Path);
    D.Notes.push_back({Site.Expr->getBeginLoc(), "await the work instead of spawning it"});
    Context.report(D);
  }

  RuleContext &Context;
  const TuModel &Model;
  const CoroutineTypes &Types;
};

void run(RuleContext &Context) { UnchainedTask(Context).run(); }

} // namespace

extern constexpr Check UnchainedTaskCheck = {
    "unchained-task",
    "a task is started and left alone, although its completion or failure matters",
    Severity::Warning,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
