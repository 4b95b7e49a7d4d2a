//===- DroppedTaskHandle.cpp - async-dropped-task-handle ------------------===//
//
// Law: some handles own the work that they stand for. Destroying one while the work is pending
// cancels the work (KJ, Cobalt, a task whose destructor destroys its frame), ends the program
// (std::thread), or waits (std::jthread, the future of std::async).
//
// Reported: such a handle cast to void; one whose work had no chance to go on before the handle is
// overwritten or its scope ends; a thread that may be joinable at the end of its scope, also when
// an await throws; a destructor that makes a coroutine wait.
//
// Not reported: a handle that lives across a suspension, where ending the work with the scope may
// be what is meant; handles that others refer to; dropped values, which async-never-awaited
// reports.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/Consumption.h"
#include "model/Correlation.h"
#include "model/TaskValues.h"
#include "model/ValueSteps.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

class DroppedTaskHandle {
public:
  explicit DroppedTaskHandle(RuleContext &Context)
      : Context(Context), Model(Context.model()), Types(Model.types()) {}

  void run() {
    for (const FunctionFacts &F : Model.functions().all())
      for (const DroppedValue &Value : F.Dropped)
        dropped(Value);
    for (const LocalFacts &Local : Model.functions().locals())
      local(Local);
  }

private:
  enum class Drop { Nothing, Kills, Terminates, Blocks };

  Drop dropOf(QualType T, const Expr *Made) const {
    const CXXRecordDecl *Class = classOf(T);
    if (!Class)
      return Drop::Nothing;
    if (Model.names().has(*Class, Role::DropTerminates))
      return Drop::Terminates;
    if (Model.names().has(*Class, Role::DropBlocks) || waits(Made))
      return Drop::Blocks;
    bool Kills = Types.of(Class).DropKills && Types.obligation(Class) == Obligation::Result;
    return Kills ? Drop::Kills : Drop::Nothing;
  }

  /// The future of std::async, unless the work is deferred.
  bool waits(const Expr *Made) const {
    const auto *Call = Made ? dyn_cast<CallExpr>(withoutWrappers(Made)) : nullptr;
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    if (!Callee || !Model.names().has(*Callee, Role::DropBlocks))
      return false;
    return none_of(Call->arguments(), [](const Expr *Argument) {
      const auto *Policy = dyn_cast<DeclRefExpr>(withoutWrappers(Argument));
      return Policy && Policy->getDecl()->getIdentifier() &&
             Policy->getDecl()->getName() == "deferred";
    });
  }

  void dropped(const DroppedValue &Value) {
    const Expr *Made = withoutWrappers(Value.Value);
    Drop What = makesTask(Made) ? dropOf(Made->getType(), Made) : Drop::Nothing;
    if (What == Drop::Nothing || (What == Drop::Kills && Value.How == ValueUse::Dropped) ||
        isOldValue(Types, Made))
      return;
    Diag D;
    D.Loc = Value.Value->getBeginLoc();
    D.Message = "handle is dropped where it is made: " + consequence(What);
    D.Ranges.push_back(Value.Value->getSourceRange());
    D.Notes.push_back({D.Loc, cure(What)});
    Context.report(D);
  }

  void local(const LocalFacts &Local) {
    const auto *Var = dyn_cast<VarDecl>(Local.Decl);
    if (!Var || isa<ParmVarDecl>(Var) || !Var->hasLocalStorage() || Var->isInitCapture() ||
        Var->isExceptionVariable() || Var->getType()->isReferenceType())
      return;
    Drop What = dropOf(Var->getType(), Local.Init);
    const FunctionFacts &F = *Local.Function;
    if (What == Drop::Nothing || (What == Drop::Blocks && !F.isCoroutine()))
      return;
    const FunctionFlow *Flow = Model.flow(F);
    std::vector<ValueStep> Steps = stepsOf(Model, Local);
    if (!Flow || Steps.size() < Local.Uses.size()) // Others refer to it.
      return;
    for (const TaskDefinition &Definition : taskDefinitions(Types, Local))
      if (Flow->contains(Definition.Made) && follow(Local, What, *Flow, Steps, Definition))
        return;
  }

  /// From where the handle gets its work to where it is destroyed or overwritten.
  bool follow(const LocalFacts &Local, Drop What, const FunctionFlow &Flow,
              ArrayRef<ValueStep> Steps, const TaskDefinition &Definition) {
    bool Awaits = What == Drop::Terminates && Local.Function->isCoroutine();
    bool Reported = false;
    PathSearch Search(Flow, Awaits ? Exceptions::Awaits : Exceptions::None);
    Search.after(Definition.Made, 0, [&](PathSearch::State S, const FlowEvent &Event) {
      std::optional<PathSearch::State> Stop;
      if (Reported || (What == Drop::Kills && letsWorkGoOn(*Local.Function, Event)))
        return Stop;
      if (Event.What == FlowEvent::ScopeEnd && Event.Var == Local.Decl) {
        const SmallVector<FlowStep, 4> Way = Search.witness();
        if ((What != Drop::Kills || none_of(Steps, [](const ValueStep &S) { return hands(S); })) &&
            !mayExclude(Model, Flow, Definition.Made, nullptr, Way))
          Reported = report(Local, What, Local.Decl->getLocation(), Way, "destroyed");
        return Stop;
      }
      for (const ValueStep &Next : Steps) {
        bool Here = Event.What == FlowEvent::Evaluated && Next.Ref != Definition.At &&
                    (Event.S == Next.At || (Event.S == Next.Ref && asks(Flow, Next)));
        if (!Here)
          continue;
        if (isNewValue(Local, Next) && What != Drop::Blocks)
          Reported = report(Local, What, Next.Ref->getBeginLoc(), Search.witness(), "overwritten");
        if (hands(Next) || Event.S == Next.Ref)
          return Stop;
      }
      return std::optional(S);
    });
    return Reported;
  }

  /// Whether somebody has, or may have, looked after the work.
  static bool hands(const ValueStep &S) { return S.What != Step::Looks; }

  /// `p = next();`
  static bool isNewValue(const LocalFacts &Local, const ValueStep &S) {
    return any_of(Local.Uses, [&](const VarUse &Use) {
      return Use.Ref == S.Ref && Use.How == ValueUse::Assigned && makesTask(Use.Value);
    });
  }

  /// Work goes on while its coroutine is suspended, or in a call that may run the loop.
  bool letsWorkGoOn(const FunctionFacts &F, const FlowEvent &Event) const {
    if (Event.What != FlowEvent::Evaluated)
      return false;
    if (isa<CoroutineSuspendExpr>(Event.S))
      return true;
    const auto *Call = dyn_cast<CallExpr>(Event.S);
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    return !F.isCoroutine() && Call && !(Callee && Callee->isInStdNamespace()) &&
           Types.obligation(Call->getType()) == Obligation::None && !isa<CXXOperatorCallExpr>(Call);
  }

  static std::string consequence(Drop What) {
    switch (What) {
    case Drop::Kills:
      return "its work is cancelled before it could go on";
    case Drop::Terminates:
      return "the program ends, because its thread still runs";
    default:
      return "its destructor blocks until the work is done";
    }
  }

  static std::string cure(Drop What) {
    switch (What) {
    case Drop::Kills:
      return "await it, or give it to something that keeps it until it is done";
    case Drop::Terminates:
      return "join or detach it on every path, or use a type whose destructor joins";
    default:
      return "await the work on a pool of threads, or keep the handle where waiting is allowed";
    }
  }

  bool report(const LocalFacts &Local, Drop What, SourceLocation Loc, ArrayRef<FlowStep> Path,
              StringRef How) {
    Diag D;
    D.Loc = Loc;
    D.Message = "'" + Local.Decl->getNameAsString() + "' is " + How.str() +
                " while its work is pending: " + consequence(What);
    addPath(D, Path);
    D.Notes.push_back({Local.Decl->getLocation(), cure(What)});
    Context.report(D);
    return true;
  }

  RuleContext &Context;
  const TuModel &Model;
  const CoroutineTypes &Types;
};

void run(RuleContext &Context) { DroppedTaskHandle(Context).run(); }

} // namespace

extern constexpr Check DroppedTaskHandleCheck = {
    "dropped-task-handle",
    "a handle whose destruction cancels, ends the program or blocks is dropped while work is "
    "pending",
    Severity::Error,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
