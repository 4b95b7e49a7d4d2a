//===- LockAcrossSuspend.cpp - async-lock-across-suspend ------------------===//
//
// Law: a lock that blocks threads is not held where a coroutine is suspended. For as long as it
// sleeps, whoever wants the lock blocks a whole thread; when that is the thread which has to resume
// the coroutine, everything stops. And it may wake up on another thread, where unlocking the mutex
// is undefined behaviour. A loop with one thread does not help: there the second coroutine that
// wants the lock stops the loop for good.
//
// Reported: a co_await, or the co_yield of a task, that some path reaches with such a lock held: by
// a guard, a guard that the caller gave, a temporary guard of the same expression, or by hand.
//
// Not reported: locks that suspend instead of blocking; what was unlocked, released, moved away or
// has gone out of scope; guards that hold nothing; awaits that never suspend, and those that get
// the guard, such as the wait of an async condition. The co_yield of a generator is reported by
// async-yield-while-holding.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/AwaitKind.h"
#include "model/LockState.h"
#include "llvm/ADT/SmallSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

constexpr CheckOption Options[] = {
    {"SafeAwaitables", "",
     "functions and types, separated by ';', whose await may be made under a lock"},
};

Diag describe(const HeldLock &Lock) {
  const std::string Name =
      Lock.Of ? "'" + Lock.Of->getNameAsString() + "'" : "the guard of this expression";
  Diag D;
  D.Loc = Lock.At->Expr->getBeginLoc();
  D.Message = std::string(Lock.At->Yield ? "'co_yield'" : "'co_await'") + " while " + Name +
              (Lock.How == HeldBy::Hand ? " is locked" : " holds a lock") +
              ": who wants it blocks a thread until the coroutine is resumed, perhaps on another "
              "thread";
  const bool Declared = Lock.Of && Lock.Since == Lock.Of->getLocation();
  D.note(Lock.Since,
         Lock.How == HeldBy::Parameter
             ? "the caller gives the lock with " + Name
             : (Lock.Of ? Name : "it") + std::string(Lock.How == HeldBy::Hand || !Declared
                                                         ? " is locked here"
                                                         : " takes the lock here"));
  addPath(D, Lock.Way);
  D.note(D.Loc, "let go of the lock before the coroutine is suspended, or take one that suspends "
                "instead of blocking");
  return D;
}

void run(RuleContext &Context) {
  const TuModel &Model = Context.model();
  const std::vector<std::string> Safe = Context.list("SafeAwaitables");
  HeldLocks Locks(Model);
  for (const FunctionFacts &F : Model.functions().all()) {
    const bool Generator = yieldsToConsumer(Model, F);
    SmallSet<std::pair<const NamedDecl *, unsigned>, 4> Seen; // Once for each place that locks.
    for (const HeldLock &Lock : Locks.in(F))
      if (!Lock.Async && !(Generator && Lock.At->Yield) && !awaitsOneOf(*Lock.At, Safe) &&
          Seen.insert({Lock.Of, Lock.Since.getRawEncoding()}).second)
        Context.report(describe(Lock));
  }
}

} // namespace

extern constexpr Check LockAcrossSuspendCheck = {
    "lock-across-suspend",
    "a lock that blocks threads is held while the coroutine is suspended",
    Severity::Error,
    /*Recommended=*/true,
    Options,
    run,
};

} // namespace abide
