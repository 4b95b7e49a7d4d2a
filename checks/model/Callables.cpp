//===- Callables.cpp - Where and when a callable runs ---------------------===//

#include "model/Callables.h"
#include "model/Elsewhere.h"
#include "model/TuModel.h"
#include "model/Whereabouts.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

bool says(const NameLookup &Names, const CallSite &Site, Role R) {
  return Names.has(*Site.Callee, Site.Object, R) ||
         (Site.FunctionObject && Names.has(*Site.FunctionObject, R));
}

/// Handed to a loop, or made a task of, by a call that names a pool: a thread of the pool runs it.
bool goesToPool(const NameLookup &Names, const CallSite &Site) {
  auto IsPool = [&](const Expr *E) { return isBlockingPool(Names, E); };
  return (says(Names, Site, Role::LoopCallback) || says(Names, Site, Role::Spawn)) &&
         any_of(argumentsOf(Site), IsPool);
}

CallableFate byName(const NameLookup &Names, const CallSite &Site) {
  static constexpr std::pair<Role, CallableFate> Known[] = {
      {Role::Offload, CallableFate::OtherThread},
      {Role::OtherLoop, CallableFate::OtherLoop},
      {Role::LoopCallback, CallableFate::LoopLater},
      {Role::KeepsCallable, CallableFate::Kept},
      {Role::RunsCallable, CallableFate::RunsNow}};
  if (goesToPool(Names, Site))
    return CallableFate::OtherThread;
  for (auto [R, Fate] : Known)
    if (says(Names, Site, R))
      return Fate;
  return CallableFate::Unknown;
}

/// std::move, std::forward, copies and moves hand on what they get.
bool handsOn(const FunctionDecl &F) {
  if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(&F))
    return Constructor->isCopyOrMoveConstructor();
  return F.isInStdNamespace() && F.getIdentifier() &&
         (F.getName() == "move" || F.getName() == "forward");
}

/// The variable that an expression names, as itself, copied, moved or forwarded.
const ValueDecl *named(const Expr *E) {
  while (true) {
    E = withoutWrappers(E);
    if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E); // `static_cast<F &&>(f)`
        Cast && Cast->getTypeAsWritten()->isReferenceType())
      E = Cast->getSubExpr();
    else if (const auto *Call = dyn_cast<CallExpr>(E); Call && Call->getNumArgs() == 1 &&
                                                       Call->getDirectCallee() &&
                                                       handsOn(*Call->getDirectCallee()))
      E = Call->getArg(0);
    else if (const auto *Made = dyn_cast<CXXConstructExpr>(E);
             Made && Made->getNumArgs() == 1 && handsOn(*Made->getConstructor()))
      E = Made->getArg(0);
    else
      break;
  }
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  return Ref ? Ref->getDecl() : nullptr;
}

bool isCallOperator(const CallSite &Site) {
  const auto *Operator = dyn_cast_or_null<CXXOperatorCallExpr>(Site.Expr);
  return Operator && Operator->getOperator() == OO_Call;
}

CallableFate fate(const TuModel &Model, const CallSite &Site, unsigned Index, unsigned Depth);

/// One use of a callable parameter: a call of it, or one that gets it.
struct Handled {
  CallableFate Fate;
  const CallSite *Site; ///< Null for the call of a pointer.
  const Expr *At;
  unsigned Index; ///< Which argument of Site it is.
};

/// `if (f)`, of an object.
bool asksWhetherThereIsOne(const CallSite &Site, const ParmVarDecl *Parameter) {
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Site.Expr);
  return Call && isa<CXXConversionDecl>(Site.Callee) &&
         Site.Callee->getReturnType()->isBooleanType() &&
         named(Call->getImplicitObjectArgument()) == Parameter;
}

/// `f()` and `(*f)()` of a pointer; `if (f)` asks whether there is one.
void addPointerUses(const FunctionFacts &Callee, const ParmVarDecl *Parameter,
                    SmallVectorImpl<Handled> &Uses, unsigned &Neutral) {
  const QualType T = Parameter->getType().getNonReferenceType();
  if (!T->isFunctionPointerType() && !T->isFunctionType())
    return;
  auto Names = [&](const Expr *E) {
    E = withoutWrappers(E);
    if (const auto *Unary = dyn_cast<UnaryOperator>(E); Unary && Unary->getOpcode() == UO_Deref)
      E = withoutWrappers(Unary->getSubExpr());
    const auto *Ref = dyn_cast<DeclRefExpr>(E);
    return Ref && Ref->getDecl() == Parameter;
  };
  anyStatement(Callee.Body, [&](const Stmt *S) {
    if (const auto *Call = dyn_cast<CallExpr>(S); Call && Names(Call->getCallee()))
      Uses.push_back({CallableFate::RunsNow, nullptr, Call, 0});
    const auto *Cast = dyn_cast<ImplicitCastExpr>(S);
    Neutral += Cast && Cast->getCastKind() == CK_PointerToBoolean && Names(Cast->getSubExpr());
    return false;
  });
}

/// Every use of a callable parameter; nothing where one of them (stored, captured, returned) keeps
/// it for who knows how long.
SmallVector<Handled, 2> usesOf(const TuModel &Model, const FunctionFacts &Callee,
                               const ParmVarDecl *Parameter, unsigned Depth) {
  const LocalFacts *Facts = Model.functions().local(Parameter);
  SmallVector<Handled, 2> Uses;
  if (!Facts || Facts->Uses.empty() || Depth > 4)
    return Uses;
  unsigned Neutral = 0;
  for (const CallSite &Site : Callee.Calls) {
    Neutral += asksWhetherThereIsOne(Site, Parameter);
    if (!Site.Expr || handsOn(*Site.Callee))
      continue;
    ArrayRef<const Expr *> Arguments = argumentsOf(Site);
    for (unsigned I = 0; I < Arguments.size(); ++I)
      if (named(Arguments[I]) == Parameter)
        Uses.push_back({fate(Model, Site, I, Depth + 1), &Site, Site.Expr, I});
  }
  addPointerUses(Callee, Parameter, Uses, Neutral);
  if (Uses.size() + Neutral < Facts->Uses.size())
    Uses.clear();
  return Uses;
}

/// Reads it from the callee's body: every use of the parameter has to say the same.
CallableFate byBody(const TuModel &Model, const FunctionFacts &Callee, const ParmVarDecl *Parameter,
                    unsigned Depth) {
  SmallVector<CallableFate, 2> Fates;
  for (const Handled &Use : usesOf(Model, Callee, Parameter, Depth))
    Fates.push_back(Use.Fate);
  if (Fates.empty() || !all_equal(Fates))
    return CallableFate::Unknown;
  // A coroutine that owns its copy runs it when it runs itself.
  if (Callee.isCoroutine() && Fates.front() == CallableFate::RunsNow)
    return Parameter->getType()->isReferenceType() ? CallableFate::Unknown : CallableFate::Kept;
  return Fates.front();
}

/// A loop, or something that lives on one: `io_context`, `io_context::executor_type`, a socket,
/// `strand<io_context::executor_type>`.
bool isLoop(const NameLookup &Names, QualType T) {
  const CXXRecordDecl *Class = classOf(T.getNonReferenceType());
  for (const DeclContext *At = Class; At && At->isRecord(); At = At->getParent())
    if (const auto *Record = cast<CXXRecordDecl>(At);
        Names.has(*Record, Role::EventLoop) || Names.has(*Record, Role::LoopAffine))
      return true;
  const auto *Wrapper = dyn_cast_or_null<ClassTemplateSpecializationDecl>(Class);
  return Wrapper && any_of(Wrapper->getTemplateArgs().asArray(), [&](const TemplateArgument &A) {
           return A.getKind() == TemplateArgument::Type && A.getAsType()->isRecordType() &&
                  isLoop(Names, A.getAsType());
         });
}

/// `post(executor, f)` runs f where its executor says: on a loop, on a pool, nobody knows where.
CallableFate onExecutor(const NameLookup &Names, const CallSite &Site, unsigned Index) {
  ArrayRef<const Expr *> Arguments = argumentsOf(Site);
  if (Arguments.empty() || Index == 0 || isa<CXXMethodDecl>(Site.Callee) ||
      !classOf(Arguments[0]->getType()))
    return CallableFate::LoopLater;
  if (isBlockingPool(Names, Arguments[0]))
    return CallableFate::OtherThread;
  const auto *Got = dyn_cast<CXXMemberCallExpr>(withoutWrappers(Arguments[0]));
  const Expr *Object = Got ? Got->getImplicitObjectArgument() : nullptr;
  return isLoop(Names, Arguments[0]->getType()) || (Object && isLoop(Names, Object->getType()))
             ? CallableFate::LoopLater
             : CallableFate::Unknown;
}

/// Which parameter of the callee gets the argument number Index, if one does.
std::optional<unsigned> parameterOf(const CallSite &Site, unsigned Index) {
  // The object of an operator stands before its parameters.
  if (isa_and_nonnull<CXXOperatorCallExpr>(Site.Expr) && isa<CXXMethodDecl>(Site.Callee) &&
      !cast<CXXMethodDecl>(Site.Callee)->isStatic()) {
    if (Index == 0)
      return std::nullopt;
    --Index;
  }
  return Index < Site.Callee->getNumParams() ? std::optional(Index) : std::nullopt;
}

/// What other units have told.
CallableFate byFacts(const TuModel &Model, const CallSite &Site, unsigned Parameter) {
  const std::string Key = Model.hasFacts() ? elsewhereKey(Model, Site) : "";
  const Fact *Known = factOf(Model, Key, Trait::HandlesCallable, Parameter + 1);
  return Known ? CallableFate(Known->Kind) : CallableFate::Unknown;
}

CallableFate fate(const TuModel &Model, const CallSite &Site, unsigned Index, unsigned Depth) {
  CallableFate Known = byName(Model.names(), Site);
  if (Known == CallableFate::LoopLater)
    return onExecutor(Model.names(), Site, Index);
  if (Known != CallableFate::Unknown)
    return Known;
  if (Index == 0 && isCallOperator(Site))
    return CallableFate::RunsNow;
  const std::optional<unsigned> Parameter = parameterOf(Site, Index);
  if (!Parameter)
    return CallableFate::Unknown;
  const FunctionFacts *Callee = Model.functions().of(Site.Callee);
  return Callee ? byBody(Model, *Callee, Callee->Decl->getParamDecl(*Parameter), Depth)
                : byFacts(Model, Site, *Parameter);
}

/// A function pointer, or an object with a call operator.
bool isCallable(QualType T) {
  T = T.getNonReferenceType();
  if (T->isFunctionPointerType() || T->isFunctionType())
    return true;
  const CXXRecordDecl *Class = classOf(T);
  if (!Class || !Class->hasDefinition())
    return false;
  const DeclarationName Call = Class->getASTContext().DeclarationNames.getCXXOperatorName(OO_Call);
  return !Class->getDefinition()->lookup(Call).empty();
}

} // namespace

static_assert(RunsNowKind == unsigned(CallableFate::RunsNow));

CallableFate fateOfCallable(const TuModel &Model, const CallSite &Site, unsigned Index) {
  return fate(Model, Site, Index, 0);
}

unsigned askableArgument(const TuModel &Model, const CallSite &Site, unsigned Index) {
  const std::optional<unsigned> Parameter = parameterOf(Site, Index);
  return Parameter && fate(Model, Site, Index, 0) == CallableFate::Unknown &&
                 !elsewhereKey(Model, Site).empty()
             ? *Parameter + 1
             : 0;
}

void askCallables(const TuModel &Model, UnitSummary &Out) {
  constexpr auto Bit = [](CallableFate Fate) { return 1u << unsigned(Fate); };
  constexpr unsigned Elsewhere =
      Bit(CallableFate::LoopLater) | Bit(CallableFate::OtherThread) | Bit(CallableFate::OtherLoop);
  for (const FunctionFacts &F : Model.functions().all())
    for (const CallSite &Site : F.Calls)
      for (const CallableArgument &Given : Site.Callables)
        if (const FunctionFacts *Body =
                F.Dependent ? nullptr : Model.functions().of(Given.Function);
            Body && askableArgument(Model, Site, Given.Index))
          Out.Asked.push_back(
              {elsewhereKey(Model, Site), Trait::HandlesCallable,
               std::uint16_t(Body->isCoroutine() ? Bit(CallableFate::RunsNow) : Elsewhere)});
}

void summarizeCallables(const TuModel &Model, const FunctionFacts &F, FunctionSummary &Out) {
  constexpr Trait What = Trait::HandlesCallable;
  for (const ParmVarDecl *P : F.Decl->parameters()) {
    if (!isCallable(P->getType()))
      continue;
    const std::uint8_t Own = P->getFunctionScopeIndex() + 1;
    auto At = [&](const Handled &Use) {
      return placed(Model, Use.At->getExprLoc(), "'" + P->getNameAsString() + "'");
    };
    const SmallVector<Handled, 2> Uses = usesOf(Model, F, P, 0);
    if (const CallableFate Known = byBody(Model, F, P, 0); Known != CallableFate::Unknown) {
      Out.Does.push_back({What, std::uint8_t(Known), Own, "", {At(Uses.front())}});
      continue;
    }
    // What a coroutine does when it runs is not done when it returns.
    const bool Told = !F.isCoroutine() && all_of(Uses, [&](const Handled &Use) {
      return Use.Fate != CallableFate::Unknown || askableArgument(Model, *Use.Site, Use.Index);
    });
    for (const Handled &Use : Told ? ArrayRef(Uses) : ArrayRef<Handled>())
      if (Use.Fate != CallableFate::Unknown)
        Out.Does.push_back({What, std::uint8_t(Use.Fate), Own, "", {At(Use)}});
      else
        Out.Calls.push_back({elsewhereKey(Model, *Use.Site), At(Use), What, Own,
                             std::uint8_t(askableArgument(Model, *Use.Site, Use.Index))});
  }
}

const ValueDecl *valueNamed(const Expr *E) { return named(E); }

} // namespace abide
