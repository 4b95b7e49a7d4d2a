//===- AwaitFix.h - The fix-it that inserts co_await -----------*- C++ -*-===//

#ifndef ABIDE_CHECKS_AWAITFIX_H
#define ABIDE_CHECKS_AWAITFIX_H

#include "Diag.h"
#include "model/TuModel.h"

namespace abide {

/// Adds the insertion of co_await before E, with parentheses where they are needed, if F is a
/// coroutine whose promise accepts the value. Returns whether it did: not inside macros, not where
/// E is a conversion whose operand would have to be awaited instead.
bool addAwait(Diag &D, const TuModel &Model, const FunctionFacts &F, const clang::Expr *E);

/// Adds the edits that turn Call, which waits for the value of Task (its argument or object), into
/// `co_await task`. Returns false when the promise does not take it, the type of the result would
/// be another, the call stands in a handler, or in code of a macro.
bool replaceByAwait(Diag &D, const TuModel &Model, const FunctionFacts &F,
                    const clang::CallExpr *Call, const clang::Expr *Task);

} // namespace abide

#endif
