//===- Promises.cpp - The machinery that authors of task types write ------===//

#include "model/Promises.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {

const CXXRecordDecl *asWritten(const CXXRecordDecl *Class) {
  if (!Class)
    return nullptr;
  if (const CXXRecordDecl *Pattern = Class->getTemplateInstantiationPattern())
    Class = Pattern;
  else if (const auto *Special = dyn_cast<ClassTemplateSpecializationDecl>(Class);
           Special && !Special->isExplicitSpecialization())
    Class = Special->getSpecializedTemplate()->getTemplatedDecl();
  const CXXRecordDecl *Definition = Class->getDefinition();
  return Definition ? Definition : Class->getCanonicalDecl();
}

/// The coroutine type of a promise: what get_return_object makes, or, where that is a handle or
/// something that the type is made of, the class around the promise.
static const CXXRecordDecl *coroutineTypeOf(const FunctionDecl &GetReturnObject) {
  const auto *Promise = cast<CXXMethodDecl>(GetReturnObject).getParent();
  const CXXRecordDecl *Made = asWritten(returnedClass(&GetReturnObject));
  ASTContext &Ast = GetReturnObject.getASTContext();
  if (Made && !Made->lookup(&Ast.Idents.get("promise_type")).empty())
    return Made;
  if (const auto *Around = dyn_cast<CXXRecordDecl>(Promise->getDeclContext()))
    return asWritten(Around);
  return Made;
}

Promises::Promises(const TuModel &Model) : Model(Model) {
  auto Note = [&](const FunctionDecl *F, AwaiterPlace Place) {
    if (const CXXRecordDecl *Awaiter = asWritten(returnedClass(F)))
      Places.try_emplace(Awaiter, Place);
  };
  for (const FunctionFacts &F : Model.functions().all()) {
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(F.Decl);
    if (!Method || Method->getTemplateInstantiationPattern())
      continue;
    StringRef Name = identifierOf(*Method);
    if (Name == "get_return_object") {
      if (const CXXRecordDecl *Returned = coroutineTypeOf(*Method))
        All.push_back({asWritten(Method->getParent()), Returned});
    } else if (Name == "initial_suspend") {
      Note(Method, AwaiterPlace::Start);
    } else if (Name == "final_suspend") {
      Note(Method, AwaiterPlace::End);
    } else if (Name == "yield_value") {
      Note(Method, AwaiterPlace::Yield);
    }
  }
}

SmallVector<PromiseType, 2> Promises::of(const CXXRecordDecl *Class) const {
  SmallVector<PromiseType, 2> Found;
  Class = asWritten(Class);
  for (const PromiseType &P : All)
    if (any_of(withBases(P.Class), [&](const CXXRecordDecl *B) { return asWritten(B) == Class; }))
      Found.push_back(P);
  return Found;
}

AwaiterPlace Promises::place(const CXXRecordDecl *Awaiter) const {
  return Places.lookup(asWritten(Awaiter));
}

std::optional<bool> Promises::stopsAtEnd(const CXXRecordDecl *Promise) const {
  for (const FunctionDecl *F : functions(Promise, "final_suspend"))
    return suspends(returnedClass(F), Model.ast());
  return std::nullopt;
}

SmallVector<const FunctionDecl *, 4> Promises::functions(const CXXRecordDecl *Class,
                                                         StringRef Name) const {
  return memberFunctions(Class, DeclarationName(&Model.ast().Idents.get(Name)));
}

static StringRef memberName(const Stmt *S) {
  if (const auto *Member = dyn_cast<MemberExpr>(S))
    return isa<FieldDecl>(Member->getMemberDecl()) ? identifierOf(*Member->getMemberDecl())
                                                   : StringRef();
  if (const auto *Dependent = dyn_cast<CXXDependentScopeMemberExpr>(S);
      Dependent && Dependent->getMember().isIdentifier())
    return Dependent->getMember().getAsIdentifierInfo()->getName();
  return "";
}

/// What an assignment writes, whole and not through an index or a pointer.
static const Expr *assigned(const Stmt *S) {
  if (const auto *Binary = dyn_cast<BinaryOperator>(S); Binary && Binary->isAssignmentOp())
    return withoutWrappers(Binary->getLHS());
  if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(S); Call && Call->isAssignmentOp())
    return withoutWrappers(Call->getArg(0));
  return nullptr;
}

void Promises::collectReads() const {
  Read.emplace();
  for (const FunctionFacts &F : Model.functions().all()) {
    SmallPtrSet<const Stmt *, 8> Written;
    anyStatement(F.Body, [&](const Stmt *S) {
      if (const Expr *Target = assigned(S))
        Written.insert(Target);
      else if (StringRef Name = memberName(S); !Name.empty() && !Written.contains(S))
        Read->insert(Name);
      return false;
    });
    if (const auto *Constructor = dyn_cast_or_null<CXXConstructorDecl>(F.Decl))
      for (const CXXCtorInitializer *Init : Constructor->inits())
        anyStatement(Init->getInit(), [&](const Stmt *S) {
          Read->insert(memberName(S));
          return false;
        });
  }
}

bool Promises::isRead(StringRef Member) const {
  if (!Read)
    collectReads();
  return Read->contains(Member);
}

bool givesAway(const TuModel &Model, const FunctionFacts &F, const CXXRecordDecl *Promise) {
  return any_of(F.Calls, [&](const CallSite &Site) {
    if (Model.functions().of(Site.Callee) ||
        Site.Callee->getEnclosingNamespaceContext()->isStdNamespace())
      return false;
    return any_of(argumentsOf(Site), [&](const Expr *Argument) {
      const Expr *Value = withoutWrappers(Argument);
      if (const auto *Converts = dyn_cast<CXXMemberCallExpr>(Value))
        if (const Expr *Object = Converts->getImplicitObjectArgument())
          Value = Object;
      return isHandle(Value->getType()) && promiseOfHandle(Value->getType()) &&
             asWritten(promiseOfHandle(Value->getType())) == Promise;
    });
  });
}

} // namespace abide
