//===- CommandTest.cpp - abide trace at the command line ------------------===//

#include "Files.h"
#include "Process.h"
#include "gtest/gtest.h"
#include <fstream>

namespace abide::test {
namespace {

constexpr std::string_view Small = R"({"traceEvents":[
{"ph":"M","pid":1,"tid":0,"name":"process_name","args":{"name":"abide"}},
{"ph":"M","pid":1,"tid":1,"name":"thread_name","args":{"name":"the only one"}},
{"ph":"X","pid":1,"tid":1,"name":"runs","cat":"step","ts":1,"dur":2,"args":{}}
]})";

class TraceCommand : public testing::Test {
protected:
  ProcessResult trace(std::vector<std::string> Args, ProcessOptions Options = {}) {
    Args.insert(Args.begin(), {ABIDE_BIN "/abide", "trace"});
    Options.Directory = Dir.path().string();
    return run(Args, Options);
  }
  /// Of a file with that text, to page.html.
  ProcessResult traceOf(std::string_view Text) {
    Dir.write("in.json", Text);
    return trace({"in.json", "-o", "page.html"});
  }
  std::string page() const { return readFile(Dir.path() / "page.html"); }

  TempDir Dir;
};

bool has(const std::string &Text, std::string_view Part) { return Text.find(Part) != Text.npos; }

TEST_F(TraceCommand, WritesOnePageThatNeedsNothingElse) {
  ProcessResult Result = traceOf(Small);
  EXPECT_EQ(Result.ExitCode, 0) << Result.describe();
  EXPECT_EQ(Result.Err, "");
  EXPECT_TRUE(has(page(), "the only one"));
  EXPECT_TRUE(has(page(), "default-src 'none'"));
  for (std::string_view Outside : {"src=", "href=", "@import", "url(\"", "https://"})
    EXPECT_FALSE(has(page(), Outside)) << Outside;
}

TEST_F(TraceCommand, WritesToStandardOutputAndReadsStandardInput) {
  ProcessOptions Options;
  Options.Input = Small;
  ProcessResult Result = trace({"-"}, Options);
  EXPECT_EQ(Result.ExitCode, 0) << Result.describe();
  EXPECT_TRUE(Result.Out.starts_with("<!doctype html>"));
}

TEST_F(TraceCommand, NamesWhatIsNotATraceAndTheCure) {
  struct Case {
    std::string_view Text, Says;
  } Cases[] = {
      {"", "'in.json': the file is empty"},
      {"hello", "'in.json': no JSON: parse error at line 1, column 1"},
      {R"({"a": 1})", "neither a trace nor a dump of tasks"},
      {"[1, 2, 3]", "neither a trace nor a dump of tasks"},
      {R"({"traceEvents":[{"ph":"X")", "breaks off before its first event"},
  };
  for (auto [Text, Says] : Cases) {
    ProcessResult Result = traceOf(Text);
    EXPECT_EQ(Result.ExitCode, 2) << Text;
    EXPECT_TRUE(has(Result.Err, Says)) << Result.Err;
    EXPECT_TRUE(has(Result.Err, "abide trace --help")) << Result.Err;
    EXPECT_FALSE(fs::exists(Dir.path() / "page.html")) << Text;
  }
}

TEST_F(TraceCommand, SaysThatTheFileIsMissing) {
  ProcessResult Result = trace({"none.json", "-o", "page.html"});
  EXPECT_EQ(Result.ExitCode, 64);
  EXPECT_TRUE(has(Result.Err, "cannot read 'none.json': No such file")) << Result.Err;
  EXPECT_TRUE(has(Result.Err, "ABIDE_TRACE")) << Result.Err;
}

TEST_F(TraceCommand, DrawsWhatStandsBeforeTheBreak) {
  ProcessResult Result = traceOf(Small.substr(0, Small.size() - 10));
  EXPECT_EQ(Result.ExitCode, 2);
  EXPECT_TRUE(has(Result.Err, "the file breaks off")) << Result.Err;
  EXPECT_TRUE(has(Result.Err, "line 4, column")) << Result.Err;
  EXPECT_TRUE(has(page(), "the file breaks off"));
  EXPECT_TRUE(has(page(), "the only one"));
}

TEST_F(TraceCommand, DrawsTheRestOfItemsThatMakeNoSense) {
  ProcessResult Result = traceOf(R"([{"ph":"X","pid":1,"tid":1,"name":"a","ts":1,"dur":2},
    {"ph":"X","pid":1,"tid":1,"ts":"x"}, {"ph":"X","pid":1,"tid":1,"ts":1,"dur":-1},
    {"ph":"E","pid":1,"tid":1,"ts":9}, {"ph":"X","ts":1e300,"dur":1}, 7])");
  EXPECT_EQ(Result.ExitCode, 2);
  EXPECT_TRUE(has(Result.Err, "5 items without a known phase, time or number left out"))
      << Result.Err;
}

TEST_F(TraceCommand, DrawsTracesOfOthersAndSaysWhatTheyLack) {
  ProcessResult Result = traceOf(R"([{"ph":"B","pid":7,"tid":"main","name":"load","ts":5000000},
    {"ph":"E","pid":7,"tid":"main","ts":5000100}, {"ph":"C","pid":7,"name":"memory","ts":1}])");
  EXPECT_EQ(Result.ExitCode, 0) << Result.describe();
  EXPECT_TRUE(has(Result.Err, "was not written by abide")) << Result.Err;
  EXPECT_TRUE(has(Result.Err, "1 event of kinds that are not drawn")) << Result.Err;
  EXPECT_TRUE(has(page(), "\"length\":100000")) << "times begin with the first event";
}

TEST_F(TraceCommand, TellsOfAnEmptyTrace) {
  for (std::string_view Text : {R"({"traceEvents":[]})", R"({"tasks":[]})"}) {
    ProcessResult Result = traceOf(Text);
    EXPECT_EQ(Result.ExitCode, 0) << Result.describe();
    EXPECT_TRUE(has(Result.Err, "there was no task")) << Result.Err;
  }
}

TEST_F(TraceCommand, TellsOfEventsThatTheTraceDropped) {
  std::string Text(Small.substr(0, Small.size() - 1));
  ProcessResult Result = traceOf(Text + R"(,"otherData":{"dropped":"12"}})");
  EXPECT_EQ(Result.ExitCode, 0) << Result.describe();
  EXPECT_TRUE(has(Result.Err, "12 more events were not written down")) << Result.Err;
}

TEST_F(TraceCommand, NeverWritesOverTheTrace) {
  Dir.write("in.json", Small);
  fs::create_hard_link(Dir.path() / "in.json", Dir.path() / "same.json");
  for (const char *Name : {"in.json", "./in.json", "same.json"}) {
    ProcessResult Result = trace({"in.json", "-o", Name});
    EXPECT_EQ(Result.ExitCode, 64);
    EXPECT_TRUE(has(Result.Err, "names the trace itself")) << Result.Err;
    EXPECT_EQ(readFile(Dir.path() / "in.json"), Small);
  }
}

TEST_F(TraceCommand, SaysWhereItCannotWrite) {
  Dir.write("in.json", Small);
  ProcessResult Result = trace({"in.json", "-o", "none/page.html"});
  EXPECT_EQ(Result.ExitCode, 64);
  EXPECT_TRUE(has(Result.Err, "cannot write 'none/page.html'")) << Result.Err;
  Result = trace({"in.json", "-o", "/dev/full"});
  EXPECT_EQ(Result.ExitCode, 2);
  EXPECT_TRUE(has(Result.Err, "cannot write '/dev/full': No space left")) << Result.Err;
}

TEST_F(TraceCommand, TakesNamesThatAreNoText) {
  std::string Text(Small);
  Text.replace(Text.find("the only one"), 3, "\xff\xfe<");
  ProcessResult Result = traceOf(Text);
  EXPECT_EQ(Result.ExitCode, 0) << Result.describe();
  EXPECT_TRUE(has(page(), "\xef\xbf\xbd\\u003c only one"));
}

TEST_F(TraceCommand, TakesNoNestingForAnAttack) {
  ProcessResult Result = traceOf(std::string(1'000'000, '['));
  EXPECT_EQ(Result.ExitCode, 2) << Result.describe();
}

TEST_F(TraceCommand, LeavesStepsOutThatNoBrowserCouldShow) {
  std::ofstream Big(Dir.path() / "big.json");
  Big << "[";
  for (int I = 0; I < 1'000'010; ++I)
    Big << R"({"ph":"X","pid":1,"tid":1,"ts":)" << I << R"(,"dur":1},)" << "\n";
  Big << R"({"ph":"X","pid":1,"tid":1,"ts":2000000,"dur":1}])" << std::flush;
  ProcessResult Result = trace({"big.json", "-o", "page.html"});
  EXPECT_EQ(Result.ExitCode, 0) << Result.describe();
  EXPECT_TRUE(has(Result.Err, "the first 1000000 of 1000011 steps are shown")) << Result.Err;
}

TEST_F(TraceCommand, WantsOneFile) {
  for (std::vector<std::string> Args : {std::vector<std::string>{}, {"a.json", "b.json"}}) {
    ProcessResult Result = trace(Args);
    EXPECT_EQ(Result.ExitCode, 64);
    EXPECT_TRUE(has(Result.Err, "'abide trace' takes one file")) << Result.Err;
  }
  ProcessResult Help = trace({"--help"});
  EXPECT_EQ(Help.ExitCode, 0);
  EXPECT_TRUE(has(Help.Out, "ABIDE_TRACE")) << Help.Out;
}

} // namespace
} // namespace abide::test
