//===- Publishing.h - When other threads get a coroutine -------*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_PUBLISHING_H
#define ABIDE_CHECKS_MODEL_PUBLISHING_H

#include "model/Flow.h"
#include "model/TuModel.h"

namespace abide {

/// How another thread comes to a coroutine.
enum class Publication : unsigned char {
  Thread, ///< A call gives it to a thread.
  Atomic, ///< It is put into an atomic variable.
  Unlock, ///< It was stored while a mutex was held, which is released.
};

/// A place in await_suspend that uses the awaiter or the frame when that may be gone.
struct UseAfterPublish {
  const clang::Expr *Use;
  const clang::ValueDecl *What; ///< The member, or the handle.
  bool IsHandle;
  const clang::Stmt *Publish;
  Publication How;
  llvm::SmallVector<FlowStep, 4> Way;
};

std::optional<UseAfterPublish> usedAfterPublish(const TuModel &Model,
                                                const FunctionFacts &Function);

} // namespace abide

#endif
