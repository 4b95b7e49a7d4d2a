//===- TaskValues.h - Which expressions make tasks -------------*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_TASKVALUES_H
#define ABIDE_CHECKS_MODEL_TASKVALUES_H

#include "model/CoroutineTypes.h"
#include "clang/AST/Expr.h"

namespace abide {

/// Whether an expression of a task's type makes a value: not a reference to one, not an empty one.
/// Null is fine.
bool makesTask(const clang::Expr *E);

/// Whether a task, or something that holds one, is made in E: `{f(), g()}`,
/// `make_unique<task>(f())`. Null is fine.
bool carriesTask(const CoroutineTypes &Types, const clang::Expr *E);

/// Whether the value was there before and may be spent: what std::exchange replaced, what an await
/// gave back, an empty task.
bool isOldValue(const CoroutineTypes &Types, const clang::Expr *E);

/// The part of the value of E that is a task without a coroutine: default-made or made of nullptr.
/// Null when there is none, or when what the constructor does is not known.
const clang::Expr *emptyTaskIn(const CoroutineTypes &Types, const clang::Expr *E);

} // namespace abide

#endif
