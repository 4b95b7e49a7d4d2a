//===- OpenPaths.h - The ways round a close --------------------*- C++ -*-===//
//
// An object that needs an explicit close stays open on every path that leaves its scope without
// one: by return, break or an exception of something that is awaited in between.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_OPENPATHS_H
#define ABIDE_CHECKS_MODEL_OPENPATHS_H

#include "model/Closing.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace abide {

/// One way on which an object is left open.
struct OpenPath {
  llvm::SmallVector<FlowStep, 4> Way;
  const clang::Stmt *Return = nullptr; ///< The return by which it leaves, if any.
  const clang::Stmt *Jump = nullptr;   ///< The break or goto after the last decision, if any.
};

/// Conditions and steps that say that a generator came to its end by itself.
struct Iteration {
  llvm::SmallPtrSet<const clang::Stmt *, 4> Steps;          ///< Awaits that advance it.
  llvm::SmallPtrSet<const clang::ValueDecl *, 4> Iterators; ///< Locals that hold what a step gave.

  Iteration() = default;
  Iteration(const FunctionFacts &F, const FunctionFlow &Flow, const TuModel &Model,
            const LocalFacts &Generator);

  /// Whether the outcome of the condition means that there are no more elements.
  bool ended(const clang::Stmt *Condition, bool Taken, const clang::ValueDecl *Generator) const;
};

/// The first way on which Local reaches its end open, if any; nothing also when its fate cannot be
/// followed. FromStart: it is open from its initialiser on.
std::optional<OpenPath> leftOpen(const TuModel &Model, const Closing &Rules,
                                 const LocalFacts &Local, bool FromStart, const Iteration &Runs);

/// `if (c) s.open(); ... if (c) co_await s.close();`: nobody goes in by one and out by the other.
bool contradicts(llvm::ArrayRef<FlowStep> Way);

/// A way to a co_yield.
struct YieldPath {
  llvm::SmallVector<FlowStep, 4> Way;
  const clang::Stmt *Yield = nullptr;
};

/// A co_yield that some path reaches while Local is open, with the way to it.
std::optional<YieldPath> yieldWhileOpen(const TuModel &Model, const Closing &Rules,
                                        const LocalFacts &Local);

/// The same for a scope, which lasts from its initialiser until it is reset, released or moved.
std::optional<YieldPath> yieldWhileHeld(const TuModel &Model, const Closing &Rules,
                                        const LocalFacts &Guard);

} // namespace abide

#endif
