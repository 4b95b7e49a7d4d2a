//===- SharedUses.h - What a body shares with who gave it away -*- C++ -*-===//
//
// A body that runs on another thread may touch objects that were there before it: variables that it
// captured by reference or pointer, members of the object whose `this` it got, globals. They are
// followed through its own pointers and through the functions that it calls. What it owns (made in
// it, moved or copied into it) is its own.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_SHAREDUSES_H
#define ABIDE_CHECKS_MODEL_SHAREDUSES_H

#include "model/Threads.h"

namespace abide {

/// A place where a body may change an object that it shares.
struct SharedUse {
  const clang::Expr *At;             ///< The call, or the expression that writes.
  const clang::ValueDecl *Object;    ///< Variable, member or global; null for `this` itself.
  const clang::CXXRecordDecl *Class; ///< Of the object; null when it is none.
  const CallSite *Call; ///< A function that is not const gets the object; null for a write.
  bool ThroughThis;     ///< Reached from a captured `this`.
  llvm::SmallVector<const CallSite *, 4> Calls; ///< From the body to the function of At.
  const Fact *Elsewhere = nullptr; ///< Call runs a function of another unit that does it. Or null.
};

struct SharedUses {
  std::vector<SharedUse> Uses;
  bool RunsLoop = false; ///< Some function on the way runs a loop: the thread is that of a loop.
  llvm::SmallVector<const FunctionFacts *, 8> Bodies; ///< All that were looked at.
};

SharedUses sharedUses(const TuModel &Model, const ThreadStart &Start);

/// Whether the call changes an object on which it is made and which belongs to a loop.
bool changesLoopObject(const TuModel &Model, const CallSite &Site);

/// Places in the body of F, lambdas in it apart, that name the variable or member.
llvm::SmallVector<const clang::Expr *, 4> mentions(const FunctionFacts &F,
                                                   const clang::ValueDecl *Object);

} // namespace abide

#endif
