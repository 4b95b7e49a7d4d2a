//===- BlockingCall.cpp - async-blocking-call -----------------------------===//
//
// Law: code that runs on an event loop must not wait for the kernel, the disk or another thread.
// While it does, no other task of that loop makes progress: timers fire late, peers time out.
//
// Reported: a call in a coroutine, in an awaiter's await_* function or in a callback that a loop
// runs, that blocks by itself or through any chain of calls that this translation unit shows, or
// of which others have told. The notes are that chain.
//
// Not reported: what a callable does that runs elsewhere (std::thread, a pool) or in a callee that
// nobody sees; descriptors and sockets that may be non-blocking; zero timeouts; results that were
// asked for and are ready; code between a switch to a thread pool and the way back, coroutines that
// start on one; a callee that is a coroutine itself, which answers for its own calls; in callbacks,
// files (a callback's work may well be a file, and nobody can turn it into a coroutine). Waits for
// a task and nested loops, also when the same call blocks otherwise too:
// async-sync-wait-in-coroutine owns these.
//
//===----------------------------------------------------------------------===//

#include "BlockingReport.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

constexpr CheckOption Options[] = {
    {"Locks", "false", "also report acquiring a mutex (`lock()`, `std::lock`)", OptionKind::Flag},
    {"Disk", "true", "report operations on files and directories", OptionKind::Flag},
    {"Heavy", "false", "report long computations (key derivation, compression)", OptionKind::Flag},
    {"Logging", "false", "report loggers that write before they return", OptionKind::Flag},
    {"Callbacks", "waits",
     "what is reported in callbacks that a loop runs: `nothing`, `waits` (files are not) or `all`",
     OptionKind::OneOf, "nothing;waits;all"},
    {"AssumeBlockingFds", "false", "report I/O on file descriptors whose mode is not known, too",
     OptionKind::Flag},
    {"MaxDepth", "8", "longest chain of calls that is followed", OptionKind::Number},
    {"BlockingFunctions", "", "qualified names of more functions that block, separated by ';'"},
    {"NonBlockingFunctions", "",
     "qualified names of functions that do not block and are not followed, separated by ';'"},
    {"IgnorePaths", "", "regular expression of files in which nothing is reported",
     OptionKind::Pattern},
};

BlockingPolicy policyOf(const RuleContext &Context) {
  BlockingPolicy Policy;
  Policy.Locks = Context.flag("Locks");
  Policy.Disk = Context.flag("Disk");
  Policy.Heavy = Context.flag("Heavy");
  Policy.Logging = Context.flag("Logging");
  Policy.AssumeBlockingFds = Context.flag("AssumeBlockingFds");
  Policy.Extra = namesOption(Context, "BlockingFunctions");
  Policy.Never = namesOption(Context, "NonBlockingFunctions");
  return Policy;
}

Diag describe(const TuModel &Model, const LoopBlock &Found) {
  const BlockingPath &Chain = Found.Chain;
  Diag D =
      atFirstCall(Model, Found,
                  firstCall(Chain) + " blocks the event loop" +
                      (Chain.length() > 1 ? ": it ends in " + lastCall(Chain) : std::string()));
  D.Notes.push_back(
      {D.Loc, "while it waits, no other task of this loop runs; " + blockingCure(Model, Found)});
  return D;
}

void run(RuleContext &Context) {
  const TuModel &Model = Context.model();
  const Blocking Blocks(Model, policyOf(Context));
  const std::string Callbacks = Context.option("Callbacks");
  forEachLoopBlock(Context, Blocks, BlockFamily::Other, [&](const LoopBlock &Found) {
    bool Silent = Found.How == LoopEntry::Callback &&
                  (Callbacks == "nothing" ||
                   (Callbacks != "all" && Found.Chain.What->Kind == BlockKind::Disk));
    bool Owned = !Blocks.path(Found.Function, *Found.Chain.Sites.front(), BlockFamily::SyncWait)
                      .Sites.empty();
    if (!Silent && !Owned)
      Context.report(describe(Model, Found));
  });
}

/// What others count is for their options to say.
void summarize(RuleContext &Context, UnitSummary &Out) {
  BlockingPolicy Policy = policyOf(Context);
  Policy.Locks = Policy.Disk = Policy.Heavy = Policy.Logging = true;
  Blocking(Context.model(), std::move(Policy))
      .summarize(BlockFamily::Other, policyOf(Context), Out);
}

} // namespace

extern constexpr Check BlockingCallCheck = {
    "blocking-call",
    "a coroutine or a callback of a loop calls, directly or through other functions, something "
    "that blocks the event loop",
    Severity::Warning,
    /*Recommended=*/true,
    Options,
    run,
    summarize,
};

} // namespace abide
