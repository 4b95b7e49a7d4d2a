//===- ReturnFix.h - The fix-it that makes a coroutine of a function ------===//

#ifndef ABIDE_CHECKS_RETURNFIX_H
#define ABIDE_CHECKS_RETURNFIX_H

#include "Diag.h"
#include "model/TuModel.h"

namespace abide {

/// Adds the edits that turn each `return task;` of F into `co_return co_await task;`, so that F is
/// a coroutine that lives as long as the task. Returns false when it would not compile, or when the
/// coroutine would itself refer to something of its caller: reference, pointer and view parameters,
/// members, captures.
bool returnAwaited(Diag &D, const TuModel &Model, const FunctionFacts &F);

} // namespace abide

#endif
