//===- ThreadBound.h - What belongs to a thread while it lives -*- C++ -*-===//
//
// Objects that change the state of their thread in the constructor and put it back in the
// destructor, and pairs of functions that do so. A coroutine that sleeps in between leaves the
// changed state to whatever its thread runs next, and puts back another thread's.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_THREADBOUND_H
#define ABIDE_CHECKS_MODEL_THREADBOUND_H

#include "model/TuModel.h"

namespace abide {

enum class BoundBy : unsigned char {
  Nothing,
  Name,       ///< The role `hostile` or an annotation.
  Exceptions, ///< Compares std::uncaught_exceptions(), which each thread counts.
  State,      ///< Constructor and destructor call something that changes the thread's state.
  Variable,   ///< Both write a thread_local variable.
};

struct ThreadBound {
  BoundBy How = BoundBy::Nothing;
  const clang::NamedDecl *What = nullptr; ///< The function or variable that they share.
};

/// What ties the objects of a class to their thread, by its members and bases too.
ThreadBound threadBound(const TuModel &Model, const clang::CXXRecordDecl *Class);

/// Whether two calls change the same state, so that the second one ends what the first one began:
/// a function that swaps, or two of a family: `rcu_read_lock`, `rcu_read_unlock`.
bool sameThreadState(const clang::FunctionDecl &A, const clang::FunctionDecl &B);

} // namespace abide

#endif
