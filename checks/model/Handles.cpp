//===- Handles.cpp - What is done to coroutine handles --------------------===//

#include "model/Handles.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;
using namespace llvm;

namespace abide {

static bool isHandleClass(const CXXRecordDecl *Class) {
  if (!Class || !Class->getIdentifier() || Class->getName() != "coroutine_handle")
    return false;
  return Class->isInStdNamespace() ||
         qualifiedName(*Class) == "std::experimental::coroutine_handle";
}

bool isHandle(QualType T) { return !T.isNull() && isHandleClass(classOf(T.getNonReferenceType())); }

const CXXRecordDecl *promiseOfHandle(QualType T) {
  const auto *Special =
      dyn_cast_or_null<ClassTemplateSpecializationDecl>(classOf(T.getNonReferenceType()));
  if (!Special || !isHandleClass(Special) || Special->getTemplateArgs().size() == 0 ||
      Special->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
    return nullptr;
  return Special->getTemplateArgs()[0].getAsType()->getAsCXXRecordDecl();
}

static HandleOp operationNamed(StringRef Name) {
  if (Name == "resume")
    return HandleOp::Resume;
  if (Name == "destroy")
    return HandleOp::Destroy;
  return Name == "done" ? HandleOp::Done : HandleOp::Other;
}

std::optional<HandleCall> handleCall(const Stmt *S) {
  const auto *Call = dyn_cast_or_null<CallExpr>(S);
  if (!Call)
    return std::nullopt;
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call)) {
    if (Operator->getOperator() != OO_Call || !isHandle(Operator->getArg(0)->getType()))
      return std::nullopt;
    return HandleCall{HandleOp::Resume, Operator->getArg(0)};
  }
  const Expr *Callee = Call->getCallee()->IgnoreParens();
  const Expr *Object = nullptr;
  StringRef Name;
  if (const auto *Member = dyn_cast<MemberExpr>(Callee)) {
    if (!isa<CXXMethodDecl>(Member->getMemberDecl()) || Member->isArrow())
      return std::nullopt;
    Object = Member->getBase();
    Name = identifierOf(*Member->getMemberDecl());
  } else if (const auto *Dependent = dyn_cast<CXXDependentScopeMemberExpr>(Callee)) {
    if (Dependent->isImplicitAccess() || Dependent->isArrow() ||
        !Dependent->getMember().isIdentifier())
      return std::nullopt;
    Object = Dependent->getBase();
    Name = Dependent->getMember().getAsIdentifierInfo()->getName();
  } else if (isHandle(Callee->getType())) {
    return HandleCall{HandleOp::Resume, Callee}; // `h()` in a pattern.
  }
  if (!Object || !isHandle(Object->IgnoreParenImpCasts()->getType()))
    return std::nullopt;
  return HandleCall{operationNamed(Name), Object};
}

HandlePlace HandlePlace::of(const Expr *E) {
  E = withoutWrappers(E);
  if (const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E))
    return isa<VarDecl, BindingDecl>(Ref->getDecl()) ? HandlePlace{Ref->getDecl(), nullptr}
                                                     : HandlePlace();
  const auto *Member = dyn_cast_or_null<MemberExpr>(E);
  if (!Member || !isa<FieldDecl>(Member->getMemberDecl()))
    return {};
  const Expr *Base = withoutWrappers(Member->getBase());
  if (isa<CXXThisExpr>(Base))
    return {nullptr, Member->getMemberDecl()};
  const auto *Ref = dyn_cast<DeclRefExpr>(Base);
  return Ref && isa<VarDecl>(Ref->getDecl()) ? HandlePlace{Ref->getDecl(), Member->getMemberDecl()}
                                             : HandlePlace();
}

/// Whether nothing but handles and null pointers is asked in the conditions of the body.
static bool asksOnlyHandles(const Stmt *Body) {
  return !anyStatement(Body, [](const Stmt *S) {
    const Expr *Condition = nullptr;
    if (const auto *If = dyn_cast<IfStmt>(S))
      Condition = If->getCond();
    else if (const auto *Choice = dyn_cast<ConditionalOperator>(S))
      Condition = Choice->getCond();
    else if (const auto *Both = dyn_cast<BinaryOperator>(S); Both && Both->isLogicalOp())
      Condition = Both;
    return anyStatement(Condition, [](const Stmt *Part) {
      const auto *Value = dyn_cast<Expr>(Part);
      if (!Value || !(isa<DeclRefExpr>(Value) || isa<MemberExpr>(Value)))
        return false;
      const ValueDecl *Named = isa<DeclRefExpr>(Value) ? cast<DeclRefExpr>(Value)->getDecl()
                                                       : cast<MemberExpr>(Value)->getMemberDecl();
      return isa<VarDecl, FieldDecl>(Named) && !isHandle(Named->getType());
    });
  });
}

static bool asksDone(const Stmt *Body) {
  return anyStatement(Body, [](const Stmt *S) {
    auto Call = handleCall(S);
    return Call && Call->Op == HandleOp::Done;
  });
}

/// The destruction of a member in the body, or in a function of the object that the body calls.
static void findOwned(const CXXRecordDecl *Class, const Stmt *Body, std::vector<HandleOwner> &Out,
                      unsigned Depth = 0) {
  anyStatement(Body, [&](const Stmt *S) {
    if (auto Call = handleCall(S); Call && Call->Op == HandleOp::Destroy) {
      HandlePlace Place = HandlePlace::of(Call->Handle);
      const auto *Field = dyn_cast_or_null<FieldDecl>(Place.Field);
      if (Field && !Place.Root && Field->getParent() == Class)
        Out.push_back({Class, Field, S, asksOnlyHandles(Body), asksDone(Body)});
      return false;
    }
    const auto *Member = dyn_cast<MemberExpr>(S);
    const auto *Method = Member ? dyn_cast<CXXMethodDecl>(Member->getMemberDecl()) : nullptr;
    if (Method && Method->getParent() == Class && Depth == 0 &&
        isa<CXXThisExpr>(withoutWrappers(Member->getBase())))
      findOwned(Class, Method->getBody(), Out, Depth + 1);
    return false;
  });
}

std::vector<HandleOwner> handleOwners(const TuModel &Model) {
  std::vector<HandleOwner> Owners;
  for (const FunctionFacts &F : Model.functions().all()) {
    const auto *Destructor = dyn_cast_or_null<CXXDestructorDecl>(F.Decl);
    if (Destructor && !Destructor->getTemplateInstantiationPattern())
      findOwned(Destructor->getParent(), F.Body, Owners);
  }
  return Owners;
}

StringRef calleeName(const CallExpr &Call) {
  if (const FunctionDecl *Callee = Call.getDirectCallee())
    return identifierOf(*Callee);
  const Expr *Callee = Call.getCallee()->IgnoreParens();
  if (const auto *Unresolved = dyn_cast<OverloadExpr>(Callee);
      Unresolved && Unresolved->getName().isIdentifier())
    return Unresolved->getName().getAsIdentifierInfo()->getName();
  return "";
}

/// Whether the body may put the frame in order in another way than by a plain assignment.
static bool takesCare(const Stmt *Body, const HandleOwner &Owner) {
  return anyStatement(Body, [&](const Stmt *S) {
    if (auto Call = handleCall(S); Call && Call->Op == HandleOp::Destroy)
      return true;
    if (isa<CXXPseudoDestructorExpr, CXXNewExpr, CXXDeleteExpr>(S))
      return true;
    if (const auto *If = dyn_cast<IfStmt>(S)) // `if (handle) ...`, assert(!handle)
      return anyStatement(If->getCond(), [&](const Stmt *Part) {
        return isa<Expr>(Part) &&
               HandlePlace::of(cast<Expr>(Part)) == HandlePlace{nullptr, Owner.Handle};
      });
    if (isa<ConditionalOperator>(S))
      return true;
    const auto *Call = dyn_cast<CallExpr>(S);
    if (!Call || isa<CXXOperatorCallExpr>(Call) || handleCall(Call))
      return false;
    StringRef Name = calleeName(*Call);
    // A call of an unknown function, or of one of the object, may do anything.
    return Name != "move" && Name != "exchange" && Name != "addressof" && Name != "forward" &&
           !(Name == "release" && isa<CXXMemberCallExpr>(Call));
  });
}

const Stmt *overwrites(const CXXMethodDecl &Assignment, const HandleOwner &Owner) {
  const Stmt *Body = bodyOf(&Assignment);
  if (!Body || !Assignment.getParamDecl(0)->getType()->isReferenceType() || takesCare(Body, Owner))
    return nullptr;
  const Stmt *Found = nullptr;
  anyStatement(Body, [&](const Stmt *S) {
    const Expr *Left = nullptr;
    if (const auto *Binary = dyn_cast<BinaryOperator>(S); Binary && Binary->isAssignmentOp())
      Left = Binary->getLHS();
    else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(S); Call && Call->isAssignmentOp())
      Left = Call->getArg(0);
    if (Left && HandlePlace::of(Left) == HandlePlace{nullptr, Owner.Handle})
      Found = S;
    return Found != nullptr;
  });
  return Found;
}

const Expr *copiesHandle(const CXXConstructorDecl &Constructor, const HandleOwner &Owner) {
  const auto *Body = dyn_cast_or_null<CompoundStmt>(bodyOf(&Constructor));
  const FunctionDecl *Pattern = Constructor.getTemplateInstantiationPattern();
  const auto &Written = Pattern ? cast<CXXConstructorDecl>(*Pattern) : Constructor;
  if (!Body || !Body->body_empty())
    return nullptr;
  for (const CXXCtorInitializer *Init : Written.inits()) {
    if (Init->getAnyMember() != Owner.Handle)
      continue;
    const Expr *Value = withoutWrappers(Init->getInit());
    while (true) {
      if (const auto *Made = dyn_cast<CXXConstructExpr>(Value); Made && Made->getNumArgs() == 1)
        Value = withoutWrappers(Made->getArg(0));
      else if (const auto *List = dyn_cast<InitListExpr>(Value); List && List->getNumInits() == 1)
        Value = withoutWrappers(List->getInit(0));
      else if (const auto *List = dyn_cast<ParenListExpr>(Value); List && List->getNumExprs() == 1)
        Value = withoutWrappers(List->getExpr(0));
      else if (const auto *Call = dyn_cast<CallExpr>(Value); Call && Call->isCallToStdMove())
        Value = withoutWrappers(Call->getArg(0));
      else
        break;
    }
    if (HandlePlace::of(Value) == HandlePlace{Written.getParamDecl(0), Owner.Handle})
      return Init->getInit();
  }
  return nullptr;
}

} // namespace abide
