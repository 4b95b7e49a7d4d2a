//===- GuidesTest.cpp - The guides show what abide really prints ----------===//
//
// In a page of docs/guides, a block that opens with "```cpp NAME.cpp" is a file, and the "```text"
// block after it, if that is the next one, is what `abide check NAME.cpp` prints about it. A file
// without such a block has no findings. A "```yaml" block before a file is its .clang-tidy.
//
//===----------------------------------------------------------------------===//

#include "Project.h"

namespace abide::test {
namespace {

struct Example {
  std::string Page, Name, Code, Config, Output;
};

std::vector<Example> examplesOf(const fs::path &Page) {
  std::vector<Example> Result;
  std::string Fence, Text, Config;
  bool MayFollow = false; // A text block belongs to the file right before it.
  for (const std::string &Line : splitLines(readFile(Page))) {
    if (!Line.starts_with("```")) {
      Text += Fence.empty() ? "" : Line + "\n";
    } else if (Fence.empty()) {
      Fence = Line;
      Text.clear();
    } else {
      if (Fence.starts_with("```cpp ") && Fence.ends_with(".cpp"))
        Result.push_back({Page.stem().string(), Fence.substr(7), Text, Config, ""});
      else if (Fence == "```text" && MayFollow)
        Result.back().Output = Text;
      MayFollow = Fence.starts_with("```cpp ");
      Config = Fence == "```yaml" ? Text : "";
      Fence.clear();
    }
  }
  return Result;
}

std::vector<Example> allExamples() {
  std::vector<Example> Result;
  for (const fs::path &Page : filesUnder(ABIDE_SOURCE_DIR "/docs/guides", {".md"}))
    for (Example &E : examplesOf(Page))
      Result.push_back(std::move(E));
  return Result;
}

std::string nameOf(const ::testing::TestParamInfo<Example> &Info) {
  std::string Name = Info.param.Page + "__" + fs::path(Info.param.Name).stem().string();
  std::replace(Name.begin(), Name.end(), '-', '_');
  return Name;
}

void PrintTo(const Example &E, std::ostream *Stream) { *Stream << E.Code; }

class Guides : public ::testing::TestWithParam<Example> {};

TEST_P(Guides, ShowWhatAbidePrints) {
  const Example &E = GetParam();
  Project P;
  if (!E.Config.empty())
    P.write(".clang-tidy", E.Config);
  P.source(E.Name, E.Code,
           {"-I", ABIDE_SOURCE_DIR "/test/include/installed", "-I",
            ABIDE_SOURCE_DIR "/test/include", "-I", ABIDE_SOURCE_DIR "/runtime/include"});
  ProcessResult Result = P.check({"--quiet", E.Name});
  EXPECT_EQ(Result.Out, E.Output) << Result.describe();
  EXPECT_EQ(Result.ExitCode, E.Output.empty() ? Clean : Findings) << Result.describe();
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Guides);
INSTANTIATE_TEST_SUITE_P(All, Guides, ::testing::ValuesIn(allExamples()), nameOf);

} // namespace
} // namespace abide::test
