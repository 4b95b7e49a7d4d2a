//===- OutputTest.cpp - Where results go, and that they are the same ------===//

#include "Project.h"
#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace abide::test;

namespace {

TEST(Output, TextHasSourceLineCaretNotesAndNoProgressInAPipe) {
  Project P;
  P.source("a.cpp", OneFinding);
  ProcessResult R = P.check();
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning: task returned by 'work' is never awaited");
  EXPECT_CONTAINS(R.Out, "[async-never-awaited]\n    2 | task run() { work(); co_return; }\n"
                         "      |              ^~~~~~\n");
  EXPECT_LACKS(R.Out + R.Err, "\x1b");
  EXPECT_LACKS(R.Err, "[1/1]");
  EXPECT_CONTAINS(R.Err, "1 finding in 1 file; 1 translation unit in ");
}

TEST(Output, CleanIsCleanAndQuietIsSilent) {
  Project P;
  P.source("a.cpp", NoFinding);
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Clean);
  EXPECT_EQ(R.Out, "");
  EXPECT_CONTAINS(R.Err, "no findings; 1 translation unit in ");
  EXPECT_EQ(P.check({"--quiet"}).Err, "");
}

/// Runs abide with its standard error, or both outputs, on a terminal; what the terminal got.
std::string onTerminal(const Project &P, std::vector<std::string> Args,
                       std::vector<const char *> Environment = {}) {
  int Primary = -1;
  winsize Size = {24, 60, 0, 0};
  pid_t Pid = forkpty(&Primary, nullptr, nullptr, &Size);
  if (Pid == 0) {
    setenv("TERM", "xterm-256color", 1);
    unsetenv("NO_COLOR");
    for (const char *Variable : Environment)
      putenv(const_cast<char *>(Variable));
    if (chdir(P.path().c_str()) != 0)
      _exit(127);
    std::vector<const char *> Argv = {ABIDE_BIN "/abide", "check"};
    for (const std::string &Arg : Args)
      Argv.push_back(Arg.c_str());
    Argv.push_back(nullptr);
    execv(Argv[0], const_cast<char **>(Argv.data()));
    _exit(127);
  }
  std::string Text;
  char Buffer[4096];
  for (ssize_t Got; (Got = read(Primary, Buffer, sizeof Buffer)) > 0;)
    Text.append(Buffer, Got);
  close(Primary);
  waitpid(Pid, nullptr, 0);
  return Text;
}

TEST(Output, TerminalGetsProgressAndColours) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.source("a_file_whose_name_is_longer_than_this_terminal_is_wide_and_so_is_cut.cpp", NoFinding);
  std::string Text = onTerminal(P, {"-j1"});
  EXPECT_CONTAINS(Text, "[0/2] a.cpp");
  EXPECT_CONTAINS(Text, "[1/2] a_file_whose_name_is_longer");
  EXPECT_LACKS(Text, "is_wide");
  EXPECT_CONTAINS(Text, "\x1b[0;1;35mwarning: ");
  // The progress line is wiped before the report.
  size_t LastProgress = Text.rfind("[2/2]"), Report = Text.find("a.cpp:2:14");
  ASSERT_LT(LastProgress, Report) << Text;
  EXPECT_CONTAINS(Text.substr(LastProgress, Report - LastProgress), "\r\x1b[K");
}

TEST(Output, NoColorIsHonoured) {
  Project P;
  P.source("a.cpp", OneFinding);
  std::string Text = onTerminal(P, {}, {"NO_COLOR=1"});
  EXPECT_CONTAINS(Text, "a.cpp:2:14: warning: ");
  EXPECT_LACKS(Text, "\x1b[0;1");
}

TEST(Output, AFileIsNeverColoured) {
  Project P;
  P.source("a.cpp", OneFinding);
  onTerminal(P, {"-o", "out.txt"});
  EXPECT_CONTAINS(P.contents("out.txt"), "a.cpp:2:14: warning: ");
  EXPECT_LACKS(P.contents("out.txt"), "\x1b");
}

TEST(Output, IsTheSameWhateverTheNumberOfWorkers) {
  Project P;
  P.write("shared.h",
          "#pragma once\n#include \"task.h\"\ninline task s() { work(); co_return; }\n");
  for (char Name = 'a'; Name != 'm'; ++Name)
    P.source(std::string(1, Name) + ".cpp",
             "#include \"shared.h\"\ntask run() { work(); co_return; }\n" +
                 std::string(Name % 3 ? "" : "int x = nope;\n"));
  for (const char *Format : {"--format=text", "--format=sarif"}) {
    auto WithoutArguments = [](std::string Text) {
      auto J = nlohmann::json::parse(Text, nullptr, false);
      if (!J.is_discarded())
        J["runs"][0]["invocations"][0].erase("arguments");
      return J.is_discarded() ? Text : J.dump(1);
    };
    std::string One = WithoutArguments(P.check({Format, "-j1"}).Out);
    for (const char *Jobs : {"-j2", "-j5", "-j32"})
      EXPECT_EQ(One, WithoutArguments(P.check({Format, Jobs}).Out)) << Jobs;
  }
}

TEST(Output, AFindingInAHeaderComesOnce) {
  Project P;
  P.write("shared.h",
          "#pragma once\n#include \"task.h\"\ninline task s() { work(); co_return; }\n");
  P.source("a.cpp", "#include \"shared.h\"\n");
  P.source("x/b.cpp", "#include \"../shared.h\"\n");
  nlohmann::json J = P.checkJson();
  ASSERT_EQ(J["findings"].size(), 1u) << J.dump(1);
  EXPECT_EQ(J["findings"][0]["at"]["path"], (P.path() / "shared.h").string());
}

TEST(Output, AFileThatCannotBeWrittenIsToldBeforeTheAnalysis) {
  Project P;
  P.source("a.cpp", OneFinding);
  fs::create_directories(P.path() / "dir");
  for (const char *Path : {"no/such/dir/out.txt", "dir"}) {
    ProcessResult R = P.check({"-o", Path});
    EXPECT_EQ(R.ExitCode, Usage) << R.describe();
    EXPECT_CONTAINS(R.Err, std::string("cannot write '") + Path + "': ");
    EXPECT_EQ(splitLines(R.Err).size(), 1u) << R.Err;
  }
}

TEST(Output, AFullDiskIsNoSuccess) {
  if (access("/dev/full", W_OK) != 0)
    GTEST_SKIP() << "no /dev/full here";
  Project P;
  P.source("a.cpp", OneFinding);
  ProcessResult R = P.check({"-o", "/dev/full"});
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Err, "cannot write '/dev/full': No space left on device");
  ProcessResult Shell = run({"sh", "-c", "'" ABIDE_BIN "/abide' check > /dev/full"},
                            {.Directory = P.path().string()});
  EXPECT_EQ(Shell.ExitCode, Incomplete) << Shell.describe();
  EXPECT_CONTAINS(Shell.Err, "cannot write the report: No space left on device");
  for (const char *Question : {"--help", "--version", "list-checks"}) {
    ProcessResult Told =
        run({"sh", "-c", std::string("'" ABIDE_BIN "/abide' ") + Question + " > /dev/full"},
            {.Directory = P.path().string()});
    EXPECT_EQ(Told.ExitCode, Incomplete) << Told.describe();
    EXPECT_CONTAINS(Told.Err, "cannot write to standard output: No space left on device");
  }
}

TEST(Output, AnEarlierReportIsReplacedWhole) {
  Project P;
  P.source("a.cpp", NoFinding);
  P.write("out.json", std::string(100000, 'x'));
  EXPECT_EQ(P.check({"--format=json", "-o", "out.json"}).ExitCode, Clean);
  EXPECT_FALSE(nlohmann::json::parse(P.contents("out.json"), nullptr, false).is_discarded());
}

TEST(Output, FailuresReachTheTerminalWhenTheReportGoesElsewhere) {
  Project P;
  P.source("a.cpp", "int x = nope;\n");
  for (const std::vector<std::string> &Args :
       std::vector<std::vector<std::string>>{{"--format=json"}, {"-o", "out.txt"}}) {
    ProcessResult R = P.check(Args);
    EXPECT_EQ(R.ExitCode, Incomplete);
    EXPECT_CONTAINS(R.Err, "a.cpp:1:9: error: use of undeclared identifier 'nope'");
  }
}

TEST(Output, JsonHasWhatItsFormatPromises) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.source("b.cpp", "int x = nope;\n");
  nlohmann::json J = P.checkJson();
  EXPECT_EQ(J["version"], 1);
  EXPECT_EQ(J["tool"]["name"], "abide");
  ASSERT_EQ(J["findings"].size(), 1u);
  const nlohmann::json &F = J["findings"][0];
  EXPECT_EQ(F["check"], "async-never-awaited");
  EXPECT_EQ(F["level"], "warning");
  EXPECT_EQ(F["at"]["path"], (P.path() / "a.cpp").string());
  EXPECT_EQ(F["at"]["line"], 2);
  EXPECT_EQ(F["at"]["column"], 14);
  EXPECT_EQ(F["at"]["offset"], std::string(OneFinding).find("work()"));
  EXPECT_EQ(F["edits"][0]["with"], "co_await ");
  EXPECT_EQ(F["fingerprint"].get<std::string>().size(), 16u);
  ASSERT_EQ(J["failures"].size(), 1u);
  EXPECT_EQ(J["failures"][0]["kind"], "compile-error");
  EXPECT_EQ(J["failures"][0]["file"], (P.path() / "b.cpp").string());
  EXPECT_EQ(J["failures"][0]["at"]["line"], 1);
  EXPECT_EQ(J["summary"]["translationUnits"], 2);
  EXPECT_EQ(J["summary"]["analysed"], 2);
  EXPECT_EQ(J["summary"]["interrupted"], false);
}

TEST(Output, FingerprintsSurviveMovedLines) {
  Project P;
  P.source("a.cpp", OneFinding);
  auto Before = P.checkJson()["findings"][0]["fingerprint"];
  P.write("a.cpp", "// a new line\n\n" + std::string(OneFinding));
  EXPECT_EQ(P.checkJson()["findings"][0]["fingerprint"], Before);
}

} // namespace
