//===- BodyWalk.h - One body, top down -------------------------*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_BODYWALK_H
#define ABIDE_CHECKS_MODEL_BODYWALK_H

#include "model/Functions.h"

namespace abide {

/// Bodies that a walk met inside another one; they are walked in their own right.
struct NestedBodies {
  /// Call operators of lambdas, and the functions in which they are written.
  llvm::SmallVector<std::pair<const clang::FunctionDecl *, const FunctionFacts *>, 8> Lambdas;
  llvm::SmallVector<const clang::CXXRecordDecl *, 4> LocalClasses;
};

/// Fills Facts from its body (a constructor's initialisers too), adds locals and uses of members to
/// Out, and what was met to Nested.
void walkBody(Functions &Out, const clang::ASTContext &Ast, CoroutineTypes &Types,
              FunctionFacts &Facts, NestedBodies &Nested);

} // namespace abide

#endif
