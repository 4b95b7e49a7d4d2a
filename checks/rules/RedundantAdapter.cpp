//===- RedundantAdapter.cpp - async-redundant-adapter ---------------------===//
//
// Law: each adapter between a task and its await costs a frame or an allocation. Some do nothing.
//
// Reported: an await of what is made with its result, of a join of one task, and of a coroutine
// lambda, called where it stands, that only awaits another task.
//
// Not reported: joins of containers, and lambdas that do more; an await of a ready task without a
// result, which may be there to give way.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/AwaitKind.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

void report(RuleContext &Context, const Suspension &S, const Twine &Message, const Twine &Cure) {
  Diag D;
  D.Loc = S.Expr->getBeginLoc();
  D.Message = Message.str();
  D.Ranges.push_back(S.Operand->getSourceRange());
  D.note(S.Operand->getBeginLoc(), Cure.str());
  Context.report(D);
}

/// `co_await [&]() -> task<int> { co_return co_await f(); }()`: the awaited task inside.
const Expr *awaitedInside(const TuModel &Model, const CallExpr &Call) {
  const auto *Operator = dyn_cast<CXXOperatorCallExpr>(&Call);
  const auto *Lambda = Operator && Operator->getOperator() == OO_Call && Call.getNumArgs() == 1
                           ? dyn_cast<LambdaExpr>(withoutWrappers(Operator->getArg(0)))
                           : nullptr;
  const FunctionFacts *Body = Lambda ? Model.functions().of(Lambda->getCallOperator()) : nullptr;
  if (!Body || !Body->isCoroutine() || Body->Suspensions.size() != 1)
    return nullptr;
  for (const LambdaCapture &C : Lambda->captures())
    if (C.capturesVariable() && C.getCapturedVar()->isInitCapture())
      return nullptr; // It keeps something alive.
  const auto *Block = dyn_cast<CompoundStmt>(Body->Body);
  const auto *Return =
      Block && Block->size() == 1 ? dyn_cast<CoreturnStmt>(Block->body_front()) : nullptr;
  const auto *Await = dyn_cast_or_null<CoawaitExpr>(
      Return && Return->getOperand() ? withoutWrappers(Return->getOperand()) : nullptr);
  return Await ? Await->getOperand() : nullptr;
}

void judge(RuleContext &Context, const Suspension &S) {
  const TuModel &Model = Context.model();
  const CallExpr *Call = S.Yield ? nullptr : awaitedCall(S);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (!Callee)
    return;
  std::string Name = "'" + shownName(*Callee) + "'";
  if (!S.Expr->getType()->isVoidType() && Model.names().has(*Callee, Role::MakesReady))
    return report(Context, S, "what " + Name + " makes is ready: the await waits for nothing",
                  "use the value itself");
  if (Model.names().has(*Callee, Role::JoinsAll) && Call->getNumArgs() == 1 &&
      Model.types().obligation(Call->getArg(0)->getType()) != Obligation::None &&
      Model.types().of(Call->getArg(0)->getType()).isCoroutine())
    return report(Context, S, Name + " of one task waits for that task, and costs another one",
                  "await the task itself");
  if (awaitedInside(Model, *Call))
    report(Context, S, "this coroutine only awaits another task: a frame for nothing",
           "await that task itself");
}

void run(RuleContext &Context) {
  for (const FunctionFacts &F : Context.model().functions().all())
    if (!F.Dependent)
      for (const Suspension &S : F.Suspensions)
        judge(Context, S);
}

} // namespace

extern constexpr Check RedundantAdapterCheck = {
    "redundant-adapter",
    "an adapter between a task and its await does nothing",
    Severity::Hint,
    /*Recommended=*/false,
    {},
    run,
};

} // namespace abide
