//===- Outliving.h - Whether work goes on after what it uses died -*- C++ -*-===//
//
// A task that is awaited in the expression that makes it is done before anything of that expression
// or of a scope around it dies. One that is kept, spawned, returned or stored may go on later.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_OUTLIVING_H
#define ABIDE_CHECKS_MODEL_OUTLIVING_H

#include "model/Borrowing.h"

namespace abide {

/// What becomes of work that an expression makes.
enum class WorkEnd : unsigned char {
  Unknown,
  Awaited,  ///< In the same full-expression, also by way of when_all, a timeout or a sync-wait.
  Kept,     ///< In a local variable or a container that is one: Holder.
  Returned, ///< To the caller.
  Detached, ///< Spawned, or let go while it runs.
  Owned,    ///< Given to a scope, which ends it at some time: Holder, if it is a variable.
  Stored,   ///< In a member, a global or somebody's container.
  Dropped,  ///< Ends with the full-expression, done or not.
};

struct WorkFate {
  WorkEnd How = WorkEnd::Unknown;
  const clang::Stmt *At = nullptr; ///< The await, call, return or declaration.
  const clang::ValueDecl *Holder = nullptr;
  bool Waits = false;   ///< The destructor of its handle waits for it, or ends the program.
  bool Running = false; ///< It runs already, whatever becomes of its handle.
  const clang::Expr *Starter = nullptr; ///< The call that started it.
};

/// What becomes of the work made by an expression in the body of F: the call of a coroutine, of a
/// function that starts something, or a variable that names such work.
WorkFate fateOfWork(const TuModel &Model, const FunctionFacts &F, const clang::Expr *Made);

/// That work goes on after an object has died.
struct Outliving {
  WorkFate Fate;
  /// Where it goes on: the use of the task, the statement that gave it away; the suspension or the
  /// end of the function during which it runs.
  const clang::Stmt *GoesOn;
  llvm::SmallVector<FlowStep, 4> Way;
};

/// Whether the work made by the expression goes on after the referent died. Only for temporaries
/// and for variables of F that die with a scope of F. Nothing when nobody can tell: somebody may
/// wait for it.
std::optional<Outliving> outlives(const TuModel &Model, const FunctionFacts &F,
                                  const clang::Expr *Made, const Referent &Object);

/// Whether the work goes on after F has returned, and nobody may wait for it before.
bool outlivesFunction(const TuModel &Model, const FunctionFacts &F, const clang::Expr *Made);

/// Whether the object is moved into what becomes of the work, so that its contents live as long:
/// `f(view).attach(std::move(owner))`.
bool isHandedOver(const TuModel &Model, const FunctionFacts &F, const clang::Expr *Made,
                  const Referent &Object);

} // namespace abide

#endif
