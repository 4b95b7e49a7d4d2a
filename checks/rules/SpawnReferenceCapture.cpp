//===- SpawnReferenceCapture.cpp - async-spawn-reference-capture ----------===//
//
// Law: a callable that runs later must not refer to the frame that gave it away, unless that frame
// waits for it.
//
// Reported: a lambda (or what std::bind makes) that refers to a local variable, by a reference
// capture, a pointer or a view, and is given to something that runs it later: a spawn function, a
// loop, a thread, a continuation; where the variable dies before anybody has waited. Also a task
// scope that is joined after the variable has died.
//
// Not reported: callees that have called it when they return; work that is awaited, joined or
// waited for while the variable lives; `this` (async-this-lifetime); the closure itself, when that
// dies (async-lambda-capture).
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "LifetimeStory.h"
#include "model/Callables.h"
#include "model/SharedUses.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

class SpawnReferenceCapture {
public:
  explicit SpawnReferenceCapture(RuleContext &Context) : Context(Context), Model(Context.model()) {}

  void run() {
    for (const FunctionFacts &F : Model.functions().all())
      if (!F.Dependent && F.Decl)
        for (const CallSite &Site : F.Calls)
          if (Site.Expr)
            call(F, Site);
  }

private:
  void call(const FunctionFacts &F, const CallSite &Site) {
    ArrayRef<const Expr *> Arguments = argumentsOf(Site);
    for (unsigned I = 0; I < Arguments.size(); ++I) {
      if (!isCallable(Site, I, Arguments[I]) || !runsLater(Site, I))
        continue;
      for (const Referent &Object : heldBy(Model, Arguments[I]))
        if (auto Out = Object.Var ? outlives(Model, F, Site.Expr, Object) : std::nullopt)
          return report(Site, I, Object, *Out);
    }
  }

  static bool isCallable(const CallSite &Site, unsigned Index, const Expr *Argument) {
    if (any_of(Site.Callables, [&](const CallableArgument &C) { return C.Index == Index; }))
      return true;
    const auto *Bound = dyn_cast<CallExpr>(withoutWrappers(Argument));
    const FunctionDecl *Callee = Bound ? Bound->getDirectCallee() : nullptr;
    return Callee && Callee->isInStdNamespace() && identifierOf(*Callee).starts_with("bind");
  }

  /// `do_with(value, f)`, where the value can be called, too: f decides when.
  bool isValueOfAnother(const CallSite &Site, unsigned Index) const {
    return !Model.names().has(*Site.Callee, Site.Object, Role::JoinsAll) &&
           any_of(Site.Callables, [&](const CallableArgument &C) { return C.Index > Index; });
  }

  bool runsLater(const CallSite &Site, unsigned Index) const {
    static const Role Roles[] = {Role::Spawn, Role::Detach, Role::OwningSpawn, Role::DropsCallable};
    const CallableFate Fate = fateOfCallable(Model, Site, Index);
    if (Fate == CallableFate::RunsNow ||
        (Fate == CallableFate::Kept && isValueOfAnother(Site, Index)))
      return false;
    return Fate != CallableFate::Unknown ||
           any_of(Roles, [&](Role R) { return Model.names().has(*Site.Callee, Site.Object, R); });
  }

  void report(const CallSite &Site, unsigned Index, const Referent &Object, const Outliving &Out) {
    const std::string Name = "'" + Object.Var->getNameAsString() + "'";
    const Expr *Argument = argumentsOf(Site)[Index];
    Diag D;
    D.Loc = withoutWrappers(Argument)->getBeginLoc();
    D.Message = "work that is started here refers to " + Name + ", which dies before it is done";
    noteDeath(D, Object, Out);
    D.note(Site.Loc, "the work runs later, and nobody waits for it before");
    for (const CallableArgument &Given : Site.Callables) {
      const FunctionFacts *Body =
          Given.Index == Index ? Model.functions().of(Given.Function) : nullptr;
      if (!Body)
        continue;
      auto Uses = mentions(*Body, Object.Var);
      if (!Uses.empty())
        D.note(Uses.front()->getBeginLoc(), Name + " is used here");
    }
    D.note(D.Loc,
           "capture a copy or a shared pointer, or wait for the work while " + Name + " lives");
    Context.report(D);
  }

  RuleContext &Context;
  const TuModel &Model;
};

void run(RuleContext &Context) { SpawnReferenceCapture(Context).run(); }

} // namespace

extern constexpr Check SpawnReferenceCaptureCheck = {
    "spawn-reference-capture",
    "work that runs later refers to a local variable that dies before",
    Severity::Error,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
