//===- PromiseFaults.h - Where a promise loses what it carries -*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_PROMISEFAULTS_H
#define ABIDE_CHECKS_MODEL_PROMISEFAULTS_H

#include "model/Flow.h"
#include "model/Promises.h"

namespace abide {

/// A member of a promise that gets what somebody waits for.
struct StoredMember {
  enum Kind : unsigned char {
    Exception,    ///< The exception of the coroutine.
    Continuation, ///< The coroutine that awaits.
  } What;
  const clang::FieldDecl *Field;
  const clang::Stmt *At; ///< The assignment.
};

llvm::SmallVector<StoredMember, 2> storedMembers(const TuModel &Model, const PromiseType &P);

/// Where return_value stores the address of its parameter, which dies before the result is read.
/// Null for a parameter that names an object of the caller's.
const clang::Expr *keptAddress(const clang::FunctionDecl &ReturnValue,
                               const clang::ParmVarDecl &Value);

/// Whether a coroutine may come to its end before anybody awaits it: it runs at once, or a function
/// of its type resumes it.
bool mayEndUnawaited(const TuModel &Model, const PromiseType &P);

/// Where the body resumes or returns the continuation without asking whether there is one, if the
/// member begins as null.
const clang::Stmt *resumedUnasked(const FunctionFacts &F, const clang::FieldDecl &Continuation);

/// Whether the frame, which destroys itself at its end, is still there for its owner to destroy:
/// nobody tells the owner.
bool isDestroyedTwice(const TuModel &Model, const PromiseType &P, const HandleOwner &Owner);

/// A return of await_suspend before which nobody got the handle.
struct LostHandle {
  const clang::ReturnStmt *Return;
  const clang::Stmt *Use; ///< Where other paths hand it on.
  llvm::SmallVector<FlowStep, 4> Way;
};

std::optional<LostHandle> lostHandle(const TuModel &Model, const Promises &Types,
                                     const FunctionFacts &F);

} // namespace abide

#endif
