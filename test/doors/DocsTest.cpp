//===- DocsTest.cpp - The code of docs/checks/<slug>.md does what it says -===//

#include "InProcess.h"
#include "gtest/gtest.h"
#include <algorithm>

namespace abide::test {
namespace {

struct Block {
  Fixture Code;
  bool Bad;
};

/// Fenced blocks that open with "```cpp bad" or "```cpp good". Lines above a block become blank
/// lines, so that findings carry the line numbers of the page.
std::vector<Block> blocksOf(const fs::path &Page) {
  std::vector<Block> Result;
  std::string Text, Fence;
  unsigned Number = 0, Start = 0;
  for (const std::string &Line : splitLines(readFile(Page))) {
    ++Number;
    if (Fence.empty() && Line.starts_with("```")) {
      Fence = Line;
      Start = Number;
      Text.clear();
    } else if (!Fence.empty() && Line.starts_with("```")) {
      if (Fence == "```cpp bad" || Fence == "```cpp good")
        Result.push_back({parseFixture(Page.stem().string(), "line_" + std::to_string(Start),
                                       fs::path(Page).replace_extension(".cpp"),
                                       std::string(Start, '\n') + Text),
                          Fence.ends_with("bad")});
      Fence.clear();
    } else if (!Fence.empty()) {
      Text += Line + "\n";
    }
  }
  return Result;
}

std::vector<Block> allBlocks() {
  std::vector<Block> Result;
  for (const fs::path &Page : filesUnder(ABIDE_SOURCE_DIR "/docs/checks", {".md"}))
    for (Block &B : blocksOf(Page))
      Result.push_back(std::move(B));
  return Result;
}

std::string nameOf(const ::testing::TestParamInfo<Block> &Info) {
  std::string Slug = Info.param.Code.Slug;
  std::replace(Slug.begin(), Slug.end(), '-', '_');
  return Slug + "__" + Info.param.Code.Name + (Info.param.Bad ? "_bad" : "_good");
}

void PrintTo(const Block &B, std::ostream *Stream) { *Stream << B.Code.Text; }

class Docs : public ::testing::TestWithParam<Block> {};

TEST_P(Docs, BlockDoesWhatThePageSays) {
  const auto &[Code, Bad] = GetParam();
  InProcessResult Result = runInProcess(Code, Code.Text);
  unsigned Found = 0;
  std::string Listing;
  for (const Shown &S : Result.Findings) {
    EXPECT_FALSE(S.Error) << Code.Path.stem() << ".md:" << S.Line << ": " << S.Message;
    Found += S.Check == Code.checkId();
    Listing += std::to_string(S.Line) + ": " + S.Message + "\n";
  }
  if (Bad)
    EXPECT_GT(Found, 0u) << "a bad block must be reported";
  else
    EXPECT_EQ(Found, 0u) << Listing;
  if (!Result.HasFixes)
    return;
  for (const Shown &S : runInProcess(Code, Result.Fixed).Findings)
    EXPECT_FALSE(S.Error) << "after the fix-its, line " << S.Line << ": " << S.Message;
}

INSTANTIATE_TEST_SUITE_P(All, Docs, ::testing::ValuesIn(allBlocks()), nameOf);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Docs);

} // namespace
} // namespace abide::test
