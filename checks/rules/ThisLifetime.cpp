//===- ThisLifetime.cpp - async-this-lifetime -----------------------------===//
//
// Law: a member coroutine has `this` as a parameter, which keeps nothing alive. Who lets it run by
// itself has to see to it that the object lives as long.
//
// Reported: a member coroutine, or a coroutine lambda that captured `this`, that is let go, when it
// uses the object after it slept and the class has means against just that (shared_from_this, a
// gate, a task scope) which neither side uses; a member coroutine of a local or temporary object
// that goes on after the object died; `this` used after `delete this`.
//
// Not reported: tasks that somebody awaits or owns; classes without such means, whose objects may
// live as long as the program; functions that use them in any way.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "LifetimeStory.h"
#include "PathNotes.h"
#include "model/Lifelines.h"
#include "model/Outliving.h"
#include "model/ReturnedTasks.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

class ThisLifetime {
public:
  explicit ThisLifetime(RuleContext &Context) : Context(Context), Model(Context.model()) {}

  void run() {
    for (const FunctionFacts &F : Model.functions().all()) {
      if (!F.Decl || F.Dependent)
        continue;
      for (const CallSite &Site : F.Calls)
        site(F, Site);
      if (auto Dead = usedAfterDelete(Model, F))
        deleted(*Dead);
    }
  }

private:
  void site(const FunctionFacts &F, const CallSite &Site) {
    const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Site.Expr);
    const Expr *Object = Call ? Call->getImplicitObjectArgument() : nullptr;
    if (Object && isa<CXXThisExpr>(withoutWrappers(Object)))
      ownMember(F, Site, *Call);
    else if (Object)
      otherObject(F, Site, *Call);
    for (const CallableArgument &Given : Site.Callables)
      spawnedLambda(F, Site, Given);
  }

  //--- A member of the same object --------------------------------------------

  void ownMember(const FunctionFacts &F, const CallSite &Site, const CXXMemberCallExpr &Call) {
    const FunctionFacts *Body = Model.functions().of(Site.Callee);
    const CXXRecordDecl *Class = classOfThis(F);
    if ((Body ? !Body->isCoroutine() : !Model.hasFacts()) || !Class ||
        fateOfWork(Model, F, &Call).How != WorkEnd::Detached)
      return;
    const std::optional<LaterUse> Later = usesLater(Model, Call, nullptr);
    if (Later && (Later->Known || Later->Elsewhere) && unkept(F, Body, *Class))
      report(Call.getExprLoc(), "'" + shownName(*Site.Callee) + "'", *Class, *Later);
  }

  /// `co_spawn(executor, [this]() -> awaitable<void> { ... }, detached);`
  void spawnedLambda(const FunctionFacts &F, const CallSite &Site, const CallableArgument &Given) {
    const auto *Operator = dyn_cast<CXXMethodDecl>(Given.Function);
    const FunctionFacts *Body = Model.functions().of(Given.Function);
    const CXXRecordDecl *Class = classOfThis(F);
    if (!Operator || !Operator->getParent()->isLambda() || !Body || !Body->isCoroutine() ||
        !Class || !isLetGo(F, Site))
      return;
    const auto Captures = Operator->getParent()->captures();
    if (none_of(Captures, [](const LambdaCapture &C) {
          return C.capturesThis() && C.getCaptureKind() == LCK_This;
        }))
      return;
    std::optional<LateUse> Late = thisUsedLate(Model, *Body);
    if (Late && unkept(F, Body, *Class))
      report(argumentsOf(Site)[Given.Index]->getBeginLoc(), "the lambda", *Class,
             {true, *Late, Body->Decl});
  }

  bool isLetGo(const FunctionFacts &F, const CallSite &Site) const {
    const NameLookup &Names = Model.names();
    if (!Site.Expr ||
        !(Names.has(*Site.Callee, Site.Object, Role::Spawn) ||
          Names.has(*Site.Callee, Site.Object, Role::Detach)) ||
        Names.has(*Site.Callee, Site.Object, Role::OwningSpawn))
      return false;
    return Site.Expr->getType()->isVoidType() ||
           any_of(F.Dropped, [&](const DroppedValue &V) { return V.Value == Site.Expr; });
  }

  /// Whether the class has a lifeline, and neither who spawns nor what is spawned takes it. A body
  /// in another unit that takes it is not told of.
  bool unkept(const FunctionFacts &F, const FunctionFacts *Body, const CXXRecordDecl &Class) const {
    if (!lifelineOf(Model, &Class) || (Body && holdsSelf(Model, *Body, Class)))
      return false;
    for (const FunctionFacts *Around = &F; Around; Around = Around->Parent)
      if (holdsSelf(Model, *Around, Class))
        return false;
    return true;
  }

  void report(SourceLocation Loc, const std::string &What, const CXXRecordDecl &Class,
              const LaterUse &Later) {
    const Lifeline Line = *lifelineOf(Model, &Class);
    const std::string Name = "'" + Class.getNameAsString() + "'";
    Diag D;
    D.Loc = Loc;
    D.Message = What + " runs on by itself with a plain 'this': nothing keeps the " + Name +
                " alive until it is done";
    noteLaterUse(D, Model, Later, "the object", "");
    if (Line.Self)
      D.note(Loc, "let it own the object: give it '" + identifierOf(*Line.Self).str() + "()'");
    else
      D.note(Line.Scope->getLocation(),
             "let '" + Line.Scope->getNameAsString() + "' own the task, or hold it while it runs");
    Context.report(D);
  }

  //--- Another object ------------------------------------------------------------

  /// `session s; spawn(s.run());`
  void otherObject(const FunctionFacts &F, const CallSite &Site, const CXXMemberCallExpr &Call) {
    const CoroutineType &Type = Model.types().of(Call.getType());
    if (!Type.isCoroutine() || Type.Immovable)
      return;
    for (const BorrowedArgument &Given : borrowedBy(Model, &Call)) {
      if (Given.Parameter)
        continue;
      Referents All = Given.To;
      if (auto Owner = soleOwner(Model, F, *Given.Argument))
        All.push_back(*Owner);
      for (const Referent &Object : All) {
        std::optional<Outliving> Out = outlives(Model, F, &Call, Object);
        if (!Out || Out->Fate.How == WorkEnd::Returned)
          continue;
        if (auto Later = usesLater(Model, Call, nullptr))
          return died(Call, Site, Object, *Out, *Later);
      }
    }
  }

  void died(const CXXMemberCallExpr &Call, const CallSite &Site, const Referent &Object,
            const Outliving &Out, const LaterUse &Later) {
    const std::string Name =
        Object.Temporary ? "a temporary" : "'" + Object.Var->getNameAsString() + "'";
    Diag D;
    D.Loc = Call.getExprLoc();
    D.Message = "the task of '" + shownName(*Site.Callee) + "' goes on after its object, " + Name +
                ", has died";
    noteDeath(D, Object, Out);
    noteLaterUse(D, Model, Later, "the object",
                 "it is lazy: it uses the object when it is awaited");
    D.note(D.Loc, "await the task while the object lives, or let the task own the object");
    Context.report(D);
  }

  void deleted(const DeadSelf &Dead) {
    Diag D;
    D.Loc = Dead.Use->getBeginLoc();
    D.Message = "the object of this coroutine is used after it was deleted";
    D.note(Dead.Delete->getBeginLoc(), "it is deleted here");
    addPath(D, Dead.Way);
    D.note(Dead.Delete->getBeginLoc(), "return right after 'delete this'");
    Context.report(D);
  }

  RuleContext &Context;
  const TuModel &Model;
};

void run(RuleContext &Context) { ThisLifetime(Context).run(); }

} // namespace

extern constexpr Check ThisLifetimeCheck = {
    "this-lifetime",
    "a member coroutine runs on although nothing keeps its object alive",
    Severity::Warning,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
