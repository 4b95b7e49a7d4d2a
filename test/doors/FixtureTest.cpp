//===- FixtureTest.cpp - Every fixture through every door -----------------===//

#include "Doors.h"
#include "InProcess.h"
#include "gtest/gtest.h"
#include <algorithm>

namespace abide::test {
namespace {

using Case = std::pair<std::string, const Fixture *>;

std::vector<Case> cases(bool FixedOnly) {
  std::vector<Case> Result;
  for (const char *Name : DoorNames)
    for (const Fixture &F : allFixtures())
      if (F.Fixed || !FixedOnly)
        Result.emplace_back(Name, &F);
  return Result;
}

std::string identifier(std::string Text) {
  std::replace_if(Text.begin(), Text.end(), [](unsigned char C) { return !std::isalnum(C); }, '_');
  return Text;
}

/// "clangd_never_awaited__basic"
std::string nameOf(const ::testing::TestParamInfo<Case> &Info) {
  const auto &[Door, F] = Info.param;
  return Door + "_" + identifier(F->Slug) + "__" + identifier(F->Name);
}

class Fixtures : public ::testing::TestWithParam<Case> {
protected:
  void SetUp() override {
    for (const std::string &Header : GetParam().second->Requires)
      if (!headerExists(*GetParam().second, Header))
        GTEST_SKIP() << "<" << Header << "> is not installed";
  }
};

/// Faults of style in findings and their notes.
std::string styleFaults(const std::vector<Shown> &Findings) {
  std::string Result;
  for (const Shown &S : Findings) {
    if (std::string Fault = styleFault(S.Message); !Fault.empty() && !S.Error)
      Result += Fault + ": " + S.Message + "\n";
    Result += styleFaults(S.Notes);
  }
  return Result;
}

class FixedFixtures : public Fixtures {};
class FixResults : public Fixtures {};

TEST_P(Fixtures, ShowsWhatItsMarkersSay) {
  const auto &[Name, F] = GetParam();
  std::vector<Shown> Findings = door(Name).findings(*F);
  if (std::string Different = differences(*F, Findings); !Different.empty())
    ADD_FAILURE() << Name << ":\n" << Different;
  EXPECT_EQ(styleFaults(Findings), "");
}

TEST_P(FixedFixtures, BecomesItsFixedForm) {
  const auto &[Name, F] = GetParam();
  EXPECT_EQ(withoutMarkers(door(Name).fixed(*F)), withoutMarkers(*F->Fixed));
}

TEST_P(FixResults, CompileAndAreSilentWhereAllIsFixed) {
  const Fixture &F = *GetParam().second;
  const InProcessResult &Before = runInProcess(F);
  if (!Before.HasFixes && !F.Fixed)
    return;
  std::vector<std::string> Lines = splitLines(Before.Fixed);
  for (const Shown &S : runInProcess(F, Before.Fixed).Findings)
    if (S.Error || (F.Fixed && S.Check == F.checkId()))
      ADD_FAILURE() << F.Path.string() << ":" << S.Line << ": " << S.Message
                    << "\nfixed line: " << (S.Line <= Lines.size() ? Lines[S.Line - 1] : "");
}

std::vector<Case> inProcessCases() {
  std::vector<Case> Result = cases(false);
  std::erase_if(Result, [](const Case &C) { return C.first != DoorNames[0]; });
  return Result;
}

INSTANTIATE_TEST_SUITE_P(All, Fixtures, ::testing::ValuesIn(cases(false)), nameOf);
INSTANTIATE_TEST_SUITE_P(All, FixedFixtures, ::testing::ValuesIn(cases(true)), nameOf);
INSTANTIATE_TEST_SUITE_P(All, FixResults, ::testing::ValuesIn(inProcessCases()), nameOf);

} // namespace
} // namespace abide::test
