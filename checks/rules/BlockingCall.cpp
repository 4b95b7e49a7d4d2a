//===- BlockingCall.cpp - async-blocking-call -----------------------------===//
//
// Law: code that runs on an event loop must not wait for the kernel, the disk or another thread.
// While it does, no other task of that loop makes progress: timers fire late, peers time out.
//
// Reported: a call in a coroutine, or in an awaiter's await_* function, that blocks by itself or
// through any chain of calls that this translation unit shows. The notes are that chain.
//
// Not reported: what a callable does that runs elsewhere (std::thread, a pool) or in a callee that
// nobody sees; descriptors that may be non-blocking; zero timeouts; results that were asked for and
// are ready; code between a switch to a thread pool and the way back; a callee that is a coroutine
// itself, which answers for its own calls.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/Blocking.h"
#include "model/Whereabouts.h"
#include "llvm/Support/Regex.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

constexpr CheckOption Options[] = {
    {"Locks", "false", "also report acquiring a mutex (`lock()`, `std::lock`)"},
    {"Disk", "true", "report operations on files and directories"},
    {"Heavy", "false", "report long computations (key derivation, compression)"},
    {"AssumeBlockingFds", "false", "report I/O on file descriptors whose mode is not known, too"},
    {"MaxDepth", "8", "longest chain of calls that is followed"},
    {"BlockingFunctions", "", "qualified names of more functions that block, separated by ';'"},
    {"NonBlockingFunctions", "",
     "qualified names of functions that do not block and are not followed, separated by ';'"},
    {"IgnorePaths", "", "regular expression of files in which nothing is reported"},
};

/// await_ready, await_suspend and await_resume run on the loop like the coroutine that awaits.
bool isAwaiterMethod(const FunctionFacts &F, const CoroutineTypes &Types) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(F.Decl);
  const IdentifierInfo *Name = Method ? Method->getIdentifier() : nullptr;
  return Name && Name->getName().starts_with("await_") && Types.of(Method->getParent()).Awaitable;
}

BlockingPolicy policyOf(const RuleContext &Context) {
  BlockingPolicy Policy;
  Policy.Locks = Context.flag("Locks");
  Policy.Disk = Context.flag("Disk");
  Policy.Heavy = Context.flag("Heavy");
  Policy.AssumeBlockingFds = Context.flag("AssumeBlockingFds");
  auto Names = [&](StringRef Option) {
    std::set<std::string> Result;
    for (StringRef Name : Context.list(Option)) {
      Name.consume_front("::");
      Result.insert(Name.str());
    }
    return Result;
  };
  Policy.Extra = Names("BlockingFunctions");
  Policy.Never = Names("NonBlockingFunctions");
  return Policy;
}

/// The documented name: not of a base or function object that only the implementation knows.
std::string nameOfCall(const CallSite &Site) {
  std::string Name =
      Site.FunctionObject ? Site.FunctionObject->getNameAsString() : shownName(*Site.Callee);
  if (StringRef(Name).starts_with("_") && Site.Object && Site.Callee->getIdentifier())
    Name = (Site.Object->getName() + "::" + Site.Callee->getName()).str();
  return Name == "a lambda" ? Name : "'" + Name + "'";
}

/// What to do instead, from the table of the library that the coroutine's type belongs to.
std::string cure(const TuModel &Model, const FunctionFacts &F, const BlockingFunction &Blocks) {
  const CXXRecordDecl *Type = F.Decl ? classOf(F.Decl->getReturnType()) : nullptr;
  const LibraryAdvice *Advice = Type ? Model.vocabulary().adviceFor(qualifiedName(*Type)) : nullptr;
  if (auto [Before, After] = StringRef(Blocks.Instead).split("{sleep}");
      Before.size() != Blocks.Instead.size())
    return (Before + (Advice && !Advice->Sleep.empty() ? "'" + Advice->Sleep + "'" : "a timer") +
            After)
        .str();
  if (!Blocks.Instead.empty())
    return Blocks.Instead;
  if (Advice && !Advice->Offload.empty())
    return "use an asynchronous operation, or run it on '" + Advice->Offload + "'";
  return "use an asynchronous operation, or run it on a thread that may block";
}

Diag describe(const TuModel &Model, const FunctionFacts &F, const BlockingPath &Chain) {
  const CallSite &First = *Chain.Sites.front();
  const CallSite &Last = *Chain.Sites.back();
  Diag D;
  D.Loc = First.Loc;
  D.Message = First.Expr ? nameOfCall(First) + " blocks the event loop"
                         : "the destructor of '" + First.Object->getNameAsString() +
                               "' blocks the event loop";
  if (Chain.Sites.size() > 1)
    D.Message += ": it ends in " + nameOfCall(Last);
  if (First.Expr)
    D.Ranges.push_back(First.Expr->getSourceRange());
  for (const CallSite *Site : llvm::drop_begin(Chain.Sites))
    D.Notes.push_back(
        {Site->Loc, (Site == &Last ? "which waits in " : "which calls ") + nameOfCall(*Site)});
  D.Notes.push_back({First.Loc, "while it waits, no other task of this loop runs; " +
                                    cure(Model, F, *Chain.What)});
  return D;
}

void run(RuleContext &Context) {
  const TuModel &Model = Context.model();
  const Blocking Blocks(Model, policyOf(Context));
  const SourceManager &Sources = Model.ast().getSourceManager();
  unsigned MaxDepth = 8;
  StringRef(Context.option("MaxDepth")).getAsInteger(10, MaxDepth);
  const std::string IgnorePaths = Context.option("IgnorePaths");
  const Regex Ignored(IgnorePaths);

  for (const FunctionFacts &F : Model.functions().all()) {
    if (!F.isCoroutine() && !isAwaiterMethod(F, Model.types()))
      continue;
    if (!IgnorePaths.empty() &&
        Ignored.match(Sources.getFilename(Sources.getExpansionLoc(F.Decl->getLocation()))))
      continue;
    const Whereabouts Where(Model, F);
    for (const CallSite &Site : F.Calls) {
      if (!Where.onLoop(Site))
        continue;
      BlockingPath Chain = Blocks.path(F, Site);
      if (!Chain.Sites.empty() && Chain.Sites.size() <= MaxDepth)
        Context.report(describe(Model, F, Chain));
    }
  }
}

} // namespace

extern constexpr Check BlockingCallCheck = {
    "blocking-call",
    "a coroutine calls, directly or through other functions, something that blocks its event loop",
    Severity::Warning,
    /*Recommended=*/true,
    Options,
    run,
};

} // namespace abide
