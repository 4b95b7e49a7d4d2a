//===- Correlation.h - Decisions that exclude each other -------*- C++ -*-===//
//
// A path through the graph of a function may be none of the program: `if (b) open(); ... if (b)
// close();` has no way in by the one and round the other. Who argues with two places on a path asks
// here whether one variable decides about both.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_CORRELATION_H
#define ABIDE_CHECKS_MODEL_CORRELATION_H

#include "model/TuModel.h"

namespace abide {

/// Whether a condition is that of a loop, which is asked in each round.
bool isLoopCondition(const FunctionFlow &Flow, const clang::Stmt *Condition);

/// Whether the path from First, and on to Second unless that is null, may be impossible: a
/// condition around First, or a variable that is set beside it, decides about the path or Second.
bool mayExclude(const TuModel &Model, const FunctionFlow &Flow, const clang::Stmt *First,
                const clang::Stmt *Second, llvm::ArrayRef<FlowStep> Path);

/// The part of a path through First that comes after it.
llvm::ArrayRef<FlowStep> since(const TuModel &Model, const FunctionFlow &Flow,
                               const clang::Stmt *First, llvm::ArrayRef<FlowStep> Path);

} // namespace abide

#endif
