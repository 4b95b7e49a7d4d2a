//===- LockState.h - Which locks are held where a coroutine sleeps -*- C++ -*-===//
//
// All guards and mutexes of a function are followed together over its paths: a guard may be empty,
// unlocked, moved to another one, or adopt what was locked by hand.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_LOCKSTATE_H
#define ABIDE_CHECKS_MODEL_LOCKSTATE_H

#include "model/LockTypes.h"
#include <unordered_map>

namespace abide {

enum class HeldBy : unsigned char {
  Guard,     ///< A local.
  Parameter, ///< A guard that the caller gave.
  Hand,      ///< `m.lock();`
  Temporary, ///< `data.wlock()->push_back(co_await f());`
};

/// A lock that some path holds at a suspension.
struct HeldLock {
  const Suspension *At;
  HeldBy How;
  bool Async;                 ///< Of a lock that suspends instead of blocking.
  const clang::NamedDecl *Of; ///< The guard, or the mutex locked by hand; null for a temporary.
  clang::SourceLocation Since;
  llvm::SmallVector<FlowStep, 4> Way;
};

/// The locks of all coroutines of a TU, each computed when it is first asked for.
class HeldLocks {
public:
  explicit HeldLocks(const TuModel &Model);

  /// In the order of the paths; once for each suspension and place where the lock is taken.
  /// Awaits that never suspend, or that get the lock as an argument, hold nothing.
  llvm::ArrayRef<HeldLock> in(const FunctionFacts &F);

  /// The suspension at S, when other code runs there that may take the same locks: null for what is
  /// no suspension, never suspends, or holds a lock.
  const Suspension *sleep(const FunctionFacts &F, const clang::Stmt *S);
  /// Whether the coroutine has a guard, units of a semaphore or the holder of a gate somewhere.
  bool keepsOthersAway(const FunctionFacts &F) const;

private:
  const TuModel &Model;
  LockTypes Types;
  llvm::DenseMap<const FunctionFacts *, std::vector<const LocalFacts *>> LocalsOf;
  std::unordered_map<const FunctionFacts *, std::vector<HeldLock>> Known; // Stable references.
};

/// Whether a co_yield of the coroutine is the step of a generator. The promise of a task may yield
/// for other purposes: `co_yield co_error(...)`.
bool yieldsToConsumer(const TuModel &Model, const FunctionFacts &F);

} // namespace abide

#endif
