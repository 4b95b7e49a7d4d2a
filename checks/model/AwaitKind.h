//===- AwaitKind.h - What a suspension waits for ---------------*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_AWAITKIND_H
#define ABIDE_CHECKS_MODEL_AWAITKIND_H

#include "model/TuModel.h"

namespace abide {

enum class AwaitKind : unsigned char {
  Ordinary,   ///< For something that happens elsewhere, as far as anybody knows.
  Sleep,      ///< For a time.
  Checkpoint, ///< For its next turn.
  Never,      ///< For nothing: it goes on at once.
};

AwaitKind kindOfAwait(const TuModel &Model, const Suspension &S);

/// Whether what is awaited is a call of one of these functions or an object of one of these types.
bool awaitsOneOf(const Suspension &S, llvm::ArrayRef<std::string> QualifiedNames);

/// The co_await that an initialiser comes from, also when it gives a reference that is moved from.
const clang::CoawaitExpr *awaitIn(const clang::Expr *Init);

/// The call that makes what is awaited, without moves and conversions; null if it is no call.
const clang::CallExpr *awaitedCall(const Suspension &S);

} // namespace abide

#endif
