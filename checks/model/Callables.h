//===- Callables.h - Where and when a callable runs ------------*- C++ -*-===//
//
// The body of a lambda runs where its callee runs it. What a callee does with a callable is known
// by vocabulary and annotation, or read from its body where this translation unit shows one.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_CALLABLES_H
#define ABIDE_CHECKS_MODEL_CALLABLES_H

#include "Facts.h"
#include "model/Functions.h"

namespace abide {

class NameLookup;
class TuModel;

/// What a call does with a callable that it gets.
enum class CallableFate : unsigned char {
  Unknown,
  RunsNow,     ///< Has called it when it returns, on the same thread; keeps nothing.
  Kept,        ///< Keeps it alive until the task that it makes is done.
  LoopLater,   ///< A loop calls it later, on the thread of that loop.
  OtherThread, ///< Another thread, which has no loop, calls it.
  OtherLoop,   ///< The thread of another loop or shard calls it.
};

/// What the call does with its argument number Index, a callable.
CallableFate fateOfCallable(const TuModel &Model, const CallSite &Site, unsigned Index);

/// Where only other units know what the call does with its argument number Index: which parameter
/// of the callee gets it, counted from 1; 0 otherwise.
unsigned askableArgument(const TuModel &Model, const CallSite &Site, unsigned Index);

/// Asks that where it matters: who runs a coroutine whose closure may die, and who runs anything
/// else on a loop or a thread.
void askCallables(const TuModel &Model, UnitSummary &Out);
/// Tells what a function does with callables that it gets.
void summarizeCallables(const TuModel &Model, const FunctionFacts &F, FunctionSummary &Out);

/// The variable or function that an expression names, as itself, copied, moved or forwarded; null
/// for any other expression.
const clang::ValueDecl *valueNamed(const clang::Expr *E);

} // namespace abide

#endif
