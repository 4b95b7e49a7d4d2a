//===- PromiseFaults.cpp - Where a promise loses what it carries ----------===//

#include "model/PromiseFaults.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;
using namespace llvm;

namespace abide {

static StringRef memberName(const Stmt *S) {
  if (const auto *Member = dyn_cast<MemberExpr>(S))
    return identifierOf(*Member->getMemberDecl());
  if (const auto *Dependent = dyn_cast<CXXDependentScopeMemberExpr>(S);
      Dependent && Dependent->getMember().isIdentifier())
    return Dependent->getMember().getAsIdentifierInfo()->getName();
  return "";
}

static bool namesMember(const Stmt *S, const FieldDecl &Field) {
  if (const auto *Member = dyn_cast<MemberExpr>(S))
    return Member->getMemberDecl()->getCanonicalDecl() == Field.getCanonicalDecl() ||
           memberName(S) == Field.getName();
  return !memberName(S).empty() && memberName(S) == Field.getName();
}

/// The two sides of an assignment, also in the pattern of a template; nulls for anything else.
static std::pair<const Expr *, const Expr *> assignment(const Stmt *S) {
  if (const auto *Binary = dyn_cast<BinaryOperator>(S); Binary && Binary->getOpcode() == BO_Assign)
    return {withoutWrappers(Binary->getLHS()), Binary->getRHS()};
  if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(S);
      Call && Call->getOperator() == OO_Equal && Call->getNumArgs() == 2)
    return {withoutWrappers(Call->getArg(0)), Call->getArg(1)};
  return {nullptr, nullptr};
}

static bool mentions(const Stmt *S, const ValueDecl *D) {
  return anyStatement(S, [&](const Stmt *Part) {
    const auto *Ref = dyn_cast<DeclRefExpr>(Part);
    return Ref && Ref->getDecl() == D;
  });
}

/// Where F assigns one of its parameters to the member.
static const Stmt *storesParameter(const FunctionDecl &F, const Stmt *Body,
                                   const FieldDecl &Field) {
  const Stmt *Found = nullptr;
  anyStatement(Body, [&](const Stmt *S) {
    auto [Left, Right] = assignment(S);
    if (Left && namesMember(Left, Field) &&
        any_of(F.parameters(), [&](const ParmVarDecl *P) { return mentions(Right, P); }))
      Found = S;
    return Found != nullptr;
  });
  return Found;
}

static bool isExceptionPointer(QualType T) {
  const CXXRecordDecl *Class = classOf(T);
  return Class && Class->getIdentifier() && Class->getName() == "exception_ptr";
}

SmallVector<StoredMember, 2> storedMembers(const TuModel &Model, const PromiseType &P) {
  SmallVector<StoredMember, 2> Found;
  DeclarationName Unhandled(&Model.ast().Idents.get("unhandled_exception"));
  for (const CXXRecordDecl *Class : withBases(P.Class))
    for (const FieldDecl *Field : Class->fields()) {
      if (isExceptionPointer(Field->getType())) {
        for (const FunctionDecl *F : memberFunctions(P.Class, Unhandled))
          anyStatement(bodyOf(F), [&](const Stmt *S) {
            auto [Left, Right] = assignment(S);
            if (Left && namesMember(Left, *Field))
              Found.push_back({StoredMember::Exception, Field, S});
            return false;
          });
        continue;
      }
      if (!isHandle(Field->getType()))
        continue;
      for (const FunctionFacts &F : Model.functions().all()) {
        const auto *Method = dyn_cast_or_null<CXXMethodDecl>(F.Decl);
        if (!Method || Method->getTemplateInstantiationPattern() ||
            (identifierOf(*Method) != "await_suspend" &&
             asWritten(Method->getParent()) != asWritten(Class)))
          continue;
        if (const Stmt *At = storesParameter(*Method, F.Body, *Field)) {
          Found.push_back({StoredMember::Continuation, Field, At});
          break;
        }
      }
    }
  return Found;
}

const Expr *keptAddress(const FunctionDecl &ReturnValue, const ParmVarDecl &Value) {
  QualType T = Value.getType();
  bool Forwards = T->isRValueReferenceType() && T.getNonReferenceType()->isTemplateTypeParmType();
  if ((T->isLValueReferenceType() && !T.getNonReferenceType().isConstQualified()) || Forwards)
    return nullptr;
  const Expr *Found = nullptr;
  anyStatement(bodyOf(&ReturnValue), [&](const Stmt *S) {
    auto [Left, Right] = assignment(S);
    if (!Left || memberName(Left).empty())
      return false;
    const Expr *Of = nullptr;
    const Expr *E = withoutWrappers(Right);
    if (const auto *Address = dyn_cast<UnaryOperator>(E);
        Address && Address->getOpcode() == UO_AddrOf)
      Of = Address->getSubExpr();
    else if (const auto *Call = dyn_cast<CallExpr>(E);
             Call && Call->getNumArgs() == 1 && calleeName(*Call) == "addressof")
      Of = Call->getArg(0);
    const auto *Ref = dyn_cast_or_null<DeclRefExpr>(Of ? withoutWrappers(Of) : nullptr);
    if (Ref && Ref->getDecl() == &Value)
      Found = E;
    return Found != nullptr;
  });
  return Found;
}

/// A function of the coroutine type, the await protocol apart, that resumes the handle it keeps.
static bool resumesItself(const FunctionFacts &F, const PromiseType &P,
                          const FieldDecl *Continuation) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(F.Decl);
  if (!Method || asWritten(Method->getParent()) != asWritten(P.Returned) ||
      identifierOf(*Method).starts_with("await_"))
    return false;
  bool Resumes = anyStatement(F.Body, [&](const Stmt *S) {
    auto Call = handleCall(S);
    HandlePlace Place = Call ? HandlePlace::of(Call->Handle) : HandlePlace();
    return Call && Call->Op == HandleOp::Resume && Place.Field && !Place.Root;
  });
  return Resumes && !(Continuation && anyStatement(F.Body, [&](const Stmt *S) {
                        return namesMember(S, *Continuation);
                      }));
}

bool mayEndUnawaited(const TuModel &Model, const PromiseType &P) {
  if (Model.types().of(P.Returned).Starts == Start::Eager)
    return true;
  const FieldDecl *Continuation = nullptr;
  for (const StoredMember &M : storedMembers(Model, P))
    if (M.What == StoredMember::Continuation)
      Continuation = M.Field;
  return any_of(Model.functions().all(),
                [&](const FunctionFacts &F) { return resumesItself(F, P, Continuation); });
}

/// Whether the member is a null handle in a new object.
static bool beginsAsNull(const FieldDecl &Field) {
  if (const Expr *Init = Field.getInClassInitializer()) {
    bool Empty = !anyStatement(
        Init, [](const Stmt *S) { return isa<CallExpr>(S) && !isa<CXXConstructExpr>(S); });
    if (!Empty)
      return false;
  }
  const auto *Class = cast<CXXRecordDecl>(Field.getParent());
  return none_of(Class->ctors(), [&](const CXXConstructorDecl *C) {
    return any_of(C->inits(), [&](const CXXCtorInitializer *Init) {
      return Init->isWritten() && Init->getAnyMember() == &Field;
    });
  });
}

const Stmt *resumedUnasked(const FunctionFacts &F, const FieldDecl &Continuation) {
  const Stmt *Use = nullptr;
  unsigned Mentions = 0;
  bool Asks = anyStatement(F.Body, [&](const Stmt *S) {
    Mentions += namesMember(S, Continuation);
    if (const auto *Return = dyn_cast<ReturnStmt>(S);
        Return && Return->getRetValue() &&
        namesMember(withoutWrappers(Return->getRetValue()), Continuation))
      Use = S;
    if (auto Call = handleCall(S); Call && Call->Op == HandleOp::Resume &&
                                   namesMember(withoutWrappers(Call->Handle), Continuation))
      Use = S;
    if (const auto *Made = dyn_cast<CXXConstructExpr>(S);
        Made && Made->getNumArgs() == 1 && isHandle(Made->getType()) && !Use &&
        namesMember(withoutWrappers(Made->getArg(0)), Continuation))
      Use = S; // `return promise.continuation;` copies it.
    return isa<IfStmt, ConditionalOperator, WhileStmt, SwitchStmt>(S) ||
           (isa<BinaryOperator>(S) && cast<BinaryOperator>(S)->isLogicalOp());
  });
  return !Asks && Mentions == 1 && beginsAsNull(Continuation) ? Use : nullptr;
}

bool isDestroyedTwice(const TuModel &Model, const PromiseType &P, const HandleOwner &Owner) {
  const CXXRecordDecl *Type = asWritten(P.Returned);
  if (P.Class->hasUserDeclaredDestructor())
    return false;
  for (const FieldDecl *Field : P.Class->fields()) // The promise may know its owner.
    if (Field->getType()->isPointerType() || Field->getType()->isReferenceType())
      return false;
  bool Resumes = Model.types().of(Type).Starts == Start::Eager || Model.types().of(Type).Awaitable;
  for (const FunctionFacts &F : Model.functions().all()) {
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(F.Decl);
    bool Own = Method && asWritten(Method->getParent()) == Type;
    if (Own && (isa<CXXConstructorDecl, CXXDestructorDecl>(Method) ||
                Method->isCopyAssignmentOperator() || Method->isMoveAssignmentOperator()))
      continue;
    bool Changes = anyStatement(F.Body, [&](const Stmt *S) {
      if (auto [Left, Right] = assignment(S); Left && namesMember(Left, *Owner.Handle))
        return true;
      const auto *Call = dyn_cast<CallExpr>(S); // `std::exchange(handle, {})`
      return Call && !handleCall(S) && !isa<CXXOperatorCallExpr>(Call) &&
             any_of(Call->arguments(), [&](const Expr *Argument) {
               return namesMember(withoutWrappers(Argument), *Owner.Handle);
             });
    });
    if (Changes)
      return false;
    Resumes |= Own && resumesItself(F, P, nullptr);
  }
  return Resumes;
}

/// `return;`, `return true;`, `return std::noop_coroutine();`
static bool leavesSuspended(const ReturnStmt &Return) {
  if (!Return.getRetValue())
    return true;
  const Expr *Value = withoutWrappers(Return.getRetValue());
  if (const auto *Yes = dyn_cast<CXXBoolLiteralExpr>(Value))
    return Yes->getValue();
  return anyStatement(Value, [](const Stmt *S) {
    const auto *Call = dyn_cast<CallExpr>(S);
    return Call && calleeName(*Call) == "noop_coroutine";
  });
}

std::optional<LostHandle> lostHandle(const TuModel &Model, const Promises &Types,
                                     const FunctionFacts &F) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(F.Decl);
  if (!Method || Method->getNumParams() != 1 ||
      Types.place(Method->getParent()) != AwaiterPlace::Ordinary)
    return std::nullopt;
  const ParmVarDecl *Handle = Method->getParamDecl(0);
  const LocalFacts *Facts = Model.functions().local(Handle);
  const FunctionFlow *Flow = Facts && !Facts->Uses.empty() ? Model.flow(F) : nullptr;
  if (!Flow)
    return std::nullopt;
  std::optional<LostHandle> Lost;
  PathSearch Search(*Flow, Exceptions::None);
  Search.fromEntry(0, [&](PathSearch::State S, const FlowEvent &E) -> std::optional<unsigned> {
    if (E.What != FlowEvent::Evaluated || Lost)
      return Lost ? std::nullopt : std::optional(S);
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E.S); Ref && Ref->getDecl() == Handle)
      return std::nullopt;
    if (const auto *Lambda = dyn_cast<LambdaExpr>(E.S); Lambda && mentions(Lambda, Handle))
      return std::nullopt;
    if (isa<CXXThisExpr>(E.S) && !isa_and_nonnull<MemberExpr>(Flow->parent(E.S)))
      return std::nullopt; // Somebody gets the whole awaiter.
    if (const auto *Return = dyn_cast<ReturnStmt>(E.S); Return && leavesSuspended(*Return))
      Lost = LostHandle{Return, Facts->Uses.front().Ref, Search.witness()};
    return S;
  });
  return Lost;
}

} // namespace abide
