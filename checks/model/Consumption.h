//===- Consumption.h - Whether anybody gets the value of a local -*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_CONSUMPTION_H
#define ABIDE_CHECKS_MODEL_CONSUMPTION_H

#include "model/TuModel.h"

namespace abide {

/// A place where a local gets a task that somebody has to await.
struct TaskDefinition {
  const clang::Expr *Made; ///< The value.
  const clang::Expr *At; ///< Null for the initialiser, else the local on the left of an assignment.
};

llvm::SmallVector<TaskDefinition, 2> taskDefinitions(const CoroutineTypes &Types,
                                                     const LocalFacts &Local);

/// What becomes of the value that a definition makes.
enum class Fate : unsigned char {
  Consumed,       ///< On every path, or nobody can tell.
  LostOnSomePath, ///< Overwritten, or forgotten at the end of the function.
  Lost,           ///< On every path.
};

/// Whether the use hands the value to somebody.
inline bool consumes(const VarUse &Use) { return Use.How == ValueUse::Used; }

Fate fateOf(const TuModel &Model, const LocalFacts &Local, const TaskDefinition &Definition);

} // namespace abide

#endif
