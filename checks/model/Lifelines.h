//===- Lifelines.h - How objects of a class are kept alive -----*- C++ -*-===//
//
// A class whose objects may die while work of theirs runs mostly has something against it: it can
// give out shared ownership of itself, or it has a scope that its end waits for.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_LIFELINES_H
#define ABIDE_CHECKS_MODEL_LIFELINES_H

#include "model/TuModel.h"

namespace abide {

/// What a class has to keep its objects alive.
struct Lifeline {
  const clang::FunctionDecl *Self = nullptr; ///< `shared_from_this`, or null:
  const clang::FieldDecl *Scope = nullptr;   ///< a member that owns tasks, a gate.
};

std::optional<Lifeline> lifelineOf(const TuModel &Model, const clang::CXXRecordDecl *Class);

/// The class of `this` in F; in a lambda, that of the function around it. Null if there is none.
const clang::CXXRecordDecl *classOfThis(const FunctionFacts &F);

/// Whether the body, a lambda in it or what was given to it keeps the object alive, or may: it asks
/// for shared ownership, uses the scope, or has a smart pointer to the class.
bool holdsSelf(const TuModel &Model, const FunctionFacts &F, const clang::CXXRecordDecl &Class);

/// A use of `this` after a `delete this` of a coroutine.
struct DeadSelf {
  const clang::Stmt *Delete;
  const clang::Stmt *Use;
  llvm::SmallVector<FlowStep, 4> Way;
};
std::optional<DeadSelf> usedAfterDelete(const TuModel &Model, const FunctionFacts &F);

} // namespace abide

#endif
