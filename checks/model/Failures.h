//===- Failures.h - Exceptions that leave a coroutine ----------*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_FAILURES_H
#define ABIDE_CHECKS_MODEL_FAILURES_H

#include "model/TuModel.h"

namespace abide {

/// Whether awaiting E may throw what is worth hearing of: not a pause that was cancelled, not what
/// gives its errors as values, not a coroutine of this TU that handles all of its own.
bool awaitMayFail(const TuModel &Model, const clang::Expr *Await);

/// Whether what is awaited gives its errors as values: `co_await as_future(f)`, `as_tuple(token)`.
bool givesErrorsAsValues(const TuModel &Model, const clang::Expr *Await);

/// The await or throw whose exception leaves the function on some path, null when there is none or
/// its paths are not known.
const clang::Stmt *escapingFailure(const TuModel &Model, const FunctionFacts &F);

/// Whether the promise of a coroutine ends the program instead of keeping an exception.
bool endsProgramOnFailure(const TuModel &Model, const FunctionFacts &F);

/// The first coroutine called, or lambda given, in E whose body is known; lambdas' bodies apart.
const FunctionFacts *workIn(const TuModel &Model, const clang::Expr *E);

} // namespace abide

#endif
