//===- ValueSteps.h - What each use does to the value of a local -*- C++ -*-===//
//
// A task is a value that is used up: awaited, moved on, or emptied by a member function. Rules
// that follow one through a function ask here what each mention of its variable does, and where
// on the path it has been done.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_VALUESTEPS_H
#define ABIDE_CHECKS_MODEL_VALUESTEPS_H

#include "model/TuModel.h"

namespace abide {

enum class Step : unsigned char {
  Looks,    ///< Reads, copies, asks.
  Shares,   ///< Awaits, and leaves the result where it is.
  Waits,    ///< Waits for the result and leaves it there.
  Elements, ///< Reaches what a container holds: `v[i]`, `for (x : v)`.
  Awaits,   ///< co_await takes the result.
  Moves,    ///< The value goes to somebody else.
  Takes,    ///< A member function takes the work or the result: `f.get()`, `p.then(...)`.
  Sets,     ///< Has, or may have, a new value afterwards.
  Escapes,  ///< A reference or pointer to it is kept: whatever may happen.
};

/// Whether the value is gone after this.
inline bool spends(Step What) {
  return What == Step::Awaits || What == Step::Moves || What == Step::Takes;
}

struct ValueStep {
  const clang::Expr *Ref; ///< The mention of the variable.
  Step What;
  const clang::Stmt *At; ///< Done when this has been evaluated.
  bool ByValue;          ///< Of Moves: into a new object, so that it happens for sure.
};

/// The steps of a variable in the body that declares it, in source order. Empty where its paths are
/// not known: no flow, no variable of its own, or a lambda that refers to it.
std::vector<ValueStep> stepsOf(const TuModel &Model, const LocalFacts &Local);

/// Whether a condition asks for the value, so that the code knows what has become of it.
bool asks(const FunctionFlow &Flow, const ValueStep &S);

/// Whether the event begins a new life of the variable: its declaration in a loop.
bool declares(const FlowEvent &Event, const clang::ValueDecl *Var);

} // namespace abide

#endif
