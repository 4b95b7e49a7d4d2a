//===- SarifTest.cpp - SARIF as its readers want it -----------------------===//

#include "Sarif.h"
#include "Process.h"
#include "Sample.h"
#include "llvm/Support/raw_ostream.h"
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

using namespace abide;
using namespace abide::test;
using nlohmann::json;

namespace {

std::string sarifOf(const Report &R) {
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  writeSarif(R, OS);
  return Text;
}

json runOf(const Report &R) { return json::parse(sarifOf(R), nullptr, false)["runs"][0]; }

TEST(Sarif, IsValidAgainstTheSchema) {
  Sample S;
  Report Nothing;
  Nothing.WorkingDirectory = Nothing.SourceRoot = S.Root.path().string();
  Nothing.ToolVersion = "0.1.0";
  Report Stopped = S.R;
  Stopped.Interrupted = true;
  if (run({"/usr/bin/python3", "-c", "import jsonschema"}).ExitCode != 0)
    GTEST_SKIP() << "python3-jsonschema is not installed";
  for (const Report *R : {&S.R, &Nothing, &Stopped}) {
    fs::path Log = S.Root.write("log.sarif", sarifOf(*R));
    ProcessResult Result = run({"/usr/bin/python3", "-m", "jsonschema", "-i", Log.string(),
                                ABIDE_SOURCE_DIR "/test/report/sarif-schema-2.1.0.json"});
    EXPECT_EQ(Result.ExitCode, 0) << Result.describe();
  }
}

TEST(Sarif, TheSchemaTestSeesWhatIsWrong) {
  Sample S;
  if (run({"/usr/bin/python3", "-c", "import jsonschema"}).ExitCode != 0)
    GTEST_SKIP() << "python3-jsonschema is not installed";
  json Log = json::parse(sarifOf(S.R));
  Log["runs"][0]["columnKind"] = "bytes";
  fs::path Path = S.Root.write("log.sarif", Log.dump());
  EXPECT_NE(run({"/usr/bin/python3", "-m", "jsonschema", "-i", Path.string(),
                 ABIDE_SOURCE_DIR "/test/report/sarif-schema-2.1.0.json"})
                .ExitCode,
            0);
}

/// The validator of npm's @microsoft/sarif-multitool, installed once per build directory; empty
/// where it cannot be had.
std::string multitool() {
  if (const char *Given = std::getenv("ABIDE_SARIF_MULTITOOL"))
    return Given;
  fs::path Prefix = fs::path(ABIDE_BUILD_DIR) / "npm";
  fs::path Tool = Prefix / "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool";
  fs::create_directories(Prefix);
  int Lock = open((Prefix / "lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
  flock(Lock, LOCK_EX);
  if (!fs::exists(Tool))
    run({"npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix",
         Prefix.string(), "@microsoft/sarif-multitool@5"},
        {.Timeout = std::chrono::seconds(200)});
  std::error_code EC;
  fs::permissions(Tool, fs::perms::owner_exec, fs::perm_options::add, EC);
  close(Lock);
  return EC ? "" : Tool.string();
}

TEST(Sarif, IsCleanForTheMultitoolAndGitHub) {
  std::string Tool = multitool();
  if (Tool.empty())
    GTEST_SKIP() << "no npm package @microsoft/sarif-multitool (no npm, or no network)";
  Sample S;
  fs::path Log = S.Root.write("log.sarif", sarifOf(S.R));
  ProcessResult R = run({Tool, "validate", Log.string(), "--rule-kind", "Sarif;Gh", "--level",
                         "Error;Warning", "--output", (S.Root.path() / "verdict.sarif").string()},
                        {.Environment = {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1"}});
  EXPECT_EQ(R.ExitCode, 0) << R.describe();
  json Verdict = json::parse(readFile(S.Root.path() / "verdict.sarif"), nullptr, false);
  ASSERT_FALSE(Verdict.is_discarded()) << R.describe();
  EXPECT_EQ(Verdict["runs"][0].value("results", json::array()), json::array());
}

TEST(Sarif, ColumnsCountUtf16Units) {
  Sample S;
  json Run = runOf(S.R);
  EXPECT_EQ(Run["columnKind"], "utf16CodeUnits");
  json Region = Run["results"][0]["locations"][0]["physicalLocation"]["region"];
  // A tab, "/* ", two units for the emoji, " */ ".
  EXPECT_EQ(Region["startLine"], 2);
  EXPECT_EQ(Region["startColumn"], 1 + 1 + 3 + 2 + 4);
  EXPECT_EQ(Region["endColumn"], 1 + 1 + 3 + 2 + 4 + 6);
}

TEST(Sarif, PathsAreRelativeToTheRootOrAbsolute) {
  Sample S;
  json Run = runOf(S.R);
  EXPECT_EQ(Run["originalUriBaseIds"]["%SRCROOT%"]["uri"],
            "file://" + S.Root.path().string() + "/");
  json In = Run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
  EXPECT_EQ(In, (json{{"uri", "src/a%20b.cpp"}, {"uriBaseId", "%SRCROOT%"}}));
  json Out = Run["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"];
  EXPECT_EQ(Out, (json{{"uri", "file://" + S.Outside}}));
}

TEST(Sarif, RulesResultsFlowsAndFixes) {
  Sample S;
  json Run = runOf(S.R);
  json Rule = Run["tool"]["driver"]["rules"][1];
  EXPECT_EQ(Rule["id"], "async-never-awaited");
  EXPECT_EQ(Rule["shortDescription"]["text"], "A task is dropped.");
  EXPECT_EQ(Rule["fullDescription"]["text"], "A task is dropped, so its work is lost.");
  EXPECT_EQ(Rule["help"]["markdown"], S.R.Rules[1].Help);
  EXPECT_EQ(Rule["defaultConfiguration"]["level"], "error");
  json Result = Run["results"][0];
  EXPECT_EQ(Result["ruleIndex"], 1);
  EXPECT_EQ(Result["level"], "error");
  EXPECT_EQ(Result["message"]["text"], "Task is never awaited.");
  json Steps = Result["codeFlows"][0]["threadFlows"][0]["locations"];
  ASSERT_EQ(Steps.size(), 2u);
  EXPECT_EQ(Steps[1]["location"]["message"]["text"], "It is made here.");
  json Change = Result["fixes"][0]["artifactChanges"][0];
  EXPECT_EQ(Change["artifactLocation"]["uri"], "src/a%20b.cpp");
  EXPECT_EQ(Change["replacements"][0]["insertedContent"]["text"], "co_await ");
  EXPECT_EQ(Change["replacements"][0]["deletedRegion"]["startColumn"],
            Change["replacements"][0]["deletedRegion"]["endColumn"]);
}

TEST(Sarif, FailuresAreNotifications) {
  Sample S;
  json Invocation = runOf(S.R)["invocations"][0];
  EXPECT_EQ(Invocation["executionSuccessful"], false);
  EXPECT_EQ(Invocation["toolExecutionNotifications"].size(), 2u);
  EXPECT_EQ(Invocation["toolConfigurationNotifications"].size(), 1u);
  S.R.Failures.clear();
  EXPECT_EQ(runOf(S.R)["invocations"][0]["executionSuccessful"], true);
  S.R.Interrupted = true;
  Invocation = runOf(S.R)["invocations"][0];
  EXPECT_EQ(Invocation["executionSuccessful"], false);
  EXPECT_EQ(Invocation["toolExecutionNotifications"][0]["message"]["text"],
            "Interrupted: 2 of 3 translation units analysed, results are partial.");
}

TEST(Sarif, AFindingOfAnUnknownCheckGetsARule) {
  Sample S;
  S.R.Findings[0].CheckId = "clang-tidy-nolint";
  json Run = runOf(S.R);
  size_t Index = Run["results"][0]["ruleIndex"];
  EXPECT_EQ(Run["tool"]["driver"]["rules"][Index]["id"], "clang-tidy-nolint");
}

} // namespace
