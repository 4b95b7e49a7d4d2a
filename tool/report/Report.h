//===- Report.h - What a run found, as a plain value -----------*- C++ -*-===//
//
// The input of every reporter. No Clang here, and no knowledge of how the findings were made.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_REPORT_REPORT_H
#define ABIDE_TOOL_REPORT_REPORT_H

#include "Finding.h"
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace abide {

/// What the reader of a finding may want to know of its check.
struct RuleInfo {
  std::string Id;
  std::string Summary;
  FindingLevel Level = FindingLevel::Warning;
  bool Recommended = true;
  std::string Help; ///< Markdown.
};

/// Why a translation unit, or the configuration, did not get its full analysis.
struct Failure {
  enum class Kind { CompileError, NotAnalysed, Configuration, Interrupted };
  Kind What = Kind::NotAnalysed;
  std::string File; ///< The translation unit; empty when the run as a whole is concerned.
  Place Where;      ///< Of a compile error; Path is empty when it has no place.
  std::string Message;
  std::vector<FindingNote> Notes;
};

/// Findings are sorted and without repetition; failures too.
struct Report {
  std::vector<Finding> Findings;
  std::vector<Failure> Failures;
  unsigned UnitsTotal = 0;
  unsigned UnitsAnalysed = 0; ///< Those that reached their end, with or without compile errors.
  bool Interrupted = false;
  double Seconds = 0;
  std::string ToolVersion;
  std::string WorkingDirectory; ///< Text reports name files below it relative to it.
  std::string SourceRoot;       ///< SARIF reports name files below it relative to it.
  std::vector<std::string> Arguments;
  std::vector<RuleInfo> Rules; ///< Sorted by id.
};

/// Sorts findings and failures by place and removes repetitions: a header is seen from many
/// translation units, in an order that depends on the number of workers.
void normalise(Report &R);

/// "interrupted: 3 of 12 translation units analysed, results are partial", or empty.
std::string interruptedMessage(const Report &R);

/// The path as the reader knows it: relative to Base when it is below, else as it is.
std::string displayPath(const std::string &Path, const std::string &Base);

/// "1 finding", "2 findings".
std::string counted(size_t N, const char *Noun);

} // namespace abide

#endif
