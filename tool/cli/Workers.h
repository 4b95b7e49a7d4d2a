//===- Workers.h - Translation units in parallel, one crash apart -*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_WORKERS_H
#define ABIDE_TOOL_CLI_WORKERS_H

#include "TuResult.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <functional>

namespace abide {

/// What the pool tells while it runs.
struct PoolEvents {
  std::function<void(unsigned Unit)> Started;
  std::function<void(unsigned Unit, TuResult)> Finished;
};

/// Analyses Count units with at most Jobs processes. Each process is a copy of this one, which must
/// have a single thread. A process that dies loses only the unit it was at, and another takes its
/// place. Returns false when SIGINT or SIGTERM ended the run early.
bool analyseInParallel(unsigned Count, unsigned Jobs,
                       llvm::function_ref<TuResult(unsigned Unit)> Analyse,
                       const PoolEvents &Events);

} // namespace abide

#endif
