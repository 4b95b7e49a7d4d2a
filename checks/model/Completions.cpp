//===- Completions.cpp - Who gives a future or promise its result ---------===//

#include "model/Completions.h"
#include "model/Correlation.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;
using namespace llvm;

namespace abide {

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

/// The object that an expression stands for: not moved, not followed through a pointer.
static const Expr *plain(const Expr *E) {
  while (true) {
    E = withoutWrappers(E);
    if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(E);
        Call && (Call->getOperator() == OO_Arrow || Call->getOperator() == OO_Star) &&
        Call->getNumArgs() == 1)
      E = Call->getArg(0);
    else if (const auto *Moved = dyn_cast<CallExpr>(E); Moved && Moved->isCallToStdMove())
      E = Moved->getArg(0);
    else if (const auto *Unary = dyn_cast<UnaryOperator>(E);
             Unary && Unary->getOpcode() == UO_Deref)
      E = Unary->getSubExpr();
    else
      return E;
  }
}

ObjectPath ObjectPath::of(const Expr *E) {
  ObjectPath Path;
  while (true) {
    E = plain(E);
    if (const auto *Member = dyn_cast<MemberExpr>(E)) {
      if (!isa<FieldDecl>(Member->getMemberDecl()))
        return {};
      Path.Way.insert(Path.Way.begin(), Member->getMemberDecl());
      E = Member->getBase();
    } else if (const auto *Ref = dyn_cast<DeclRefExpr>(E); Ref && isa<VarDecl>(Ref->getDecl())) {
      Path.Way.insert(Path.Way.begin(), Ref->getDecl());
      return Path;
    } else if (isa<CXXThisExpr>(E) && !Path.Way.empty()) {
      Path.Way.insert(Path.Way.begin(), nullptr);
      return Path;
    } else {
      return {};
    }
  }
}

std::string ObjectPath::shown() const { return last()->getNameAsString(); }

//===----------------------------------------------------------------------===//
// Completions
//===----------------------------------------------------------------------===//

static bool hasMember(const CXXRecordDecl *Class, StringRef Name, ASTContext &Ast) {
  return !memberFunctions(Class, DeclarationName(&Ast.Idents.get(Name))).empty();
}

/// A future of asyncio's kind: who awaits it may cancel it, and completing it then throws.
static bool isCancellable(const CXXRecordDecl *Class, ASTContext &Ast) {
  return Class && hasMember(Class, "cancel", Ast) && hasMember(Class, "done", Ast);
}

static bool completes(const NameLookup &Names, const CallSite &Site, ASTContext &Ast) {
  if (Names.has(*Site.Callee, Site.Object, Role::Completes))
    return true;
  const IdentifierInfo *Name = Site.Callee->getIdentifier();
  return Name && (Name->isStr("set_result") || Name->isStr("set_exception")) &&
         isCancellable(Site.Object, Ast) && hasMember(Site.Object, "set_result", Ast);
}

Completions::Completions(const TuModel &Model) : Model(Model) {
  for (const FunctionFacts &F : Model.functions().all()) {
    for (const CallSite &Site : F.Calls) {
      const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Site.Expr);
      if (!Call || !completes(Model.names(), Site, Model.ast()))
        continue;
      ObjectPath Object = ObjectPath::of(Call->getImplicitObjectArgument());
      if (!Object)
        continue;
      // What is declared noexcept cannot throw: it asserts.
      const auto *Type = Site.Callee->getType()->getAs<FunctionProtoType>();
      bool Throws =
          Type && !isUnresolvedExceptionSpec(Type->getExceptionSpecType()) && !Type->isNothrow();
      ByFunction[&F].push_back({Call, Site.Callee->getNameAsString(), Object,
                                isCancellable(Site.Object, Model.ast()), Throws});
    }
  }
  for (const auto &[F, All] : ByFunction)
    for (const Completion &C : All)
      BySite[C.Call] = &C;
}

ArrayRef<Completion> Completions::of(const FunctionFacts &F) const {
  auto Found = ByFunction.find(&F);
  return Found == ByFunction.end() ? ArrayRef<Completion>() : ArrayRef(Found->second);
}

//===----------------------------------------------------------------------===//
// Mentions
//===----------------------------------------------------------------------===//

/// A question of the object itself: not of a pointer to it, which may be null.
static bool asks(const CXXMemberCallExpr &Call) {
  const CXXMethodDecl *M = Call.getMethodDecl();
  return M->isConst() && M->getReturnType()->isBooleanType() && !M->getParent()->isInStdNamespace();
}

Mention Completions::mention(const FunctionFlow &Flow, const ObjectPath &Object,
                             const Stmt *S) const {
  if (const auto *Declares = dyn_cast<DeclStmt>(S))
    return is_contained(Declares->decls(), Object.root()) ? Mention::Made : Mention::None;
  if (const auto *Call = dyn_cast<CallExpr>(S)) {
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call)) {
      if (Member->getMethodDecl() && ObjectPath::of(Member->getImplicitObjectArgument()) == Object)
        return asks(*Member) ? Mention::Asked : Mention::None;
      // `reset()` of the class may replace a member.
      if (Object.isMember() && !Object.root() && Member->getMethodDecl() &&
          !Member->getMethodDecl()->isConst() &&
          isa<CXXThisExpr>(plain(Member->getImplicitObjectArgument())))
        return Mention::Other;
    }
    bool Gets =
        any_of(Call->arguments(), [&](const Expr *A) { return ObjectPath::of(A) == Object; });
    if (!Gets)
      return Mention::None;
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call);
        Operator && Operator->getOperator() == OO_Equal)
      return ObjectPath::of(Operator->getArg(0)) == Object ? Mention::Made : Mention::Other;
    return Call->getType()->isBooleanType() ? Mention::Asked : Mention::None;
  }
  const auto *E = dyn_cast<Expr>(S);
  if (!E || !isa<DeclRefExpr, MemberExpr>(E) || !(ObjectPath::of(E) == Object))
    return Mention::None;
  // The object of a member call is no use by itself; anything else may change what it is.
  const Stmt *Around = Flow.parent(S);
  while (isa_and_nonnull<CastExpr, ParenExpr>(Around))
    Around = Flow.parent(Around);
  if (const auto *Arrow = dyn_cast_or_null<CXXOperatorCallExpr>(Around);
      Arrow && (Arrow->getOperator() == OO_Arrow || Arrow->getOperator() == OO_Star))
    Around = Flow.parent(Around);
  while (isa_and_nonnull<CastExpr, ParenExpr>(Around))
    Around = Flow.parent(Around);
  const auto *Member = dyn_cast_or_null<MemberExpr>(Around);
  if (Member && isa<CXXMethodDecl>(Member->getMemberDecl()))
    return Mention::None;
  return Mention::Other;
}

//===----------------------------------------------------------------------===//
// Where the object comes from
//===----------------------------------------------------------------------===//

/// Whether a value of type T is a future of the class, or holds some.
static bool holds(QualType T, const CXXRecordDecl *Class) {
  T = T.getNonReferenceType();
  if (T->isPointerType())
    T = T->getPointeeType();
  if (classOf(T) == Class)
    return true;
  const auto *Holder = dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl());
  return Holder && any_of(Holder->getTemplateArgs().asArray(), [&](const TemplateArgument &A) {
           return A.getKind() == TemplateArgument::Type && holds(A.getAsType(), Class);
         });
}

static bool namesKept(const Stmt *S, const CXXRecordDecl *Class) {
  if (!S)
    return false;
  if (const auto *Member = dyn_cast<MemberExpr>(S);
      Member && isa<FieldDecl>(Member->getMemberDecl()) && holds(Member->getType(), Class))
    return true;
  return any_of(S->children(), [&](const Stmt *Child) { return namesKept(Child, Class); });
}

bool Completions::isOutside(const FunctionFacts &F, const ObjectPath &Object) const {
  if (!Object.root())
    return true;
  const LocalFacts *Local = Model.functions().local(Object.root());
  const auto *Var = dyn_cast<VarDecl>(Object.root());
  return !Local || Local->Function != &F || (Var && Var->isInitCapture());
}

bool Completions::isKept(const ObjectPath &Object) const {
  return Object.isMember() && !Object.root();
}

bool Completions::madeOfKept(const ObjectPath &Object) const {
  const auto *Var = dyn_cast_or_null<VarDecl>(Object.root());
  if (!Var || isa<ParmVarDecl>(Var) || Object.isMember())
    return false;
  QualType T = Var->getType().getNonReferenceType();
  const CXXRecordDecl *Class = classOf(T->isPointerType() ? T->getPointeeType() : T);
  const Expr *Init = Var->getInit();
  if (!Class || !Init)
    return false;
  if (namesKept(Init, Class))
    return true;
  // `for (auto &waiter : waiters_)`: *__begin, whose range is what was kept.
  for (const FunctionFacts &F : Model.functions().all())
    for (const Stmt *Loop : F.Loops)
      if (const auto *Range = dyn_cast<CXXForRangeStmt>(Loop);
          Range && Range->getLoopVariable() == Var)
        return namesKept(Range->getRangeInit(), Class);
  return false;
}

//===----------------------------------------------------------------------===//
// Conditions
//===----------------------------------------------------------------------===//

void Completions::named(const Stmt *S, SmallPtrSetImpl<const ValueDecl *> &Out) const {
  if (!S)
    return;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(S); Ref && isa<VarDecl>(Ref->getDecl()))
    Out.insert(Ref->getDecl());
  if (const auto *Member = dyn_cast<MemberExpr>(S);
      Member && isa<FieldDecl>(Member->getMemberDecl()))
    Out.insert(Member->getMemberDecl());
  for (const Stmt *Child : S->children())
    named(Child, Out);
}

bool Completions::mayRepeat(const FunctionFlow &Flow, const Stmt *Condition) const {
  SmallPtrSet<const ValueDecl *, 4> Here;
  named(Condition, Here);
  return isLoopCondition(Flow, Condition) && none_of(Here, [&](const ValueDecl *D) {
           const LocalFacts *Local = Model.functions().local(D);
           return Local ? any_of(Local->Uses,
                                 [](const VarUse &Use) { return Use.How == ValueUse::Assigned; })
                        : !D->isImplicit();
         });
}

} // namespace abide
