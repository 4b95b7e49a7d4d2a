//===- ThreadBound.cpp - What belongs to a thread while it lives ----------===//

#include "model/ThreadBound.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// What the constructors and the destructor of a class touch of their thread.
struct Touched {
  SmallVector<const NamedDecl *, 2> States, Variables;
  const FunctionDecl *Counts = nullptr; ///< std::uncaught_exceptions.
};

void read(const TuModel &Model, const Stmt *Body, Touched &Out) {
  SmallVector<const Stmt *, 32> Pending{Body};
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (!S || isa<LambdaExpr>(S))
      continue;
    append_range(Pending, S->children());
    if (const auto *Default = dyn_cast<CXXDefaultInitExpr>(S))
      Pending.push_back(Default->getExpr());
    const auto *Call = dyn_cast<CallExpr>(S);
    if (const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr) {
      if (F->isInStdNamespace() && identifierOf(*F) == "uncaught_exceptions")
        Out.Counts = F;
      else if (Model.names().has(*F, nullptr, Role::Hostile))
        Out.States.push_back(F);
    }
    const Expr *Written = nullptr;
    if (const auto *Binary = dyn_cast<BinaryOperator>(S); Binary && Binary->isAssignmentOp())
      Written = Binary->getLHS();
    else if (const auto *Unary = dyn_cast<UnaryOperator>(S);
             Unary && Unary->isIncrementDecrementOp())
      Written = Unary->getSubExpr();
    else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(S);
             Operator && Operator->isAssignmentOp())
      Written = Operator->getArg(0);
    else if (Call && Call->getNumArgs() && Call->getDirectCallee() &&
             Call->getDirectCallee()->isInStdNamespace() &&
             (identifierOf(*Call->getDirectCallee()) == "exchange" ||
              identifierOf(*Call->getDirectCallee()) == "swap"))
      Written = Call->getArg(0);
    const auto *Ref = Written ? dyn_cast<DeclRefExpr>(Written->IgnoreParenCasts()) : nullptr;
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    if (Var && Var->getTLSKind() != VarDecl::TLS_None)
      Out.Variables.push_back(Var);
  }
}

const FunctionDecl *readable(const FunctionDecl *F) {
  if (F->getBody())
    return F;
  const FunctionDecl *Pattern = F->getTemplateInstantiationPattern();
  return Pattern && Pattern->getBody() ? Pattern : nullptr;
}

void read(const TuModel &Model, const FunctionDecl *F, Touched &Out) {
  F = readable(F);
  if (!F)
    return;
  read(Model, F->getBody(), Out);
  if (const auto *C = dyn_cast<CXXConstructorDecl>(F))
    for (const CXXCtorInitializer *Init : C->inits())
      read(Model, Init->getInit(), Out);
}

ThreadBound ofClass(const TuModel &Model, const CXXRecordDecl *Class, unsigned Depth) {
  if (Model.names().has(*Class, Role::Hostile))
    return {BoundBy::Name, Class};
  const CXXRecordDecl *Body = Class->getDefinition();
  if (!Body || Body->isDependentContext() || Body->isLambda() || Depth > 3 ||
      Body->isInStdNamespace())
    return {};
  const CXXDestructorDecl *D = Body->getDestructor();
  if (D && D->isUserProvided()) {
    Touched Made, Destroyed;
    for (const Decl *Member : Body->decls()) {
      const auto *Template = dyn_cast<FunctionTemplateDecl>(Member);
      const auto *C =
          dyn_cast<CXXConstructorDecl>(Template ? Template->getTemplatedDecl() : Member);
      if (C && !C->isCopyOrMoveConstructor())
        read(Model, C, Made);
    }
    read(Model, D, Destroyed);
    // A single count tells whether an exception is thrown now; two are compared.
    if (Destroyed.Counts && Made.Counts)
      return {BoundBy::Exceptions, Destroyed.Counts};
    for (const NamedDecl *State : Destroyed.States)
      if (any_of(Made.States, [&](const NamedDecl *Other) {
            return sameThreadState(*cast<FunctionDecl>(State), *cast<FunctionDecl>(Other));
          }))
        return {BoundBy::State, State};
    for (const NamedDecl *Variable : Destroyed.Variables)
      if (is_contained(Made.Variables, Variable))
        return {BoundBy::Variable, Variable};
  }
  for (const FieldDecl *Field : Body->fields())
    if (const CXXRecordDecl *Member = Field->getType()->getAsCXXRecordDecl())
      if (ThreadBound Found = ofClass(Model, Member, Depth + 1); Found.How != BoundBy::Nothing)
        return Found;
  for (const CXXBaseSpecifier &Base : Body->bases())
    if (const CXXRecordDecl *B = Base.getType()->getAsCXXRecordDecl())
      if (ThreadBound Found = ofClass(Model, B, Depth + 1); Found.How != BoundBy::Nothing)
        return Found;
  return {};
}

} // namespace

ThreadBound threadBound(const TuModel &Model, const CXXRecordDecl *Class) {
  return ofClass(Model, Class, 0);
}

bool sameThreadState(const FunctionDecl &A, const FunctionDecl &B) {
  if (A.getCanonicalDecl() == B.getCanonicalDecl())
    return true;
  constexpr size_t Family = 4; // "rcu_", "PyGI", "PyEv".
  const StringRef Name = identifierOf(A), Other = identifierOf(B);
  return Name.size() > Family && Other.starts_with(Name.take_front(Family));
}

} // namespace abide
