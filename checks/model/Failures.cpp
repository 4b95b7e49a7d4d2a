//===- Failures.cpp - Exceptions that leave a coroutine -------------------===//

#include "model/Failures.h"

using namespace clang;
using namespace llvm;

namespace abide {

/// Calls Test with each expression of E, not with what stands in lambdas, until it answers true.
const FunctionFacts *workIn(const TuModel &Model, const Expr *E) {
  const FunctionFacts *Found = nullptr;
  anyStatement(E, [&](const Stmt *Part) {
    const auto *Call = dyn_cast<CallExpr>(Part);
    if (const auto *Lambda = dyn_cast<LambdaExpr>(Part))
      Found = Model.functions().of(Lambda->getCallOperator());
    else if (const FunctionFacts *Called =
                 Call ? Model.functions().of(Call->getDirectCallee()) : nullptr;
             Called && Called->isCoroutine())
      Found = Called;
    return Found != nullptr;
  });
  return Found;
}

bool endsProgramOnFailure(const TuModel &Model, const FunctionFacts &F) {
  auto Handlers = memberFunctions(F.promise(), &Model.ast().Idents.get("unhandled_exception"));
  return !Handlers.empty() && Handlers.front()->isNoReturn();
}

/// `expected<T, E>`, `std::tuple<error_code, std::size_t>`: what failed is in the result.
static bool holdsError(const TuModel &Model, QualType Result) {
  auto Error = [&](QualType T) {
    const TagDecl *Tag = T.getNonReferenceType()->getAsTagDecl();
    return Tag && Model.names().has(*Tag, Role::ErrorLike);
  };
  if (Error(Result))
    return true;
  const auto *Special = dyn_cast_or_null<ClassTemplateSpecializationDecl>(classOf(Result));
  if (!Special || !Special->isInStdNamespace() ||
      !is_contained({"pair", "tuple"}, Special->getName()))
    return false;
  ArrayRef<TemplateArgument> Parts = Special->getTemplateArgs().asArray();
  if (!Parts.empty() && Parts.front().getKind() == TemplateArgument::Pack)
    Parts = Parts.front().pack_elements();
  return !Parts.empty() && Parts.front().getKind() == TemplateArgument::Type &&
         Error(Parts.front().getAsType());
}

/// What made the awaited task: `make()` of `co_await make()`, and of a local that it initialised.
static const Expr *madeBy(const TuModel &Model, const Expr *Operand) {
  const Expr *E = withoutWrappers(Operand);
  if (const auto *Call = dyn_cast<CallExpr>(E); Call && Call->isCallToStdMove())
    E = withoutWrappers(Call->getArg(0));
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  const LocalFacts *Local = Ref ? Model.functions().local(Ref->getDecl()) : nullptr;
  bool Same = Local && Local->Init && !isa<BindingDecl>(Local->Decl) &&
              none_of(Local->Uses, [](const VarUse &U) { return U.How == ValueUse::Assigned; });
  return Same ? withoutWrappers(Local->Init) : E;
}

/// Whether a function called to make what is awaited, or the class of a part of it, has a role.
static bool isMadeWith(const TuModel &Model, const CoroutineSuspendExpr *Await,
                       ArrayRef<Role> Roles) {
  auto Is = [&](const NamedDecl *D) {
    return D && any_of(Roles, [&](Role R) { return Model.names().has(*D, R); });
  };
  auto IsPart = [&](const Stmt *Part) {
    const auto *Call = dyn_cast<CallExpr>(Part);
    const auto *E = dyn_cast<Expr>(Part);
    return (Call && Is(Call->getDirectCallee())) || (E && Is(classOf(E->getType())));
  };
  return anyStatement(Await->getOperand(), IsPart) ||
         anyStatement(madeBy(Model, Await->getOperand()), IsPart);
}

bool givesErrorsAsValues(const TuModel &Model, const Expr *Await) {
  const auto *Suspends = dyn_cast<CoroutineSuspendExpr>(Await);
  return Suspends && isMadeWith(Model, Suspends, Role::ErrorsAsValues);
}

/// The functions that are being followed: what fails in one of them fails without its own call.
using Followed = SmallVectorImpl<const FunctionFacts *>;

static const Stmt *escaping(const TuModel &Model, const FunctionFacts &F, Followed &Above);

static bool mayFail(const TuModel &Model, const Expr *Await, Followed &Above) {
  const auto *Suspends = dyn_cast<CoroutineSuspendExpr>(Await);
  if (!Suspends)
    return true;
  static const Role Quiet[] = {Role::ErrorsAsValues, Role::WaitsOnly,     Role::AsyncSleep,
                               Role::Checkpoint,     Role::NeverSuspends, Role::NeverFails,
                               Role::SwitchToLoop,   Role::SwitchToPool};
  if (isMadeWith(Model, Suspends, Quiet))
    return false;
  const Expr *Made = madeBy(Model, Suspends->getOperand());
  const auto *Call = dyn_cast<CallExpr>(Made);
  const FunctionFacts *Awaited = Call ? Model.functions().of(Call->getDirectCallee()) : nullptr;
  if (Awaited && is_contained(Above, Awaited))
    return false;
  if (Awaited && Awaited->isCoroutine() && Above.size() < 5 && Model.flow(*Awaited))
    return escaping(Model, *Awaited, Above);
  return !holdsError(Model, Await->getType());
}

static const Stmt *escaping(const TuModel &Model, const FunctionFacts &F, Followed &Above) {
  const FunctionFlow *Flow = endsProgramOnFailure(Model, F) ? nullptr : Model.flow(F);
  const Stmt *Found = nullptr;
  Above.push_back(&F);
  if (Flow)
    PathSearch(*Flow, Exceptions::Awaits)
        .fromEntry(0, [&](PathSearch::State S, const FlowEvent &E) {
          if (E.What == FlowEvent::Throw && !Found && mayFail(Model, cast<Expr>(E.S), Above))
            Found = E.S;
          return Found ? std::nullopt : std::optional(S);
        });
  Above.pop_back();
  return Found;
}

bool awaitMayFail(const TuModel &Model, const Expr *Await) {
  SmallVector<const FunctionFacts *, 6> Above;
  return mayFail(Model, Await, Above);
}

const Stmt *escapingFailure(const TuModel &Model, const FunctionFacts &F) {
  SmallVector<const FunctionFacts *, 6> Above;
  return escaping(Model, F, Above);
}

} // namespace abide
