//===- BlockingConditions.h - When a blocking function does not block -*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_BLOCKINGCONDITIONS_H
#define ABIDE_CHECKS_MODEL_BLOCKINGCONDITIONS_H

#include "model/TuModel.h"

namespace abide {

/// Whether this call meets the condition under which F returns at once: a zero timeout, a flag, a
/// non-blocking descriptor, a result that is known to be there. Descriptors of unknown mode count
/// as non-blocking unless AssumeBlockingFds.
bool doesNotBlock(const TuModel &Model, const FunctionFacts &Caller, const CallSite &Site,
                  const BlockingFunction &F, bool AssumeBlockingFds);

/// Whether a value came out of a co_await in this function: `auto all = co_await when_all(...)`,
/// and then `all[0]`. If it can be awaited itself, it is done.
bool cameFromAwait(const TuModel &Model, const FunctionFacts &F, const clang::Expr *E);

/// `0`, `0s`, `std::chrono::milliseconds{0}`, and the address of a local that is initialised so.
bool isZeroDuration(const clang::Expr *E, const clang::ASTContext &Ast);

} // namespace abide

#endif
