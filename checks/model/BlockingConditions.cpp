//===- BlockingConditions.cpp - When a blocking function does not block ---===//

#include "model/BlockingConditions.h"
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

/// `0`, `0s`, `std::chrono::milliseconds{0}`, `milliseconds::zero()`, and `&tv` of a local that is
/// initialised with zeros. A null pointer waits for ever.
bool isZero(const Expr *E, const ASTContext &Ast) {
  Expr::EvalResult Result;
  const Expr *Plain = withoutWrappers(E);
  if (E->getType()->isPointerType()) {
    const auto *Address = dyn_cast<UnaryOperator>(Plain);
    const auto *Var =
        dyn_cast_or_null<VarDecl>(Address ? namedValue(Address->getSubExpr()) : nullptr);
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

class Conditions {
public:
  Conditions(const TuModel &Model, bool AssumeBlockingFds)
      : Model(Model), AssumeBlockingFds(AssumeBlockingFds) {}

  bool excused(const FunctionFacts &Caller, const CallSite &Site, const BlockingFunction &F) const;

private:
  enum class Mode { Blocking, NonBlocking, Unknown };
  Mode modeOf(const Expr *Descriptor, const FunctionFacts &Caller, const BlockingFunction &F) const;
  bool readyBefore(const FunctionFacts &Caller, const CallSite &Site) const;

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
  switch (F.Unless) {
  case BlockUnless::Never:
    return false;
  case BlockUnless::ZeroTimeout:
    return Argument && isZero(Argument, Ast);
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
Conditions::Mode Conditions::modeOf(const Expr *Descriptor, const FunctionFacts &Caller,
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
    if (const ValueDecl *Given = namedValue(Flags); Given && Given->getType()->isIntegerType() &&
                                                    !isConstant(Flags, Model.ast()) &&
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

/// `if (f.wait_for(0s) == ready) f.get();`, `if (f.is_ready()) ...`: asked earlier in this
/// function.
bool Conditions::readyBefore(const FunctionFacts &Caller, const CallSite &Site) const {
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

} // namespace

bool doesNotBlock(const TuModel &Model, const FunctionFacts &Caller, const CallSite &Site,
                  const BlockingFunction &F, bool AssumeBlockingFds) {
  return Conditions(Model, AssumeBlockingFds).excused(Caller, Site, F);
}

} // namespace abide
