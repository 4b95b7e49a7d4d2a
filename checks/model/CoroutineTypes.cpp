//===- CoroutineTypes.cpp - What a type is to a coroutine -----------------===//

#include "model/CoroutineTypes.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

constexpr unsigned MaxBases = 32;

/// The definition, or the pattern it would be instantiated from. Null for a mere declaration.
const CXXRecordDecl *readable(const CXXRecordDecl *Record) {
  if (!Record)
    return nullptr;
  if (const CXXRecordDecl *Definition = Record->getDefinition())
    return Definition;
  const CXXRecordDecl *Pattern = Record->getTemplateInstantiationPattern();
  // A specialisation that is only named so far knows no pattern yet: the template has it.
  if (const auto *Special = dyn_cast<ClassTemplateSpecializationDecl>(Record); Special && !Pattern)
    Pattern = Special->getSpecializedTemplate()->getTemplatedDecl();
  return Pattern ? Pattern->getDefinition() : nullptr;
}

/// Facts are kept per template: what is true of task<int> is true of task<T>.
const CXXRecordDecl *keyOf(const CXXRecordDecl *Record) {
  if (const auto *Special = dyn_cast<ClassTemplateSpecializationDecl>(Record))
    return Special->getSpecializedTemplate()->getTemplatedDecl()->getCanonicalDecl();
  return Record->getCanonicalDecl();
}

const FunctionDecl *asFunction(const NamedDecl *D) {
  D = D->getUnderlyingDecl();
  if (const auto *Template = dyn_cast<FunctionTemplateDecl>(D))
    return Template->getTemplatedDecl();
  return dyn_cast<FunctionDecl>(D);
}

} // namespace

SmallVector<const CXXRecordDecl *, 8> withBases(const CXXRecordDecl *Record) {
  SmallVector<const CXXRecordDecl *, 8> All;
  if (const CXXRecordDecl *First = readable(Record))
    All.push_back(First);
  for (unsigned I = 0; I < All.size() && I < MaxBases; ++I)
    for (const CXXBaseSpecifier &Base : All[I]->bases())
      if (const CXXRecordDecl *B = readable(classOf(Base.getType())); B && !is_contained(All, B))
        All.push_back(B);
  return All;
}

const Stmt *bodyOf(const FunctionDecl *F) {
  if (const Stmt *Body = F->getBody())
    return Body;
  const FunctionDecl *Pattern = F->getTemplateInstantiationPattern();
  return Pattern ? Pattern->getBody() : nullptr;
}

namespace {

/// The first return statement's value, looking through one level of control flow only as far as the
/// shape `return expr;` needs it.
const Expr *returnedValue(const FunctionDecl *F) {
  const auto *Block = dyn_cast_or_null<CompoundStmt>(bodyOf(F));
  if (!Block)
    return nullptr;
  for (const Stmt *S : reverse(Block->body()))
    if (const auto *Return = dyn_cast<ReturnStmt>(S))
      return Return->getRetValue();
  return nullptr;
}

} // namespace

/// `auto initial_suspend() { return suspend_always(); }` has its type in the body.
const CXXRecordDecl *returnedClass(const FunctionDecl *F) {
  QualType Declared = F->getReturnType();
  if (const CXXRecordDecl *Record = classOf(Declared.getNonReferenceType()))
    return Record;
  if (Declared->getContainedAutoType())
    if (const Expr *Value = returnedValue(F))
      return classOf(Value->getType().getNonReferenceType());
  return nullptr;
}

namespace {

bool isStd(const CXXRecordDecl *Record, StringRef Name) {
  return Record->getIdentifier() && Record->getName() == Name &&
         (Record->isInStdNamespace() ||
          qualifiedName(*Record) == ("std::experimental::" + Name).str());
}

} // namespace

std::optional<bool> suspends(const CXXRecordDecl *Awaiter, const ASTContext &Ast) {
  if (!Awaiter)
    return std::nullopt;
  if (isStd(Awaiter, "suspend_always"))
    return true;
  if (isStd(Awaiter, "suspend_never"))
    return false;
  DeclarationName Ready(&Ast.Idents.get("await_ready"));
  for (const FunctionDecl *F : memberFunctions(Awaiter, Ready))
    if (const Expr *Value = returnedValue(F))
      if (const auto *Literal = dyn_cast<CXXBoolLiteralExpr>(Value->IgnoreParenImpCasts()))
        return !Literal->getValue();
  return std::nullopt;
}

namespace {

/// Whether a coroutine with this initial awaiter waits for somebody to resume it. An awaiter with
/// code of its own in await_suspend may arrange for that itself.
Start startOf(const CXXRecordDecl *Awaiter, const ASTContext &Ast) {
  std::optional<bool> Stops = suspends(Awaiter, Ast);
  if (!Stops)
    return Start::Unknown;
  if (!*Stops)
    return Start::Eager;
  if (isStd(Awaiter, "suspend_always"))
    return Start::Lazy;
  for (const FunctionDecl *F : memberFunctions(Awaiter, &Ast.Idents.get("await_suspend"))) {
    if (F->getParent() && cast<CXXRecordDecl>(F->getParent())->isInStdNamespace())
      return Start::Lazy;
    const auto *Body = dyn_cast_or_null<CompoundStmt>(bodyOf(F));
    return Body && Body->body_empty() ? Start::Lazy : Start::Unknown;
  }
  return Start::Unknown;
}

/// Whether some statement of a body answers, what only some instances have aside.
bool mentions(const Stmt *Body, function_ref<bool(const Stmt *)> Test) {
  SmallVector<const Stmt *, 32> Pending;
  if (Body)
    Pending.push_back(Body);
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (Test(S))
      return true;
    if (const auto *If = dyn_cast<IfStmt>(S); If && If->isConstexpr())
      continue;
    for (const Stmt *Child : S->children())
      if (Child)
        Pending.push_back(Child);
  }
  return false;
}

/// Whether a body mentions a member called Name (`h.destroy()`, also on a dependent object).
bool mentionsMember(const Stmt *Body, StringRef Name) {
  SmallVector<const Stmt *, 32> Pending;
  if (Body)
    Pending.push_back(Body);
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (const auto *Member = dyn_cast<MemberExpr>(S)) {
      if (const IdentifierInfo *Id = Member->getMemberDecl()->getIdentifier();
          Id && Id->isStr(Name))
        return true;
    } else if (const auto *Dependent = dyn_cast<CXXDependentScopeMemberExpr>(S)) {
      if (Dependent->getMember().isIdentifier() &&
          Dependent->getMember().getAsIdentifierInfo()->isStr(Name))
        return true;
    }
    for (const Stmt *Child : S->children())
      if (Child)
        Pending.push_back(Child);
  }
  return false;
}

/// Whether destroying a value destroys a coroutine frame: in its own destructor, or in that of a
/// member or base.
bool dropKills(const CXXRecordDecl *Record, unsigned Depth = 0) {
  const CXXRecordDecl *Definition = readable(Record);
  if (!Definition || Depth > 3)
    return false;
  // Not getDestructor(), which does not find that of a template's pattern.
  for (const CXXMethodDecl *D : Definition->methods())
    if (isa<CXXDestructorDecl>(D) && !D->isImplicit() && mentionsMember(bodyOf(D), "destroy"))
      return true;
  auto Kills = [&](QualType T) {
    const CXXRecordDecl *Part = classOf(T);
    return Part && dropKills(Part, Depth + 1);
  };
  return any_of(Definition->fields(), [&](const FieldDecl *F) { return Kills(F->getType()); }) ||
         any_of(Definition->bases(), [&](const CXXBaseSpecifier &B) { return Kills(B.getType()); });
}

bool isImmovable(const CXXRecordDecl *Record) {
  bool Declared = false;
  for (const CXXConstructorDecl *C : Record->ctors())
    if (C->isCopyOrMoveConstructor()) {
      if (!C->isDeleted() && !C->isImplicit())
        return false;
      Declared |= C->isDeleted() && !C->isImplicit();
    }
  return Declared;
}

/// Whether nothing but the await protocol, operators, special members and members that refine the
/// object itself is public: then the value is good for nothing but being awaited.
bool isPureAwaitable(const CXXRecordDecl *Record) {
  for (const CXXRecordDecl *Class : withBases(Record))
    for (const Decl *D : Class->decls()) {
      const auto *Named = dyn_cast<NamedDecl>(D);
      const auto *F = Named ? dyn_cast_or_null<CXXMethodDecl>(asFunction(Named)) : nullptr;
      if (!F || F->getAccess() != AS_public || isa<CXXConstructorDecl>(F) ||
          isa<CXXDestructorDecl>(F) || F->isImplicit() || F->isStatic())
        continue;
      if (isa<CXXConversionDecl>(F))
        return false;
      const IdentifierInfo *Id = F->getIdentifier();
      const CXXRecordDecl *Returned = classOf(F->getReturnType().getNonReferenceType());
      bool Builds = Returned && keyOf(Returned) == keyOf(Class); // `request().timeout(1s)`
      bool Protocol = Id && (Id->getName().starts_with("await_") || Id->isStr("viaIfAsync"));
      if (Id && !Protocol && !Builds)
        return false;
    }
  return true;
}

/// A sender of std::execution says `sender_concept`; one of libunifex lists what it completes with.
bool isSender(const CXXRecordDecl *Record, const ASTContext &Ast) {
  auto Names = [&](StringRef Nested) {
    return any_of(withBases(Record), [&](const CXXRecordDecl *Class) {
      return !Class->lookup(&Ast.Idents.get(Nested)).empty();
    });
  };
  return Names("sender_concept") || (Names("value_types") && Names("error_types"));
}

} // namespace

const CXXRecordDecl *classOf(QualType T) {
  if (T.isNull())
    return nullptr;
  if (const CXXRecordDecl *Record = T->getAsCXXRecordDecl())
    return Record;
  QualType Canonical = T.getCanonicalType();
  if (const auto *Special = Canonical->getAs<TemplateSpecializationType>())
    if (const auto *Template =
            dyn_cast_or_null<ClassTemplateDecl>(Special->getTemplateName().getAsTemplateDecl()))
      return Template->getTemplatedDecl();
  return nullptr;
}

SmallVector<const FunctionDecl *, 4> memberFunctions(const CXXRecordDecl *Record,
                                                     DeclarationName Name) {
  SmallVector<const FunctionDecl *, 4> Found;
  for (const CXXRecordDecl *Class : withBases(Record)) {
    for (const NamedDecl *D : Class->lookup(Name))
      if (const FunctionDecl *F = asFunction(D))
        Found.push_back(F);
    if (!Found.empty())
      break; // A derived member hides those of its bases.
  }
  return Found;
}

void CoroutineTypes::notePromise(QualType Returned, const CXXRecordDecl *Promise) {
  const CXXRecordDecl *Record = classOf(Returned);
  if (Record && SeenPromises.try_emplace(keyOf(Record), Promise).second)
    Facts.erase(keyOf(Record)); // What was computed without the promise is out of date.
}

/// template <class T, class... Args> struct std::coroutine_traits<task<T>, Args...>
/// { using promise_type = ...; };
const CXXRecordDecl *CoroutineTypes::traitsPromise(const CXXRecordDecl *Record) const {
  const NamespaceDecl *Std = nullptr;
  for (const NamedDecl *D : Ast.getTranslationUnitDecl()->lookup(&Ast.Idents.get("std")))
    if ((Std = dyn_cast<NamespaceDecl>(D)))
      break;
  if (!Std)
    return nullptr;
  for (const NamedDecl *D : Std->lookup(&Ast.Idents.get("coroutine_traits"))) {
    const auto *Traits = dyn_cast<ClassTemplateDecl>(D);
    if (!Traits)
      continue;
    SmallVector<ClassTemplatePartialSpecializationDecl *, 8> Partials;
    const_cast<ClassTemplateDecl *>(Traits)->getPartialSpecializations(Partials);
    SmallVector<const ClassTemplateSpecializationDecl *, 16> All(Partials.begin(), Partials.end());
    for (const ClassTemplateSpecializationDecl *Full : Traits->specializations())
      if (Full->isExplicitSpecialization())
        All.push_back(Full);
    for (const ClassTemplateSpecializationDecl *Special : All) {
      const TemplateArgument &First = Special->getTemplateArgs()[0];
      if (First.getKind() != TemplateArgument::Type)
        continue;
      const CXXRecordDecl *Specialised = classOf(First.getAsType());
      if (!Specialised || keyOf(Specialised) != keyOf(Record))
        continue;
      for (const NamedDecl *Member : Special->lookup(&Ast.Idents.get("promise_type"))) {
        if (const auto *Alias = dyn_cast<TypedefNameDecl>(Member))
          return readable(classOf(Alias->getUnderlyingType()));
        if (const auto *Nested = dyn_cast<CXXRecordDecl>(Member))
          return readable(Nested);
      }
    }
  }
  return nullptr;
}

/// Whether the promise makes a class that names it too, and is not this one: iterators of
/// generators say `using promise_type` for their own use.
bool CoroutineTypes::makesAnother(const CXXRecordDecl *Promise, const CXXRecordDecl *Record) const {
  auto Makers = memberFunctions(Promise, &Ast.Idents.get("get_return_object"));
  const CXXRecordDecl *Made = Makers.empty() ? nullptr : readable(returnedClass(Makers.front()));
  return Made && keyOf(Made) != keyOf(Record) &&
         !Made->lookup(&Ast.Idents.get("promise_type")).empty();
}

const CXXRecordDecl *CoroutineTypes::promiseOf(const CXXRecordDecl *Record) const {
  if (auto Seen = SeenPromises.find(keyOf(Record)); Seen != SeenPromises.end())
    return Seen->second;
  DeclarationName Name(&Ast.Idents.get("promise_type"));
  for (const CXXRecordDecl *Class : withBases(Record))
    for (const NamedDecl *D : Class->lookup(Name)) {
      if (const auto *Alias = dyn_cast<TypedefNameDecl>(D))
        if (const CXXRecordDecl *Promise = readable(classOf(Alias->getUnderlyingType())))
          return makesAnother(Promise, Record) ? nullptr : Promise;
      if (const auto *Nested = dyn_cast<CXXRecordDecl>(D))
        if (const CXXRecordDecl *Promise = readable(Nested))
          return Promise;
    }
  return traitsPromise(Record);
}

/// operator co_await(task<T>) beside the class: in its namespace or one around it.
bool CoroutineTypes::hasFreeCoAwait(const CXXRecordDecl *Record) const {
  DeclarationName Name = Ast.DeclarationNames.getCXXOperatorName(OO_Coawait);
  for (const DeclContext *At = Record->getDeclContext(); At; At = At->getParent())
    for (const NamedDecl *D : At->getRedeclContext()->lookup(Name)) {
      const FunctionDecl *F = asFunction(D);
      if (!F || F->getNumParams() != 1)
        continue;
      const CXXRecordDecl *Operand = classOf(F->getParamDecl(0)->getType().getNonReferenceType());
      if (Operand && keyOf(Operand) == keyOf(Record))
        return true;
    }
  return false;
}

void CoroutineTypes::applyVocabulary(const CXXRecordDecl *Record, CoroutineType &F) const {
  auto Is = [&](Role R) { return Names.has(*Record, R); };
  if (Is(Role::LazyTask))
    F.Starts = Start::Lazy, F.Awaitable = true;
  if (Is(Role::EagerTask))
    F.Starts = Start::Eager, F.Awaitable = true, F.SelfDestroying = false, F.NoDiscard = true;
  if (Is(Role::Awaitable))
    F.Awaitable = F.PureAwaitable = true;
  if (Is(Role::Generator))
    F.Generator = true;
  if (Is(Role::AsyncGenerator))
    F.Generator = F.AsyncGenerator = true;
  F.Named = Is(Role::LazyTask) || Is(Role::EagerTask);
  // folly::coro::Task has a yield_value too: `co_yield co_error(...)` ends it.
  if (F.Named && !Is(Role::Generator) && !Is(Role::AsyncGenerator))
    F.Generator = F.AsyncGenerator = false;
  F.Shared = Is(Role::SharedTask);
  F.DropKills |= Is(Role::DropCancels);
  if (Is(Role::FireAndForget) || Is(Role::DroppableTask) || Is(Role::NotAwaitable))
    F.FireAndForget = true;
}

CoroutineType CoroutineTypes::compute(const CXXRecordDecl *Record) const {
  CoroutineType F;
  const CXXRecordDecl *Definition = readable(Record);
  if (!Definition || isStd(Definition, "coroutine_handle"))
    return F;
  auto Members = [&](const CXXRecordDecl *Class, StringRef Name) {
    return memberFunctions(Class, DeclarationName(&Ast.Idents.get(Name)));
  };
  DeclarationName CoAwait = Ast.DeclarationNames.getCXXOperatorName(OO_Coawait);
  bool Awaiter =
      !Members(Definition, "await_ready").empty() && !Members(Definition, "await_suspend").empty();
  // What Folly calls a semi-awaitable: its promises make an awaiter of it that knows the executor.
  F.Awaitable = Awaiter || !memberFunctions(Definition, CoAwait).empty() ||
                hasFreeCoAwait(Definition) || !Members(Definition, "viaIfAsync").empty();
  F.PureAwaitable = F.Awaitable && isPureAwaitable(Definition);
  if (isSender(Definition, Ast))
    F.Awaitable = F.PureAwaitable = true;
  F.NoDiscard = Definition->hasAttr<WarnUnusedResultAttr>();
  F.Immovable = isImmovable(Definition);
  F.Promise = promiseOf(Definition);
  if (F.Promise) {
    for (const FunctionDecl *Suspend : Members(F.Promise, "initial_suspend"))
      F.Starts = startOf(returnedClass(Suspend), Ast);
    for (const FunctionDecl *Suspend : Members(F.Promise, "final_suspend"))
      F.SelfDestroying = suspends(returnedClass(Suspend), Ast) == false;
    F.Generator = !Members(F.Promise, "yield_value").empty();
    F.DropKills = dropKills(Definition);
  }
  if (F.Generator)
    for (StringRef Step : {"begin", "next"})
      for (const FunctionDecl *Function : Members(Definition, Step))
        if (const CXXRecordDecl *Stepped = returnedClass(Function))
          F.AsyncGenerator |= keyOf(Stepped) != keyOf(Definition) && of(Stepped).Awaitable;
  applyVocabulary(Definition, F);
  return F;
}

const CoroutineType &CoroutineTypes::of(const CXXRecordDecl *Record) const {
  static const CoroutineType Nothing;
  if (!Record)
    return Nothing;
  const CXXRecordDecl *Key = keyOf(Record);
  if (auto Known = Facts.find(Key); Known != Facts.end())
    return Known->second;
  Facts.try_emplace(Key); // Ends a recursion through the type itself.
  CoroutineType Computed = compute(Record);
  return Facts[Key] = Computed;
}

const CoroutineType &CoroutineTypes::of(QualType T) const {
  return of(classOf(T.isNull() ? T : T.getNonReferenceType()));
}

Obligation CoroutineTypes::obligation(const CXXRecordDecl *Record) const {
  const CoroutineType &F = of(Record);
  if (F.FireAndForget)
    return Obligation::None;
  if (F.Starts == Start::Lazy)
    return Obligation::Body;
  if (F.isCoroutine() || F.Starts == Start::Eager) {
    // Eager work that destroys itself and whose author does not ask for its result may be dropped.
    bool MayBeDropped = !F.Awaitable || (F.SelfDestroying && !F.NoDiscard);
    return MayBeDropped ? Obligation::None : Obligation::Result;
  }
  return F.PureAwaitable ? Obligation::Operation : Obligation::None;
}

Obligation CoroutineTypes::obligation(QualType T) const {
  return obligation(classOf(T.getNonReferenceType()));
}

/// struct Pair { task<> first; int second; };
const CXXRecordDecl *CoroutineTypes::aggregatedTask(const CXXRecordDecl *Record) const {
  if (!Record || !Record->hasDefinition() || !Record->isAggregate() || Record->isLambda() ||
      Record->hasUserDeclaredDestructor() || of(Record).Awaitable)
    return nullptr;
  for (const FieldDecl *Field : Record->fields())
    if (const CXXRecordDecl *Inner = classOf(Field->getType()))
      if (obligation(Inner) != Obligation::None)
        return Inner;
  return nullptr;
}

const CXXRecordDecl *CoroutineTypes::heldTask(QualType T) const {
  T = T.getNonReferenceType();
  if (const Type *Element = T->getArrayElementTypeNoTypeQual()) {
    const CXXRecordDecl *Inner = classOf(QualType(Element, 0));
    return Inner && obligation(Inner) != Obligation::None ? Inner : heldTask(QualType(Element, 0));
  }
  const CXXRecordDecl *Record = classOf(T);
  const auto *Special = dyn_cast_or_null<ClassTemplateSpecializationDecl>(Record);
  if (!Special || !Special->isInStdNamespace())
    return aggregatedTask(Record);
  static const StringRef Holders[] = {
      "vector", "array", "deque",   "list", "forward_list",  "optional", "unique_ptr", "shared_ptr",
      "pair",   "tuple", "variant", "map",  "unordered_map", "queue",    "stack"};
  if (!is_contained(Holders, Special->getName()))
    return nullptr;
  auto Held = [&](const TemplateArgument &A) -> const CXXRecordDecl * {
    if (A.getKind() != TemplateArgument::Type)
      return nullptr;
    const CXXRecordDecl *Inner = classOf(A.getAsType());
    return Inner && obligation(Inner) != Obligation::None ? Inner : heldTask(A.getAsType());
  };
  for (const TemplateArgument &A : Special->getTemplateArgs().asArray()) {
    if (A.getKind() != TemplateArgument::Pack) {
      if (const CXXRecordDecl *Inner = Held(A))
        return Inner;
      continue;
    }
    for (const TemplateArgument &Element : A.pack_elements())
      if (const CXXRecordDecl *Inner = Held(Element))
        return Inner;
  }
  return nullptr;
}

void CoroutineTypes::noteAwait(QualType Operand, QualType Result) {
  const CXXRecordDecl *Record = classOf(Operand.getNonReferenceType());
  if (Record && !Operand->isDependentType() && !Result->isDependentType())
    SeenResults.try_emplace(Record->getCanonicalDecl(), Result);
}

QualType CoroutineTypes::awaitResult(QualType T) const {
  const CXXRecordDecl *Operand = classOf(T.getNonReferenceType());
  if (!Operand || Operand->isDependentContext())
    return {};
  if (auto Seen = SeenResults.find(Operand->getCanonicalDecl()); Seen != SeenResults.end())
    return Seen->second;
  const CXXRecordDecl *Awaiter = Operand;
  DeclarationName CoAwait = Ast.DeclarationNames.getCXXOperatorName(OO_Coawait);
  if (auto Operators = memberFunctions(Awaiter, CoAwait); !Operators.empty())
    Awaiter = returnedClass(Operators.front());
  if (Awaiter && !Awaiter->isDependentContext())
    if (auto Results = memberFunctions(Awaiter, &Ast.Idents.get("await_resume"));
        Results.size() == 1 && !Results.front()->getReturnType()->isDependentType() &&
        !Results.front()->getReturnType()->isUndeducedType())
      return Results.front()->getReturnType();
  const auto *Special = dyn_cast<ClassTemplateSpecializationDecl>(Operand);
  if (Special && of(Operand).isCoroutine() && !of(Operand).Generator &&
      Special->getTemplateArgs()[0].getKind() == TemplateArgument::Type)
    return Special->getTemplateArgs()[0].getAsType();
  return {};
}

bool CoroutineTypes::mayAwaitEmpty(QualType T) const {
  const CXXRecordDecl *Awaiter = classOf(T.getNonReferenceType());
  if (QualType Result = awaitResult(T); !Awaiter || Result.isNull() || !Result->isVoidType())
    return of(Awaiter).FireAndForget;
  DeclarationName CoAwait = Ast.DeclarationNames.getCXXOperatorName(OO_Coawait);
  if (auto Operators = memberFunctions(Awaiter, CoAwait); !Operators.empty())
    Awaiter = returnedClass(Operators.front());
  auto Body = [&](StringRef Name) -> const Stmt * {
    auto Members = memberFunctions(Awaiter, DeclarationName(&Ast.Idents.get(Name)));
    return Members.empty() ? nullptr : bodyOf(Members.front());
  };
  const Stmt *Ready = Awaiter ? Body("await_ready") : nullptr;
  const Stmt *Resume = Awaiter ? Body("await_resume") : nullptr;
  auto Denies = [](const Stmt *S) {
    const auto *Not = dyn_cast<UnaryOperator>(S);
    return Not && Not->getOpcode() == UO_LNot;
  };
  auto Acts = [](const Stmt *S) {
    return isa<CallExpr, CXXThrowExpr>(S) || isa<CXXDependentScopeMemberExpr>(S);
  };
  if (of(T).FireAndForget || !Ready || !Resume) // Without bodies only the vocabulary knows.
    return of(T).FireAndForget || !of(T).Named;
  return mentions(Ready, Denies) && !mentions(Resume, Acts);
}

bool CoroutineTypes::accepts(const CXXRecordDecl *Promise, QualType T) const {
  const CXXRecordDecl *Operand = classOf(T.getNonReferenceType());
  if (!Promise || !Operand)
    return false;
  auto Transforms = memberFunctions(Promise, DeclarationName(&Ast.Idents.get("await_transform")));
  if (Transforms.empty())
    return of(Operand).Awaitable;
  return any_of(Transforms, [&](const FunctionDecl *F) {
    if (F->getNumParams() == 0 || F->isDeleted())
      return false;
    QualType Parameter = F->getParamDecl(0)->getType().getNonReferenceType();
    const CXXRecordDecl *Wanted = classOf(Parameter);
    if (Wanted)
      return keyOf(Wanted) == keyOf(Operand);
    // An unconstrained `template <class A> await_transform(A&&)`.
    return Parameter->isTemplateTypeParmType() && F->getNumParams() == 1 && of(Operand).Awaitable;
  });
}

} // namespace abide
