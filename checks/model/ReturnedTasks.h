//===- ReturnedTasks.h - Tasks that plain functions return -----*- C++ -*-===//
//
// A function that is no coroutine and returns a task is over when the task runs, or at the latest
// when the task goes on after its first suspension.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_RETURNEDTASKS_H
#define ABIDE_CHECKS_MODEL_RETURNEDTASKS_H

#include "model/Borrowing.h"
#include "model/LateUses.h"

namespace abide {

/// A call whose task, or a task made from it, is returned.
struct ReturnedTask {
  const clang::ReturnStmt *Return;
  const clang::CallExpr *Call;
};

/// `return f(x);`, `auto t = f(x); return t;`, `return when_all(f(x), g(y));`, of a plain function
/// that returns a task, an awaitable or a generator.
llvm::SmallVector<ReturnedTask, 2> returnedTasks(const TuModel &Model, const FunctionFacts &F);

/// That a task uses what it was given after the call that made it.
struct LaterUse {
  bool Known = false; ///< The body shows it: Use. Else it is lazy, and its body is somewhere else.
  LateUse Use;
  const clang::FunctionDecl *In = nullptr; ///< The coroutine, or who makes its task.
  const Fact *Elsewhere = nullptr;         ///< Another unit shows it. Or null.
};

/// Whether the work of the call uses what its parameter refers to (null: its object) after the call
/// has returned, as far as can be told.
std::optional<LaterUse> usesLater(const TuModel &Model, const clang::CallExpr &Call,
                                  const clang::ParmVarDecl *Parameter);

/// Tells which arguments of a function its work uses later.
void summarizeLaterUses(const TuModel &Model, const FunctionFacts &F, FunctionSummary &Out);
/// Asks that of functions whose work goes on when their arguments may be gone.
void askLaterUses(const TuModel &Model, UnitSummary &Out);

/// A function of the program whose body is in another file. A template or a library may be a
/// wrapper that takes over what it gets.
bool isElsewhere(const TuModel &Model, const clang::FunctionDecl &F);

/// The local owner of an object, as s in `auto s = std::make_unique<session>(); return s->run();`,
/// when nobody else gets it.
std::optional<Referent> soleOwner(const TuModel &Model, const FunctionFacts &F,
                                  const clang::Expr &Object);

/// The innermost try whose handlers see an exception of S, or null.
const clang::CXXTryStmt *tryAround(const FunctionFlow &Flow, const clang::Stmt *S);

/// Whether Var is declared in a block around the return, before it. Next: right before it.
bool declaredBefore(const FunctionFlow &Flow, const clang::VarDecl &Var, const clang::Stmt *Return,
                    bool Next);

} // namespace abide

#endif
