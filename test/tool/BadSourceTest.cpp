//===- BadSourceTest.cpp - Sources and fates that stop lesser tools -------===//

#include "Project.h"
#include <csignal>
#include <sys/stat.h>
#include <unistd.h>

using namespace abide::test;
using namespace std::chrono_literals;

namespace {

constexpr const char *CxxHeader = "#include \"task.h\"\n";

TEST(BadSource, ErrorsAreReportedOnceAndTheRestIsProved) {
  Project P;
  P.source("a.cpp", "#include \"task.h\"\n"
                    "task run() { work(); co_return; }\n"
                    "int first = undeclared_name;\n"
                    "int second = also_undeclared;\n"
                    "task again() { work(); co_return; }\n");
  P.source("b.cpp", OneFinding);
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, "a.cpp:3:13: error: use of undeclared identifier 'undeclared_name'");
  EXPECT_CONTAINS(R.Out, "and 1 more error in this translation unit");
  EXPECT_LACKS(R.Out, "'also_undeclared'");
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning:");
  EXPECT_CONTAINS(R.Out, "a.cpp:5:16: warning:");
  EXPECT_CONTAINS(R.Out, "b.cpp:2:14: warning:");
  EXPECT_CONTAINS(R.Err, "3 findings in 2 files; 2 translation units, 1 not fully analysed");
}

TEST(BadSource, TheFirstErrorIsTheFirstInTimeNotInTheAlphabet) {
  Project P;
  P.write("zzz.h", "int z = missing_in_header;\n");
  P.source("a.cpp", "#include \"zzz.h\"\nint a = missing_in_source;\n");
  ProcessResult R = P.check();
  EXPECT_CONTAINS(R.Out, "'missing_in_header'");
  EXPECT_LACKS(R.Out, "'missing_in_source'");
}

TEST(BadSource, AMissingHeaderDoesNotEndTheParse) {
  Project P;
  P.source("a.cpp", "#include \"nowhere.h\"\n#include \"task.h\"\n"
                    "task run() { work(); co_return; }\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete);
  EXPECT_CONTAINS(R.Out, "'nowhere.h' file not found");
  EXPECT_CONTAINS(R.Out, "a.cpp:3:14: warning:");
}

TEST(BadSource, AnErrorInAHeaderIsShownOnceForAllItsUsers) {
  Project P;
  P.write("broken.h", "#pragma once\nint broken = nope;\n");
  P.source("a.cpp", "#include \"broken.h\"\n");
  P.source("b.cpp", "#include \"broken.h\"\n");
  ProcessResult R = P.check();
  size_t First = R.Out.find("broken.h:2:14: error:");
  ASSERT_NE(First, std::string::npos) << R.describe();
  EXPECT_EQ(R.Out.find("broken.h:2:14: error:", First + 1), std::string::npos);
  EXPECT_CONTAINS(R.Err, "2 translation units, 2 not fully analysed");
  EXPECT_EQ(P.checkJson()["failures"].size(), 2u);
}

TEST(BadSource, AFixFromABrokenParseIsNotOffered) {
  Project P;
  P.source("a.cpp", std::string(OneFinding) + "int x = nope;\n");
  std::string Before = P.contents("a.cpp");
  EXPECT_EQ(P.check({"--fix"}).ExitCode, Incomplete);
  EXPECT_EQ(P.contents("a.cpp"), Before);
}

TEST(BadSource, EmptyFile) {
  Project P;
  P.source("a.cpp", "");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
}

TEST(BadSource, BytesThatAreNoUtf8) {
  Project P;
  P.source("a.cpp", "#include \"task.h\"\n"
                    "// latin-1: caf\xe9\n"
                    "task f(const char *);\n"
                    "task run() { f(\"\xff\xfe\"), work(); co_return; } // \xe9\n");
  ProcessResult Text = P.check();
  EXPECT_EQ(Text.ExitCode, Findings) << Text.describe();
  for (const char *Format : {"--format=json", "--format=sarif"}) {
    ProcessResult R = P.check({Format});
    EXPECT_EQ(R.ExitCode, Findings);
    EXPECT_FALSE(nlohmann::json::parse(R.Out, nullptr, false).is_discarded()) << R.Out;
  }
  ProcessResult Sarif = P.check({"--format=sarif"});
  EXPECT_CONTAINS(Sarif.Out, "\xEF\xBF\xBD");
}

TEST(BadSource, TenMegabytesOfGeneratedCode) {
  Project P;
  std::string Text(CxxHeader);
  for (int I = 0; Text.size() < 10u << 20; ++I)
    Text += "const unsigned char table_" + std::to_string(I) +
            "[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b};\n";
  P.source("a.cpp", Text + "task run() { work(); co_return; }\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_CONTAINS(R.Out, "warning: task returned by 'work' is never awaited");
}

TEST(BadSource, OneLineOfTenMegabytes) {
  Project P;
  std::string Text = std::string(CxxHeader) + "const unsigned char table[] = {";
  while (Text.size() < 10u << 20)
    Text += "0x5a,";
  P.source("a.cpp", Text + "}; task run() { work(); co_return; }\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Findings) << R.describe().substr(0, 2000);
  EXPECT_LT(R.Out.size(), 10000u);
  EXPECT_LT(P.check({"--format=sarif"}).Out.size(), 1u << 20);
}

TEST(BadSource, AnExpressionOfAHundredThousandTerms) {
  Project P;
  std::string Sum = "1";
  for (int I = 0; I != 100000; ++I)
    Sum += I % 20 ? "+x" : "\n+x";
  P.source("a.cpp", std::string(CxxHeader) + "int sum(int x) { return " + Sum + "; }\n" +
                        "task run() { work(); co_return; }\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Findings) << R.describe().substr(0, 2000);
}

TEST(BadSource, TenThousandParentheses) {
  Project P;
  std::string Open(10000, '('), Close(10000, ')');
  P.source("a.cpp", std::string(CxxHeader) + "int x = " + Open + "1" + Close + ";\n" +
                        "task run() { work(); co_return; }\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe().substr(0, 2000);
  EXPECT_CONTAINS(R.Out, "bracket nesting level exceeded maximum");
  EXPECT_LACKS(R.Out, "crashed");
}

TEST(BadSource, DeepBlocksWhereTheLimitIsLifted) {
  Project P;
  std::string Deep;
  for (int I = 0; I != 5000; ++I)
    Deep += "if (x) {\n";
  P.source("a.cpp",
           std::string(CxxHeader) + "void deep(int x) {\n" + Deep + std::string(5000, '}') + "}\n" +
               "task run() { work(); co_return; }\n",
           {"-fbracket-depth=20000"});
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Findings) << R.describe().substr(0, 2000);
}

/// A project whose second unit reads from a pipe that nobody writes to: its worker waits for ever.
class Stuck : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_EQ(mkfifo((P.path() / "endless.h").c_str(), 0600), 0);
    P.source("a.cpp", OneFinding);
    P.source("b.cpp", "#include \"endless.h\"\n");
    P.source("c.cpp", OneFinding);
  }

  /// Starts abide with one worker and waits until that is at b.cpp: the pipe is then open.
  Process start(std::vector<std::string> Args) {
    Args.insert(Args.begin(), {ABIDE_BIN "/abide", "check", "-j1"});
    Process Child(Args, {.Directory = P.path().string()});
    for (int Tries = 0; Tries != 600 && workers().empty(); ++Tries)
      usleep(50000);
    EXPECT_FALSE(workers().empty()) << "no worker opened the pipe";
    return Child;
  }

  /// Processes that wait for the pipe.
  std::vector<pid_t> workers() {
    std::vector<pid_t> Found;
    for (const auto &Entry : fs::directory_iterator("/proc")) {
      pid_t Pid = std::atoi(Entry.path().filename().c_str());
      std::error_code EC;
      if (Pid <= 0 || fs::read_symlink(Entry.path() / "cwd", EC) != P.path() || EC)
        continue;
      for (const auto &Task : fs::directory_iterator(Entry.path() / "task", EC))
        if (contains(readFile(Task.path() / "wchan"), "wait_for_partner") ||
            contains(readFile(Task.path() / "syscall"), "0xffffff9c"))
          Found.push_back(Pid);
    }
    return Found;
  }

  static ProcessResult finish(Process &Child) {
    ProcessResult R;
    while (Child.read(R.Out, R.Err, in(60s))) {
    }
    R.ExitCode = Child.wait(in(60s)).value_or(-1);
    return R;
  }

  Project P;
};

TEST_F(Stuck, InterruptionSaysThatResultsArePartial) {
  for (int Signal : {SIGINT, SIGTERM}) {
    Process Child = start({});
    Child.signal(Signal);
    ProcessResult R = finish(Child);
    EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
    EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning:");
    EXPECT_LACKS(R.Out, "c.cpp");
    EXPECT_CONTAINS(R.Err, "interrupted: 1 of 3 translation units analysed, results are partial");
    EXPECT_TRUE(workers().empty());
  }
}

TEST_F(Stuck, InterruptionIsToldInSarif) {
  Process Child = start({"--format=sarif", "-o", "out.sarif"});
  Child.signal(SIGINT);
  EXPECT_EQ(finish(Child).ExitCode, Incomplete);
  auto J = nlohmann::json::parse(P.contents("out.sarif"), nullptr, false);
  const auto &Run = J["runs"][0];
  EXPECT_EQ(Run["results"].size(), 1u);
  EXPECT_EQ(Run["invocations"][0]["executionSuccessful"], false);
  EXPECT_CONTAINS(Run["invocations"][0]["toolExecutionNotifications"].dump(), "1 of 3");
}

TEST_F(Stuck, ACrashLosesItsUnitAlone) {
  Process Child = start({});
  for (pid_t Pid : workers())
    kill(Pid, SIGSEGV);
  ProcessResult R = finish(Child);
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, "b.cpp: crashed (signal SIGSEGV) while analysing it");
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning:");
  EXPECT_CONTAINS(R.Out, "c.cpp:2:14: warning:");
  EXPECT_CONTAINS(R.Err, "3 translation units, 1 not fully analysed");
}

TEST_F(Stuck, TimeIsLimited) {
  ProcessResult R = P.check({"-j2", "--timeout=20"});
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, "b.cpp: given up after 20 s; '--timeout=SECONDS' allows more");
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning:");
  EXPECT_CONTAINS(R.Out, "c.cpp:2:14: warning:");
  EXPECT_CONTAINS(R.Err, "3 translation units, 1 not fully analysed");
  EXPECT_TRUE(workers().empty());
  // It is not remembered: with the pipe gone, all is well.
  fs::remove(P.path() / "endless.h");
  P.write("endless.h", "");
  EXPECT_EQ(P.check().ExitCode, Findings);
}

TEST(BadSource, MemoryIsLimited) {
  Project P;
  std::string Much = "#define A 1,1,1,1,1,1,1,1,1,1,\n";
  for (char C = 'B'; C != 'I'; ++C)
    Much += std::string("#define ") + C + " " + [C] {
      std::string Ten;
      for (int I = 0; I != 10; ++I)
        Ten += std::string(1, char(C - 1)) + " ";
      return Ten;
    }() + "\n";
  P.source("a.cpp", OneFinding);
  P.source("b.cpp", Much + "int table[] = {H 1};\n");
  P.source("c.cpp", OneFinding);
  ProcessResult R = P.check({"-j1", "--memory=500"});
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, "b.cpp: given up because it needs more than 500 MiB; '--memory=MIB' ");
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning:");
  EXPECT_CONTAINS(R.Out, "c.cpp:2:14: warning:");
}

TEST(BadSource, LimitsAreNumbers) {
  Project P;
  for (const char *Bad : {"--timeout=-1", "--timeout=soon", "--memory=0", "--memory=", "-j0"})
    EXPECT_EQ(P.check({Bad}).ExitCode, Usage) << Bad;
  EXPECT_CONTAINS(P.check({"--timeout=soon"}).Err,
                  "'--timeout' takes a number from 0 to 1000000, not 'soon'");
}

TEST_F(Stuck, WorkersDoNotOutliveAKilledParent) {
  Process Child = start({});
  Child.signal(SIGKILL);
  finish(Child);
  for (int Tries = 0; Tries != 200 && !workers().empty(); ++Tries)
    usleep(20000);
  EXPECT_TRUE(workers().empty());
}

} // namespace
