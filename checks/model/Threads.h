//===- Threads.h - Which thread runs which body ----------------*- C++ -*-===//
//
// A coroutine runs on a loop, unless this TU starts it nowhere but on a pool, and so do the
// callbacks that are given to a loop. A body that is given to a thread, a pool, another loop or a
// signal runs there, and with it whatever it calls. A body may be reached in several ways: all of
// them are known. Where nothing is known, nothing is said.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_THREADS_H
#define ABIDE_CHECKS_MODEL_THREADS_H

#include "model/TuModel.h"
#include "llvm/ADT/DenseSet.h"
#include <deque>
#include <map>

namespace abide {

enum class ThreadKind : unsigned char {
  Loop,          ///< A loop: a coroutine, or a callback of one.
  OtherThread,   ///< A thread that runs no loop: std::thread, a pool.
  OtherLoop,     ///< The thread of another loop or shard.
  SignalHandler, ///< Whatever thread the signal interrupts.
};

/// A body that is given to somebody who runs it on a thread of its choice.
struct ThreadStart {
  ThreadKind Kind;
  const FunctionFacts *Body;
  const FunctionFacts
      *Giver;           ///< Null when nobody hands it over: a coroutine, an override of run().
  const CallSite *Site; ///< The call in Giver that gets it, or null.
  unsigned Index;       ///< Which argument of that call.
};

/// How a loop comes to run a function.
enum class LoopEntry : unsigned char {
  Coroutine,
  Awaiter,  ///< await_ready, await_suspend or await_resume: runs with the coroutine that awaits.
  Callback, ///< Given, for sure, to a loop, which calls it.
};

/// A function at which a loop enters the user's code.
struct LoopFunction {
  const FunctionFacts *Facts;
  LoopEntry How;
};

/// How a thread comes to a body.
struct ThreadWay {
  const ThreadStart *Start;
  /// The first stands in the body of Start, each other one in the callee of the one before. Empty
  /// for the body of Start itself.
  llvm::SmallVector<const CallSite *, 4> Calls;
};

class Threads {
public:
  explicit Threads(const TuModel &Model);

  const std::deque<ThreadStart> &starts() const { return Starts; }

  /// A shortest way in which a thread of this kind comes to the body, if it does.
  std::optional<ThreadWay> way(const FunctionFacts &F, ThreadKind Kind) const;
  bool runs(const FunctionFacts &F, ThreadKind Kind) const { return Steps.count({&F, Kind}); }

  /// In source order.
  llvm::ArrayRef<LoopFunction> loopFunctions() const { return Entered; }
  /// The calls that give this callback to a loop.
  llvm::ArrayRef<const CallSite *> givenBy(const FunctionFacts &Callback) const;

private:
  struct Step {
    const ThreadStart *Start;
    const FunctionFacts *Caller; ///< Null for the body of Start.
    const CallSite *Site;
  };

  void collect(const FunctionFacts &F);
  void collectCallable(const FunctionFacts &F, const CallSite &Site, const CallableArgument &Given);
  void collectOverride(const FunctionFacts &F);
  void collectAssignedHandlers(const FunctionFacts &F);
  void add(ThreadKind Kind, const clang::FunctionDecl *Body, const FunctionFacts *Giver,
           const CallSite *Site, unsigned Index);
  void findPoolCoroutines();
  void enterLoops();
  void link();

  const TuModel &Model;
  std::deque<ThreadStart> Starts;
  llvm::DenseSet<const FunctionFacts *> OnPool; ///< Run, from their start, where they may block.
  llvm::DenseMap<const FunctionFacts *, llvm::SmallVector<const CallSite *, 1>> Callbacks;
  std::vector<LoopFunction> Entered;
  std::map<std::pair<const FunctionFacts *, ThreadKind>, Step> Steps;
};

/// Bodies that a call runs before it returns, on the same thread: the callee's and those of
/// callables that it calls, coroutines excepted.
llvm::SmallVector<const FunctionFacts *, 2> bodiesRunBy(const TuModel &Model, const CallSite &Site);

/// Whether the coroutine is a generator that its consumer resumes, wherever that runs.
bool isResumedByConsumer(const TuModel &Model, const FunctionFacts &F);

/// Whether only the thread of its loop may touch objects of the class: the vocabulary or an
/// annotation says so, or one of its functions is annotated as thread-safe, so that the others are
/// not.
bool belongsToLoop(const TuModel &Model, const clang::CXXRecordDecl *Class);

/// Whether the call runs a loop until it is done or stopped: `io.run()`.
bool runsLoop(const TuModel &Model, const CallSite &Site);

/// Whether the call waits for another thread or task to be done: `thread.join()`, `future.get()`.
bool waitsForOther(const TuModel &Model, const CallSite &Site);

} // namespace abide

#endif
