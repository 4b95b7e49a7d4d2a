//===- Json.cpp - The report as JSON --------------------------------------===//

#include "Json.h"
#include "FindingJson.h"
#include "Fingerprint.h"
#include "llvm/Support/raw_ostream.h"
#include <set>

using nlohmann::ordered_json;

namespace abide {

void writeJson(const Report &R, llvm::raw_ostream &OS) {
  std::vector<std::string> Fingerprints = fingerprints(R);
  ordered_json Findings = ordered_json::array();
  std::set<std::string> Files;
  for (size_t I = 0; I != R.Findings.size(); ++I) {
    ordered_json F = nlohmann::json(R.Findings[I]);
    F["fingerprint"] = Fingerprints[I];
    Findings.push_back(std::move(F));
    Files.insert(R.Findings[I].Where.Path);
  }
  ordered_json Failures = ordered_json::array();
  for (const Failure &F : R.Failures)
    Failures.push_back(ordered_json(nlohmann::json(F)));
  ordered_json Root = {{"version", 1},
                       {"tool", {{"name", "abide"}, {"version", R.ToolVersion}}},
                       {"findings", std::move(Findings)},
                       {"failures", std::move(Failures)},
                       {"summary",
                        {{"findings", R.Findings.size()},
                         {"files", Files.size()},
                         {"translationUnits", R.UnitsTotal},
                         {"analysed", R.UnitsAnalysed},
                         {"interrupted", R.Interrupted},
                         {"seconds", R.Seconds}}}};
  OS << Root.dump(2, ' ', false, ordered_json::error_handler_t::replace) << "\n";
}

} // namespace abide
