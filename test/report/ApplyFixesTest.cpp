//===- ApplyFixesTest.cpp - Edits on disk ---------------------------------===//

#include "ApplyFixes.h"
#include "Files.h"
#include <gtest/gtest.h>

using namespace abide;
using namespace abide::test;

namespace {

Finding fixOf(const std::string &Path,
              std::vector<std::tuple<unsigned, unsigned, const char *>> Edits) {
  Finding F;
  F.CheckId = "async-x";
  F.Where = {Path, 1, 1, std::get<0>(Edits.front())};
  for (auto [Offset, Length, Text] : Edits)
    F.Edits.push_back({{Path, Offset, Length}, Text});
  return F;
}

auto now() { return std::chrono::system_clock::now() + std::chrono::seconds(1); }

TEST(ApplyFixes, AllEditsOfAFindingOrNone) {
  TempDir Dir;
  std::string Path = Dir.write("a", "abcdef").string();
  FixOutcome Out = applyFixes({fixOf(Path, {{0, 1, "X"}, {5, 1, "Y"}}),
                               fixOf(Path, {{2, 1, "-"}, {5, 1, "Z"}}), fixOf(Path, {{3, 0, "!"}})},
                              now());
  EXPECT_EQ(readFile(Path), "Xbc!deY");
  EXPECT_EQ(Out.Offered, 3u);
  EXPECT_EQ(Out.Fixed, 2u);
  ASSERT_EQ(Out.Skipped.size(), 1u);
  EXPECT_NE(Out.Skipped[0].find("overlaps another fix"), std::string::npos);
}

TEST(ApplyFixes, TheSameEditTwiceIsOneEdit) {
  TempDir Dir;
  std::string Path = Dir.write("a", "x").string();
  FixOutcome Out = applyFixes({fixOf(Path, {{0, 0, "1"}}), fixOf(Path, {{0, 0, "1"}})}, now());
  EXPECT_EQ(readFile(Path), "1x");
  EXPECT_EQ(Out.Fixed, 2u);
}

TEST(ApplyFixes, AFileThatChangedMeanwhileIsLeftAlone) {
  TempDir Dir;
  std::string Path = Dir.write("a", "x").string();
  FixOutcome Out = applyFixes({fixOf(Path, {{0, 0, "1"}})},
                              std::chrono::system_clock::now() - std::chrono::hours(1));
  EXPECT_EQ(readFile(Path), "x");
  EXPECT_EQ(Out.Fixed, 0u);
  ASSERT_EQ(Out.Skipped.size(), 1u);
  EXPECT_NE(Out.Skipped[0].find("changed while it was analysed"), std::string::npos);
}

TEST(ApplyFixes, EditsOfSeveralFiles) {
  TempDir Dir;
  std::string A = Dir.write("a", "a").string(), B = Dir.write("b", "b").string();
  Finding F = fixOf(A, {{1, 0, "1"}});
  F.Edits.push_back({{B, 1, 0}, "2"});
  FixOutcome Out = applyFixes({F}, now());
  EXPECT_EQ(readFile(A) + readFile(B), "a1b2");
  EXPECT_EQ(Out.Files, (std::vector<std::string>{A, B}));
  EXPECT_EQ(filesUnder(Dir.path(), {""}).size(), 2u) << "a temporary file was left behind";
}

TEST(ApplyFixes, AnEditBeyondTheEndIsAnError) {
  TempDir Dir;
  std::string Path = Dir.write("a", "x").string();
  FixOutcome Out = applyFixes({fixOf(Path, {{100, 1, "1"}})}, now());
  EXPECT_EQ(readFile(Path), "x");
  EXPECT_EQ(Out.Fixed, 0u);
  EXPECT_EQ(Out.Errors.size(), 1u);
}

} // namespace
