//===- Effects.h - What an expression reads and changes --------*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_EFFECTS_H
#define ABIDE_CHECKS_MODEL_EFFECTS_H

#include "clang/AST/Decl.h"
#include "clang/AST/ExprCXX.h"

namespace abide {

/// Whether evaluating S, its operands apart, may change something that code can see.
bool changesSomething(const clang::Stmt *S);

/// Whether evaluating E, its operands too, neither changes anything nor suspends.
bool onlyLooks(const clang::Stmt *E);

/// A variable in E that other code can change meanwhile: a member, a global, an atomic. A plain
/// local is nobody else's. Null if there is none.
const clang::ValueDecl *sharedVariable(const clang::Stmt *E);

} // namespace abide

#endif
