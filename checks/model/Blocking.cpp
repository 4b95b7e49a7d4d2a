//===- Blocking.cpp - Which calls block, and by which chain ---------------===//

#include "model/Blocking.h"
#include "ClangCompat.h"
#include "model/Flow.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/STLExtras.h"
#include <deque>

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

enum class Promise { None, Blocks, NeverBlocks };

/// What the code itself says: [[clang::blocking]], [[clang::nonblocking]] or our annotations.
Promise annotated(const FunctionDecl *F) {
  for (const auto *A : F->specific_attrs<AnnotateAttr>()) {
    if (A->getAnnotation() == "async::blocking")
      return Promise::Blocks;
    if (A->getAnnotation() == "async::nonblocking")
      return Promise::NeverBlocks;
  }
  for (const auto &Effect : FunctionEffectsRef::get(F->getType())) {
    if (Effect.Effect.kind() == FunctionEffect::Kind::Blocking)
      return Promise::Blocks;
    if (Effect.Effect.kind() == FunctionEffect::Kind::NonBlocking)
      return Promise::NeverBlocks;
  }
  return Promise::None;
}

const Expr *argument(const CallSite &Site, unsigned I) {
  if (const auto *Call = dyn_cast_or_null<CallExpr>(Site.Expr))
    return I < Call->getNumArgs() ? Call->getArg(I) : nullptr;
  if (const auto *Construct = dyn_cast_or_null<CXXConstructExpr>(Site.Expr))
    return I < Construct->getNumArgs() ? Construct->getArg(I) : nullptr;
  return nullptr;
}

StringRef textOf(const Expr *E, const ASTContext &Ast) {
  const SourceManager &Sources = Ast.getSourceManager();
  CharSourceRange Range = Sources.getExpansionRange(E->getSourceRange());
  return Lexer::getSourceText(Range, Sources, Ast.getLangOpts());
}

bool allZero(const APValue &Value) {
  if (Value.isInt())
    return Value.getInt().isZero();
  if (!Value.isStruct())
    return false;
  for (unsigned I = 0; I < Value.getStructNumFields(); ++I)
    if (!allZero(Value.getStructField(I)))
      return false;
  for (unsigned I = 0; I < Value.getStructNumBases(); ++I)
    if (!allZero(Value.getStructBase(I)))
      return false;
  return true;
}

/// `0`, `0s`, `std::chrono::milliseconds{0}`, `milliseconds::zero()`.
bool isZero(const Expr *E, const ASTContext &Ast) {
  Expr::EvalResult Result;
  const Expr *Plain = withoutWrappers(E);
  return !Plain->isValueDependent() && !Plain->isTypeDependent() &&
         Plain->EvaluateAsRValue(Result, Ast) && !Result.HasSideEffects && allZero(Result.Val);
}

const ValueDecl *namedValue(const Expr *E) {
  E = E ? withoutWrappers(E) : nullptr;
  if (const auto *Address = dyn_cast_or_null<UnaryOperator>(E))
    return namedValue(Address->getSubExpr());
  if (const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E))
    return Ref->getDecl();
  if (const auto *Member = dyn_cast_or_null<MemberExpr>(E))
    return Member->getMemberDecl();
  return nullptr;
}

/// The object of a member call.
const ValueDecl *receiver(const CallSite &Site) {
  const auto *Member = dyn_cast_or_null<CXXMemberCallExpr>(Site.Expr);
  return Member ? namedValue(Member->getImplicitObjectArgument()) : nullptr;
}

/// Whether every call under E satisfies nothing, or one satisfies Test.
bool anyCallIn(const Expr *E, llvm::function_ref<bool(const CallExpr *)> Test) {
  SmallVector<const Stmt *, 16> Pending{E};
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (!S || isa<LambdaExpr>(S))
      continue;
    if (const auto *Call = dyn_cast<CallExpr>(S); Call && Test(Call))
      return true;
    append_range(Pending, S->children());
  }
  return false;
}

} // namespace

Blocking::Blocking(const TuModel &Model, BlockingPolicy P) : Model(Model), Policy(std::move(P)) {
  link();
}

bool Blocking::counts(const BlockingFunction &F) const {
  switch (F.Kind) {
  case BlockKind::Lock:
    return Policy.Locks;
  case BlockKind::Disk:
    return Policy.Disk;
  case BlockKind::Heavy:
    return Policy.Heavy;
  default:
    return true;
  }
}

const BlockingFunction *Blocking::direct(const FunctionFacts &Caller, const CallSite &Site) const {
  Promise Said = annotated(Site.Callee);
  if (Said == Promise::NeverBlocks)
    return nullptr;
  if (Said == Promise::Blocks)
    return &ByAnnotation;
  if (!Policy.Extra.empty() || !Policy.Never.empty()) {
    std::string Name = qualifiedName(*Site.Callee);
    if (Policy.Never.count(Name))
      return nullptr;
    if (Policy.Extra.count(Name))
      return &ByAnnotation;
  }
  const BlockingFunction *F = Model.names().blocking(*Site.Callee, Site.Object);
  return F && counts(*F) && !excused(Caller, Site, *F) ? F : nullptr;
}

bool Blocking::excused(const FunctionFacts &Caller, const CallSite &Site,
                       const BlockingFunction &F) const {
  const Expr *Argument = argument(Site, F.Arg);
  ASTContext &Ast = Model.ast();
  switch (F.Unless) {
  case BlockUnless::Never:
    return false;
  case BlockUnless::ZeroTimeout:
    return Argument && isZero(Argument, Ast);
  case BlockUnless::Flag: {
    if (!Argument)
      return false;
    StringRef Text = textOf(Argument, Ast);
    // Flags that come from somewhere else may hold the one that matters.
    return !Argument->isEvaluatable(Ast) ||
           any_of(F.Flags, [&](const std::string &Flag) { return Text.contains(Flag); });
  }
  case BlockUnless::NonBlockingFd:
    return !Policy.AssumeBlockingFds && mayNotBlock(Caller, Argument, F);
  case BlockUnless::Ready:
    return readyBefore(Caller, Site);
  case BlockUnless::NonNull:
    return Argument && !Argument->isValueDependent() &&
           Argument->isNullPointerConstant(Ast, Expr::NPC_ValueDependentIsNotNull) ==
               Expr::NPCK_NotNull;
  }
  llvm_unreachable("all conditions are handled");
}

/// A descriptor blocks for sure only when this function opened it without a non-blocking flag and
/// gave it to nobody who could change that.
bool Blocking::mayNotBlock(const FunctionFacts &Caller, const Expr *Descriptor,
                           const BlockingFunction &F) const {
  const auto *Var = dyn_cast_or_null<VarDecl>(namedValue(Descriptor));
  if (!Var || !Var->isLocalVarDecl())
    return true;
  const Expr *Init = Var->getInit() ? withoutWrappers(Var->getInit()) : nullptr;
  const auto *Opened = dyn_cast_or_null<CallExpr>(Init);
  const FunctionDecl *Opener = Opened ? Opened->getDirectCallee() : nullptr;
  if (!Opener || !Opener->getIdentifier())
    return true;
  static const StringRef Openers[] = {"open", "openat", "creat",   "socket",  "accept",
                                      "accept4", "mkstemp", "memfd_create", "dup"};
  if (!is_contained(Openers, Opener->getName()) || !Opener->isExternC())
    return true;
  StringRef Text = textOf(Opened, Model.ast());
  if (any_of(F.Flags, [&](const std::string &Flag) { return Text.contains(Flag); }))
    return true;
  for (const Expr *Option : Opened->arguments())
    if (Option->getType()->isIntegerType() && !Option->isEvaluatable(Model.ast()) &&
        !isa_and_nonnull<VarDecl>(namedValue(Option)))
      return true;
  // `fcntl(fd, F_SETFL, ...)`, `set_nonblocking(fd)`, `adopt(fd)`: anything that is not plain I/O.
  for (const CallSite &Other : Caller.Calls) {
    if (Other.Expr == Opened || Model.names().blocking(*Other.Callee, Other.Object))
      continue;
    for (unsigned I = 0; const Expr *Given = argument(Other, I); ++I)
      if (namedValue(Given) == Var)
        return true;
  }
  return false;
}

/// `if (f.wait_for(0s) == ready) f.get();`, `if (f.is_ready()) ...`: asked earlier in this function.
bool Blocking::readyBefore(const FunctionFacts &Caller, const CallSite &Site) const {
  const ValueDecl *Object = receiver(Site);
  if (!Object)
    return false;
  const SourceManager &Sources = Model.ast().getSourceManager();
  return any_of(Caller.Calls, [&](const CallSite &Other) {
    if (receiver(Other) != Object || !Sources.isBeforeInTranslationUnit(Other.Loc, Site.Loc))
      return false;
    if (Model.names().has(*Other.Callee, Other.Object, Role::ReadyCheck))
      return true;
    const BlockingFunction *F = Model.names().blocking(*Other.Callee, Other.Object);
    return F && F->Unless == BlockUnless::ZeroTimeout && excused(Caller, Other, *F);
  });
}

SmallVector<const FunctionFacts *, 2> Blocking::runs(const CallSite &Site) const {
  SmallVector<const FunctionFacts *, 2> Bodies;
  auto Add = [&](const FunctionDecl *F) {
    const FunctionFacts *Facts = Model.functions().of(F);
    if (Facts && !Facts->isCoroutine() && annotated(F) != Promise::NeverBlocks &&
        !Policy.Never.count(qualifiedName(*F)))
      Bodies.push_back(Facts);
  };
  Add(Site.Callee);
  if (!Site.Callables.empty() &&
      Model.names().has(*Site.Callee, Site.Object, Role::RunsCallable))
    for (const LambdaExpr *Lambda : Site.Callables)
      Add(Lambda->getCallOperator());
  return Bodies;
}

/// Breadth first from the calls that block, against the direction of calls: the first step that
/// reaches a function is on a shortest chain.
void Blocking::link() {
  struct Edge {
    const FunctionFacts *Caller;
    const CallSite *Site;
  };
  DenseMap<const FunctionFacts *, SmallVector<Edge, 2>> Callers;
  std::deque<const FunctionFacts *> Reached;
  for (const FunctionFacts &F : Model.functions().all()) {
    for (const CallSite &Site : F.Calls) {
      if (const BlockingFunction *What = direct(F, Site)) {
        if (Steps.try_emplace(&F, Step{&Site, nullptr, What}).second)
          Reached.push_back(&F);
        continue;
      }
      for (const FunctionFacts *Callee : runs(Site))
        Callers[Callee].push_back({&F, &Site});
    }
  }
  while (!Reached.empty()) {
    const FunctionFacts *F = Reached.front();
    Reached.pop_front();
    if (F->isCoroutine())
      continue;
    for (const Edge &E : Callers.lookup(F))
      if (Steps.try_emplace(E.Caller, Step{E.Site, F, nullptr}).second)
        Reached.push_back(E.Caller);
  }
}

BlockingPath Blocking::path(const FunctionFacts &Caller, const CallSite &Site) const {
  if (const BlockingFunction *What = direct(Caller, Site))
    return {{&Site}, What};
  // Of several bodies that the call runs, the first that blocks.
  for (const FunctionFacts *Callee : runs(Site)) {
    auto At = Steps.find(Callee);
    if (Callee == &Caller || At == Steps.end())
      continue;
    BlockingPath Chain{{&Site, At->second.Site}, At->second.What};
    while (At->second.Next) {
      At = Steps.find(At->second.Next);
      Chain.Sites.push_back(At->second.Site);
      Chain.What = At->second.What;
    }
    return Chain;
  }
  return {};
}

SmallPtrSet<const Stmt *, 8> offloaded(const TuModel &Model, const FunctionFacts &F) {
  const NameLookup &Names = Model.names();
  auto IsPool = [&](const Expr *E) {
    const CXXRecordDecl *Class = classOf(E->getType().getNonReferenceType());
    if (!Class && E->getType()->isPointerType())
      Class = classOf(E->getType()->getPointeeType());
    return Class && Names.has(*Class, Role::BlockingPool);
  };
  auto Switches = [&](const Suspension &S, Role R) {
    return anyCallIn(S.Operand, [&](const CallExpr *Call) {
      const FunctionDecl *Callee = Call->getDirectCallee();
      const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
      const CXXRecordDecl *Object = Member ? Member->getRecordDecl() : nullptr;
      if (Callee && Names.has(*Callee, Object, R))
        return true;
      if (R != Role::SwitchToPool)
        return false;
      return (Member && IsPool(Member->getImplicitObjectArgument())) ||
             any_of(Call->arguments(), IsPool);
    });
  };
  SmallVector<const Suspension *, 4> ToPool;
  SmallPtrSet<const Stmt *, 4> ToLoop;
  for (const Suspension &S : F.Suspensions)
    if (Switches(S, Role::SwitchToPool))
      ToPool.push_back(&S);
    else if (Switches(S, Role::SwitchToLoop))
      ToLoop.insert(S.Expr);
  SmallPtrSet<const Stmt *, 8> Away;
  if (ToPool.empty())
    return Away;
  std::unique_ptr<FunctionFlow> Flow = FunctionFlow::build(F, Model.ast());
  for (const Suspension *S : ToPool)
    if (Flow && Flow->contains(S->Expr))
      Flow->forward(S->Expr, [&](const Stmt *At) {
        Away.insert(At);
        return ToLoop.count(At) ? Path::Stop : Path::Continue;
      });
  return Away;
}

} // namespace abide
