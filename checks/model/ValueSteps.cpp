//===- ValueSteps.cpp - What each use does to the value of a local --------===//

#include "model/ValueSteps.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

namespace {

bool isWrapper(const Stmt *S) {
  return isa<ImplicitCastExpr, ParenExpr, MaterializeTemporaryExpr, CXXBindTemporaryExpr, FullExpr,
             ConditionalOperator, InitListExpr>(S);
}

/// std::move, std::forward<T>, static_cast<T &&>.
bool isCastToRvalue(const Stmt *S) {
  const auto *E = dyn_cast<Expr>(S);
  if (!E || !E->isXValue())
    return false;
  if (const auto *Call = dyn_cast<CallExpr>(E)) {
    const FunctionDecl *F = Call->getDirectCallee();
    return Call->isCallToStdMove() ||
           (F && F->isInStdNamespace() && F->getIdentifier() && F->getName() == "forward");
  }
  return isa<CXXStaticCastExpr>(E);
}

/// `co_await t` through an operator for lvalues, or to a reference, leaves the result in t.
bool leavesResult(const CoawaitExpr *Await) {
  const auto *Call = dyn_cast<CXXOperatorCallExpr>(withoutWrappers(Await->getCommonExpr()));
  const auto *Operator = Call ? dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee()) : nullptr;
  return Await->isLValue() || (Operator && Operator->getRefQualifier() == RQ_LValue);
}

class StepReader {
public:
  StepReader(const TuModel &Model, const FunctionFlow &Flow, const VarUse &Use)
      : Model(Model), Flow(Flow), Use(Use) {}

  ValueStep read() {
    const Stmt *Child = Use.Ref;
    for (const Stmt *S = Flow.parent(Child); S; Child = S, S = Flow.parent(S)) {
      if (isCastToRvalue(S)) {
        Rvalue = true;
        Forwarded |= isa<CallExpr>(S) && !cast<CallExpr>(S)->isCallToStdMove();
        continue;
      }
      if (const auto *Choice = dyn_cast<ConditionalOperator>(S);
          Choice && Choice->getCond() == Child)
        return step(Step::Looks, S);
      if (!isWrapper(S))
        return at(S, Child);
      if (isa<InitListExpr>(S) && cast<Expr>(Child)->isLValue())
        return step(Step::Escapes, S); // A member that is a reference.
    }
    return step(Step::Escapes, Use.Ref);
  }

private:
  ValueStep step(Step What, const Stmt *At, bool ByValue = false) const {
    return {Use.Ref, What, At, ByValue};
  }

  ValueStep at(const Stmt *S, const Stmt *Child) {
    if (const auto *Await = dyn_cast<CoawaitExpr>(S))
      // Before the await itself, so that its failure is on the path.
      return step(!Rvalue && leavesResult(Await) ? Step::Shares : Step::Awaits, Use.Ref);
    if (const auto *Made = dyn_cast<CXXConstructExpr>(S))
      return constructed(Made, Child);
    if (const auto *Call = dyn_cast<CallExpr>(S))
      return argument(Call, Child);
    if (const auto *Member = dyn_cast<MemberExpr>(S))
      return member(Member);
    if (const auto *Assign = dyn_cast<BinaryOperator>(S); Assign && Assign->isAssignmentOp())
      return step(Assign->getLHS() == Child ? Step::Sets : Step::Looks, S);
    if (isa<CoreturnStmt>(S))
      return step(Step::Moves, S, true);
    if (isa<CXXForRangeStmt>(S) || inRangeOf(S))
      return step(Step::Elements, Use.Ref);
    bool Kept =
        isa<LambdaExpr, DeclStmt, UnaryOperator, ReturnStmt>(S) && cast<Expr>(Child)->isGLValue();
    return step(Kept ? Step::Escapes : Step::Looks, S);
  }

  /// The hidden `auto &&__range = v` of a loop over v.
  bool inRangeOf(const Stmt *S) const {
    const auto *Declares = dyn_cast<DeclStmt>(S);
    const auto *Loop = Declares ? dyn_cast_or_null<CXXForRangeStmt>(Flow.parent(S)) : nullptr;
    return Loop && Loop->getRangeStmt() == S;
  }

  ValueStep constructed(const CXXConstructExpr *Made, const Stmt *Child) const {
    const CXXConstructorDecl *C = Made->getConstructor();
    if (C->isMoveConstructor())
      return step(Step::Moves, Made, true);
    return bound(parameterType(C, llvm::find(Made->arguments(), Child) - Made->arg_begin()), Made);
  }

  static QualType parameterType(const FunctionDecl *F, unsigned Index) {
    return F && Index < F->getNumParams() ? F->getParamDecl(Index)->getType() : QualType();
  }

  /// The variable is bound to a parameter of a call.
  ValueStep bound(QualType Parameter, const Stmt *Call) const {
    if (!Parameter.isNull() && Parameter->isRValueReferenceType() && Rvalue)
      // Helpers that only look get their arguments forwarded too.
      return step(Forwarded ? Step::Looks : Step::Moves, Call);
    bool Kept = Parameter.isNull() || (Parameter->isLValueReferenceType() &&
                                       !Parameter->getPointeeType().isConstQualified());
    return step(Kept ? Step::Sets : Step::Looks, Call);
  }

  ValueStep argument(const CallExpr *Call, const Stmt *Child) const {
    const FunctionDecl *Callee = Call->getDirectCallee();
    unsigned Index = llvm::find(Call->arguments(), Child) - Call->arg_begin();
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
    if (!isa<CXXOperatorCallExpr>(Call) || !Method || Method->isStatic())
      return bound(parameterType(Callee, Index), Call);
    if (Index > 0)
      return bound(parameterType(Callee, Index - 1), Call);
    if (Method->isCopyAssignmentOperator() || Method->isMoveAssignmentOperator() ||
        Method->getOverloadedOperator() == OO_Equal)
      return step(Step::Sets, Call);
    return called(Method, Call);
  }

  ValueStep member(const MemberExpr *Member) const {
    const auto *Method = dyn_cast<CXXMethodDecl>(Member->getMemberDecl());
    const Stmt *Call = Flow.parent(Member);
    while (Call && !isa<CallExpr>(Call) && isWrapper(Call))
      Call = Flow.parent(Call);
    if (!Method || !isa_and_nonnull<CXXMemberCallExpr>(Call))
      return step(Step::Sets, Member); // Part of it is used.
    return called(Method, Call);
  }

  ValueStep called(const CXXMethodDecl *Method, const Stmt *Call) const {
    const CXXRecordDecl *Object = classOf(Use.Ref->getType());
    if (Model.names().has(*Method, Object, Role::Consumes))
      return step(Step::Takes, Call);
    if (Model.names().has(*Method, Object, Role::WaitsOnly))
      return step(Step::Waits, Call);
    if (Use.How == ValueUse::Filled)
      return step(Step::Sets, Call);
    if (Rvalue && Method->getRefQualifier() == RQ_RValue)
      return step(Step::Takes, Call);
    const IdentifierInfo *Id = Method->getIdentifier();
    static const StringRef Reach[] = {"at", "front", "back", "begin", "end", "data"};
    if (Method->getOverloadedOperator() == OO_Subscript ||
        (Id && is_contained(Reach, Id->getName())))
      return step(Step::Elements, Call);
    return step(Method->isConst() ? Step::Looks : Step::Sets, Call);
  }

  const TuModel &Model;
  const FunctionFlow &Flow;
  const VarUse &Use;
  bool Rvalue = false;
  bool Forwarded = false;
};

} // namespace

std::vector<ValueStep> stepsOf(const TuModel &Model, const LocalFacts &Local) {
  const auto *Var = dyn_cast<VarDecl>(Local.Decl);
  if (!Var || Local.Uses.empty() || Var->isInitCapture() || !Var->hasLocalStorage())
    return {};
  const FunctionFlow *Flow = Model.flow(*Local.Function);
  if (!Flow)
    return {};
  std::vector<ValueStep> Steps;
  for (const VarUse &Use : Local.Uses) {
    if (!Flow->parent(Use.Ref)) // In the body of a lambda, whose capture is a use of its own.
      continue;
    Steps.push_back(StepReader(Model, *Flow, Use).read());
    if (!Flow->contains(Steps.back().At))
      Steps.back().At = Use.Ref;
  }
  if (any_of(Steps, [](const ValueStep &S) { return S.What == Step::Escapes; }))
    return {};
  return Steps;
}

bool asks(const FunctionFlow &Flow, const ValueStep &S) {
  const Stmt *Child = S.Ref;
  for (const Stmt *P = Flow.parent(Child); S.What == Step::Looks && P && isa<Expr>(Child);
       Child = P, P = Flow.parent(P)) {
    if (const auto *If = dyn_cast<IfStmt>(P))
      return If->getCond() == Child;
    if (const auto *While = dyn_cast<WhileStmt>(P))
      return While->getCond() == Child;
    if (const auto *Choice = dyn_cast<ConditionalOperator>(P))
      return Choice->getCond() == Child;
  }
  return false;
}

bool declares(const FlowEvent &Event, const ValueDecl *Var) {
  const auto *Declares = Event.What == FlowEvent::Evaluated ? dyn_cast<DeclStmt>(Event.S) : nullptr;
  return Declares && is_contained(Declares->decls(), Var);
}

} // namespace abide
