//===- Report.cpp - What a run found, as a plain value --------------------===//

#include "Report.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include <algorithm>
#include <tuple>

using namespace llvm;

namespace abide {
namespace {

auto identity(const Finding &F) { return std::tie(F.Where, F.CheckId, F.Message); }

/// Repetitions may differ in what only some translation units can prove: the richest comes first,
/// then the smallest, so that the choice does not depend on the order of arrival.
bool findingOrder(const Finding &A, const Finding &B) {
  if (identity(A) != identity(B))
    return identity(A) < identity(B);
  auto Rank = [](const Finding &F) {
    return std::make_tuple(F.Edits.empty(), -int(F.Notes.size()));
  };
  if (Rank(A) != Rank(B))
    return Rank(A) < Rank(B);
  return std::tie(A.Notes, A.Ranges, A.Edits, A.Level) <
         std::tie(B.Notes, B.Ranges, B.Edits, B.Level);
}

auto identity(const Failure &F) { return std::tie(F.File, F.Where, F.Message, F.What, F.Notes); }

} // namespace

void normalise(Report &R) {
  auto Same = [](const auto &A, const auto &B) { return identity(A) == identity(B); };
  std::sort(R.Findings.begin(), R.Findings.end(), findingOrder);
  R.Findings.erase(std::unique(R.Findings.begin(), R.Findings.end(), Same), R.Findings.end());
  std::sort(R.Failures.begin(), R.Failures.end(),
            [](const Failure &A, const Failure &B) { return identity(A) < identity(B); });
  R.Failures.erase(std::unique(R.Failures.begin(), R.Failures.end(), Same), R.Failures.end());
}

std::string interruptedMessage(const Report &R) {
  if (!R.Interrupted)
    return "";
  return ("interrupted: " + Twine(R.UnitsAnalysed) + " of " + Twine(R.UnitsTotal) +
          " translation units analysed, results are partial")
      .str();
}

std::string displayPath(const std::string &Path, const std::string &Base) {
  StringRef Rest = Path;
  if (!Base.empty() && Rest.consume_front(Base) && Rest.consume_front("/") && !Rest.empty())
    return Rest.str();
  return Path;
}

std::string counted(size_t N, const char *Noun) {
  return (Twine(N) + " " + Noun + (N == 1 ? "" : "s")).str();
}

} // namespace abide
