//===- FuzzBaseline.cpp - The baseline ------------------------------------===//

#include "Baseline.h"
#include "Fuzz.h"

using namespace abide;

static Report report() {
  Report R;
  for (std::uint32_t Line : {1, 2, 3}) {
    Finding &F = R.Findings.emplace_back();
    F.CheckId = "async-sample";
    F.Where = {"/d/a.cpp", Line, 1, Line};
    F.Message = "a \"quoted\" message";
  }
  return R;
}

std::vector<std::string> seeds() { return {writeBaseline(report()), writeBaseline({})}; }

void feed(llvm::StringRef Text) {
  if (auto Known = taken(readBaseline(Text, "known.json"))) {
    Report R = report();
    const size_t Dropped = dropKnown(R, *Known);
    require(Dropped + R.Findings.size() == 3, "a finding is known or new");
  }
}
