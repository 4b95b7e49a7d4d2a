//===- LateUses.h - What a coroutine uses after it slept -------*- C++ -*-===//
//
// While a coroutine is suspended the world goes on: what it does not own may be gone when it wakes.
// A lazy coroutine sleeps before its first statement already.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_LATEUSES_H
#define ABIDE_CHECKS_MODEL_LATEUSES_H

#include "model/TuModel.h"

namespace abide {

struct LateUse {
  /// The co_await or co_yield before the use; null: the coroutine has not started before.
  const clang::Stmt *Sleep = nullptr;
  /// The mention that comes after it. Of a destructor at the end of a scope, and of a task that
  /// uses it while this one waits, the one that gave it away.
  const clang::Stmt *Use = nullptr;
  const clang::VarDecl *Destroyed = nullptr; ///< The local whose destructor uses it, or null.
  bool Meanwhile = false;                    ///< A task that is awaited at Sleep uses it.
  llvm::SmallVector<FlowStep, 4> Way;        ///< The decisions from the suspension to the use.
};

/// "the coroutine sleeps here", for a note at the place of it.
std::string wordsOfSleep(const LateUse &Late);
clang::SourceLocation placeOfSleep(const FunctionFacts &Coroutine, const LateUse &Late);
/// "'n' is used here", for a note at the use; What is how to call it.
std::string wordsOfUse(const LateUse &Late, const std::string &What);

/// A use of a variable after a suspension: of a parameter, a capture (in the facts of its lambda's
/// call operator) or a local, by its name or by way of references, views and closures made from it.
/// Nothing when there is none, or the paths are not known.
std::optional<LateUse> usedLate(const TuModel &Model, const FunctionFacts &Coroutine,
                                const clang::ValueDecl *Var);

/// The same of `this`, written or not. In a lambda, the `this` that it captured.
std::optional<LateUse> thisUsedLate(const TuModel &Model, const FunctionFacts &Coroutine);

/// Whether the coroutine sleeps before its first statement.
bool startsAsleep(const TuModel &Model, const FunctionFacts &Coroutine);

} // namespace abide

#endif
