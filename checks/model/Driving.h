//===- Driving.h - Who advances a generator, and where ---------*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_DRIVING_H
#define ABIDE_CHECKS_MODEL_DRIVING_H

#include "model/Closing.h"

namespace abide {

/// What one place does to a generator.
enum class DriveKind : unsigned char {
  Begins,         ///< begin(), or a range-for.
  Steps,          ///< An awaited step.
  StepsUnawaited, ///< A step that others may follow before it is awaited.
  Spawns,         ///< A task that runs beside this one gets a reference to it.
  Closes,
  Renewed,   ///< It gets a new value.
  GivenAway, ///< Moved, or given to somebody of whom nothing is known.
};

struct Drive {
  DriveKind How;
  const clang::Stmt *At; ///< The expression whose evaluation does it.
};

/// All places of one function that drive one of its locals.
class Driving {
public:
  Driving(const TuModel &Model, const Closing &Rules, const FunctionFlow &Flow,
          const LocalFacts &Generator);

  llvm::ArrayRef<Drive> all() const { return Drives; }
  const Drive *at(const clang::Stmt *S) const;
  /// Whether the await waits for what the drive At has made: directly, through a variable that
  /// keeps it, or through the scope that owns it.
  bool settles(const clang::Stmt *Await, const clang::Stmt &At) const;

private:
  std::optional<Drive> driveOf(const VarUse &Use) const;
  std::optional<Drive> ofCall(const HandledUse &Does) const;
  bool runsBeside(const clang::Stmt *Task) const;
  bool isOneOfSeveral(const clang::Stmt *Value) const;
  bool rangeFor(const clang::Expr *Ref) const;

  const TuModel &Model;
  const Closing &Rules;
  const FunctionFlow &Flow;
  const LocalFacts &Generator;
  llvm::SmallVector<Drive, 8> Drives;
};

} // namespace abide

#endif
