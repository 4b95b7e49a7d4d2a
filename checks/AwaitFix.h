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

} // namespace abide

#endif
