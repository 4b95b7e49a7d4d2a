//===- Trace.h - What tasks did, as plain values ---------------*- C++ -*-===//

#ifndef ABIDE_TOOL_TRACE_TRACE_H
#define ABIDE_TOOL_TRACE_TRACE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace abide {

inline constexpr std::uint32_t None = ~0u;

enum class StepKind : std::uint8_t {
  Runs,
  Ready,     ///< Could run, and does not yet.
  Suspended, ///< Text says on what.
  Stuck,     ///< Suspended for ever.
  Other,     ///< Of a trace that another program wrote.
};

/// A stretch of the life of a task. Times are nanoseconds since the begin of the trace.
struct TraceStep {
  StepKind Kind = StepKind::Other;
  std::uint32_t Text = None;   ///< Index of Trace::Strings: on what, where it was spawned, a name.
  std::uint32_t Awaits = None; ///< The chain of co_awaits, as lines.
  std::uint32_t Ended = None;  ///< In the last step: done, failed, cancelled.
  std::int64_t Begin = 0, Length = 0;
  llvm::SmallVector<std::uint32_t, 1> WaitsFor; ///< Indices of Trace::Tasks.
};

struct TraceTask {
  std::string Name;
  std::uint32_t Spawned = None; ///< Where.
  std::uint32_t By = None;      ///< Index of the task that spawned it.
  std::vector<TraceStep> Steps; ///< Sorted by begin.
};

/// What the runtime said at that time: the object of its JSON lines.
struct TraceReport {
  std::int64_t At = 0;
  nlohmann::json What;
};

struct Trace {
  bool IsDump = false; ///< One moment: each task has one step without length.
  std::int64_t Length = 0;
  std::vector<std::string> Strings;
  std::vector<TraceTask> Tasks;
  std::vector<TraceReport> Reports;
  std::vector<std::string> Notes; ///< What is missing and why, for people.
  bool Whole = true;              ///< False: the input breaks off, or parts of it make no sense.
};

/// More steps than this make no page that a browser opens.
inline constexpr std::size_t MaxSteps = 1'000'000;

/// Reads a trace of the runtime, a dump of its tasks, or a Chrome trace of another program. A text
/// that breaks off gives what stands before; the error is for one that holds nothing of the kind.
llvm::Expected<Trace> readTrace(llvm::StringRef Text);

} // namespace abide

#endif
