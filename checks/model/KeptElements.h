//===- KeptElements.h - Elements of generators kept too long ---*- C++ -*-===//
//
// What a generator yields mostly lives in its own frame: a temporary of the co_yield, a local of
// its loop. Its next step ends that life.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_KEPTELEMENTS_H
#define ABIDE_CHECKS_MODEL_KEPTELEMENTS_H

#include "model/TuModel.h"

namespace abide {

/// A local that leads to an element which is gone when the local is used.
struct KeptElement {
  const LocalFacts *Keeper = nullptr;
  const clang::Stmt *At = nullptr;     ///< Where it gets the element.
  const clang::Expr *Use = nullptr;    ///< Where it is used afterwards.
  const clang::Stmt *Step = nullptr;   ///< The step of the generator in between, or null:
                                       ///< the generator itself is gone.
  const clang::Expr *Yield = nullptr;  ///< What the generator yielded.
  const clang::VarDecl *Own = nullptr; ///< The variable of the generator; null: a temporary.
};

/// One per local and loop or iterator of a function.
std::vector<KeptElement> keptElements(const TuModel &Model, const FunctionFacts &F);

} // namespace abide

#endif
