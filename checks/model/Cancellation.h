//===- Cancellation.h - How a coroutine hears that it was cancelled -*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_CANCELLATION_H
#define ABIDE_CHECKS_MODEL_CANCELLATION_H

#include "model/TuModel.h"

namespace abide {

/// The exception in which an await of cancelled work ends.
struct CancellationSignal {
  std::string Name; ///< Qualified, of an exception or of an error code; empty: there is none.
  const clang::NamedDecl *Decl = nullptr; ///< Null when this TU does not declare it.
  bool NeedsToken = false;                ///< Only awaits that are given a token end so.
  bool Once = false;                      ///< One await ends so; those after it wait again.

  explicit operator bool() const { return !Name.empty(); }
  /// The class of the exception when it is one, visible here; null for an error code.
  const clang::CXXRecordDecl *type() const;
};

/// By the library of the type that the coroutine returns. Nothing for libraries that cancel by
/// destroying the frame, or without an exception.
CancellationSignal cancellationOf(const TuModel &Model, const FunctionFacts &F);

/// Whether the await may end in the signal: not one that gives its error as a value.
bool mayBeCancelled(const TuModel &Model, const CancellationSignal &Signal, const Suspension &S);

/// What a handler is to the signal.
enum class Catches : unsigned char {
  Other, ///< It goes past.
  Any,   ///< It is caught, with other failures.
  Only,  ///< It is caught by itself.
};
Catches catches(const TuModel &Model, const CancellationSignal &Signal,
                const clang::CXXCatchStmt &Handler);

/// Whether something of a cancellation token's type is named in S.
bool namesToken(const NameLookup &Names, const clang::Stmt *S);

/// Whether the await is one on the way out: it closes what the coroutine used.
bool isCleanup(const NameLookup &Names, const Suspension &S);

/// Whether the expression is a member call of a cancellation token: it asks, or waits.
bool asksToken(const NameLookup &Names, const clang::Stmt *S);

} // namespace abide

#endif
