//===- UnretrievedException.cpp - async-unretrieved-exception -------------===//
//
// Law: the exception of a task goes to whoever takes its result. Where nobody does, and the library
// does not report it either, the program goes on as if the work had been done.
//
// Reported: work that is seen to let an exception out and is spawned in a way that drops it
// (`detached`, a completion handler that ignores it, a coroutine type whose promise ignores it);
// results that are only waited for; results of a joint wait that nobody looks at.
//
// Not reported: work whose body is not known; work that handles what it awaits; spawn functions
// that report or end the program; casts to void of results.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/AwaitKind.h"
#include "model/Consumption.h"
#include "model/Failures.h"
#include "model/TaskValues.h"
#include "model/ValueSteps.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

class UnretrievedException {
public:
  explicit UnretrievedException(RuleContext &Context)
      : Context(Context), Model(Context.model()), Types(Model.types()) {}

  void run() {
    for (const FunctionFacts &F : Model.functions().all()) {
      for (const CallSite &Site : F.Calls)
        if (swallows(Site))
          spawned(Site);
      for (const DroppedValue &Value : F.Dropped)
        if (Value.How == ValueUse::Dropped)
          joint(Value.Value, Value.Value->getBeginLoc());
      for (const Suspension &S : F.Suspensions)
        if (S.Expr->isGLValue() && isStatement(F, S.Expr)) // A reference is no dropped value.
          joint(S.Expr, S.Expr->getBeginLoc());
      coroutine(F);
    }
    for (const LocalFacts &Local : Model.functions().locals())
      local(Local);
  }

private:
  //--- Spawned --------------------------------------------------------------

  bool swallows(const CallSite &Site) const {
    const NameLookup &Names = Model.names();
    if (!Site.Expr)
      return false;
    if (Names.has(*Site.Callee, Site.Object, Role::SwallowsFailure))
      return true;
    if (!Names.has(*Site.Callee, Site.Object, Role::Spawn) &&
        !Names.has(*Site.Callee, Site.Object, Role::Detach))
      return false;
    bool Token = any_of(argumentsOf(Site), [&](const Expr *Argument) {
      const CXXRecordDecl *Class = classOf(withoutWrappers(Argument)->getType());
      return Class && Names.has(*Class, Role::SwallowsFailure);
    });
    return Token || any_of(Site.Callables, [&](const CallableArgument &Handler) {
             return ignoresFailure(*Handler.Function);
           });
  }

  /// `[](std::exception_ptr) {}`
  bool ignoresFailure(const FunctionDecl &Handler) const {
    const FunctionFacts *Facts = Model.functions().of(&Handler);
    if (!Facts || Facts->isCoroutine() || Handler.getNumParams() == 0)
      return false;
    const LocalFacts *Failure = Model.functions().local(Handler.getParamDecl(0));
    return Failure && Failure->Uses.empty();
  }

  void spawned(const CallSite &Site) {
    const FunctionFacts *Work = nullptr;
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Site.Expr))
      Work = workIn(Model, Member->getImplicitObjectArgument());
    for (const Expr *Argument : argumentsOf(Site))
      if (!Work)
        Work = workIn(Model, Argument);
    const Stmt *From = Work && Work->Decl ? escapingFailure(Model, *Work) : nullptr;
    if (!From)
      return;
    Diag D;
    D.Loc = Site.Expr->getBeginLoc();
    D.Message = "exception of " + quoted(*Work->Decl) +
                " is swallowed: nobody learns that the spawned work failed";
    noteFailure(D, From);
    D.Notes.push_back(
        {D.Loc, "catch it in the work, or give a completion handler that looks at it"});
    Context.report(D);
  }

  static std::string quoted(const FunctionDecl &F) {
    std::string Name = shownName(F);
    return Name == "a lambda" ? Name : "'" + Name + "'";
  }

  static void noteFailure(Diag &D, const Stmt *From) {
    D.Notes.push_back({From->getBeginLoc(), isa<CXXThrowExpr>(From)
                                                ? "this exception leaves it"
                                                : "what is awaited here may throw"});
  }

  /// A coroutine without result whose promise does nothing in unhandled_exception.
  void coroutine(const FunctionFacts &F) {
    const CXXRecordDecl *Promise = F.promise();
    if (!Promise || !F.Decl)
      return;
    const CoroutineType &Type = Types.of(F.Decl->getReturnType());
    if (!Type.FireAndForget && !(Type.SelfDestroying && !Type.Awaitable))
      return;
    auto Handlers = memberFunctions(Promise, &Model.ast().Idents.get("unhandled_exception"));
    const Stmt *Body = Handlers.empty() ? nullptr : Handlers.front()->getBody();
    const auto *Block = dyn_cast_or_null<CompoundStmt>(Body);
    const CXXRecordDecl *Returned = classOf(F.Decl->getReturnType());
    bool Ignored = (Block && Block->body_empty()) ||
                   (Returned && Model.names().has(*Returned, Role::SwallowsFailure));
    const Stmt *From = Ignored ? escapingFailure(Model, F) : nullptr;
    if (!From)
      return;
    Diag D;
    D.Loc = F.Decl->getLocation();
    D.Message = "exception of " + quoted(*F.Decl) +
                " is swallowed: its promise ignores it, and nobody can await the coroutine";
    noteFailure(D, From);
    D.Notes.push_back({D.Loc, "catch it here and report it"});
    Context.report(D);
  }

  bool isStatement(const FunctionFacts &F, const Expr *E) const {
    const FunctionFlow *Flow = awaitsAll(E) ? Model.flow(F) : nullptr;
    const Stmt *Around = Flow ? Flow->parent(E) : nullptr;
    while (isa_and_nonnull<FullExpr>(Around))
      Around = Flow->parent(Around);
    return isa_and_nonnull<CompoundStmt>(Around);
  }

  //--- Results --------------------------------------------------------------

  /// The function of `co_await when_all_ready(...)`: what failed is in the results.
  const FunctionDecl *awaitsAll(const Expr *E) const {
    const CoawaitExpr *Await = awaitIn(E);
    const auto *Call = Await ? dyn_cast<CallExpr>(withoutWrappers(Await->getOperand())) : nullptr;
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    return Callee && !isa<CXXMemberCallExpr>(Call) && Model.names().has(*Callee, Role::WaitsOnly)
               ? Callee
               : nullptr;
  }

  bool joint(const Expr *E, SourceLocation Loc) {
    const FunctionDecl *Callee = awaitsAll(E);
    if (!Callee)
      return false;
    Diag D;
    D.Loc = Loc;
    D.Message =
        "results of " + quoted(*Callee) + " are never looked at: the exceptions in them are lost";
    D.Notes.push_back({D.Loc, "get each result, or use a function that throws the first failure"});
    Context.report(D);
    return true;
  }

  void local(const LocalFacts &Local) {
    const auto *Var = dyn_cast<VarDecl>(Local.Decl);
    if (!Var || !Local.Init || Var->hasAttr<UnusedAttr>() || Var->getType()->isReferenceType())
      return;
    if (Local.Uses.empty() && !isa<DecompositionDecl>(Var)) {
      joint(Local.Init, Var->getLocation());
      return;
    }
    if (!makesTask(Local.Init) || Types.of(Var->getType()).Shared || !waitedFor(Local))
      return;
    std::vector<ValueStep> Steps = stepsOf(Model, Local);
    const ValueStep *Wait = nullptr;
    for (const ValueStep &S : Steps) {
      if (S.What != Step::Waits && S.What != Step::Looks)
        return;
      if (S.What == Step::Waits)
        Wait = &S;
    }
    if (!Wait || Steps.size() < Local.Uses.size() || cannotFail(Local.Init))
      return;
    Diag D;
    D.Loc = Wait->Ref->getBeginLoc();
    D.Message = "'" + Var->getNameAsString() +
                "' is only waited for: if its work failed, the exception is lost";
    D.Notes.push_back({Var->getLocation(), "get or await its result, even one of type 'void'"});
    Context.report(D);
  }

  /// Cheap: whether some call of this function may be the wait.
  bool waitedFor(const LocalFacts &Local) const {
    return any_of(Local.Function->Calls, [&](const CallSite &Site) {
      return Site.Object && Model.names().has(*Site.Callee, Site.Object, Role::WaitsOnly);
    });
  }

  /// A noexcept function, a body of which nothing gets out, or what is no more than a signal: the
  /// future of a promise.
  bool cannotFail(const Expr *Made) const {
    const auto *Call = dyn_cast<CallExpr>(withoutWrappers(Made));
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    if (Callee && Model.names().has(*Callee, Role::NeverFails))
      return true;
    const FunctionFacts *Work = nullptr;
    for (unsigned I = 0; Call && !Work && I < Call->getNumArgs(); ++I)
      Work = workIn(Model, Call->getArg(I));
    if (!Work)
      Work = workIn(Model, Made);
    const auto *Type = Work ? Work->Decl->getType()->getAs<FunctionProtoType>() : nullptr;
    if (Work && (endsProgramOnFailure(Model, *Work) || (Type && Type->isNothrow())))
      return true;
    const FunctionFlow *Flow = Work ? Model.flow(*Work) : nullptr;
    if (!Flow)
      return false;
    bool Fails = false;
    PathSearch(*Flow, Exceptions::Calls)
        .fromEntry(0, [&](PathSearch::State S, const FlowEvent &Event) {
          Fails |= Event.What == FlowEvent::Throw;
          return Fails ? std::nullopt : std::optional(S);
        });
    return !Fails;
  }

  RuleContext &Context;
  const TuModel &Model;
  const CoroutineTypes &Types;
};

void run(RuleContext &Context) { UnretrievedException(Context).run(); }

} // namespace

extern constexpr Check UnretrievedExceptionCheck = {
    "unretrieved-exception",
    "the exception of a task is lost: it is spawned so that nobody hears of it, or only waited for",
    Severity::Warning,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
