//===- SignalOffMainThread.cpp - async-signal-off-main-thread -------------===//
//
// Law: the signal handling of a process is set up by its main thread. std::signal has no defined
// behaviour once there are threads; sigaction changes the whole process, under the feet of a loop
// that installed its own handler; and loops refuse, since they watch signals on the main thread.
//
// Reported: a call that installs a handler in code that is known to run elsewhere: on a thread, a
// pool, in a coroutine that a pool runs or that has switched to one.
//
// Not reported: code of which nobody knows the thread; ignoring a signal or restoring its default;
// asking for the action in force; masks, which belong to a thread; signal sets that are awaited.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/Threads.h"
#include "model/Whereabouts.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

constexpr StringRef Cure =
    "install handlers on the main thread before other threads start, or await "
    "a signal set of the loop";

/// `sa.sa_handler = SIG_IGN`, and no other handler.
bool ignores(const TuModel &Model, const Expr *Action) {
  const auto *Address = dyn_cast<UnaryOperator>(Action->IgnoreParenImpCasts());
  const auto *Ref =
      dyn_cast_or_null<DeclRefExpr>(Address ? Address->getSubExpr()->IgnoreParens() : nullptr);
  const LocalFacts *Local = Ref ? Model.functions().local(Ref->getDecl()) : nullptr;
  bool Set = false, Handles = false;
  for (const VarUse &Use : Local ? ArrayRef(Local->Uses) : ArrayRef<VarUse>())
    if (Use.Value && Use.Value->getType()->isFunctionPointerType()) {
      Set = true;
      Handles |= !isa<CStyleCastExpr>(Use.Value->IgnoreParenImpCasts());
    }
  return Set && !Handles;
}

/// `signal(SIGPIPE, SIG_IGN)` and `sigaction(SIGINT, nullptr, &old)` install no handler.
bool installs(const TuModel &Model, const CallSite &Site) {
  if (!Site.Expr || !Model.names().has(*Site.Callee, Site.Object, Role::InstallsSignalHandler))
    return false;
  ArrayRef<const Expr *> Arguments = argumentsOf(Site);
  return Arguments.size() < 2 ||
         !(Arguments[1]->isNullPointerConstant(Model.ast(), Expr::NPC_ValueDependentIsNotNull) ||
           isa<CStyleCastExpr>(Arguments[1]->IgnoreParenImpCasts()) ||
           ignores(Model, Arguments[1]));
}

void run(RuleContext &Context) {
  const TuModel &Model = Context.model();
  for (const FunctionFacts &F : Model.functions().all()) {
    if (F.Dependent || !F.Decl || none_of(F.Calls, [&](auto &S) { return installs(Model, S); }))
      continue;
    const std::optional<ThreadWay> Way = Model.threads().way(F, ThreadKind::OtherThread);
    const Whereabouts Switches(Model, F);
    for (const CallSite &Site : F.Calls) {
      if (!installs(Model, Site) || (!Way && (!F.isCoroutine() || Switches.onLoop(Site))))
        continue;
      Diag D;
      D.Loc = Site.Loc;
      D.Message =
          "'" + shownName(*Site.Callee) +
          "' changes the signal handling of the process, but does not run on the main thread";
      D.Ranges.push_back(Site.Expr->getSourceRange());
      if (Way && Way->Start->Site)
        D.Notes.push_back({Way->Start->Site->Loc, "'" + shownName(*Way->Start->Site->Callee) +
                                                      "' gives the code to another thread"});
      if (Way)
        for (const CallSite *Step : Way->Calls)
          D.Notes.push_back({Step->Loc, "which calls '" + shownName(*Step->Callee) + "'"});
      D.Notes.push_back({Site.Loc, std::string(Cure)});
      Context.report(D);
    }
  }
}

} // namespace

extern constexpr Check SignalOffMainThreadCheck = {
    "signal-off-main-thread",
    "a signal handler is installed by code that does not run on the main thread",
    Severity::Warning,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
