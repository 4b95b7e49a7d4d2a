//===- BaselineTest.cpp - Findings that are known already -----------------===//

#include "Project.h"

using namespace abide::test;

namespace {

TEST(Baseline, WhatWasWrittenIsReportedNoMore) {
  Project P;
  P.source("a.cpp", OneFinding);
  ProcessResult R = P.check({"--write-baseline=known.json"});
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
  EXPECT_CONTAINS(R.Err, "no findings, 1 known");
  EXPECT_EQ(P.check().ExitCode, Findings) << "nothing is known without the file";
  R = P.check({"--baseline=known.json"});
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
  EXPECT_CONTAINS(R.Err, "no findings, 1 known");
}

TEST(Baseline, LinesThatMoveStayKnownAndNewOnesDoNot) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.check({"--write-baseline=known.json"});
  P.write("a.cpp", "// One line more.\n\n" + std::string(OneFinding));
  EXPECT_EQ(P.check({"--baseline=known.json"}).ExitCode, Clean);

  P.write("a.cpp", std::string(OneFinding) + "task next() { work(); co_return; }\n");
  ProcessResult R = P.check({"--baseline=known.json"});
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_CONTAINS(R.Out, "a.cpp:3:");
  EXPECT_LACKS(R.Out, "a.cpp:2:");
  EXPECT_CONTAINS(R.Err, "1 finding in 1 file, 1 known");
}

TEST(Baseline, IsMadeAnewFromAllFindings) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.check({"--write-baseline=known.json"});
  P.write("a.cpp", std::string(OneFinding) + "task next() { work(); co_return; }\n");
  EXPECT_EQ(P.check({"--baseline=known.json", "--write-baseline=known.json"}).ExitCode, Clean);
  EXPECT_EQ(P.check({"--baseline=known.json"}).ExitCode, Clean);
}

TEST(Baseline, HoldsForReportsAndFixes) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.check({"--write-baseline=known.json"});
  EXPECT_EQ(P.checkJson({"--baseline=known.json"})["findings"].size(), 0u);
  P.check({"--baseline=known.json", "--fix"});
  EXPECT_EQ(P.contents("a.cpp"), OneFinding);
}

TEST(Baseline, IsTheSameInAnotherPlace) {
  Project P, Q;
  P.source("a.cpp", OneFinding);
  Q.source("a.cpp", OneFinding);
  P.check({"--write-baseline=known.json"});
  Q.write("known.json", P.contents("known.json"));
  EXPECT_EQ(Q.check({"--baseline=known.json"}).ExitCode, Clean);
}

TEST(Baseline, FilesThatAreNoneAreNamedWithTheCure) {
  Project P;
  P.source("a.cpp", OneFinding);
  ProcessResult R = P.check({"--baseline=known.json"});
  EXPECT_EQ(R.ExitCode, Usage) << R.describe();
  EXPECT_CONTAINS(R.Err, "cannot read 'known.json'");
  EXPECT_CONTAINS(R.Err, "'--write-baseline=known.json' makes it");
  for (const char *Text :
       {"", "[]", "{\"abide-baseline\": 1, \"findings\": 3}",
        "{\"abide-baseline\": 1, \"findings\": [{}]}", "{\"abide-baseline\": 1, \"findings\": [3]}",
        "{\"abide-baseline\": 9, \"findings\": []}", "\xff"}) {
    P.write("known.json", Text);
    R = P.check({"--baseline=known.json"});
    EXPECT_EQ(R.ExitCode, Usage) << Text << R.describe();
    EXPECT_CONTAINS(R.Err, "write it again: abide check --write-baseline=known.json");
  }
  R = P.check({"--write-baseline=no/where.json"});
  EXPECT_EQ(R.ExitCode, Usage) << R.describe();
  R = P.check({"--write-baseline=/dev/full"});
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Err, "cannot write '/dev/full'");
}

} // namespace
