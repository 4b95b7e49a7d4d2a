//===- CallableResults.h - What becomes of what a callable returns -*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_CALLABLERESULTS_H
#define ABIDE_CHECKS_MODEL_CALLABLERESULTS_H

#include "model/TuModel.h"

namespace abide {

/// The type that calling a value of this type gives: of a lambda, a function or a pointer to one, a
/// function object, and of what binds or wraps one and hands its result on. Null when unknown.
clang::QualType resultOfCallable(clang::QualType Callable);

/// Somebody calls a callable and lets nobody have what it returns.
struct ResultDrop {
  const clang::NamedDecl *By; ///< The type-erasing class, or the function.
  /// From call to call in bodies that this TU shows, down to where the result is dropped.
  llvm::SmallVector<const clang::Expr *, 2> Path;
};

/// Whether the call drops what its argument number Index returns, a callable: it makes a
/// `std::function<void()>` of it, is known to, or shows it in its body. A result cast to void
/// counts when EvenVoided.
std::optional<ResultDrop> dropOfResult(const TuModel &Model, const CallSite &Site, unsigned Index,
                                       bool EvenVoided);

} // namespace abide

#endif
