//===- GeneratorReuse.cpp - async-generator-reuse -------------------------===//
//
// Law: a generator is one coroutine: it has one position, no way back, and one driver at a time.
// A second begin() resumes it from where it is, which is undefined behaviour when it has ended; a
// second driver resumes a coroutine that is running.
//
// Reported, on a path: a second iteration of the same generator; a step of an async generator
// before the last one was awaited; one given by reference to two tasks that run side by side; a
// step after its close.
//
// Not reported: views and containers, which have many passes; shared generators; generators whose
// begin() keeps note of having begun; one that got a new value in between, that was moved, or that
// somebody else has a reference to.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/Correlation.h"
#include "model/Driving.h"
#include "model/ValueSteps.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// What a path has done to a generator: indices into its drives, plus one.
struct Past {
  unsigned Begun = 0, Pending = 0, Spawned = 0, Closed = 0;

  static constexpr unsigned Bits = 6, Max = (1 << Bits) - 1;
  static Past of(PathSearch::State S) {
    return {S & Max, S >> Bits & Max, S >> 2 * Bits & Max, S >> 3 * Bits & Max};
  }
  PathSearch::State state() const {
    return Begun | Pending << Bits | Spawned << 2 * Bits | Closed << 3 * Bits;
  }
};

class GeneratorReuse {
public:
  explicit GeneratorReuse(RuleContext &Context)
      : Context(Context), Model(Context.model()), Rules(Model) {}

  void run() {
    for (const LocalFacts &Local : Model.functions().locals()) {
      const auto *Var = dyn_cast<VarDecl>(Local.Decl);
      if (!Var || !Var->hasLocalStorage() || Var->isInitCapture() || !isGenerator(Var->getType()))
        continue;
      if (const FunctionFlow *Flow = Model.flow(*Local.Function))
        local(Local, *Flow);
    }
  }

private:
  /// A promise may have yield_value for other purposes; a task is no generator.
  bool isGenerator(QualType T) const {
    const CoroutineType &Type = Model.types().of(T);
    return Type.Generator && !Type.Shared && (Type.AsyncGenerator || !Type.Awaitable);
  }

  void local(const LocalFacts &Local, const FunctionFlow &Flow) {
    const Driving Drives(Model, Rules, Flow, Local);
    if (Drives.all().size() >= Past::Max || Drives.all().empty() ||
        (Drives.all().size() == 1 && !Flow.mayRepeat(Drives.all().front().At)))
      return;
    bool Done = false;
    PathSearch Search(Flow, Exceptions::Awaits);
    auto Next = [&](PathSearch::State S, const FlowEvent &E) -> std::optional<PathSearch::State> {
      if (Done || (E.What == FlowEvent::ScopeEnd && E.Var == Local.Decl))
        return std::nullopt;
      if (E.What != FlowEvent::Evaluated)
        return S;
      if (declares(E, Local.Decl)) // `for (auto &g : all)`: another one in each round.
        return 0;
      Past P = Past::of(S);
      if (isa<CoroutineSuspendExpr>(E.S)) {
        if (P.Pending && Drives.settles(E.S, *Drives.all()[P.Pending - 1].At))
          P.Pending = 0;
        if (P.Spawned && Drives.settles(E.S, *Drives.all()[P.Spawned - 1].At))
          P.Spawned = 0;
      }
      const Drive *D = Drives.at(E.S);
      if (!D)
        return P.state();
      if (D->How == DriveKind::GivenAway)
        return std::nullopt;
      if (D->How == DriveKind::Renewed)
        return 0;
      if (unsigned Before = clash(P, D->How)) {
        const Drive &Earlier = Drives.all()[Before - 1];
        const SmallVector<FlowStep, 4> Way = Search.witness();
        if (mayExclude(Model, Flow, Earlier.At, D->At, since(Model, Flow, Earlier.At, Way)))
          return std::nullopt;
        report(Local, *D, Earlier, Way);
        Done = true;
        return std::nullopt;
      }
      return after(P, D->How, D - Drives.all().begin() + 1).state();
    };
    if (isa<ParmVarDecl>(Local.Decl))
      Search.fromEntry(0, Next);
    else if (Local.Init && Flow.contains(Local.Init))
      Search.after(Local.Init, 0, Next);
  }

  /// The earlier drive that this one must not follow, plus one; 0 if there is none.
  static unsigned clash(const Past &P, DriveKind How) {
    if (How == DriveKind::Closes)
      return P.Pending;
    if (P.Closed)
      return P.Closed;
    if (P.Spawned)
      return P.Spawned;
    if (P.Pending)
      return P.Pending;
    return How == DriveKind::Begins ? P.Begun : 0;
  }

  static Past after(Past P, DriveKind How, unsigned Index) {
    switch (How) {
    case DriveKind::Begins:
      P.Begun = Index;
      break;
    case DriveKind::StepsUnawaited:
      P.Pending = Index;
      break;
    case DriveKind::Spawns:
      P.Spawned = Index;
      break;
    case DriveKind::Closes:
      P.Closed = Index;
      break;
    default:
      break;
    }
    return P;
  }

  void report(const LocalFacts &Local, const Drive &Now, const Drive &Before,
              ArrayRef<FlowStep> Way) {
    const std::string Name = "generator '" + Local.Decl->getNameAsString() + "'";
    Diag D;
    D.Loc = Now.At->getBeginLoc();
    const char *Earlier = "it was begun here";
    std::string Cure = "make a new generator for each pass, or keep its values";
    if (Before.How == DriveKind::Closes) {
      D.Message = Name + " is advanced after it was closed: it has no more values";
      Earlier = "it was closed here";
      Cure = "leave the loop before the generator is closed";
    } else if (Now.How == DriveKind::Closes) {
      D.Message = Name + " is closed while a step of it is not awaited: it may be running";
      Earlier = "this step is not awaited yet";
      Cure = "await the step before the close";
    } else if (Before.How == DriveKind::Spawns) {
      D.Message = Name + " is driven by two tasks at once: both resume the same coroutine";
      Earlier = "this task has it already";
      Cure = "let one task iterate and hand the values on through a queue";
    } else if (Before.How == DriveKind::StepsUnawaited) {
      D.Message = Name + " is advanced again before its last step is awaited: the steps resume the "
                         "same coroutine";
      Earlier = "this step is not awaited yet";
      Cure = "await each step before the next one";
    } else {
      D.Message = Name + " is iterated again: it goes on from where it is, and when it has ended "
                         "that is undefined behaviour";
    }
    D.Notes.push_back({Before.At->getBeginLoc(), Earlier});
    addPath(D, Way);
    D.Notes.push_back({D.Loc, Cure});
    Context.report(D);
  }

  RuleContext &Context;
  const TuModel &Model;
  Closing Rules;
};

void run(RuleContext &Context) { GeneratorReuse(Context).run(); }

} // namespace

extern constexpr Check GeneratorReuseCheck = {
    "generator-reuse",
    "a generator is iterated twice, driven by two tasks, or advanced after its close",
    Severity::Error,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
