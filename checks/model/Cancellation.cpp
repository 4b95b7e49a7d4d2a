//===- Cancellation.cpp - How a coroutine hears that it was cancelled -----===//

#include "model/Cancellation.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// A class (through a typedef too) or enumerator by its qualified name, null when not declared.
const NamedDecl *declared(ASTContext &Ast, StringRef Qualified) {
  const DeclContext *At = Ast.getTranslationUnitDecl();
  const NamedDecl *Found = nullptr;
  while (!Qualified.empty()) {
    auto [Name, Rest] = Qualified.split("::");
    DeclContextLookupResult Named = At->lookup(DeclarationName(&Ast.Idents.get(Name)));
    if (Named.empty())
      return nullptr;
    Found = *Named.begin();
    Qualified = Rest;
    if (Rest.empty())
      break;
    At = dyn_cast<DeclContext>(Found);
    if (!At)
      return nullptr;
  }
  if (const auto *Alias = dyn_cast_or_null<TypedefNameDecl>(Found))
    return classOf(Alias->getUnderlyingType());
  return Found;
}

bool isToken(const NameLookup &Names, QualType T) {
  if (T.isNull())
    return false;
  T = T.getNonReferenceType();
  if (T->isPointerType())
    T = T->getPointeeType();
  const CXXRecordDecl *Class = classOf(T);
  return Class && Names.has(*Class, Role::CancellationToken);
}

bool isErrorCode(QualType T) {
  const CXXRecordDecl *Class = T.isNull() ? nullptr : classOf(T.getNonReferenceType());
  return Class && Class->getIdentifier() && Class->getName() == "error_code";
}

/// `std::tuple<error_code, ...>`, or what the vocabulary calls a value that says whether it failed.
bool saysItsError(const NameLookup &Names, QualType Result) {
  const CXXRecordDecl *Class = Result.isNull() ? nullptr : Result->getAsCXXRecordDecl();
  if (!Class)
    return false;
  if (isErrorCode(Result) || Names.has(*Class, Role::ErrorLike))
    return true;
  const auto *Tuple = dyn_cast<ClassTemplateSpecializationDecl>(Class);
  if (!Tuple || !Tuple->isInStdNamespace() || Tuple->getName() != "tuple")
    return false;
  const TemplateArgument &Elements = Tuple->getTemplateArgs()[0];
  return Elements.getKind() == TemplateArgument::Pack && Elements.pack_size() > 0 &&
         isErrorCode(Elements.pack_begin()->getAsType());
}

/// An argument that puts the error into a variable: it holds a reference to an error code.
bool takesError(const Expr *Argument) {
  const CXXRecordDecl *Class = Argument->getType()->getAsCXXRecordDecl();
  return Class && Class->hasDefinition() && any_of(Class->fields(), [](const FieldDecl *Field) {
           return Field->getType()->isReferenceType() && isErrorCode(Field->getType());
         });
}

bool isStd(const CXXRecordDecl *Class, StringRef Name) {
  return Class->isInStdNamespace() && Class->getIdentifier() && Class->getName() == Name;
}

/// An exception that holds an error code, or a base of one.
bool mayHoldCode(const CXXRecordDecl *Class, ASTContext &Ast) {
  return isStd(Class, "exception") || isStd(Class, "runtime_error") ||
         any_of(memberFunctions(Class, DeclarationName(&Ast.Idents.get("code"))),
                [](const FunctionDecl *F) { return isErrorCode(F->getReturnType()); });
}

} // namespace

const CXXRecordDecl *CancellationSignal::type() const {
  const auto *Class = dyn_cast_or_null<CXXRecordDecl>(Decl);
  return Class ? Class->getDefinition() : nullptr;
}

CancellationSignal cancellationOf(const TuModel &Model, const FunctionFacts &F) {
  const CXXRecordDecl *Task = F.Decl ? classOf(F.Decl->getReturnType()) : nullptr;
  const LibraryAdvice *Library =
      Task ? Model.vocabulary().adviceFor(qualifiedName(*Task)) : nullptr;
  if (!Library)
    return {};
  CancellationSignal Signal;
  Signal.NeedsToken = !Library->CancelledWithToken.empty();
  Signal.Once = !Library->CancelledOnce.empty();
  Signal.Name = Signal.NeedsToken ? Library->CancelledWithToken
                : Signal.Once     ? Library->CancelledOnce
                                  : Library->Cancelled;
  if (Signal)
    Signal.Decl = declared(Model.ast(), Signal.Name);
  return Signal;
}

bool mayBeCancelled(const TuModel &Model, const CancellationSignal &Signal, const Suspension &S) {
  if (S.Yield || !mayThrow(S.Expr, Exceptions::Awaits) ||
      saysItsError(Model.names(), S.Expr->getType()))
    return false;
  if (Signal.NeedsToken && !namesToken(Model.names(), S.Operand))
    return false;
  const auto *Call = dyn_cast<CallExpr>(withoutWrappers(S.Operand));
  return !Call || none_of(Call->arguments(), takesError);
}

Catches catches(const TuModel &Model, const CancellationSignal &Signal,
                const CXXCatchStmt &Handler) {
  QualType T = Handler.getCaughtType();
  if (T.isNull())
    return Catches::Any;
  const CXXRecordDecl *Class = T.getNonReferenceType()->getAsCXXRecordDecl();
  if (!Class || !Class->hasDefinition())
    return Catches::Other;
  if (Model.names().has(*Class, Role::CancellationError))
    return Catches::Only;
  if (isStd(Class, "exception") && !Signal.Decl)
    return Catches::Any;
  if (const CXXRecordDecl *Thrown = Signal.type())
    return Thrown->isDerivedFrom(Class) ? Catches::Any : Catches::Other;
  return Signal.Decl && mayHoldCode(Class, Model.ast()) ? Catches::Any : Catches::Other;
}

bool namesToken(const NameLookup &Names, const Stmt *S) {
  if (!S)
    return false;
  if (isa<DeclRefExpr, MemberExpr>(S) && isToken(Names, cast<Expr>(S)->getType()))
    return true;
  return any_of(S->children(), [&](const Stmt *Child) { return namesToken(Names, Child); });
}

bool asksToken(const NameLookup &Names, const Stmt *S) {
  const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
  const Expr *Object = Call ? Call->getImplicitObjectArgument() : nullptr;
  return Object && isToken(Names, Object->IgnoreParenImpCasts()->getType());
}

bool isCleanup(const NameLookup &Names, const Suspension &S) {
  const auto *Call = dyn_cast<CallExpr>(withoutWrappers(S.Operand));
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (!Callee)
    return false;
  static const StringRef Words[] = {"close", "shut",   "stop",    "join",    "cleanup", "clean_up",
                                    "flush", "cancel", "release", "dispose", "rollback"};
  std::string Name = Callee->getNameAsString();
  return Names.has(*Callee, nullptr, Role::Closes) ||
         any_of(Words, [&](StringRef Word) { return StringRef(Name).contains_insensitive(Word); });
}

} // namespace abide
