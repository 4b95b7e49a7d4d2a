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

/// "cin" is a word of "std::cin", and not of "pricing".
bool hasWord(StringRef Text, StringRef Word) {
  auto Continues = [&](size_t At) {
    return At < Text.size() && isAsciiIdentifierContinue(Text[At]);
  };
  for (size_t At = Text.find(Word); At != StringRef::npos; At = Text.find(Word, At + 1))
    if ((At == 0 || !Continues(At - 1)) && !Continues(At + Word.size()))
      return true;
  return false;
}

/// Whether the source of an expression spells one of these flags: their values differ by platform.
bool mentions(const Expr *E, ArrayRef<std::string> Flags, const ASTContext &Ast) {
  const SourceManager &Sources = Ast.getSourceManager();
  CharSourceRange Range = Sources.getExpansionRange(E->getSourceRange());
  StringRef Text = Lexer::getSourceText(Range, Sources, Ast.getLangOpts());
  return any_of(Flags, [&](const std::string &Flag) { return hasWord(Text, Flag); });
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

/// `0`, `0s`, `std::chrono::milliseconds{0}`, `milliseconds::zero()`, and `&tv` of a local that is
/// initialised with zeros. A null pointer waits for ever.
bool isZero(const Expr *E, const ASTContext &Ast) {
  Expr::EvalResult Result;
  const Expr *Plain = withoutWrappers(E);
  if (E->getType()->isPointerType()) {
    const auto *Address = dyn_cast<UnaryOperator>(Plain);
    const auto *Var = dyn_cast_or_null<VarDecl>(Address ? namedValue(Address->getSubExpr()) : nullptr);
    return Var && Var->isLocalVarDecl() && Var->getInit() && isZero(Var->getInit(), Ast);
  }
  return !Plain->isValueDependent() && !Plain->isTypeDependent() &&
         Plain->EvaluateAsRValue(Result, Ast) && !Result.HasSideEffects && allZero(Result.Val);
}

/// A function of the operating system's C interface.
bool isSystemFunction(const FunctionDecl *F) {
  const SourceManager &Sources = F->getASTContext().getSourceManager();
  return F->getIdentifier() && F->isExternC() &&
         Sources.isInSystemHeader(Sources.getExpansionLoc(F->getLocation()));
}

/// Whether a callee that is given a descriptor may switch it to non-blocking mode.
bool mayChangeMode(const FunctionDecl *F) {
  return !isSystemFunction(F) || F->getName() == "ioctl" || F->getName().starts_with("fcntl");
}

/// The object of a member call.
const ValueDecl *receiver(const CallSite &Site) {
  const auto *Member = dyn_cast_or_null<CXXMemberCallExpr>(Site.Expr);
  return Member ? namedValue(Member->getImplicitObjectArgument()) : nullptr;
}

/// The class of an object, or of what a pointer or smart pointer points to.
const CXXRecordDecl *pointedClass(QualType T) {
  if (T->isPointerType())
    return classOf(T->getPointeeType());
  const CXXRecordDecl *Class = classOf(T);
  const auto *Smart = dyn_cast_or_null<ClassTemplateSpecializationDecl>(Class);
  if (Smart && Smart->isInStdNamespace() && Smart->getName().ends_with("_ptr"))
    return classOf(Smart->getTemplateArgs()[0].getAsType());
  return Class;
}

/// Whether Test answers true for a call under E.
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

bool Blocking::listed(const std::set<std::string> &Names, const CallSite &Site) const {
  return !Names.empty() && Names.count(qualifiedName(*Site.Callee));
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
  if (listed(Policy.Never, Site))
    return nullptr;
  if (listed(Policy.Extra, Site))
    return &ByAnnotation;
  const BlockingFunction *F = Model.names().blocking(*Site.Callee, Site.Object);
  return F && counts(*F) && !excused(Caller, Site, *F) ? F : nullptr;
}

bool Blocking::excused(const FunctionFacts &Caller, const CallSite &Site,
                       const BlockingFunction &F) const {
  const Expr *Argument = argument(Site, F.Arg);
  ASTContext &Ast = Model.ast();
  // `std::ifstream f;` opens nothing, and a moved lock is not locked again.
  if (const auto *Construct = dyn_cast_or_null<CXXConstructExpr>(Site.Expr))
    if (Construct->getNumArgs() == 0 || Construct->getConstructor()->isCopyOrMoveConstructor())
      return true;
  switch (F.Unless) {
  case BlockUnless::Never:
    return false;
  case BlockUnless::ZeroTimeout:
    return Argument && isZero(Argument, Ast);
  case BlockUnless::Flag:
    // Flags that come from somewhere else may hold the one that matters.
    return Argument && ((Argument->getType()->isIntegralOrEnumerationType() &&
                         !Argument->isEvaluatable(Ast)) ||
                        mentions(Argument, F.Flags, Ast));
  case BlockUnless::FlagMissing:
    return !Argument || !mentions(Argument, F.Flags, Ast);
  case BlockUnless::NonBlockingFd: {
    if (Site.Expr && mentions(Site.Expr, F.Flags, Ast))
      return true; // MSG_DONTWAIT speaks of one call.
    Mode Found = modeOf(Argument, Caller, F);
    return Found == Mode::NonBlocking || (Found == Mode::Unknown && !Policy.AssumeBlockingFds);
  }
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
Blocking::Mode Blocking::modeOf(const Expr *Descriptor, const FunctionFacts &Caller,
                                const BlockingFunction &F) const {
  const auto *Var = dyn_cast_or_null<VarDecl>(namedValue(Descriptor));
  const Expr *Init = Var && Var->getInit() ? withoutWrappers(Var->getInit()) : nullptr;
  const auto *Opened = dyn_cast_or_null<CallExpr>(Init);
  const FunctionDecl *Opener = Opened ? Opened->getDirectCallee() : nullptr;
  static const StringRef Openers[] = {"open",    "openat",  "creat",        "socket", "accept",
                                      "accept4", "mkstemp", "memfd_create", "dup"};
  if (!Opener || !Var->isLocalVarDecl() || !isSystemFunction(Opener) ||
      !is_contained(Openers, Opener->getName()))
    return Mode::Unknown;
  if (mentions(Opened, F.Flags, Model.ast()))
    return Mode::NonBlocking;
  for (const Expr *Flags : Opened->arguments())
    if (const ValueDecl *Given = namedValue(Flags);
        Given && Given->getType()->isIntegerType() && !Flags->isEvaluatable(Model.ast()) &&
        Opener->getName().starts_with("open"))
      return Mode::Unknown;
  // `fcntl(fd, F_SETFL, ...)`, `set_nonblocking(fd)`, `adopt(fd)`.
  for (const CallSite &Other : Caller.Calls)
    if (Other.Expr != Opened && mayChangeMode(Other.Callee))
      for (unsigned I = 0; const Expr *Given = argument(Other, I); ++I)
        if (namedValue(Given) == Var)
          return Mode::NonBlocking;
  return Mode::Blocking;
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
    bool Trusted = annotated(F) == Promise::NeverBlocks ||
                   (!Policy.Never.empty() && Policy.Never.count(qualifiedName(*F)));
    if (Facts && !Facts->isCoroutine() && !Trusted)
      Bodies.push_back(Facts);
  };
  Add(Site.Callee);
  const NameLookup &Names = Model.names();
  if (!Site.Callables.empty() &&
      (Names.has(*Site.Callee, Site.Object, Role::RunsCallable) ||
       (Site.FunctionObject && Names.has(*Site.FunctionObject, Role::RunsCallable))))
    for (const FunctionDecl *F : Site.Callables)
      Add(F);
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

Whereabouts::Whereabouts(const TuModel &Model, const FunctionFacts &F) {
  const NameLookup &Names = Model.names();
  auto IsPool = [&](const Expr *E) {
    const CXXRecordDecl *Class = pointedClass(E->getType().getNonReferenceType());
    return Class && Names.has(*Class, Role::BlockingPool);
  };
  // What is awaited names a pool (`pool->schedule()`, `resume_on(pool)`) or a function that says so.
  auto Switches = [&](const Suspension &S, Role R) {
    return anyCallIn(S.Operand, [&](const CallExpr *Call) {
      const FunctionDecl *Callee = Call->getDirectCallee();
      const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
      if (Callee && Names.has(*Callee, Member ? Member->getRecordDecl() : nullptr, R))
        return true;
      return R == Role::SwitchToPool &&
             ((Member && IsPool(Member->getImplicitObjectArgument())) ||
              any_of(Call->arguments(), IsPool));
    });
  };
  SmallPtrSet<const Stmt *, 4> ToPool;
  SmallVector<const Expr *, 4> ToLoop;
  for (const Suspension &S : F.Suspensions)
    if (Switches(S, Role::SwitchToPool))
      ToPool.insert(S.Expr);
    else if (Switches(S, Role::SwitchToLoop))
      ToLoop.push_back(S.Expr);
  std::unique_ptr<FunctionFlow> Flow = ToPool.empty() ? nullptr : FunctionFlow::build(F, Model.ast());
  if (!Flow)
    return;
  Moves = true;
  auto Visit = [&](const Stmt *At) {
    Loop.insert(At);
    return ToPool.count(At) ? Path::Stop : Path::Continue;
  };
  Flow->fromEntry(Visit);
  for (const Expr *Back : ToLoop)
    if (Flow->contains(Back))
      Flow->forward(Back, Visit);
}

} // namespace abide
