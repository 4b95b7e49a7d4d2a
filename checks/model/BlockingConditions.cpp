//===- BlockingConditions.cpp - When a blocking function does not block ---===//

#include "model/BlockingConditions.h"
#include "model/Threads.h"
#include "clang/AST/ASTContext.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

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

bool isConstant(const Expr *E, const ASTContext &Ast) {
  return !E->isValueDependent() && !E->isTypeDependent() && E->isEvaluatable(Ast);
}

/// A path that leads to no disk.
bool isNullDevice(const Expr *E) {
  const auto *Text = dyn_cast<clang::StringLiteral>(withoutWrappers(E));
  return Text && Text->getCharByteWidth() == 1 && Text->getString() == "/dev/null";
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

class Conditions {
public:
  Conditions(const TuModel &Model, bool AssumeBlockingFds)
      : Model(Model), AssumeBlockingFds(AssumeBlockingFds) {}

  bool excused(const FunctionFacts &Caller, const CallSite &Site, const BlockingFunction &F) const;

private:
  enum class Mode { Blocking, NonBlocking, Unknown };
  Mode modeOf(const Expr *Descriptor, const FunctionFacts &Caller, const BlockingFunction &F) const;
  bool isReady(const FunctionFacts &Caller, const CallSite &Site) const;
  bool askedBefore(const FunctionFacts &Caller, const CallSite &Site,
                   const ValueDecl *Object) const;
  bool awaitedBefore(const FunctionFacts &Caller, const CallSite &Site,
                     const ValueDecl *Object) const;
  bool madeNonBlocking(const FunctionFacts &Caller, const CallSite &Site) const;

  const TuModel &Model;
  bool AssumeBlockingFds;
};

bool Conditions::excused(const FunctionFacts &Caller, const CallSite &Site,
                         const BlockingFunction &F) const {
  const Expr *Argument = argument(Site, F.Arg);
  ASTContext &Ast = Model.ast();
  // `std::ifstream f;` opens nothing, and a moved lock is not locked again.
  if (const auto *Construct = dyn_cast_or_null<CXXConstructExpr>(Site.Expr))
    if (Construct->getNumArgs() == 0 || Construct->getConstructor()->isCopyOrMoveConstructor())
      return true;
  if (F.Kind == BlockKind::Network && madeNonBlocking(Caller, Site))
    return true;
  if (F.Kind == BlockKind::Disk && any_of(argumentsOf(Site), isNullDevice))
    return true;
  switch (F.Unless) {
  case BlockUnless::Never:
    return false;
  case BlockUnless::ZeroTimeout:
    return Argument && isZeroDuration(Argument, Ast);
  case BlockUnless::Flag:
    // Flags that come from somewhere else may hold the one that matters.
    return Argument &&
           ((Argument->getType()->isIntegralOrEnumerationType() && !isConstant(Argument, Ast)) ||
            mentions(Argument, F.Flags, Ast));
  case BlockUnless::FlagMissing:
    return !Argument || !mentions(Argument, F.Flags, Ast);
  case BlockUnless::NonBlockingFd: {
    if (Site.Expr && mentions(Site.Expr, F.Flags, Ast))
      return true; // MSG_DONTWAIT speaks of one call.
    Mode Found = modeOf(Argument, Caller, F);
    return Found == Mode::NonBlocking || (Found == Mode::Unknown && !AssumeBlockingFds);
  }
  case BlockUnless::Ready:
    return isReady(Caller, Site);
  case BlockUnless::NonNull:
    return Argument && !Argument->isValueDependent() &&
           Argument->isNullPointerConstant(Ast, Expr::NPC_ValueDependentIsNotNull) ==
               Expr::NPCK_NotNull;
  }
  llvm_unreachable("all conditions are handled");
}

/// What opened the descriptor in this local: its initialiser or the only thing that is assigned to
/// it, or `pipe(fds)`. Null when unknown.
const CallExpr *openerOf(const TuModel &Model, const FunctionFacts &Caller, const VarDecl *Var) {
  const LocalFacts *Local = Model.functions().local(Var);
  if (!Local || !Var->isLocalVarDecl())
    return nullptr;
  if (Var->getType()->isArrayType()) {
    for (const CallSite &Site : Caller.Calls)
      if (const auto *Call = dyn_cast_or_null<CallExpr>(Site.Expr);
          Call && Call->getNumArgs() && isSystemFunction(Site.Callee) &&
          Site.Callee->getName().starts_with("pipe") && namedValue(Call->getArg(0)) == Var)
        return Call;
    return nullptr;
  }
  const Expr *Opened = Var->getInit();
  if (Opened && isConstant(Opened, Model.ast()))
    Opened = nullptr; // `int fd = -1;`
  for (const VarUse &Use : Local->Uses)
    if (Use.How == ValueUse::Assigned) {
      if (Opened)
        return nullptr;
      Opened = Use.Value;
    }
  return Opened ? dyn_cast<CallExpr>(withoutWrappers(Opened)) : nullptr;
}

/// A descriptor blocks for sure only when this function opened it without a non-blocking flag and
/// gave it to nobody who could change that.
Conditions::Mode Conditions::modeOf(const Expr *Descriptor, const FunctionFacts &Caller,
                                    const BlockingFunction &F) const {
  if (const auto *Element =
          dyn_cast_or_null<ArraySubscriptExpr>(Descriptor ? withoutWrappers(Descriptor) : nullptr))
    Descriptor = Element->getBase();
  const auto *Var = dyn_cast_or_null<VarDecl>(namedValue(Descriptor));
  const CallExpr *Opened = Var ? openerOf(Model, Caller, Var) : nullptr;
  const FunctionDecl *Opener = Opened ? Opened->getDirectCallee() : nullptr;
  static const StringRef Openers[] = {"open",   "openat",  "creat",   "socket",
                                      "accept", "accept4", "mkstemp", "memfd_create",
                                      "dup",    "pipe",    "pipe2"};
  if (!Opener || !isSystemFunction(Opener) || !is_contained(Openers, Opener->getName()))
    return Mode::Unknown;
  if (mentions(Opened, F.Flags, Model.ast()))
    return Mode::NonBlocking;
  for (const Expr *Flags : Opened->arguments())
    if (const ValueDecl *Given = namedValue(Flags); Given && Given->getType()->isIntegerType() &&
                                                    !isConstant(Flags, Model.ast()) &&
                                                    Opener->getName().starts_with("open"))
      return Mode::Unknown;
  // `fcntl(fd, F_SETFL, ...)`, `set_nonblocking(fd)`, `adopt(fd)`, `configure(fds[0])`.
  auto Names = [&](const Expr *Given) {
    const auto *Element = dyn_cast<ArraySubscriptExpr>(withoutWrappers(Given));
    return namedValue(Element ? Element->getBase() : Given) == Var;
  };
  for (const CallSite &Other : Caller.Calls)
    if (Other.Expr != Opened && mayChangeMode(Other.Callee))
      for (unsigned I = 0; const Expr *Given = argument(Other, I); ++I)
        if (Names(Given))
          return Mode::NonBlocking;
  return Mode::Blocking;
}

/// `socket.non_blocking(true)`: of a local or parameter in this function, of a member anywhere.
bool Conditions::madeNonBlocking(const FunctionFacts &Caller, const CallSite &Site) const {
  const ValueDecl *Socket = receiver(Site);
  if (const Expr *First = argument(Site, 0); !Socket && First)
    Socket = namedValue(First);
  auto Switches = [&](const CallSite &Other) {
    if (!Socket || receiver(Other) != Socket ||
        !Model.names().has(*Other.Callee, Other.Object, Role::MakesNonBlocking))
      return false;
    const Expr *Mode = argument(Other, 0);
    bool On = true;
    return Mode && (!isConstant(Mode, Model.ast()) ||
                    !Mode->EvaluateAsBooleanCondition(On, Model.ast()) || On);
  };
  if (!isa_and_nonnull<FieldDecl>(Socket))
    return any_of(Caller.Calls, Switches);
  return any_of(Model.functions().all(),
                [&](const FunctionFacts &F) { return any_of(F.Calls, Switches); });
}

/// What a result is taken from: `r` of `std::move(r).get()`, `all` of `std::get<0>(all).get()`.
const ValueDecl *source(const Expr *E) {
  while (E) {
    E = withoutWrappers(E);
    if (const ValueDecl *Named = namedValue(E))
      return Named;
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(E))
      E = Member->getImplicitObjectArgument();
    else if (const auto *Made = dyn_cast<CXXConstructExpr>(E);
             Made && Made->getNumArgs() == 1 && Made->getConstructor()->isCopyOrMoveConstructor())
      E = Made->getArg(0);
    else if (const auto *Call = dyn_cast<CallExpr>(E);
             Call && Call->getNumArgs() && Call->getDirectCallee() &&
             (isa<CXXOperatorCallExpr>(Call) || Call->getDirectCallee()->isInStdNamespace()))
      E = Call->getArg(0);
    else
      return nullptr;
  }
  return nullptr;
}

/// Whether the result is there already, so that nobody waits for it.
bool Conditions::isReady(const FunctionFacts &Caller, const CallSite &Site) const {
  // An awaiter resumes when what it waited for is there.
  if (Caller.Decl && Caller.Decl->getIdentifier() && Caller.Decl->getName() == "await_resume")
    return true;
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Site.Expr);
  const Expr *Object = Call ? Call->getImplicitObjectArgument() : argument(Site, 0);
  if (!Object)
    return false;
  if (Model.types().of(Object->getType()).Awaitable && cameFromAwait(Model, Caller, Object))
    return true;
  const ValueDecl *Source = source(Object);
  if (!Source)
    return false;
  // `connect(&watcher, finished, [&] { watcher.result(); })`: called because it is there.
  bool Notified = any_of(Model.threads().givenBy(Caller), [&](const CallSite *Given) {
    return receiver(*Given) == Source || any_of(argumentsOf(*Given), [&](const Expr *Argument) {
             return namedValue(Argument) == Source;
           });
  });
  return Notified || askedBefore(Caller, Site, Source) || awaitedBefore(Caller, Site, Source);
}

/// `if (f.wait_for(0s) == ready) f.get();`, `if (f.is_ready()) ...`, `f.wait(); f.get();`: asked or
/// waited for earlier in this function.
bool Conditions::askedBefore(const FunctionFacts &Caller, const CallSite &Site,
                             const ValueDecl *Object) const {
  const SourceManager &Sources = Model.ast().getSourceManager();
  return any_of(Caller.Calls, [&](const CallSite &Other) {
    if (receiver(Other) != Object || !Sources.isBeforeInTranslationUnit(Other.Loc, Site.Loc))
      return false;
    if (Model.names().has(*Other.Callee, Other.Object, Role::ReadyCheck))
      return true;
    const BlockingFunction *F = Model.names().blocking(*Other.Callee, Other.Object);
    return F && (F->Unless == BlockUnless::ZeroTimeout ||
                 (Other.Callee->getIdentifier() && Other.Callee->getName().starts_with("wait")));
  });
}

/// `co_await r.resolve(); r.get();`
bool Conditions::awaitedBefore(const FunctionFacts &Caller, const CallSite &Site,
                               const ValueDecl *Object) const {
  const SourceManager &Sources = Model.ast().getSourceManager();
  return any_of(Caller.Suspensions, [&](const Suspension &S) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(withoutWrappers(S.Operand));
    const ValueDecl *Awaited = namedValue(Call ? Call->getImplicitObjectArgument() : S.Operand);
    return Awaited == Object && Sources.isBeforeInTranslationUnit(S.Expr->getBeginLoc(), Site.Loc);
  });
}

} // namespace

bool cameFromAwait(const TuModel &Model, const FunctionFacts &F, const Expr *Object) {
  auto HasAwait = [](const Expr *E) {
    SmallVector<const Stmt *, 16> Pending{E};
    while (!Pending.empty()) {
      const Stmt *S = Pending.pop_back_val();
      if (!S || isa<LambdaExpr>(S))
        continue;
      if (isa<CoawaitExpr>(S))
        return true;
      append_range(Pending, S->children());
    }
    return false;
  };
  for (unsigned Step = 0; Object && Step < 4; ++Step) {
    if (HasAwait(Object))
      return true;
    const ValueDecl *From = source(Object);
    const LocalFacts *Local = From ? Model.functions().local(From) : nullptr;
    Object = Local ? Local->Init : nullptr;
    for (const Stmt *Loop : F.Loops)
      if (const auto *Range = dyn_cast<CXXForRangeStmt>(Loop);
          Range && From && Range->getLoopVariable() == From)
        Object = Range->getRangeInit();
  }
  return false;
}

/// `0`, `0s`, `std::chrono::milliseconds{0}`, `milliseconds::zero()`, and `&tv` of a local that is
/// initialised with zeros. A null pointer waits for ever.
bool isZeroDuration(const Expr *E, const ASTContext &Ast) {
  Expr::EvalResult Result;
  const Expr *Plain = withoutWrappers(E);
  if (E->getType()->isPointerType()) {
    const auto *Address = dyn_cast<UnaryOperator>(Plain);
    const auto *Var =
        dyn_cast_or_null<VarDecl>(Address ? namedValue(Address->getSubExpr()) : nullptr);
    return Var && Var->isLocalVarDecl() && Var->getInit() && isZeroDuration(Var->getInit(), Ast);
  }
  return !Plain->isValueDependent() && !Plain->isTypeDependent() &&
         Plain->EvaluateAsRValue(Result, Ast) && !Result.HasSideEffects && allZero(Result.Val);
}

bool doesNotBlock(const TuModel &Model, const FunctionFacts &Caller, const CallSite &Site,
                  const BlockingFunction &F, bool AssumeBlockingFds) {
  return Conditions(Model, AssumeBlockingFds).excused(Caller, Site, F);
}

} // namespace abide
