//===- UnclosedGenerator.cpp - async-unclosed-generator -------------------===//
//
// Law: an async generator that is left before its end is suspended at a co_yield, with its locals
// alive. What they need to be awaited at their end, only its close can do: a destructor cannot
// wait.
//
// Reported: a local generator that was advanced and is left by a return, break, throw or an
// exception of something else that is awaited, with no close on the way; and one without any close
// whose body is seen to keep something across a yield that has to be closed.
//
// Not reported: generators that clean up by the mere end of their frame; ones that came to their
// end or failed by themselves, were closed, moved, or given to somebody.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/OpenPaths.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

class UnclosedGenerator {
public:
  explicit UnclosedGenerator(RuleContext &Context)
      : Context(Context), Model(Context.model()), Rules(Model) {}

  void run() {
    for (const LocalFacts &Local : Model.functions().locals())
      local(Local);
  }

private:
  /// Something that a generator keeps across a yield and that must be closed.
  struct Kept {
    const ValueDecl *Var = nullptr;
    const Stmt *Yield = nullptr;
    std::string Closer;
  };

  void local(const LocalFacts &Local) {
    const ValueDecl &Var = *Local.Decl;
    if (!isa<VarDecl>(Var) || Var.getType()->isReferenceType() ||
        !Model.types().of(Var.getType()).AsyncGenerator)
      return;
    std::optional<CloseDuty> Duty = Rules.generatorDuty(Var.getType());
    Kept Inside = Duty ? Kept() : keptBy(Local);
    const FunctionFlow *Flow = Duty || Inside.Var ? Model.flow(*Local.Function) : nullptr;
    if (!Flow)
      return;
    // One whose destructor objects must be closed even after its end: its end is no close then.
    bool Always = Duty && Duty->End != OpenEnd::Abandons;
    Iteration Runs(*Local.Function, *Flow, Model, Local);
    if (Always)
      Runs.Iterators.clear(), Runs.Steps.clear();
    if (std::optional<OpenPath> Path = leftOpen(Model, Rules, Local, Always && made(Local), Runs))
      report(Local, *Path, Duty, Inside);
  }

  static bool made(const LocalFacts &Local) {
    return isa<ParmVarDecl>(Local.Decl) ||
           (Local.Init && isa<CallExpr>(withoutWrappers(Local.Init)->IgnoreParenCasts()));
  }

  void report(const LocalFacts &Local, const OpenPath &Path, const std::optional<CloseDuty> &Duty,
              const Kept &Inside) {
    const std::string Name = "'" + Local.Decl->getNameAsString() + "'";
    Diag D;
    D.Loc = Local.Decl->getLocation();
    D.Message = "generator " + Name + " is not closed on every path: ";
    D.Message +=
        Duty ? Duty->End == OpenEnd::Aborts ? "its destructor ends the program"
                                            : "what it holds at its 'co_yield' is never cleaned up"
             : "it still holds '" + Inside.Var->getNameAsString() + "', which nobody closes";
    addPath(D, Path.Way);
    if (const Stmt *Left = Path.Jump ? Path.Jump : Path.Return)
      D.Notes.push_back({Left->getBeginLoc(), Name + " is left here, before its end"});
    if (Inside.Var)
      D.Notes.push_back({Inside.Yield->getBeginLoc(), "it waits here, before '" +
                                                          Inside.Var->getNameAsString() + "." +
                                                          Inside.Closer + "()'"});
    D.Notes.push_back({D.Loc, Duty ? "'co_await' its '" + Duty->Closer +
                                         "()' on every way out, or use a guard that does"
                                   : "iterate to its end, or keep '" +
                                         Inside.Var->getNameAsString() + "' outside of it"});
    Context.report(D);
  }

  /// What the coroutine that makes the generator keeps open at a yield, if its body can be seen.
  Kept keptBy(const LocalFacts &Local) const {
    const auto *Call =
        Local.Init ? dyn_cast<CallExpr>(withoutWrappers(Local.Init)->IgnoreParenCasts()) : nullptr;
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    const FunctionFacts *Body = Callee ? Model.functions().of(Callee) : nullptr;
    const FunctionFlow *Flow = Body && Body->isCoroutine() ? Model.flow(*Body) : nullptr;
    if (!Flow)
      return {};
    for (const LocalFacts &Inner : Model.functions().locals()) {
      std::optional<CloseDuty> Duty =
          Inner.Function == Body ? Rules.duty(Inner.Decl->getType()) : std::nullopt;
      if (!Duty)
        continue;
      if (std::optional<YieldPath> Path = yieldWhileOpen(Model, Rules, Inner))
        return {Inner.Decl, Path->Yield, Duty->Closer};
    }
    return {};
  }

  RuleContext &Context;
  const TuModel &Model;
  Closing Rules;
};

void run(RuleContext &Context) { UnclosedGenerator(Context).run(); }

} // namespace

extern constexpr Check UnclosedGeneratorCheck = {
    "unclosed-generator",
    "an async generator is left before its end and not closed, so that its cleanup never runs",
    Severity::Warning,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
