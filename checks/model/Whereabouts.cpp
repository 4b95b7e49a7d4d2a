//===- Whereabouts.cpp - On which kind of thread a coroutine runs ---------===//

#include "model/Whereabouts.h"
#include "model/Callables.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// Whether Test answers true for a call under E.
bool anyCallIn(const Expr *E, llvm::function_ref<bool(const CallExpr *)> Test) {
  SmallVector<const Stmt *, 16> Pending{E};
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (!S || isa<LambdaExpr>(S))
      continue;
    if (const auto *Call = dyn_cast<CallExpr>(S); Call && Test(Call))
      return true;
    append_range(Pending, S->children());
  }
  return false;
}

/// What is awaited names a pool (`pool->schedule()`, `resume_on(pool)`) or a function that says so.
bool switches(const TuModel &Model, const Suspension &S, Role R) {
  const NameLookup &Names = Model.names();
  auto IsPool = [&](const Expr *E) { return namesPool(Names, E); };
  return anyCallIn(S.Operand, [&](const CallExpr *Call) {
    const FunctionDecl *Callee = Call->getDirectCallee();
    const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
    if (Callee && Names.has(*Callee, Member ? Member->getRecordDecl() : nullptr, R))
      return true;
    return R == Role::SwitchToPool && ((Member && IsPool(Member->getImplicitObjectArgument())) ||
                                       any_of(Call->arguments(), IsPool));
  });
}

} // namespace

bool switchesThread(const TuModel &Model, const Suspension &S) {
  return switches(Model, S, Role::SwitchToPool) || switches(Model, S, Role::SwitchToLoop);
}

Whereabouts::Whereabouts(const TuModel &Model, const FunctionFacts &F) {
  SmallPtrSet<const Stmt *, 4> ToPool;
  SmallVector<const Expr *, 4> ToLoop;
  for (const Suspension &S : F.Suspensions)
    if (switches(Model, S, Role::SwitchToPool))
      ToPool.insert(S.Expr);
    else if (switches(Model, S, Role::SwitchToLoop))
      ToLoop.push_back(S.Expr);
  const FunctionFlow *Flow = ToPool.empty() ? nullptr : Model.flow(F);
  if (!Flow)
    return;
  Moves = true;
  auto Visit = [&](PathSearch::State S, const FlowEvent &Event) {
    if (Event.What == FlowEvent::Evaluated)
      Loop.insert(Event.S);
    return Event.What == FlowEvent::Evaluated && ToPool.count(Event.S) ? std::nullopt
                                                                       : std::optional(S);
  };
  PathSearch Search(*Flow, Exceptions::Awaits);
  Search.fromEntry(0, Visit);
  for (const Expr *Back : ToLoop)
    if (Flow->contains(Back))
      Search.after(Back, 0, Visit);
}

} // namespace abide
