//===- Handles.h - What is done to coroutine handles -----------*- C++ -*-===//
//
// A coroutine_handle is a pointer without an owner: who resumes and who destroys is an agreement
// between functions. These facts are read from patterns of templates too, where the type of a
// handle is known although its promise is not.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_HANDLES_H
#define ABIDE_CHECKS_MODEL_HANDLES_H

#include "model/TuModel.h"
#include <optional>

namespace abide {

/// Whether T, references ignored, is std::coroutine_handle<...>.
bool isHandle(clang::QualType T);

/// The P of coroutine_handle<P>; null for coroutine_handle<> and where P is not known.
const clang::CXXRecordDecl *promiseOfHandle(clang::QualType T);

enum class HandleOp : unsigned char {
  Resume,
  Destroy,
  Done,
  Other, ///< promise(), address(), operator bool ...
};

/// A call of a member function of a handle.
struct HandleCall {
  HandleOp Op;
  const clang::Expr *Handle; ///< The object, as written.
};

/// What S, a call, does to a handle, if it does.
std::optional<HandleCall> handleCall(const clang::Stmt *S);

/// The name of the called function, also where the pattern of a template has not chosen one.
llvm::StringRef calleeName(const clang::CallExpr &Call);

/// A variable, a member of one, or a member of `this`: where a handle is kept.
struct HandlePlace {
  const clang::ValueDecl *Root = nullptr; ///< Null: `this`.
  const clang::ValueDecl *Field = nullptr;

  /// Both null when the expression names no such place.
  static HandlePlace of(const clang::Expr *E);
  explicit operator bool() const { return Root || Field; }
  bool operator==(const HandlePlace &Other) const {
    return Root == Other.Root && Field == Other.Field;
  }
  const clang::ValueDecl &last() const { return Field ? *Field : *Root; }
};

/// A class whose destructor destroys the frame of a handle that it keeps.
struct HandleOwner {
  const clang::CXXRecordDecl *Class; ///< As written: of a template, the pattern.
  const clang::FieldDecl *Handle;
  const clang::Stmt *Destroys;
  bool OnlyIfSet;  ///< No condition but one on the handle itself decides.
  bool OnlyIfDone; ///< It asks done() first.
};

/// Owners whose destructors this TU shows.
std::vector<HandleOwner> handleOwners(const TuModel &Model);

/// The assignment to the member in an operator= that does nothing else for the old frame, or null.
const clang::Stmt *overwrites(const clang::CXXMethodDecl &Assignment, const HandleOwner &Owner);

/// `task(task &&other) : handle(other.handle) {}`, where the other one still has it: the value.
const clang::Expr *copiesHandle(const clang::CXXConstructorDecl &Constructor,
                                const HandleOwner &Owner);

} // namespace abide

#endif
