//===- Callables.cpp - Where and when a callable runs ---------------------===//

#include "model/Callables.h"
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

/// Reads it from the callee's body: every use of the parameter has to say the same.
CallableFate byBody(const TuModel &Model, const FunctionFacts &Callee, const ParmVarDecl *Parameter,
                    unsigned Depth) {
  const LocalFacts *Facts = Model.functions().local(Parameter);
  if (!Facts || Facts->Uses.empty() || Depth > 4)
    return CallableFate::Unknown;
  SmallVector<CallableFate, 2> Fates;
  for (const CallSite &Site : Callee.Calls) {
    if (!Site.Expr || handsOn(*Site.Callee))
      continue;
    ArrayRef<const Expr *> Arguments = argumentsOf(Site);
    for (unsigned I = 0; I < Arguments.size(); ++I)
      if (named(Arguments[I]) == Parameter)
        Fates.push_back(fate(Model, Site, I, Depth + 1));
  }
  // A use that is no argument (stored, captured, returned) keeps it for who knows how long.
  if (Fates.empty() || Fates.size() < Facts->Uses.size() || !all_equal(Fates))
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

CallableFate fate(const TuModel &Model, const CallSite &Site, unsigned Index, unsigned Depth) {
  CallableFate Known = byName(Model.names(), Site);
  if (Known == CallableFate::LoopLater)
    return onExecutor(Model.names(), Site, Index);
  if (Known != CallableFate::Unknown)
    return Known;
  // The object of an operator stands before its parameters.
  if (isa_and_nonnull<CXXOperatorCallExpr>(Site.Expr) && isa<CXXMethodDecl>(Site.Callee)) {
    if (Index == 0)
      return isCallOperator(Site) ? CallableFate::RunsNow : CallableFate::Unknown;
    --Index;
  }
  const FunctionFacts *Callee = Model.functions().of(Site.Callee);
  if (!Callee || Index >= Callee->Decl->getNumParams())
    return CallableFate::Unknown;
  return byBody(Model, *Callee, Callee->Decl->getParamDecl(Index), Depth);
}

} // namespace

CallableFate fateOfCallable(const TuModel &Model, const CallSite &Site, unsigned Index) {
  return fate(Model, Site, Index, 0);
}

const ValueDecl *valueNamed(const Expr *E) { return named(E); }

} // namespace abide
