//===- Main.cpp - A filter that selects nothing is a failure --------------===//

#include "gtest/gtest.h"
#include <cstdio>

int main(int Argc, char *Argv[]) {
  ::testing::InitGoogleTest(&Argc, Argv);
  int Failed = RUN_ALL_TESTS();
  if (::testing::GTEST_FLAG(list_tests) || ::testing::UnitTest::GetInstance()->test_to_run_count())
    return Failed;
  std::fprintf(stderr,
               "no test matches '%s'; a check needs fixtures under test/fixtures/<slug> and "
               "code blocks in docs/checks/<slug>.md\n",
               ::testing::GTEST_FLAG(filter).c_str());
  return 1;
}
