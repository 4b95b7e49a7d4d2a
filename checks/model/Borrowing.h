//===- Borrowing.h - Whose objects a value refers to -----------*- C++ -*-===//
//
// A reference, a pointer, a view, an iterator or a closure refers to objects that it does not keep
// alive, and so does a task whose coroutine got such a thing. What is said here is known: an object
// of which nothing is known is not among the answers.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_BORROWING_H
#define ABIDE_CHECKS_MODEL_BORROWING_H

#include "model/TuModel.h"

namespace abide {

/// How a value of a type refers to an object of somebody else.
enum class Borrow : unsigned char {
  None, ///< It does not, as far as its type shows.
  Reference,
  Pointer,
  View,    ///< `string_view`, `span`, `reference_wrapper`, an iterator, a `function_ref`.
  Closure, ///< A lambda that captured a reference, a pointer, a view or `this`.
  Holder,  ///< A class with a member, or a `std::tuple` with an element, of these.
};

/// Unknown pointers count: what they point to may be owned by whoever gets them.
Borrow borrowOf(const TuModel &Model, clang::QualType T);

/// An object that a value refers to.
struct Referent {
  /// A local variable or parameter, of the function in which the expression stands or of one around
  /// it (its copy in the closure, when there is one). A parameter that is a reference stands for
  /// the object of the caller. Null: no variable.
  const clang::ValueDecl *Var = nullptr;
  /// A temporary that dies with its full-expression, or null.
  const clang::MaterializeTemporaryExpr *Temporary = nullptr;
  bool This = false; ///< The object of the member function in which the expression stands.
  const clang::Expr *At = nullptr; ///< Where the reference to it is made.
};
using Referents = llvm::SmallVector<Referent, 2>;

/// What has to be alive when a reference bound to E, a glvalue, is used.
Referents boundBy(const TuModel &Model, const clang::Expr *E);

/// What has to be alive when a copy of the value of E is used: what a pointer points to, a view
/// views, a closure captured, a task was given.
Referents heldBy(const TuModel &Model, const clang::Expr *E);

/// One thing that a coroutine was given and refers to.
struct BorrowedArgument {
  const clang::ParmVarDecl *Parameter; ///< Null for the object: `this` or the closure.
  const clang::Expr *Argument;
  Borrow How;
  Referents To; ///< Empty: something outside, or nobody knows.
};

/// What the task made by a call refers to by way of the parameters of its coroutine, or of a
/// function that returns a task. Empty for calls of anything else.
llvm::SmallVector<BorrowedArgument, 4> borrowedBy(const TuModel &Model, const clang::Expr *Call);

} // namespace abide

#endif
