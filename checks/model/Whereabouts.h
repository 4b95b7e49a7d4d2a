//===- Whereabouts.h - On which kind of thread a coroutine runs -*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_WHEREABOUTS_H
#define ABIDE_CHECKS_MODEL_WHEREABOUTS_H

#include "model/TuModel.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace abide {

/// Whether the coroutine goes on on another kind of thread after this.
bool switchesThread(const TuModel &Model, const Suspension &S);
/// Whether an expression is an executor whose threads may block: a pool, or something of a pool's.
bool isBlockingPool(const NameLookup &Names, const clang::Expr *E);
/// The same of the type of an object, or of what a pointer or smart pointer points to.
bool isBlockingPool(const NameLookup &Names, clang::QualType T);

/// Where a coroutine runs: it may move to a thread where blocking is allowed
/// (`co_await pool.schedule()`) and back.
class Whereabouts {
public:
  Whereabouts(const TuModel &Model, const FunctionFacts &F);

  /// Whether some path reaches the call while the coroutine is still, or again, on a loop.
  bool onLoop(const CallSite &Site) const { return onLoop(Site.Expr); }
  /// The same of what is evaluated. Null: a destructor.
  bool onLoop(const clang::Stmt *S) const { return !Moves || !S || Loop.count(S); }

private:
  bool Moves = false;
  llvm::SmallPtrSet<const clang::Stmt *, 8> Loop;
};

} // namespace abide

#endif
