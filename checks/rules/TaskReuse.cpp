//===- TaskReuse.cpp - async-task-reuse -----------------------------------===//
//
// Law: a task is done once. Awaiting it takes its result, moving it takes the work: who awaits,
// starts or passes it again has an empty task, whose await crashes, throws or never ends.
//
// Reported: a local that is used up a second time on a path without getting a new value, around
// loops and through handlers too; a container whose tasks are reached after it was moved. Of other
// values, what coroutines add to use after move: a value moved into a call and read by the
// continuation's arguments, and one read by the handler of a failed await.
//
// Not reported: types that may be awaited more than once; awaits that leave the result where it is;
// paths that the same variable rules out; variables that others refer to.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/Correlation.h"
#include "model/ValueSteps.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

class TaskReuse {
public:
  explicit TaskReuse(RuleContext &Context)
      : Context(Context), Model(Context.model()), Types(Model.types()) {}

  void run() {
    for (const LocalFacts &Local : Model.functions().locals())
      if (const CXXRecordDecl *Class = classOf(Local.Decl->getType().getNonReferenceType()))
        local(Local, *Class);
  }

private:
  enum class Kind { Task, Tasks, Value, None };

  Kind kindOf(const LocalFacts &Local, const CXXRecordDecl &Class,
              ArrayRef<ValueStep> Steps) const {
    const CoroutineType &Type = Types.of(&Class);
    // The promise of folly's Task has yield_value too.
    bool Yields = Type.Generator && (Type.AsyncGenerator || !Type.Awaitable);
    if (Type.Shared || Type.FireAndForget || Yields)
      return Kind::None;
    bool Emptied = any_of(Steps, [](const ValueStep &S) { return S.What == Step::Takes; });
    if (Type.isCoroutine() || Type.Starts != Start::Unknown ||
        (Emptied && Types.heldTask(Local.Decl->getType()) == nullptr))
      return Kind::Task;
    if (const CXXRecordDecl *Held = Types.heldTask(Local.Decl->getType()))
      return Types.of(Held).Shared ? Kind::None : Kind::Tasks;
    return Class.hasDefinition() && Class.hasNonTrivialMoveConstructor() ? Kind::Value : Kind::None;
  }

  void local(const LocalFacts &Local, const CXXRecordDecl &Class) {
    std::vector<ValueStep> Steps;
    if (Local.Function->Decl && mayBeSpent(Local))
      Steps = stepsOf(Model, Local);
    if (none_of(Steps, [](const ValueStep &S) { return spends(S.What); }))
      return;
    Kind What = kindOf(Local, Class, Steps);
    if (What == Kind::None)
      return;
    for (const ValueStep &First : Steps)
      if (spends(First.What) && (What == Kind::Value ? valueAfter(Local, Steps, First)
                                                     : taskAfter(Local, What, Steps, First)))
        return;
  }

  /// A flow is dear: most locals are never moved, awaited or asked for a result.
  static bool mayBeSpent(const LocalFacts &Local) {
    return any_of(Local.Uses, [](const VarUse &Use) { return Use.How == ValueUse::Used; });
  }

  //--- Tasks ----------------------------------------------------------------

  static bool needsTask(Kind What, const ValueStep &S) {
    return spends(S.What) || S.What == Step::Waits ||
           (What == Kind::Tasks && S.What == Step::Elements);
  }

  bool taskAfter(const LocalFacts &Local, Kind What, ArrayRef<ValueStep> Steps,
                 const ValueStep &First) {
    if (What == Kind::Tasks && !(First.What == Step::Moves && First.ByValue))
      return false;
    return search(Local, Steps, First, Exceptions::Awaits,
                  [&](const ValueStep &Second, ArrayRef<FlowStep> Path) {
                    return needsTask(What, Second) && report(Local, What, First, Second, Path);
                  });
  }

  /// Whether no path from First can meet another step. Cheap: most tasks are used once.
  bool isLast(const FunctionFlow &Flow, ArrayRef<ValueStep> Steps, const ValueStep &First) const {
    const SourceManager &Sources = Model.ast().getSourceManager();
    return !Flow.mayRepeat(First.At) && none_of(Steps, [&](const ValueStep &S) {
      return Sources.isBeforeInTranslationUnit(First.Ref->getBeginLoc(), S.Ref->getBeginLoc());
    });
  }

  using Found = function_ref<bool(const ValueStep &, ArrayRef<FlowStep>)>;

  /// Calls Check with each step that meets the spent value. Whether one was reported.
  bool search(const LocalFacts &Local, ArrayRef<ValueStep> Steps, const ValueStep &First,
              Exceptions Throws, Found Check) {
    const FunctionFlow *Flow = Model.flow(*Local.Function);
    bool Back = any_of(Steps, [&](const ValueStep &S) { // `t = std::move(t)`
      return S.What == Step::Sets && S.At == First.At;
    });
    if (!Flow || !Flow->contains(First.At) || Back || isLast(*Flow, Steps, First))
      return false;
    bool Reported = false;
    PathSearch Search(*Flow, Throws);
    Search.after(First.At, 0, [&](PathSearch::State S, const FlowEvent &Event) {
      if (Reported || declares(Event, Local.Decl))
        return std::optional<PathSearch::State>();
      for (const ValueStep &Next : Steps) {
        if (Event.What != FlowEvent::Evaluated)
          break;
        // Asked whether it still has a value: the code knows what it does.
        bool Asked = Event.S == Next.Ref && asks(*Flow, Next);
        if (Asked || (Event.S == Next.At && Next.What == Step::Sets))
          return std::optional<PathSearch::State>();
        if (Event.S == Next.Ref && Next.What != Step::Sets) {
          SmallVector<FlowStep, 4> Path = Search.witness();
          bool Possible = !mayExclude(Model, *Flow, First.At, Next.Ref, Path);
          Reported |= Possible && Check(Next, Path);
          if (Reported || !Possible)
            return std::optional<PathSearch::State>();
        }
      }
      return std::optional(S);
    });
    return Reported;
  }

  //--- Other values ---------------------------------------------------------

  bool valueAfter(const LocalFacts &Local, ArrayRef<ValueStep> Steps, const ValueStep &First) {
    const FunctionFlow *Flow = Model.flow(*Local.Function);
    if (First.What != Step::Moves || !Flow || isa<CoreturnStmt>(First.At))
      return false;
    for (const ValueStep &Second : Steps)
      if (Second.Ref != First.Ref && Second.What != Step::Sets &&
          sameExpression(*Flow, First, Second))
        return report(Local, Kind::Value, First, Second, {});
    return First.ByValue && search(Local, Steps, First, Exceptions::Awaits,
                                   [&](const ValueStep &Second, ArrayRef<FlowStep> Path) {
                                     return any_of(Path, awaitThrew) &&
                                            report(Local, Kind::Value, First, Second, Path);
                                   });
  }

  static bool awaitThrew(const FlowStep &S) { return S.Threw && isa<CoroutineSuspendExpr>(S.S); }

  /// `f(std::move(x)).then([x] ...)`: the object of a call comes before its arguments. Arguments of
  /// one call `f(std::move(x), x.size())` come in any order.
  bool sameExpression(const FunctionFlow &Flow, const ValueStep &First,
                      const ValueStep &Second) const {
    const Stmt *Child = Second.Ref;
    for (const Stmt *P = Flow.parent(Child); isa_and_nonnull<Expr>(P);
         Child = P, P = Flow.parent(P)) {
      const auto *Call = dyn_cast<CallExpr>(P);
      if (!Call || !is_contained(Call->arguments(), Child) || !Flow.isInside(First.Ref, Call))
        continue;
      if (Types.obligation(Call->getType()) == Obligation::None || isa<CXXOperatorCallExpr>(Call))
        return false;
      if (Flow.isInside(First.Ref, Child))
        return false;
      return Flow.isInside(First.Ref, Call->getCallee()) ||
             (First.ByValue && is_contained(Call->arguments(), argumentAround(Flow, First.At)));
    }
    return false;
  }

  /// The move makes the parameter itself, not something deeper in the argument.
  static const Stmt *argumentAround(const FunctionFlow &Flow, const Stmt *Made) {
    while (isa_and_nonnull<ImplicitCastExpr, MaterializeTemporaryExpr, CXXBindTemporaryExpr>(
        Flow.parent(Made)))
      Made = Flow.parent(Made);
    return Made;
  }

  //--- Words ----------------------------------------------------------------

  static StringRef doing(Step What) {
    switch (What) {
    case Step::Awaits:
      return "awaited";
    case Step::Moves:
      return "moved";
    default:
      return "used";
    }
  }

  static StringRef consequence(Kind What, Step First) {
    if (What == Kind::Value)
      return "its value is already gone";
    if (What == Kind::Tasks)
      return "there are no tasks left in it";
    return First == Step::Moves ? "there is no task left in it" : "its result is already taken";
  }

  bool report(const LocalFacts &Local, Kind What, const ValueStep &First, const ValueStep &Second,
              ArrayRef<FlowStep> Path) {
    std::string Name = "'" + Local.Decl->getNameAsString() + "'";
    Diag D;
    D.Loc = Second.Ref->getBeginLoc();
    bool Again = First.Ref == Second.Ref;
    D.Message = Name + " is " + doing(Second.What).str() +
                (Again ? " again in the next turn of the loop: "
                       : " after it was " + doing(First.What).str() + ": ") +
                consequence(What, First.What).str();
    if (!Again)
      D.Notes.push_back(
          {First.Ref->getBeginLoc(), Name + " is " + doing(First.What).str() + " here"});
    addPath(D, Path);
    D.Notes.push_back(
        {Local.Decl->getLocation(),
         What == Kind::Value ? "read what is needed of " + Name + " before it is moved, or copy it"
         : What == Kind::Tasks ? "use what comes of the tasks, or fill " + Name + " again"
                               : "give " + Name + " a new task first, or keep its result instead"});
    Context.report(D);
    return true;
  }

  RuleContext &Context;
  const TuModel &Model;
  const CoroutineTypes &Types;
};

void run(RuleContext &Context) { TaskReuse(Context).run(); }

} // namespace

extern constexpr Check TaskReuseCheck = {
    "task-reuse",
    "a task is awaited, started or passed on again after it was used up",
    Severity::Error,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
