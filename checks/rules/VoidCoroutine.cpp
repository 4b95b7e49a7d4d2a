//===- VoidCoroutine.cpp - async-void-coroutine ---------------------------===//
//
// Law: a coroutine without a result channel cannot be awaited. Who starts one cannot wait for its
// end, does not hear of its exception, and cannot cancel it. That is what event handlers and main
// functions have to put up with; a coroutine has the better way, to await.
//
// Reported: a coroutine of such a type, with something to wait for, that another coroutine calls.
//
// Not reported: coroutines that only plain functions call; lambdas, which stand where they are
// started; functions that take a task and run it, which is how one is started.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/TuModel.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// Whether nobody can await what a function of this type returns.
bool hasNoChannel(const TuModel &Model, QualType Returned) {
  if (Returned->isVoidType())
    return true;
  const CoroutineType &Type = Model.types().of(Returned);
  return Type.isCoroutine() && !Type.Awaitable && !Type.Generator && Type.SelfDestroying &&
         Type.Starts == Start::Eager;
}

/// Somebody else's work, which this function only runs.
bool runsTask(const TuModel &Model, const FunctionDecl &F) {
  return any_of(F.parameters(), [&](const ParmVarDecl *P) {
    return Model.types().obligation(P->getType()) != Obligation::None ||
           Model.types().heldTask(P->getType());
  });
}

void judge(RuleContext &Context, const FunctionFacts &F, const FunctionFacts &Caller,
           const CallSite &Site) {
  Diag D;
  D.Loc = F.Decl->getLocation();
  D.Message = "nobody can wait for '" + F.Decl->getNameAsString() +
              "' or hear of its failure: it returns nothing to await";
  D.note(Site.Loc,
         "the coroutine " + ("'" + shownName(*Caller.Decl) + "'") + " goes on here while it runs");
  D.note(F.Suspensions.front().Expr->getBeginLoc(), "it waits here");
  D.note(D.Loc, "return a task, and await it");
  Context.report(D);
}

void run(RuleContext &Context) {
  const TuModel &Model = Context.model();
  for (const FunctionFacts &F : Model.functions().all()) {
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(F.Decl);
    if (!F.isCoroutine() || F.Suspensions.empty() || F.Dependent ||
        (Method && Method->getParent()->isLambda()) ||
        !hasNoChannel(Model, F.Decl->getReturnType()) || runsTask(Model, *F.Decl))
      continue;
    bool Reported = false;
    for (const FunctionFacts &Caller : Model.functions().all())
      for (const CallSite &Site : Caller.Calls)
        if (!Reported && Caller.isCoroutine() && &Caller != &F && Site.Expr &&
            Model.functions().of(Site.Callee) == &F) {
          judge(Context, F, Caller, Site);
          Reported = true;
        }
  }
}

} // namespace

extern constexpr Check VoidCoroutineCheck = {
    "void-coroutine",
    "a coroutine that others call returns nothing that they could await",
    Severity::Warning,
    /*Recommended=*/false,
    {},
    run,
};

} // namespace abide
