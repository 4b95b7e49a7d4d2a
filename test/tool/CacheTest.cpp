//===- CacheTest.cpp - What is not looked at a second time ----------------===//

#include "Project.h"
#include <csignal>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace abide::test;
using namespace std::chrono_literals;

namespace {

struct Cached : Project {
  Cached() {
    write("one.h", "#pragma once\n#include \"task.h\"\ninline int one() { return 1; }\n");
    source("a.cpp", "#include \"one.h\"\ntask run() { work(); co_return; }\n");
    source("b.cpp", NoFinding);
  }

  /// The part of the summary that tells how many units were taken as they are.
  std::string unchanged(std::vector<std::string> Args = {}, ProcessOptions Options = {}) const {
    const std::string Err = check(std::move(Args), std::move(Options)).Err;
    const size_t At = Err.find(" unchanged");
    return At == Err.npos ? ""
                          : Err.substr(Err.rfind(' ', At - 1) + 1, At - Err.rfind(' ', At - 1) - 1);
  }

  fs::path cache() const { return path() / ".abide-cache"; }
  std::vector<fs::path> segments() const { return filesUnder(cache(), {".segment", ".part"}); }
};

/// The report without what differs from run to run.
nlohmann::json report(const Project &P, std::vector<std::string> Args = {}) {
  nlohmann::json J = P.checkJson(std::move(Args));
  J["summary"].erase("seconds");
  return J;
}

TEST(Cache, ASecondRunLooksAtNothing) {
  Cached P;
  EXPECT_EQ(P.unchanged(), "");
  EXPECT_EQ(P.unchanged(), "2");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning:");
  EXPECT_CONTAINS(R.Err, "1 finding in 1 file; 2 translation units, 2 unchanged in ");
  EXPECT_EQ(P.unchanged({"--no-cache"}), "");
}

TEST(Cache, WarmReportsAreThoseOfColdRuns) {
  Cached P;
  P.write("helpers.h", "#pragma once\n#include \"task.h\"\nvoid save(int);\n");
  P.source("c.cpp", "#include \"helpers.h\"\ntask far() { save(3); co_await work(); }\n");
  P.source("d.cpp", "#include \"helpers.h\"\n#include <unistd.h>\n"
                    "void save(int fd) { ::fsync(fd); }\n");
  P.source("e.cpp", "#include \"nowhere.h\"\nint x = ;\n", {"-fconserve-stack"});
  const nlohmann::json Cold = report(P, {"--no-cache"});
  EXPECT_EQ(Cold["findings"].size(), 2u);
  const std::string Sarif = P.check({"--format=sarif"}).Out;
  for (int Round = 0; Round != 2; ++Round) {
    EXPECT_EQ(report(P), Cold) << Round;
    EXPECT_EQ(P.check({"--format=sarif"}).Out, Sarif) << Round;
    ProcessResult R = P.check({"--write-facts=facts.json"});
    EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
    EXPECT_CONTAINS(P.contents("facts.json"), "fsync");
    EXPECT_CONTAINS(R.Err, "ignored gcc-only flag '-fconserve-stack'");
  }
  EXPECT_EQ(P.unchanged(), "5");
  P.check({"--write-facts=warm.json"});
  P.check({"--write-facts=cold.json", "--no-cache"});
  EXPECT_EQ(P.contents("warm.json"), P.contents("cold.json"));
  P.check({"--write-baseline=warm.baseline"});
  P.check({"--write-baseline=cold.baseline", "--no-cache"});
  EXPECT_EQ(P.contents("warm.baseline"), P.contents("cold.baseline"));
}

TEST(Cache, WhatAUnitReadsDecides) {
  Cached P;
  P.check();
  P.write("one.h", P.contents("one.h") + "task two() { work(); co_return; }\n");
  EXPECT_EQ(P.unchanged(), "1") << "b.cpp does not read one.h";
  EXPECT_EQ(P.unchanged(), "2");
  EXPECT_CONTAINS(P.check().Out, "one.h:4:14: warning:");

  // Back to where it was: what was known then is known still.
  P.write("one.h", "#pragma once\n#include \"task.h\"\ninline int one() { return 1; }\n");
  EXPECT_EQ(P.unchanged(), "2");
  EXPECT_LACKS(P.check().Out, "one.h");

  fs::remove(P.path() / "one.h");
  EXPECT_EQ(P.check().ExitCode, Incomplete);
}

TEST(Cache, AFileThatAppearsIsFoundFirst) {
  Project P;
  P.write("second/which.h", "#pragma once\n");
  fs::create_directories(P.path() / "first");
  P.source(
      "a.cpp",
      "#include \"task.h\"\n#include <which.h>\n#if __has_include(<more.h>) || defined(FIRST)\n"
      "task run() { work(); co_return; }\n#endif\n",
      {"-Ifirst", "-Isecond", "-Ithird"});
  EXPECT_EQ(P.check().ExitCode, Clean);
  EXPECT_EQ(P.check().ExitCode, Clean);
  P.write("first/which.h", "#define FIRST\n");
  EXPECT_EQ(P.check().ExitCode, Findings);
  fs::remove(P.path() / "first/which.h");
  EXPECT_EQ(P.check().ExitCode, Clean);
  P.write("third/more.h", ""); // In a directory that did not exist.
  EXPECT_EQ(P.check().ExitCode, Findings);
}

TEST(Cache, CommandConfigurationAndEnvironmentDecide) {
  Cached P;
  P.check();
  P.write(".clang-tidy", "Checks: '-async-never-awaited'\n");
  EXPECT_EQ(P.check().ExitCode, Clean);
  fs::remove(P.path() / ".clang-tidy");
  EXPECT_EQ(P.check().ExitCode, Findings);
  EXPECT_EQ(P.check({"--checks=-async-never-awaited"}).ExitCode, Clean);
  EXPECT_EQ(P.check({"--header-filter=none"}).ExitCode, Findings);
  EXPECT_EQ(P.unchanged(), "2");
  EXPECT_EQ(P.unchanged({}, {.Environment = {"CPATH=/nowhere"}}), "");

  P.write("v.json", "{}");
  P.write(".clang-tidy", "CheckOptions: {async.Vocabulary: v.json}\n");
  P.check();
  EXPECT_EQ(P.unchanged(), "2");
  P.write("v.json", "nonsense");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out + R.Err, "v.json");
}

TEST(Cache, AChangeInOneUnitReachesItsCallers) {
  Project P;
  P.write("helpers.h", "#pragma once\n#include \"task.h\"\nvoid save(int);\n");
  P.source("a.cpp", "#include \"helpers.h\"\ntask run() { save(3); co_await work(); }\n");
  P.source("b.cpp", "#include \"helpers.h\"\nvoid save(int fd) {}\n");
  EXPECT_EQ(P.check().ExitCode, Clean);
  P.write("b.cpp",
          "#include \"helpers.h\"\n#include <unistd.h>\nvoid save(int fd) { ::fsync(fd); }\n");
  for (int Round = 0; Round != 2; ++Round)
    EXPECT_CONTAINS(P.check().Out, "a.cpp:2:14: warning: 'save' blocks the event loop");
  P.write("b.cpp", "#include \"helpers.h\"\nvoid save(int fd) {}\n");
  EXPECT_EQ(P.check().ExitCode, Clean);
}

TEST(Cache, TwoCommandsForOneFileBothCount) {
  Project P;
  P.write("a.cpp", "#include \"task.h\"\n#ifdef NDEBUG\ntask r() { work(); co_return; }\n#endif\n"
                   "task run() { work(); co_return; }\n");
  P.command("a.cpp");
  P.command("a.cpp", {"-DNDEBUG"});
  for (int Round = 0; Round != 2; ++Round)
    EXPECT_EQ(report(P)["findings"].size(), 2u);
  EXPECT_CONTAINS(P.check().Err, "2 translation units, 2 unchanged");
}

TEST(Cache, FixesAreThoseOfAColdRun) {
  Cached P, Q;
  P.check();
  P.check({"--fix"});
  Q.check({"--fix", "--no-cache"});
  EXPECT_EQ(P.contents("a.cpp"), Q.contents("a.cpp"));
  EXPECT_NE(P.contents("a.cpp"), "#include \"one.h\"\ntask run() { work(); co_return; }\n");
  EXPECT_EQ(report(P), report(P, {"--no-cache"}));
}

TEST(Cache, NamesMayBeOfAnyBytes) {
  Project P;
  const std::string Odd = "new\nline caf\xe9";
  P.write(Odd + "/h.h", "#pragma once\n#include \"task.h\"\n");
  P.write(Odd + "/a.cpp", "#include \"h.h\"\ntask run() { work(); co_return; }\n");
  const std::string Directory = P.path() / Odd;
  for (int Round = 0; Round != 2; ++Round) {
    ProcessResult R = P.check({Directory + "/a.cpp", "--cache-dir=" + Directory + "/kept", "--",
                               "-std=c++20", "-I", P.path().string()});
    EXPECT_EQ(R.ExitCode, Findings) << R.describe();
    EXPECT_EQ(contains(R.Err, "1 unchanged"), Round == 1) << R.describe();
  }
}

TEST(Cache, ALoopOfLinksIsNoPath) {
  Project P;
  fs::create_directory_symlink("loop", P.path() / "loop");
  P.source("a.cpp", OneFinding, {"-Iloop"});
  P.check();
  EXPECT_CONTAINS(P.check().Err, "1 unchanged");
}

TEST(Cache, IsBesideTheRealDatabaseAndNotOfTheRepository) {
  Cached P;
  fs::create_directories(P.path() / "build");
  fs::rename(P.path() / "compile_commands.json", P.path() / "build/compile_commands.json");
  fs::create_symlink("build/compile_commands.json", P.path() / "compile_commands.json");
  P.check();
  EXPECT_FALSE(fs::exists(P.cache()));
  EXPECT_EQ(P.contents("build/.abide-cache/.gitignore"), "*\n");
  EXPECT_EQ(P.unchanged(), "2");
}

TEST(Cache, DamageIsDroppedWithANote) {
  Cached P;
  const nlohmann::json Cold = report(P);
  for (int Kind = 0; Kind != 4; ++Kind) {
    ASSERT_FALSE(P.segments().empty());
    for (const fs::path &File : P.segments()) {
      std::string Bytes = readFile(File);
      if (Kind == 0)
        Bytes.resize(Bytes.size() - 3);
      else if (Kind == 1)
        Bytes[Bytes.size() / 2] ^= 0x20;
      else if (Kind == 2)
        Bytes.assign(1000, '\xff');
      else
        Bytes += "more";
      P.write(fs::path(".abide-cache") / File.filename(), Bytes);
    }
    ProcessResult R = P.check({"--format=json"});
    EXPECT_CONTAINS(R.Err, "note: dropped damaged entries of the cache, in '");
    EXPECT_EQ(report(P), Cold) << Kind;
    EXPECT_EQ(P.check().Err.find("damaged"), std::string::npos) << "it is gone";
  }
}

TEST(Cache, APlaceThatCannotBeWrittenIsANote) {
  Cached P;
  P.write(".abide-cache", "a file");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_CONTAINS(R.Err, "note: cannot write the cache in '" + P.cache().string() + "': ");
  EXPECT_CONTAINS(R.Err, "'--no-cache' does without");
  EXPECT_EQ(R.Err.find("cannot write"), R.Err.rfind("cannot write")) << R.Err;
  for (const char *Question : {"--stat", "--clear"}) {
    R = P.abide({"cache", Question});
    EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
    EXPECT_CONTAINS(R.Err, "cannot read '" + P.cache().string() + "': ");
  }
  EXPECT_EQ(P.unchanged({"--cache-dir=elsewhere"}), "");
  EXPECT_EQ(P.unchanged({"--cache-dir=elsewhere"}), "2");
}

TEST(Cache, AnotherBuildsEntriesAreLeftAlone) {
  Cached P;
  P.check();
  const fs::path Mine = P.segments().at(0);
  fs::rename(Mine, P.cache() / "0123456789abcdef-12345678.segment");
  EXPECT_EQ(P.unchanged(), "");
  EXPECT_TRUE(fs::exists(P.cache() / "0123456789abcdef-12345678.segment"));
  EXPECT_CONTAINS(P.abide({"cache", "--stat"}).Out, "of other builds of abide");
}

TEST(Cache, TwoRunsAtOnceDoNotDisturbEachOther) {
  Cached P;
  const nlohmann::json Cold = report(P, {"--no-cache"});
  for (int Round = 0; Round != 3; ++Round) {
    std::vector<Process> Runs;
    for (int I = 0; I != 3; ++I)
      Runs.emplace_back(std::vector<std::string>{ABIDE_BIN "/abide", "check"},
                        ProcessOptions{.Directory = P.path().string()});
    for (Process &Run : Runs) {
      std::string Out, Err;
      while (Run.read(Out, Err, in(120s))) {
      }
      EXPECT_EQ(Run.wait(in(120s)), Findings) << Err;
      EXPECT_LACKS(Err, "damaged");
    }
  }
  EXPECT_EQ(report(P), Cold);
  EXPECT_EQ(P.unchanged(), "2");
}

TEST(Cache, ManySmallFilesBecomeOne) {
  Cached P;
  for (int I = 0; I != 12; ++I) {
    P.write("a.cpp",
            "#include \"one.h\"\ntask run() { work(); co_return; } //" + std::to_string(I) + "\n");
    EXPECT_EQ(P.check().ExitCode, Findings);
  }
  EXPECT_LE(P.segments().size(), 8u);
  EXPECT_EQ(P.unchanged(), "2");
}

TEST(Cache, IsShownAndCleared) {
  Cached P;
  P.check();
  ProcessResult R = P.abide({"cache", "--stat"});
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
  EXPECT_CONTAINS(R.Out, P.cache().string() + ": 2 results that ");
  P.write(".abide-cache/mine.txt", "not of the cache");
  R = P.abide({"cache", "--clear", "-p", "."});
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
  EXPECT_CONTAINS(R.Out, "removed 0.");
  EXPECT_TRUE(fs::exists(P.path() / ".abide-cache/mine.txt"));
  EXPECT_CONTAINS(P.abide({"cache", "--stat"}).Out, ": 0 results");
  EXPECT_EQ(P.unchanged(), "");

  for (const std::vector<std::string> &Bad :
       std::vector<std::vector<std::string>>{{"cache"},
                                             {"cache", "--stat", "--clear"},
                                             {"cache", "--stat", "x"},
                                             {"check", "--stat"},
                                             {"check", "--cache-size=0"}})
    EXPECT_EQ(P.abide(Bad).ExitCode, Usage);
  TempDir Elsewhere;
  R = P.abide({"cache", "--stat"}, {.Directory = Elsewhere.path().string()});
  EXPECT_EQ(R.ExitCode, Usage) << R.describe();
  EXPECT_CONTAINS(R.Err, "'--cache-dir'");
}

TEST(Cache, StaysBelowItsSize) {
  Project P;
  std::string Functions = "#include \"task.h\"\n";
  for (int I = 0; I != 4000; ++I)
    Functions += "int some_function_with_a_long_name_" + std::to_string(I) + "();\nint caller_" +
                 std::to_string(I) + "() { return some_function_with_a_long_name_" +
                 std::to_string(I) + "(); }\n";
  P.source("a.cpp", Functions);
  for (int I = 0; I != 4; ++I) {
    P.write("a.cpp", Functions + "int last_" + std::to_string(I) + "() { return caller_0(); }\n");
    P.check({"--cache-size=1"});
  }
  std::uintmax_t Bytes = 0;
  for (const fs::path &File : filesUnder(P.path() / ".abide-cache", {".segment", ".part"}))
    Bytes += fs::file_size(File);
  EXPECT_LE(Bytes, 1u << 20);
  EXPECT_EQ(P.check().ExitCode, Clean);
}

/// A run that is at a unit which never ends.
TEST(Cache, WhatAKilledRunHasDoneIsDone) {
  Cached P;
  ASSERT_EQ(mkfifo((P.path() / "endless.h").c_str(), 0600), 0);
  P.source("z.cpp", "#include \"endless.h\"\n");
  Process Run({ABIDE_BIN "/abide", "check", "-j1"}, {.Directory = P.path().string()});
  for (int Tries = 0; Tries != 1200; ++Tries) {
    usleep(50000);
    if (contains(P.abide({"cache", "--stat"}).Out, ": 2 results"))
      break;
  }
  Run.signal(SIGKILL);
  Run.wait(in(60s));
  fs::remove(P.path() / "endless.h");
  P.write("endless.h", "");
  ProcessResult R = P.check();
  EXPECT_CONTAINS(R.Err, "3 translation units, 2 unchanged");
  EXPECT_LACKS(R.Err, "damaged");
}

/// The header is a pipe: what it said this time says nothing of the next.
TEST(Cache, AHeaderThatChangesDuringTheRunIsNotRemembered) {
  Project P;
  ASSERT_EQ(mkfifo((P.path() / "wait.h").c_str(), 0600), 0);
  P.write("late.h", "#pragma once\n#include \"task.h\"\ntask f();\n");
  P.source("a.cpp", "#include \"late.h\"\n#include \"wait.h\"\ntask run() { co_await f(); }\n");
  Process Run({ABIDE_BIN "/abide", "check", "-j1"}, {.Directory = P.path().string()});
  {
    std::ofstream Pipe(P.path() / "wait.h"); // Opens when the other side reads.
    P.write("late.h",
            "#pragma once\n#include \"task.h\"\ninline task f() { work(); co_return; }\n");
    Pipe << "\n";
  }
  std::string Out, Err;
  while (Run.read(Out, Err, in(60s))) {
  }
  EXPECT_EQ(Run.wait(in(60s)), Clean) << Out << Err;
  fs::remove(P.path() / "wait.h");
  P.write("wait.h", "\n");
  EXPECT_EQ(P.check().ExitCode, Findings);
}

} // namespace
