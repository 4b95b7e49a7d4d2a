//===- FixTest.cpp - abide check --fix ------------------------------------===//

#include "Project.h"

using namespace abide::test;

namespace {

TEST(Fix, AppliesWhatFindingsOffer) {
  Project P;
  P.source("a.cpp", OneFinding);
  fs::permissions(P.path() / "a.cpp", fs::perms(0640));
  ProcessResult R = P.check({"--fix"});
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
  EXPECT_EQ(P.contents("a.cpp"),
            "#include \"task.h\"\ntask run() { co_await work(); co_return; }\n");
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning:");
  EXPECT_CONTAINS(R.Err, "note: fixed 'a.cpp'");
  EXPECT_CONTAINS(R.Err, "1 finding in 1 file, 1 fixed; ");
  EXPECT_EQ(fs::status(P.path() / "a.cpp").permissions(), fs::perms(0640));
  EXPECT_EQ(P.check().ExitCode, Clean);
}

TEST(Fix, FindingsThatRemainAreStillFindings) {
  Project P;
  P.source("a.cpp", "#include \"task.h\"\n#include <unistd.h>\n"
                    "task run() {\n  work();\n  sleep(1);\n  co_return;\n}\n");
  ProcessResult R = P.check({"--fix"});
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_CONTAINS(R.Err, "2 findings in 1 file, 1 fixed; ");
}

TEST(Fix, AHeaderSeenFromManyIsFixedOnce) {
  Project P;
  P.write("shared.h",
          "#pragma once\n#include \"task.h\"\ninline task s() { work(); co_return; }\n");
  P.source("a.cpp", "#include \"shared.h\"\n");
  P.source("b.cpp", "#include \"shared.h\"\n");
  EXPECT_EQ(P.check({"--fix"}).ExitCode, Clean);
  EXPECT_CONTAINS(P.contents("shared.h"), "{ co_await work(); co_return; }");
}

TEST(Fix, ALinkStaysALink) {
  Project P;
  P.write("real/a.cpp", OneFinding);
  fs::create_symlink("real/a.cpp", P.path() / "a.cpp");
  P.command("a.cpp");
  EXPECT_EQ(P.check({"--fix"}).ExitCode, Clean);
  EXPECT_TRUE(fs::is_symlink(P.path() / "a.cpp"));
  EXPECT_CONTAINS(P.contents("real/a.cpp"), "co_await work()");
}

TEST(Fix, WhatCannotBeWrittenIsTold) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.source("b.cpp", OneFinding);
  // A name so long that the temporary file beside it has none.
  std::string Long(246, 'l');
  P.write(Long + ".cpp", OneFinding);
  P.command(Long + ".cpp");
  ProcessResult R = P.check({"--fix"});
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Err, "cannot fix '" + (P.path() / (Long + ".cpp")).string() + "'");
  EXPECT_CONTAINS(R.Err, "3 findings in 3 files, 2 fixed; ");
}

} // namespace
