//===- Failures.cpp - Exceptions that leave a coroutine -------------------===//

#include "model/Failures.h"

using namespace clang;
using namespace llvm;

namespace abide {

/// Calls Test with each expression of E, not with what stands in lambdas, until it answers true.
static bool anyPart(const Expr *E, function_ref<bool(const Expr *)> Test) {
  SmallVector<const Stmt *, 16> Pending{E};
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (const auto *Part = dyn_cast_or_null<Expr>(S); Part && Test(Part))
      return true;
    if (const auto *Suspends = dyn_cast_or_null<CoroutineSuspendExpr>(S))
      Pending.push_back(Suspends->getOperand());
    else if (S && !isa<LambdaExpr>(S))
      Pending.append(S->child_begin(), S->child_end());
  }
  return false;
}

const FunctionFacts *workIn(const TuModel &Model, const Expr *E) {
  const FunctionFacts *Found = nullptr;
  anyPart(E, [&](const Expr *Part) {
    if (const auto *Lambda = dyn_cast<LambdaExpr>(Part))
      Found = Model.functions().of(Lambda->getCallOperator());
    else if (const auto *Call = dyn_cast<CallExpr>(Part))
      Found = Model.functions().of(Call->getDirectCallee());
    return Found != nullptr;
  });
  return Found;
}

static const Stmt *escaping(const TuModel &Model, const FunctionFacts &F, unsigned Depth);

static bool mayFail(const TuModel &Model, const Expr *Await, unsigned Depth) {
  const auto *Suspends = dyn_cast<CoroutineSuspendExpr>(Await);
  if (!Suspends)
    return true;
  auto Quiet = [&](const NamedDecl *D) {
    static const Role Roles[] = {Role::ErrorsAsValues, Role::WaitsOnly,     Role::AsyncSleep,
                                 Role::Checkpoint,     Role::NeverSuspends, Role::SwitchToLoop,
                                 Role::SwitchToPool};
    return D && any_of(Roles, [&](Role R) { return Model.names().has(*D, R); });
  };
  if (anyPart(Suspends->getOperand(), [&](const Expr *Part) {
        const auto *Call = dyn_cast<CallExpr>(Part);
        return (Call && Quiet(Call->getDirectCallee())) || Quiet(classOf(Part->getType()));
      }))
    return false;
  const auto *Call = dyn_cast<CallExpr>(withoutWrappers(Suspends->getOperand()));
  const FunctionFacts *Awaited = Call ? Model.functions().of(Call->getDirectCallee()) : nullptr;
  bool Known = Awaited && Awaited->isCoroutine() && Depth < 4 && Model.flow(*Awaited);
  return !Known || escaping(Model, *Awaited, Depth + 1);
}

static const Stmt *escaping(const TuModel &Model, const FunctionFacts &F, unsigned Depth) {
  const FunctionFlow *Flow = Model.flow(F);
  const Stmt *Found = nullptr;
  if (Flow)
    PathSearch(*Flow, Exceptions::Awaits)
        .fromEntry(0, [&](PathSearch::State S, const FlowEvent &E) {
          if (E.What == FlowEvent::Throw && !Found && mayFail(Model, cast<Expr>(E.S), Depth))
            Found = E.S;
          return Found ? std::nullopt : std::optional(S);
        });
  return Found;
}

bool awaitMayFail(const TuModel &Model, const Expr *Await) { return mayFail(Model, Await, 0); }

const Stmt *escapingFailure(const TuModel &Model, const FunctionFacts &F) {
  return escaping(Model, F, 0);
}

} // namespace abide
