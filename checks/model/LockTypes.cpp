//===- LockTypes.cpp - What a type or call is to a lock -------------------===//

#include "model/LockTypes.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// "lockForRead", "ReaderLock", "lock_shared": without marks, in lower case.
static std::string plainName(const NamedDecl &D) {
  std::string Word;
  for (char C : identifierOf(D))
    if (C != '_')
      Word += toLower(C);
  return Word;
}

LockCall LockTypes::ofMember(const FunctionDecl &F) {
  if (const auto *A = F.getAttr<AcquireCapabilityAttr>(); A && !A->args_size())
    return LockCall::Locks;
  if (const auto *A = F.getAttr<ReleaseCapabilityAttr>(); A && !A->args_size())
    return LockCall::Unlocks;
  static const StringRef Locks[] = {
      "lock",        "lockshared", "lockexclusive", "lockupgrade",   "lockforread", "lockforwrite",
      "lockforopen", "readerlock", "writerlock",    "locksharable",  "lockread",    "lockwrite",
      "readlock",    "writelock",  "relock",        "lockupgradable"};
  const std::string Name = plainName(F);
  const StringRef Word = Name;
  if (Word.contains("unlock"))
    return LockCall::Unlocks;
  if (is_contained(Locks, Word))
    return LockCall::Locks;
  bool Tries = Word.starts_with("try") && Word.contains("lock");
  return Tries && F.getReturnType()->isBooleanType() ? LockCall::Tries : LockCall::Nothing;
}

LockCall LockTypes::ofFunction(const FunctionDecl &F) const {
  const StringRef Name = identifierOf(F);
  if (Name.contains_insensitive("unlock") || Name.starts_with("Leave") ||
      Name.starts_with("Release"))
    return LockCall::Unlocks;
  const BlockingFunction *Blocks = Model.names().blocking(F, nullptr);
  return Blocks && Blocks->Kind == BlockKind::Lock && !Name.contains_insensitive("once")
             ? LockCall::Locks
             : LockCall::Nothing;
}

//===----------------------------------------------------------------------===//
// Mutexes
//===----------------------------------------------------------------------===//

/// The definition; of a specialisation that nobody made yet, that of its template.
static const CXXRecordDecl *definitionOf(const CXXRecordDecl *Class) {
  if (const CXXRecordDecl *Definition = Class->getDefinition())
    return Definition;
  const auto *Special = dyn_cast<ClassTemplateSpecializationDecl>(Class);
  return Special ? Special->getSpecializedTemplate()->getTemplatedDecl()->getDefinition() : nullptr;
}

namespace {

struct LockMembers {
  bool Locks = false, Unlocks = false, Tries = false;
  bool Awaits = false; ///< Locking gives something to await.
  bool Empty = false;  ///< Locking does nothing.
};

LockMembers membersOf(const CoroutineTypes &Types, const CXXRecordDecl *Class) {
  LockMembers Found;
  SmallVector<const CXXRecordDecl *, 4> Pending{Class};
  for (unsigned I = 0; I < Pending.size() && I < 8; ++I) {
    const CXXRecordDecl *Definition = definitionOf(Pending[I]);
    if (!Definition)
      continue;
    for (const Decl *D : Definition->decls()) {
      const auto *Template = dyn_cast<FunctionTemplateDecl>(D);
      const auto *M = dyn_cast<CXXMethodDecl>(Template ? Template->getTemplatedDecl() : D);
      if (!M)
        continue;
      const LockCall Does = LockTypes::ofMember(*M);
      const auto *Body = dyn_cast_or_null<CompoundStmt>(bodyOf(M));
      Found.Empty |= Does == LockCall::Locks && Body && Body->body_empty() && !M->hasSkippedBody();
      Found.Locks |= Does == LockCall::Locks && !classOf(M->getReturnType());
      Found.Unlocks |= Does == LockCall::Unlocks;
      Found.Tries |= Does == LockCall::Tries;
      Found.Awaits |=
          StringRef(plainName(*M)).contains("lock") &&
          (Types.of(M->getReturnType()).Awaitable || Types.of(M->getReturnType()).isCoroutine());
    }
    for (const CXXBaseSpecifier &Base : Definition->bases())
      if (const CXXRecordDecl *B = classOf(Base.getType()))
        Pending.push_back(B);
  }
  return Found;
}

} // namespace

bool LockTypes::isAsyncMutex(const CXXRecordDecl *Class) const {
  if (Model.names().has(*Class, Role::AsyncLock))
    return true;
  const LockMembers Has = membersOf(Model.types(), Class);
  return Has.Awaits || Has.Empty || (Has.Unlocks && !Has.Locks);
}

bool LockTypes::isMutex(const CXXRecordDecl *Class) const {
  if (Model.names().has(*Class, Role::AsyncLock) || Model.names().has(*Class, Role::LockGuard))
    return false;
  const LockMembers Has = membersOf(Model.types(), Class);
  if (!Has.Locks || !Has.Unlocks || Has.Awaits || Has.Empty)
    return false;
  // `document.lock()` is something else: a mutex can be tried, or is called so.
  const std::string Name = plainName(*Class);
  return Has.Tries || Class->hasAttr<CapabilityAttr>() || StringRef(Name).contains("mutex") ||
         StringRef(Name).contains("lock") || StringRef(Name).contains("critical");
}

//===----------------------------------------------------------------------===//
// Guards
//===----------------------------------------------------------------------===//

/// What the constructors of a guard take by reference or pointer: `explicit guard(M &)`.
static SmallVector<const CXXRecordDecl *, 2> guardedBy(const CXXRecordDecl *Guard) {
  SmallVector<const CXXRecordDecl *, 2> Found;
  for (const Decl *D : Guard->decls()) {
    const auto *Template = dyn_cast<FunctionTemplateDecl>(D);
    const auto *C = dyn_cast<CXXConstructorDecl>(Template ? Template->getTemplatedDecl() : D);
    if (!C || C->isCopyOrMoveConstructor())
      continue;
    for (const ParmVarDecl *Parameter : C->parameters()) {
      const QualType T = Parameter->getType();
      if (!T->isLValueReferenceType() && !T->isPointerType())
        continue;
      const CXXRecordDecl *Class = classOf(T->getPointeeType());
      if (Class && Class->getCanonicalDecl() != Guard->getCanonicalDecl() &&
          !is_contained(Found, Class))
        Found.push_back(Class);
    }
  }
  return Found;
}

/// What a destructor does with locks: names of members, or functions, called in its visible body.
static bool onlyUnlocks(const LockTypes &Types, const CXXDestructorDecl *D) {
  const Stmt *Body = D ? bodyOf(D) : nullptr;
  bool Unlocks = false;
  SmallVector<const Stmt *, 16> Pending{Body};
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (!S)
      continue;
    append_range(Pending, S->children());
    if (const auto *Made = dyn_cast<CXXConstructExpr>(S); Made && Types.isGuard(Made->getType()))
      return false;
    LockCall Does = LockCall::Nothing;
    if (const auto *Member = dyn_cast<MemberExpr>(S)) {
      const auto *M = dyn_cast<CXXMethodDecl>(Member->getMemberDecl());
      const CXXRecordDecl *Object = M ? M->getParent() : nullptr;
      if (Object && Object->getCanonicalDecl() != D->getParent()->getCanonicalDecl())
        Does = LockTypes::ofMember(*M);
    } else if (const auto *Dependent = dyn_cast<CXXDependentScopeMemberExpr>(S)) {
      if (const IdentifierInfo *Name = Dependent->getMember().getAsIdentifierInfo())
        Does = Name->getName().contains_insensitive("unlock") ? LockCall::Unlocks
               : Name->getName() == "lock"                    ? LockCall::Locks
                                                              : LockCall::Nothing;
    } else if (const auto *Ref = dyn_cast<DeclRefExpr>(S)) {
      if (const auto *F = dyn_cast<FunctionDecl>(Ref->getDecl()); F && F->isExternC())
        Does = Types.ofFunction(*F);
    }
    if (Does == LockCall::Locks)
      return false;
    Unlocks |= Does == LockCall::Unlocks;
  }
  return Unlocks;
}

/// By structure, or, where the destructor is hidden, by its name and what it is made of.
bool LockTypes::looksLikeGuard(const CXXRecordDecl *Class) const {
  const CXXDestructorDecl *D = Class->getDestructor();
  const std::string Name = plainName(*Class);
  const StringRef Word = Name;
  if (!D || !D->isUserProvided() || isMutex(Class) || Word.contains("unlock") ||
      Word.contains("reverse"))
    return false;
  if (bodyOf(D) && !D->hasSkippedBody())
    return onlyUnlocks(*this, D);
  return (Word.contains("lock") || Word.contains("guard")) &&
         any_of(guardedBy(Class), [&](const CXXRecordDecl *Of) { return isMutex(Of); });
}

bool LockTypes::computeGuard(const CXXRecordDecl *Class, const CXXRecordDecl *Body) const {
  if (Body->isLambda() || Model.names().has(*Class, Role::AsyncLock) ||
      Model.types().of(Class).isCoroutine() || Model.types().of(Class).Awaitable)
    return false;
  if (!Model.names().has(*Class, Role::LockGuard) && !Body->hasAttr<ScopedLockableAttr>() &&
      !looksLikeGuard(Body))
    return false;
  const auto Of = guardedBy(Body);
  return none_of(Of, [&](const CXXRecordDecl *Mutex) { return isAsyncMutex(Mutex); }) ||
         any_of(Of, [&](const CXXRecordDecl *Mutex) { return isMutex(Mutex); });
}

bool LockTypes::isGuard(QualType T) const {
  const CXXRecordDecl *Class = T.isNull() ? nullptr : classOf(T.getNonReferenceType());
  const CXXRecordDecl *Body = Class ? definitionOf(Class) : nullptr;
  if (!Body)
    return false;
  auto [At, New] = Guards.try_emplace(Class, false);
  if (!New)
    return At->second;
  const bool Is = computeGuard(Class, Body);
  return Guards[Class] = Is; // The map may have grown meanwhile.
}

QualType LockTypes::heldGuard(QualType T) {
  const auto *Holder = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      T.isNull() ? nullptr : T->getAsCXXRecordDecl());
  if (!Holder || !Holder->isInStdNamespace() || Holder->getTemplateArgs().size() == 0 ||
      (Holder->getName() != "optional" && Holder->getName() != "unique_ptr"))
    return T;
  const TemplateArgument &Held = Holder->getTemplateArgs()[0];
  return Held.getKind() == TemplateArgument::Type ? Held.getAsType() : T;
}

bool LockTypes::hasGuardMember(QualType T) const {
  const CXXRecordDecl *Class = T.isNull() ? nullptr : T->getAsCXXRecordDecl();
  if (!Class || !Class->hasDefinition() || Class->isLambda() || Class->isInStdNamespace())
    return false;
  auto NeverEmpty = [&](QualType Member) {
    const CXXRecordDecl *Guard = Member->getAsCXXRecordDecl();
    return Guard && Guard->hasDefinition() && !Guard->hasDefaultConstructor() &&
           isGuard(Member.getUnqualifiedType());
  };
  return any_of(Class->getDefinition()->fields(),
                [&](const FieldDecl *F) { return NeverEmpty(F->getType()); }) ||
         any_of(Class->getDefinition()->bases(),
                [&](const CXXBaseSpecifier &B) { return NeverEmpty(B.getType()); });
}

bool LockTypes::guardsAsyncLock(const Expr *Init, const CXXRecordDecl *Class) const {
  const auto *Await =
      Init ? dyn_cast<CoawaitExpr>(withoutWrappers(Init)->IgnoreParenCasts()) : nullptr;
  const auto *Call = Await ? dyn_cast<CallExpr>(withoutWrappers(Await->getOperand())) : nullptr;
  if (!Call || !Class->hasDefinition() || Class->hasTrivialDestructor())
    return false;
  auto IsLock = [&](const Expr *E) {
    const CXXRecordDecl *Object = E ? classOf(E->IgnoreParenCasts()->getType()) : nullptr;
    return Object && Model.names().has(*Object, Role::AsyncLock);
  };
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call))
    return IsLock(Member->getImplicitObjectArgument());
  return any_of(Call->arguments(), IsLock);
}

} // namespace abide
