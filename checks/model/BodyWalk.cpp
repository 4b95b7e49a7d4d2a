//===- BodyWalk.cpp - One body, top down ----------------------------------===//
//
// The walk keeps its own stack: generated code nests deeper than a thread's stack is long.
//
//===----------------------------------------------------------------------===//

#include "model/BodyWalk.h"
#include "model/CoroutineTypes.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

class BodyWalk {
public:
  BodyWalk(Functions &Out, const ASTContext &Ast, CoroutineTypes &Types, FunctionFacts &Facts,
           NestedBodies &Nested)
      : Out(Out), Ast(Ast), Types(Types), Facts(Facts), Nested(Nested) {}

  /// Body is a function's statement, or the initialiser of something that is no local.
  void run(const Stmt *Body) {
    push(Body, {isa<Expr>(Body) ? ValueUse::Used : ValueUse::Dropped, nullptr, false});
    while (!Pending.empty()) {
      auto [S, C] = Pending.pop_back_val();
      size_t Mark = Pending.size();
      if (const auto *E = dyn_cast<Expr>(S))
        expression(E, C);
      else
        statement(S, C);
      // Children were pushed in source order: turn them round so that the first is visited next.
      std::reverse(Pending.begin() + Mark, Pending.end());
    }
  }

  void parameters(const FunctionDecl &F) {
    for (const ParmVarDecl *Parameter : F.parameters())
      local(Parameter, nullptr, {});
  }

  void initializer(const CXXCtorInitializer &Init) {
    if (const FieldDecl *Field = Init.getAnyMember(); Field && isTrackedField(Field))
      Out.Fields[Field].Uses.push_back({Init.getInit(), ValueUse::Assigned, Init.getInit()});
    push(Init.getInit(), {});
  }

private:
  struct Context {
    ValueUse Use = ValueUse::Used;
    const Expr *Value = nullptr; ///< With Assigned and Filled.
    bool InHandler = false;
  };

  void push(const Stmt *S, Context C) {
    if (S)
      Pending.push_back({S, C});
  }

  /// The same place in the tree, but its value is used.
  static Context used(Context C) { return {ValueUse::Used, nullptr, C.InHandler}; }
  static Context dropped(Context C) { return {ValueUse::Dropped, nullptr, C.InHandler}; }

  static bool isDrop(ValueUse Use) {
    return Use == ValueUse::Dropped || Use == ValueUse::Voided || Use == ValueUse::Ignored;
  }

  void children(const Stmt *S, Context C) {
    for (const Stmt *Child : S->children())
      push(Child, C);
  }

  //--- Statements -----------------------------------------------------------

  void statement(const Stmt *S, Context C) {
    switch (S->getStmtClass()) {
    case Stmt::CoroutineBodyStmtClass:
      return push(cast<CoroutineBodyStmt>(S)->getBody(), C);
    case Stmt::DeclStmtClass:
      for (const Decl *D : cast<DeclStmt>(S)->decls())
        declaration(D, C);
      return;
    case Stmt::CXXTryStmtClass:
      Facts.Tries.push_back(cast<CXXTryStmt>(S));
      return children(S, dropped(C));
    case Stmt::CompoundStmtClass:
    case Stmt::LabelStmtClass:
    case Stmt::AttributedStmtClass:
    case Stmt::DefaultStmtClass:
      return children(S, dropped(C));
    case Stmt::CaseStmtClass:
      return push(cast<CaseStmt>(S)->getSubStmt(), dropped(C));
    case Stmt::IfStmtClass: {
      const auto *If = cast<IfStmt>(S);
      if (If->isConstexpr() && !If->getCond()->isValueDependent())
        if (auto Taken = If->getNondiscardedCase(Ast))
          return push(*Taken, dropped(C));
      push(If->getInit(), dropped(C));
      push(If->getConditionVariableDeclStmt(), dropped(C));
      push(If->getCond(), used(C));
      push(If->getThen(), dropped(C));
      return push(If->getElse(), dropped(C));
    }
    case Stmt::SwitchStmtClass: {
      const auto *Switch = cast<SwitchStmt>(S);
      push(Switch->getInit(), dropped(C));
      push(Switch->getConditionVariableDeclStmt(), dropped(C));
      push(Switch->getCond(), used(C));
      return push(Switch->getBody(), dropped(C));
    }
    case Stmt::WhileStmtClass: {
      const auto *While = cast<WhileStmt>(S);
      Facts.Loops.push_back(S);
      push(While->getConditionVariableDeclStmt(), dropped(C));
      push(While->getCond(), used(C));
      return push(While->getBody(), dropped(C));
    }
    case Stmt::DoStmtClass:
      Facts.Loops.push_back(S);
      push(cast<DoStmt>(S)->getBody(), dropped(C));
      return push(cast<DoStmt>(S)->getCond(), used(C));
    case Stmt::ForStmtClass: {
      const auto *For = cast<ForStmt>(S);
      Facts.Loops.push_back(S);
      push(For->getInit(), dropped(C));
      push(For->getConditionVariableDeclStmt(), dropped(C));
      push(For->getCond(), used(C));
      push(For->getInc(), dropped(C));
      return push(For->getBody(), dropped(C));
    }
    case Stmt::CXXForRangeStmtClass: {
      const auto *For = cast<CXXForRangeStmt>(S);
      Facts.Loops.push_back(S);
      push(For->getInit(), dropped(C));
      if (For->getRangeInit())
        push(For->getRangeInit(), used(C));
      push(For->getBeginStmt(), used(C));
      push(For->getEndStmt(), used(C));
      push(For->getInc(), used(C));
      push(For->getLoopVarStmt(), used(C));
      return push(For->getBody(), dropped(C));
    }
    case Stmt::ReturnStmtClass: {
      const Expr *Value = cast<ReturnStmt>(S)->getRetValue();
      Facts.Returns.push_back(S);
      return push(Value, Value && Value->getType()->isVoidType() ? dropped(C) : used(C));
    }
    case Stmt::CXXCatchStmtClass:
      if (const VarDecl *Caught = cast<CXXCatchStmt>(S)->getExceptionDecl())
        local(Caught, nullptr, C);
      return push(cast<CXXCatchStmt>(S)->getHandlerBlock(), {ValueUse::Dropped, nullptr, true});
    case Stmt::CoreturnStmtClass: {
      const auto *Return = cast<CoreturnStmt>(S);
      Facts.Returns.push_back(S);
      // The promise's return_value() holds the operand, its return_void() does not.
      const Expr *Call = Return->getPromiseCall();
      const auto *Given = dyn_cast_or_null<CallExpr>(Call ? withoutWrappers(Call) : nullptr);
      if (!Given || Given->getNumArgs() == 0)
        push(Return->getOperand(), used(C));
      return push(Call, used(C));
    }
    default:
      return children(S, used(C)); // goto, asm, MS extensions ...
    }
  }

  void declaration(const Decl *D, Context C) {
    if (const auto *Class = dyn_cast<CXXRecordDecl>(D))
      return Nested.LocalClasses.push_back(Class);
    const auto *Var = dyn_cast<VarDecl>(D);
    if (!Var)
      return;
    if (const auto *Decomposed = dyn_cast<DecompositionDecl>(Var)) {
      for (const BindingDecl *Binding : Decomposed->bindings())
        local(Binding, Var->getInit(), C);
    } else if (!Var->isImplicit()) {
      local(Var, Var->getInit(), C);
      destructor(Var);
    }
    push(Var->getInit(), used(C));
  }

  void local(const ValueDecl *D, const Expr *Init, Context C) {
    if (D->getType().isNull()) // A binding in the pattern of a template.
      return;
    Out.Locals.push_back({D, Init, &Facts, C.InHandler, {}});
    Out.LocalOf[D] = &Out.Locals.back();
  }

  /// The end of a scope calls the destructors of its variables.
  void destructor(const VarDecl *Var) {
    if (!Var->hasLocalStorage())
      return;
    if (!Var->getType()->isReferenceType())
      return destroyed(Var->getType(), Var->getLocation());
    // `auto &&x = T();` keeps the temporary until the end of the scope.
    const auto *Full = dyn_cast_or_null<ExprWithCleanups>(Var->getInit());
    const Expr *Init = Full ? Full->getSubExpr() : Var->getInit();
    if (const auto *Extended = dyn_cast_or_null<MaterializeTemporaryExpr>(Init))
      destroyed(Extended->getType(), Var->getLocation());
  }

  void deleted(const CXXDeleteExpr *E) { destroyed(E->getDestroyedType(), E->getBeginLoc()); }

  /// A destructor that the compiler writes calls those of members and bases.
  void destroyed(QualType T, SourceLocation Loc, unsigned Depth = 0) {
    if (T.isNull())
      return;
    const CXXRecordDecl *Class = T->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
    if (!Class || !Class->hasDefinition() || Class->isDependentContext() ||
        Class->hasTrivialDestructor() || Depth > 4)
      return;
    const CXXDestructorDecl *D = Class->getDestructor();
    if (D && D->isUserProvided())
      return Facts.Calls.push_back({nullptr, D, Class, Loc, {}, nullptr});
    for (const FieldDecl *Field : Class->fields())
      destroyed(Field->getType(), Loc, Depth + 1);
    for (const CXXBaseSpecifier &Base : Class->bases())
      destroyed(Base.getType(), Loc, Depth + 1);
  }

  //--- Expressions ----------------------------------------------------------

  void expression(const Expr *E, Context C) {
    switch (E->getStmtClass()) {
    case Stmt::ExprWithCleanupsClass:
    case Stmt::ConstantExprClass:
    case Stmt::ParenExprClass:
    case Stmt::MaterializeTemporaryExprClass:
    case Stmt::ImplicitCastExprClass:
    case Stmt::SubstNonTypeTemplateParmExprClass:
      return children(E, C);
    case Stmt::CXXBindTemporaryExprClass:
      if (isDrop(C.Use)) // Bound to nothing: destroyed at the end of the statement.
        destroyed(E->getType(), E->getBeginLoc());
      return children(E, C);
    case Stmt::UnaryExprOrTypeTraitExprClass:
    case Stmt::CXXNoexceptExprClass:
    case Stmt::RequiresExprClass:
    case Stmt::ConceptSpecializationExprClass:
    case Stmt::CXXDefaultArgExprClass:
      return; // Not evaluated here.
    case Stmt::CXXTypeidExprClass:
      if (E->isInstantiationDependent() || !cast<CXXTypeidExpr>(E)->isPotentiallyEvaluated())
        return;
      return children(E, used(C));
    case Stmt::CXXDefaultInitExprClass:
      return push(cast<CXXDefaultInitExpr>(E)->getExpr(), used(C));
    case Stmt::CXXDeleteExprClass:
      deleted(cast<CXXDeleteExpr>(E));
      return children(E, used(C));
    case Stmt::CoawaitExprClass:
      return suspension(E, cast<CoawaitExpr>(E)->getOperand(), false, C);
    case Stmt::DependentCoawaitExprClass:
      return suspension(E, cast<DependentCoawaitExpr>(E)->getOperand(), false, C);
    case Stmt::CoyieldExprClass:
      return suspension(E, cast<CoyieldExpr>(E)->getOperand(), true, C);
    case Stmt::LambdaExprClass:
      return lambda(cast<LambdaExpr>(E), C);
    case Stmt::DeclRefExprClass:
      return reference(cast<DeclRefExpr>(E), C);
    case Stmt::MemberExprClass:
      return member(cast<MemberExpr>(E), C);
    case Stmt::StmtExprClass:
      return statementExpression(cast<StmtExpr>(E), C);
    case Stmt::ConditionalOperatorClass: {
      const auto *Choice = cast<ConditionalOperator>(E);
      // `c ? f() : g();` drops one value, whichever it is.
      bool OneValue = isDrop(C.Use) && E->isPRValue() && classOf(E->getType());
      if (OneValue)
        drop(E, C);
      push(Choice->getCond(), used(C));
      push(Choice->getTrueExpr(), OneValue ? used(C) : C);
      return push(Choice->getFalseExpr(), OneValue ? used(C) : C);
    }
    case Stmt::BinaryOperatorClass:
      return binary(cast<BinaryOperator>(E), C);
    case Stmt::InitListExprClass: {
      const auto *List = cast<InitListExpr>(E);
      const InitListExpr *Semantic = List->isSemanticForm() ? List : List->getSemanticForm();
      if (Semantic && Semantic->isTransparent())
        return push(Semantic->getInit(0), C);
      if (isDrop(C.Use))
        drop(E, C);
      return children(Semantic ? Semantic : List, used(C));
    }
    case Stmt::PseudoObjectExprClass:
      return children(E, used(C));
    case Stmt::GenericSelectionExprClass:
      return push(cast<GenericSelectionExpr>(E)->getResultExpr(), C);
    default:
      break;
    }
    if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E))
      return cast_(Cast, C);
    if (const auto *Call = dyn_cast<CallExpr>(E))
      return call(Call, C);
    if (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
      construct(Construct, C);
      return children(E, used(C));
    }
    if (isDrop(C.Use))
      drop(E, C);
    children(E, used(C));
  }

  void drop(const Expr *E, Context C) {
    if (!E->isGLValue() && classOf(E->getType()))
      Facts.Dropped.push_back({E, C.Use, C.InHandler});
  }

  /// `(void)f()` drops on purpose. `task<>(f())` makes a new value, and that is what is dropped.
  void cast_(const ExplicitCastExpr *E, Context C) {
    if (E->getTypeAsWritten()->isVoidType()) {
      Context Voided = C;
      Voided.Use = isDrop(C.Use) ? ValueUse::Voided : ValueUse::Used;
      return push(E->getSubExpr(), Voided);
    }
    if (isDrop(C.Use) && !E->isGLValue())
      drop(E, C);
    push(E->getSubExpr(), used(C));
  }

  void suspension(const Expr *E, const Expr *Operand, bool Yield, Context C) {
    Facts.Suspensions.push_back({E, Operand, Yield});
    if (!Yield)
      Types.noteAwait(Operand->getType(), E->getType());
    // `T &&await_resume()` gives the only owner of the result a chance to take it.
    if (isDrop(C.Use) && !E->isLValue() && classOf(E->getType()))
      Facts.Dropped.push_back({E, C.Use, C.InHandler});
    push(Operand, used(C));
  }

  void lambda(const LambdaExpr *E, Context C) {
    Facts.Lambdas.push_back(E);
    for (unsigned I = 0; const LambdaCapture &Capture : E->captures()) {
      const Expr *Init = E->capture_init_begin()[I++];
      if (Capture.capturesVariable() && Capture.getCapturedVar()->isInitCapture()) {
        const auto *Var = dyn_cast<VarDecl>(Capture.getCapturedVar());
        local(Var, Init, C);
      }
      push(Init, used(C));
    }
    const CXXMethodDecl *Operator = E->getCallOperator();
    Nested.Lambdas.push_back({Operator, &Facts});
    if (const FunctionTemplateDecl *Generic = Operator->getDescribedFunctionTemplate())
      for (const FunctionDecl *Instance : Generic->specializations())
        Nested.Lambdas.push_back({Instance, &Facts});
  }

  void reference(const DeclRefExpr *E, Context C) {
    if (auto Found = Out.LocalOf.find(E->getDecl()); Found != Out.LocalOf.end())
      Found->second->Uses.push_back({E, C.Use, C.Value});
    else if (const auto *Var = dyn_cast<VarDecl>(E->getDecl()); Var && Var->hasGlobalStorage())
      Facts.Globals.push_back(E);
  }

  bool isTrackedField(const FieldDecl *Field) const {
    const SourceManager &Sources = Field->getASTContext().getSourceManager();
    return classOf(Field->getType()) &&
           Sources.isInMainFile(Sources.getExpansionLoc(Field->getLocation()));
  }

  void member(const MemberExpr *E, Context C) {
    if (const auto *Field = dyn_cast<FieldDecl>(E->getMemberDecl()); Field && isTrackedField(Field))
      Out.Fields[Field].Uses.push_back({E, C.Use, C.Value});
    // Writing or asking one member does not consume the object around it.
    bool Keeps = C.Use == ValueUse::Assigned || C.Use == ValueUse::Filled;
    push(E->getBase(), Keeps ? Context{ValueUse::Filled, C.Value, C.InHandler} : used(C));
  }

  void statementExpression(const StmtExpr *E, Context C) {
    const CompoundStmt *Block = E->getSubStmt();
    for (const Stmt *S : Block->body())
      push(S, S == Block->body_back() ? C : dropped(C));
  }

  void binary(const BinaryOperator *E, Context C) {
    if (E->getOpcode() == BO_Comma) {
      push(E->getLHS(), dropped(C));
      return push(E->getRHS(), C);
    }
    if (E->getOpcode() == BO_Assign)
      return assignment(E->getLHS(), E->getRHS(), C);
    children(E, used(C));
  }

  /// `x = value`, where x may be std::ignore or `_`.
  void assignment(const Expr *Left, const Expr *Right, Context C) {
    const auto *Target = dyn_cast<DeclRefExpr>(Left->IgnoreParenImpCasts());
    const IdentifierInfo *Name = Target ? Target->getDecl()->getIdentifier() : nullptr;
    bool Ignored = Name && ((Name->isStr("ignore") && Target->getDecl()->isInStdNamespace()) ||
                            Name->isStr("_"));
    push(Left, {ValueUse::Assigned, Right, C.InHandler});
    push(Right, Ignored ? Context{ValueUse::Ignored, nullptr, C.InHandler} : used(C));
  }

  /// A question: a const member function that answers a truth value or a state, or counts.
  static bool observes(const CXXMethodDecl *M) {
    const IdentifierInfo *Name = M->getIdentifier();
    StringRef Word = Name ? Name->getName() : "";
    static const StringRef Takers[] = {"get", "result", "value", "wait", "join", "run"};
    if (!M->isConst() || is_contained(Takers, Word))
      return false;
    QualType R = M->getReturnType();
    return R->isBooleanType() || R->isEnumeralType() || Word == "size" || Word == "capacity";
  }

  static bool fills(const CXXMethodDecl *M) {
    static const StringRef Fillers[] = {
        "push_back", "emplace_back", "push_front",       "emplace_front", "push",    "insert",
        "emplace",   "try_emplace",  "insert_or_assign", "assign",        "reserve", "resize",
        "clear",     "reset"};
    const IdentifierInfo *Name = M->getIdentifier();
    return Name && is_contained(Fillers, Name->getName());
  }

  /// What a member call does to its object.
  ValueUse receiverUse(const CXXMethodDecl *M, QualType Object) const {
    if (observes(M))
      return ValueUse::Observed;
    bool Holder = Types.heldTask(Object) != nullptr;
    return Holder && fills(M) ? ValueUse::Filled : ValueUse::Used;
  }

  void call(const CallExpr *E, Context C) {
    if (isDrop(C.Use)) {
      if (E->isCallToStdMove()) // A cast that nobody looks at.
        return push(E->getArg(0), C);
      drop(E, C);
    }
    record(E);
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(E))
      memberCall(Member, C);
    else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E))
      operatorCall(Operator, C);
    else
      children(E, used(C));
  }

  void memberCall(const CXXMemberCallExpr *E, Context C) {
    const auto *Callee = dyn_cast<MemberExpr>(E->getCallee()->IgnoreParens());
    const CXXMethodDecl *Method = E->getMethodDecl();
    if (!Callee || !Method) {
      children(E, used(C));
      return;
    }
    ValueUse Use = receiverUse(Method, E->getObjectType());
    const Expr *Put = E->getNumArgs() ? E->getArg(E->getNumArgs() - 1) : nullptr;
    push(Callee->getBase(), {Use, Use == ValueUse::Filled ? Put : nullptr, C.InHandler});
    for (const Expr *Argument : E->arguments())
      push(Argument, used(C));
  }

  void operatorCall(const CXXOperatorCallExpr *E, Context C) {
    if (E->getOperator() == OO_Equal && E->getNumArgs() == 2)
      return assignment(E->getArg(0), E->getArg(1), C);
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(E->getDirectCallee());
    // `v[i] = f()` fills v.
    bool Element = E->getOperator() == OO_Subscript || E->getOperator() == OO_Star;
    bool Through = Element && (C.Use == ValueUse::Assigned || C.Use == ValueUse::Filled);
    for (unsigned I = 0; I < E->getNumArgs(); ++I) {
      Context Argument = used(C);
      if (I == 0 && Through)
        Argument = {ValueUse::Filled, C.Value, C.InHandler};
      else if (I == 0 && Method && !Method->isStatic())
        Argument.Use = receiverUse(Method, E->getArg(0)->getType());
      push(E->getArg(I), Argument);
    }
  }

  //--- Calls ----------------------------------------------------------------

  void record(const CallExpr *E) {
    const FunctionDecl *Callee = E->getDirectCallee();
    if (!Callee)
      return;
    CallSite Site{E, Callee, nullptr, E->getBeginLoc(), {}, nullptr};
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(E)) {
      Site.Object = Member->getRecordDecl();
      if (const Expr *Object = Member->getImplicitObjectArgument()) {
        QualType T = Object->IgnoreParenImpCasts()->getType();
        if (T->isPointerType())
          T = T->getPointeeType();
        if (const CXXRecordDecl *Static = T->getAsCXXRecordDecl())
          Site.Object = Static;
      }
      Site.Loc = Member->getExprLoc();
    }
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E);
        Operator && Operator->getOperator() == OO_Call)
      if (const auto *Object = dyn_cast<DeclRefExpr>(Operator->getArg(0)->IgnoreParenImpCasts()))
        Site.FunctionObject = dyn_cast<VarDecl>(Object->getDecl());
    for (unsigned I = 0; I < E->getNumArgs(); ++I)
      callable(E->getArg(I), I, Site);
    Facts.Calls.push_back(std::move(Site));
  }

  void construct(const CXXConstructExpr *E, Context C) {
    if (isDrop(C.Use) && !E->getConstructor()->isCopyOrMoveConstructor())
      drop(E, C);
    CallSite Site{
        E, E->getConstructor(), E->getConstructor()->getParent(), E->getExprLoc(), {}, nullptr};
    for (unsigned I = 0; I < E->getNumArgs(); ++I)
      callable(E->getArg(I), I, Site);
    Facts.Calls.push_back(std::move(Site));
  }

  /// A function as an argument, also through `std::move(f)` of a local or a wrapping temporary.
  static void callable(const Expr *Argument, unsigned Index, CallSite &Site) {
    const Expr *E = withoutWrappers(Argument);
    if (const auto *Moved = dyn_cast<CallExpr>(E); Moved && Moved->isCallToStdMove())
      E = withoutWrappers(Moved->getArg(0));
    if (const auto *Made = dyn_cast<CXXConstructExpr>(E); Made && Made->getNumArgs() == 1)
      E = withoutWrappers(Made->getArg(0));
    if (const auto *Address = dyn_cast<UnaryOperator>(E);
        Address && Address->getOpcode() == UO_AddrOf)
      E = withoutWrappers(Address->getSubExpr());
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
      if (const auto *Named = dyn_cast<FunctionDecl>(Ref->getDecl()))
        return Site.Callables.push_back({Named, Index});
      if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl()); Var && Var->getInit())
        E = withoutWrappers(Var->getInit());
    }
    if (const auto *Lambda = dyn_cast<LambdaExpr>(E))
      Site.Callables.push_back({Lambda->getCallOperator(), Index});
  }

  Functions &Out;
  const ASTContext &Ast;
  CoroutineTypes &Types;
  FunctionFacts &Facts;
  NestedBodies &Nested;
  SmallVector<std::pair<const Stmt *, Context>, 32> Pending;
};

void walkBody(Functions &Out, const ASTContext &Ast, CoroutineTypes &Types, FunctionFacts &Facts,
              NestedBodies &Nested) {
  BodyWalk Walk(Out, Ast, Types, Facts, Nested);
  if (Facts.Decl)
    Walk.parameters(*Facts.Decl);
  if (const auto *Constructor = dyn_cast_or_null<CXXConstructorDecl>(Facts.Decl))
    for (const CXXCtorInitializer *Init : Constructor->inits())
      Walk.initializer(*Init);
  Walk.run(Facts.Body);
}

} // namespace abide
