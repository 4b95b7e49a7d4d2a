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

/// When a unit is given up; 0 for never.
struct Limits {
  unsigned Seconds = 0;
  unsigned MiB = 0; ///< Resident memory of the process, where /proc tells it.
};

/// Analyses Count units with at most Jobs processes. Each process is a copy of this one, which must
/// have a single thread. A process that dies, or is ended because its unit reached a limit, loses
/// only that unit, and another takes its place. Returns false when SIGINT or SIGTERM ended the run
/// early.
bool analyseInParallel(unsigned Count, unsigned Jobs, Limits PerUnit,
                       llvm::function_ref<TuResult(unsigned Unit)> Analyse,
                       const PoolEvents &Events);

} // namespace abide

#endif
