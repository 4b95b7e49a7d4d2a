//===- DebugExamplesTest.cpp - The examples of asyncio's guide ------------===//
//
// Each program in docs/examples/runtime-debug, with debug mode off and on, prints what NAME.off and
// NAME.on say, and its twin in Python what NAME.py.off and NAME.py.on say. docs/runtime/debug.md
// shows these files side by side.
//
//===----------------------------------------------------------------------===//

#include "Files.h"
#include "Process.h"
#include "gtest/gtest.h"
#include <regex>

namespace abide::test {
namespace {

const fs::path Examples = fs::path(ABIDE_SOURCE_DIR) / "docs/examples/runtime-debug";

std::string replaced(std::string Text, const char *Pattern, const char *With) {
  return std::regex_replace(Text, std::regex(Pattern), With);
}

/// Without what differs from run to run and from machine to machine.
std::string normalised(std::string Text) {
  Text = replaced(Text, "[^ \"\n]*/docs/examples/runtime-debug/", "");
  Text = replaced(Text, "[^ \"\n]*/asyncio/", "asyncio/");
  Text = replaced(Text, "[^ \"\n]*/threading.py", "threading.py");
  Text = replaced(Text, "(asyncio/[a-z_]+\\.py)(\", line |:)[0-9]+", "$1$2N");
  Text = replaced(Text, "0\\.[0-9]+ (s\\b|seconds)", "T $1");
  Text = replaced(Text, "thread '[^']*' \\([0-9]+\\)", "thread NAME (ID)");
  Text = replaced(Text, "([a-z]+\\.hpp):[0-9]+", "$1:N");
  // Of a machine under load.
  Text = replaced(Text, "Executing <Task [^\n]*name='Task-[^\n]*\n", "");
  return Text;
}

std::string output(const std::vector<std::string> &Argv, const std::string &Debug) {
  const bool Limited = Argv[0].ends_with("slow_callback");
  const std::string Slow = std::string("ABIDE_SLOW_CALLBACK=") + (Limited ? "0.1" : "60");
  const ProcessResult Result =
      run({"sh", "-c", "exec \"$@\" 2>&1", "sh", Argv[0], Argv.size() > 1 ? Argv[1] : ""},
          {.Environment = {"ABIDE_DEBUG=" + Debug, "PYTHONASYNCIODEBUG=" + Debug,
                           "ABIDE_LOG=", "ABIDE_DEBUG_FATAL=", Slow, "ABIDE_LOG_FORMAT="}});
  return normalised(Result.Out);
}

std::string golden(const std::string &Name) { return readFile(Examples / Name); }

class DebugExamples : public testing::TestWithParam<const char *> {};

TEST_P(DebugExamples, PrintWhatIsExpected) {
  const std::string Program = std::string(ABIDE_BIN) + "/runtime-debug-" + GetParam();
  EXPECT_EQ(output({Program}, ""), golden(std::string(GetParam()) + ".off"));
#ifdef __clang__
  GTEST_SKIP() << "the frames in the expected texts are those of g++";
#endif
  EXPECT_EQ(output({Program}, "2"), golden(std::string(GetParam()) + ".on"));
}

TEST_P(DebugExamples, SayWhatPythonSays) {
  const ProcessResult Version = run({"/usr/bin/python3", "--version"});
  if (Version.Out.find("Python 3.11.") == std::string::npos)
    GTEST_SKIP() << "the texts are those of Python 3.11, this is " << Version.Out;
  const std::string Program = (Examples / GetParam()).string() + ".py";
  EXPECT_EQ(output({"/usr/bin/python3", Program}, ""), golden(std::string(GetParam()) + ".py.off"));
  EXPECT_EQ(output({"/usr/bin/python3", Program}, "1"), golden(std::string(GetParam()) + ".py.on"));
}

TEST_P(DebugExamples, StandInThePage) {
  const std::string Page = readFile(fs::path(ABIDE_SOURCE_DIR) / "docs/runtime/debug.md");
  for (const char *End : {".cpp", ".off", ".on", ".py.off", ".py.on"}) {
    const std::string Text = golden(GetParam() + std::string(End));
    if (std::string_view(End) == ".cpp")
      EXPECT_NE(Page.find(GetParam() + std::string(End)), std::string::npos) << GetParam();
    else
      EXPECT_NE(Page.find("\n```text\n" + Text + "```\n"), std::string::npos)
          << GetParam() << End << " is not in the page as it is";
  }
}

INSTANTIATE_TEST_SUITE_P(Guide, DebugExamples,
                         testing::Values("never_awaited", "never_retrieved", "slow_callback",
                                         "threads", "pending"),
                         [](const auto &Info) { return std::string(Info.param); });

} // namespace
} // namespace abide::test
