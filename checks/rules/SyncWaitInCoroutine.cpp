//===- SyncWaitInCoroutine.cpp - async-sync-wait-in-coroutine -------------===//
//
// Law: code that a loop runs must not wait, on its thread, for a task, nor run a loop inside of its
// own call. What it waits for often needs that very thread to finish: then neither goes on, ever.
// If it does not, the loop still stands still; and a nested loop runs other tasks in the middle of
// this one, which cannot return before they do.
//
// Reported: such a call in a coroutine, in an awaiter's await_* function or in a callback that a
// loop runs, directly or through any chain of calls that this translation unit shows.
//
// Not reported: functions that no loop runs (main, tests, threads); lambdas that another thread
// runs; results that are known to be there; coroutines that run on a pool; futures of
// seastar::thread, whose get() suspends; nested loops in callbacks, where dialogs are normal, and
// in a coroutine whose part it is to run the loop for another.
//
//===----------------------------------------------------------------------===//

#include "AwaitFix.h"
#include "BlockingReport.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

constexpr CheckOption Options[] = {
    {"MaxDepth", "8", "longest chain of calls that is followed", OptionKind::Number},
    {"SyncWaitFunctions", "",
     "qualified names of more functions that wait for a task, separated by ';'"},
    {"NonBlockingFunctions", "",
     "qualified names of functions that do not block and are not followed, separated by ';'"},
    {"IgnorePaths", "", "regular expression of files in which nothing is reported",
     OptionKind::Pattern},
};

std::string what(const BlockingPath &Chain) {
  std::string Name = firstCall(Chain);
  std::string End = Chain.length() > 1 ? "it ends in " + lastCall(Chain) : "";
  if (Chain.What->Kind == BlockKind::Loop)
    return Name + " runs an event loop inside of this one" + (End.empty() ? "" : ": " + End);
  return Name + " waits for a task on the thread of the event loop: " +
         (End.empty() ? "if the task needs this thread, neither goes on" : End);
}

/// The task that the call waits for: the argument of `sync_wait(x)`, the object of `r.get()`.
const Expr *taskOf(const CallExpr &Call) {
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(&Call))
    return Member->getNumArgs() == 0 ? Member->getImplicitObjectArgument() : nullptr;
  return Call.getNumArgs() == 1 ? Call.getArg(0) : nullptr;
}

bool addFix(Diag &D, const TuModel &Model, const LoopBlock &Found) {
  const auto *Call = dyn_cast_or_null<CallExpr>(Found.Chain.Sites.front()->Expr);
  const Expr *Task = Call && Found.Chain.length() == 1 ? taskOf(*Call) : nullptr;
  return Task && replaceByAwait(D, Model, Found.Function, Call, Task);
}

/// `sync_wait(when_all(work(), run_loop()))`: a coroutine that never suspends and stands beside
/// another is the one that runs the loop for it.
bool drivesLoop(const TuModel &Model, const FunctionFacts &F) {
  if (!F.isCoroutine() || !F.Suspensions.empty())
    return false;
  for (const FunctionFacts &Caller : Model.functions().all())
    for (const CallSite &Site : Caller.Calls) {
      unsigned Tasks = 0;
      bool Mine = false;
      for (const Expr *Argument : argumentsOf(Site)) {
        const auto *Call = dyn_cast<CallExpr>(withoutWrappers(Argument));
        const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
        Mine |= Callee && Model.functions().of(Callee) == &F;
        Tasks += Model.types().of(Argument->getType()).isCoroutine();
      }
      if (Mine && Tasks > 1)
        return true;
    }
  return false;
}

void report(RuleContext &Context, const LoopBlock &Found) {
  const TuModel &Model = Context.model();
  bool Loop = Found.Chain.What->Kind == BlockKind::Loop;
  if (Loop && (Found.How == LoopEntry::Callback || drivesLoop(Model, Found.Function)))
    return;
  Diag D = atFirstCall(Model, Found, what(Found.Chain));
  if (!addFix(D, Model, Found))
    D.Notes.push_back(
        {D.Loc, (Loop ? "this call cannot return before that loop ends, whatever else runs in it; "
                      : "until the task is done, no other task of this loop runs; ") +
                    blockingCure(Model, Found)});
  Context.report(D);
}

Blocking waitsOf(const RuleContext &Context) {
  BlockingPolicy Policy;
  Policy.Extra = namesOption(Context, "SyncWaitFunctions");
  Policy.ExtraFamily = BlockFamily::SyncWait;
  Policy.Never = namesOption(Context, "NonBlockingFunctions");
  return Blocking(Context.model(), std::move(Policy));
}

void summarize(RuleContext &Context, UnitSummary &Out) {
  waitsOf(Context).summarize(BlockFamily::SyncWait, BlockingPolicy(), Out);
}

void run(RuleContext &Context) {
  const Blocking Blocks = waitsOf(Context);
  forEachLoopBlock(Context, Blocks, BlockFamily::SyncWait,
                   [&](const LoopBlock &Found) { report(Context, Found); });
}

} // namespace

extern constexpr Check SyncWaitInCoroutineCheck = {
    "sync-wait-in-coroutine",
    "a coroutine or a callback of a loop waits for a task on the loop's own thread, or runs a "
    "nested loop",
    Severity::Error,
    /*Recommended=*/true,
    Options,
    run,
    summarize,
};

} // namespace abide
