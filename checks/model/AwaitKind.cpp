//===- AwaitKind.cpp - What a suspension waits for ------------------------===//

#include "model/AwaitKind.h"

using namespace clang;
using namespace llvm;

namespace abide {

const CallExpr *awaitedCall(const Suspension &S) {
  const Expr *E = withoutWrappers(S.Operand);
  if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E))
    E = withoutWrappers(Cast->getSubExpr());
  const auto *Call = dyn_cast<CallExpr>(E);
  return Call && Call->isCallToStdMove() ? dyn_cast<CallExpr>(withoutWrappers(Call->getArg(0)))
                                         : Call;
}

/// `bool await_ready() const noexcept { return true; }`
static bool isAlwaysReady(const Suspension &S) {
  const auto *Suspends = dyn_cast<CoroutineSuspendExpr>(S.Expr);
  const Expr *Asked = Suspends ? Suspends->getReadyExpr() : nullptr;
  const auto *Ready = dyn_cast_or_null<CallExpr>(Asked ? withoutWrappers(Asked) : nullptr);
  const FunctionDecl *F = Ready ? Ready->getDirectCallee() : nullptr;
  const auto *Body = dyn_cast_or_null<CompoundStmt>(F ? F->getBody() : nullptr);
  const auto *Return =
      Body && Body->size() == 1 ? dyn_cast<ReturnStmt>(Body->body_front()) : nullptr;
  const auto *Answer = dyn_cast_or_null<CXXBoolLiteralExpr>(
      Return && Return->getRetValue() ? withoutWrappers(Return->getRetValue()) : nullptr);
  return Answer && Answer->getValue();
}

AwaitKind kindOfAwait(const TuModel &Model, const Suspension &S) {
  if (S.Yield)
    return AwaitKind::Ordinary;
  static constexpr std::pair<Role, AwaitKind> Known[] = {{Role::NeverSuspends, AwaitKind::Never},
                                                         {Role::AsyncSleep, AwaitKind::Sleep},
                                                         {Role::Checkpoint, AwaitKind::Checkpoint}};
  const NameLookup &Names = Model.names();
  const CallExpr *Call = awaitedCall(S);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  const auto *Member = dyn_cast_or_null<CXXMemberCallExpr>(Call);
  const CXXRecordDecl *Object = Member ? Member->getRecordDecl() : nullptr;
  const CXXRecordDecl *Type = classOf(S.Operand->getType().getNonReferenceType());
  const auto *Variable = dyn_cast<DeclRefExpr>(withoutWrappers(S.Operand)); // this_coro::executor
  for (auto [R, Kind] : Known)
    if ((Callee && Names.has(*Callee, Object, R)) || (Type && Names.has(*Type, R)) ||
        (Variable && Names.has(*Variable->getDecl(), R)))
      return Kind;
  return isAlwaysReady(S) ? AwaitKind::Never : AwaitKind::Ordinary;
}

bool awaitsOneOf(const Suspension &S, ArrayRef<std::string> QualifiedNames) {
  auto Listed = [&](const NamedDecl *D) {
    return D && is_contained(QualifiedNames, qualifiedName(*D));
  };
  const CallExpr *Call = awaitedCall(S);
  return !QualifiedNames.empty() && (Listed(Call ? Call->getDirectCallee() : nullptr) ||
                                     Listed(classOf(S.Operand->getType().getNonReferenceType())));
}

const CoawaitExpr *awaitIn(const Expr *Init) {
  const Expr *E = Init ? withoutWrappers(Init) : nullptr;
  if (const auto *Made = dyn_cast_or_null<CXXConstructExpr>(E);
      Made && Made->getNumArgs() == 1 && Made->getConstructor()->isCopyOrMoveConstructor())
    E = withoutWrappers(Made->getArg(0));
  return dyn_cast_or_null<CoawaitExpr>(E);
}

} // namespace abide
