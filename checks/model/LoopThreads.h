//===- LoopThreads.h - What a giver does beside its loop's thread -*- C++ -*-===//
//
// `std::thread t([&] { io.run(); });` makes a thread that of a loop. From there on the loop and its
// objects are no longer the giver's: what it calls on them races with the thread.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_LOOPTHREADS_H
#define ABIDE_CHECKS_MODEL_LOOPTHREADS_H

#include "model/SharedUses.h"

namespace abide {

/// A call by which the giver of a loop's thread touches what belongs to the loop.
struct BesideLoop {
  const CallSite *Call;
  const clang::ValueDecl *Object; ///< The loop, or an object made with it.
  const clang::Expr *Runs;        ///< Where the thread runs the loop.
  const clang::Expr *Operation;   ///< What the thread may be completing on the object; null: the
                                  ///< object is the loop.
};

/// The first such call on a path from the start of the thread, before the giver waits for it. An
/// object other than the loop is touched by the thread only once an operation of it is under way.
std::optional<BesideLoop> usedBesideLoop(const TuModel &Model, const ThreadStart &Start,
                                         const SharedUses &Shared);

/// Whether the event waits for a thread: the end of a std::jthread.
bool joinsAtEnd(const TuModel &Model, const FlowEvent &E);

} // namespace abide

#endif
