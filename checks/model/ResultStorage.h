//===- ResultStorage.h - What the result of an await leads to ---*- C++ -*-===//
//
// Follows an expression back to the storage behind it: through members, casts, standard containers
// and views, bodies of functions that the TU shows, and co_await. Where nobody can tell it finds
// nothing, so that an empty answer means "unknown".
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_RESULTSTORAGE_H
#define ABIDE_CHECKS_MODEL_RESULTSTORAGE_H

#include "model/TuModel.h"

namespace abide {

/// One storage that an expression may lead to.
struct Storage {
  enum Kind : unsigned char {
    Temporary, ///< Made in E, gone at the end of its full-expression.
    Variable,  ///< Var itself: a local, or a parameter that is no reference.
    Behind,    ///< What Var, a parameter that is a reference, pointer or view, leads to.
    Object,    ///< `*this`.
    Element,   ///< What the loop variable or iterator Var stands for at the moment.
  };
  Kind What;
  const clang::Expr *E = nullptr;
  const clang::VarDecl *Var = nullptr;
  const clang::CoawaitExpr *Await = nullptr; ///< The outermost co_await on the way to it, if any.
  /// The storage is inside of the coroutine frame that E, a task, owns.
  bool Frame = false;
};

using Storages = llvm::SmallVector<Storage, 2>;

/// A pointer, or a class whose values lead to storage of somebody else: string_view, span, an
/// iterator.
bool isView(const TuModel &Model, clang::QualType T);
/// A class whose values own what their members give out: std::string, vector, unique_ptr.
bool isOwner(clang::QualType T);

/// The T of a `task<T>`: what its coroutines give back. Null when unknown.
clang::QualType valueOfTask(const TuModel &Model, clang::QualType Task);

/// Where E, a glvalue, stands: what a reference bound to it leads to.
Storages storageBound(const TuModel &Model, const clang::Expr *E);

/// What a copy of the value of E, a pointer, view or iterator, points into.
Storages storageHeld(const TuModel &Model, const clang::Expr *E);

/// What a function gives back leads to, in its own terms: Behind and Variable of its parameters,
/// Object, and Variable of its locals. For a coroutine, what its co_return statements give.
Storages storageOfResult(const TuModel &Model, const clang::FunctionDecl *F);

/// What is left of E, an expression of a function, in a result of type T, a reference or view.
Storages storageReturned(const TuModel &Model, const clang::Expr &E, clang::QualType T);

/// The call that puts something into a container, of which the use is the object; or null.
const clang::CXXMemberCallExpr *filledBy(const FunctionFlow &Flow, const VarUse &Use);

/// Whether a use of a pointer or view, or of a container of such, may look at what is behind it.
bool looksBehind(const FunctionFlow &Flow, const LocalFacts &Local, const VarUse &Use);

/// A use of Local that some path reaches after At without a new value in between, or null.
const clang::Expr *usedAfter(const TuModel &Model, const LocalFacts &Local, const clang::Stmt *At);

} // namespace abide

#endif
