//===- DanglingArgument.cpp - async-dangling-argument ---------------------===//
//
// Law: a parameter that is a reference, a pointer or a view keeps nothing alive. The task of a
// coroutine with such a parameter has to be done before the argument dies.
//
// Reported: a call of a coroutine that uses such a parameter after it slept, with a temporary or a
// local that dies before the task is done: the task is kept, spawned, stored, or given to a scope
// that waits for it too late. A range-for over a generator of a temporary (before C++23).
//
// Not reported: a task that is awaited in the same full-expression, or waited for before the
// argument dies; arguments that outlive the function; a parameter that is used before the first
// suspension only; coroutines whose body is elsewhere, unless they are lazy; what a function
// returns (async-return-dangling-task).
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "LifetimeStory.h"
#include "model/ReturnedTasks.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

class DanglingArgument {
public:
  explicit DanglingArgument(RuleContext &Context) : Context(Context), Model(Context.model()) {}

  void run() {
    for (const FunctionFacts &F : Model.functions().all())
      if (!F.Dependent && F.Decl)
        for (const CallSite &Site : F.Calls)
          if (Site.Expr && isa<CallExpr>(Site.Expr))
            call(F, Site);
  }

private:
  void call(const FunctionFacts &F, const CallSite &Site) {
    const CoroutineType &Type = Model.types().of(Site.Expr->getType());
    if (!Type.isCoroutine() || Type.Immovable)
      return;
    for (const BorrowedArgument &Given : borrowedBy(Model, Site.Expr)) {
      if (!Given.Parameter)
        continue;
      for (const Referent &Object : Given.To) {
        auto Out = outlives(Model, F, Site.Expr, Object);
        if (!Out || Out->Fate.How == WorkEnd::Returned ||
            (Given.How != Borrow::Reference && isHandedOver(Model, F, Site.Expr, Object)))
          continue;
        if (auto Later = usesLater(Model, *cast<CallExpr>(Site.Expr), Given.Parameter);
            Later && !isReturned(F, *Site.Expr))
          return report(Site, Given, Object, *Out, *Later);
      }
    }
  }

  /// `auto task = f(x); return task;`, by way of what makes a task of a task.
  bool isReturned(const FunctionFacts &F, const Expr &Made) const {
    return any_of(returnedTasks(Model, F),
                  [&](const ReturnedTask &Task) { return Task.Call == &Made; });
  }

  void report(const CallSite &Site, const BorrowedArgument &Given, const Referent &Object,
              const Outliving &Out, const LaterUse &Later) {
    const std::string Parameter = Given.Parameter->getNameAsString();
    const std::string Called = shownName(*Site.Callee);
    const std::string Of =
        Called == "a lambda" ? "the coroutine lambda" : "the coroutine '" + Called + "'";
    Diag D;
    D.Loc = Given.Argument->getExprLoc();
    D.Message = (Object.Temporary ? "temporary" : "'" + Object.Var->getNameAsString() + "'") +
                " dies while " + Of + " still refers to it" +
                (Parameter.empty() ? "" : " by '" + Parameter + "'");
    D.Ranges.push_back(Given.Argument->getSourceRange());
    noteDeath(D, Object, Out);
    const bool Own = Later.In->getCanonicalDecl() == Site.Callee->getCanonicalDecl();
    noteLaterUse(D, Model, Later, Own ? "'" + Parameter + "'" : "what it was given",
                 Of + " is lazy: it sleeps before its first statement, and gets its arguments as "
                      "they are then");
    D.note(D.Loc, "await the task in this expression, keep the argument as long as the task, or "
                  "pass it by value");
    Context.report(D);
  }

  RuleContext &Context;
  const TuModel &Model;
};

void run(RuleContext &Context) { DanglingArgument(Context).run(); }

} // namespace

extern constexpr Check DanglingArgumentCheck = {
    "dangling-argument",
    "an argument dies before the task that refers to it is done",
    Severity::Error,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
