//===- ThreadIdentity.h - What belongs to the current thread ---*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_THREADIDENTITY_H
#define ABIDE_CHECKS_MODEL_THREADIDENTITY_H

#include "model/TuModel.h"

namespace abide {

/// Suspensions after which the coroutine may be on another thread: those that switch; all of them
/// where the library resumes on any thread, or a pool runs the coroutine. None for types that are
/// bound to their loop, and for generators, whose consumer resumes them.
llvm::SmallVector<const clang::Expr *, 4> threadHops(const TuModel &Model, const FunctionFacts &F);

/// A value that means something on one thread alone.
struct ThreadValue {
  const clang::NamedDecl *What = nullptr; ///< The thread_local variable or the function; or null.
  bool IsIdentity = false;                ///< An id, not a reference to something of the thread.
};

/// What a variable of type T gets from Init. The value of a thread_local variable is no such value,
/// a reference or pointer to the variable is.
ThreadValue threadValue(const TuModel &Model, clang::QualType T, const clang::Expr *Init);

/// Whether the statement around Ref asks for the identity of the thread again: `id == get_id()`.
bool comparedWithNow(const TuModel &Model, const FunctionFlow &Flow, const clang::Expr *Ref);

/// errno, read when other calls have overwritten it.
struct StaleError {
  const clang::Expr *Read;
  const CallSite *Setter; ///< The call of C that it is meant for.
  const clang::Expr *Suspends;
};

llvm::SmallVector<StaleError, 1> staleErrors(const TuModel &Model, const FunctionFacts &F,
                                             const FunctionFlow &Flow);

} // namespace abide

#endif
