//===- WholeProgramTest.cpp - Findings that no unit can prove alone -------===//

#include "Project.h"

using namespace abide::test;

namespace {

constexpr std::string_view Helpers = "#pragma once\n"
                                     "#include \"task.h\"\n"
                                     "void save(int);\n"
                                     "void flush(int);\n";
constexpr std::string_view Save = "#include \"helpers.h\"\n"
                                  "void save(int fd) { flush(fd); }\n";
constexpr std::string_view Flush = "#include \"helpers.h\"\n"
                                   "#include <unistd.h>\n"
                                   "void flush(int fd) { ::fsync(fd); }\n";

/// A coroutine in a.cpp calls save() of b.cpp, which calls flush() of c.cpp, which blocks.
struct ThreeFiles : Project {
  explicit ThreeFiles(std::string_view Main = "#include \"helpers.h\"\n"
                                              "task run() { save(3); co_await work(); }\n") {
    write("helpers.h", Helpers);
    source("a.cpp", Main);
    source("b.cpp", Save);
    source("c.cpp", Flush);
  }
};

TEST(WholeProgram, FollowsCallsThroughFiles) {
  ThreeFiles P;
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning: 'save' blocks the event loop: it ends in 'fsync' "
                         "[async-blocking-call]");
  EXPECT_CONTAINS(R.Out, "b.cpp:2:21: note: which calls 'flush'");
  EXPECT_CONTAINS(R.Out, "c.cpp:3:22: note: which waits in 'fsync'");
  EXPECT_CONTAINS(R.Err, "1 finding in 1 file; 3 translation units");
}

TEST(WholeProgram, OneFileAloneProvesNothing) {
  ThreeFiles P;
  EXPECT_EQ(P.check({"a.cpp"}).ExitCode, Clean);
  EXPECT_EQ(P.check({"a.cpp", "b.cpp", "c.cpp"}).ExitCode, Findings);
}

TEST(WholeProgram, ThroughAHelperOfTheSameFileToo) {
  ThreeFiles P("#include \"helpers.h\"\n"
               "static void here() { save(3); }\n"
               "task run() { here(); co_await work(); }\n");
  ProcessResult R = P.check();
  EXPECT_CONTAINS(R.Out, "a.cpp:3:14: warning: 'here' blocks");
  EXPECT_CONTAINS(R.Out, "a.cpp:2:22: note: which calls 'save'");
}

TEST(WholeProgram, WaitsForTasksToo) {
  Project P;
  P.write("wait.h", "#pragma once\n#include \"task.h\"\n#include <future>\n"
                    "int answer(std::future<int> &);\n");
  P.source("a.cpp", "#include \"wait.h\"\n"
                    "task run(std::future<int> &f) { answer(f); co_await work(); }\n");
  P.source("b.cpp", "#include \"wait.h\"\nint answer(std::future<int> &f) { return f.get(); }\n");
  ProcessResult R = P.check();
  EXPECT_CONTAINS(R.Out, "a.cpp:2:33: ");
  EXPECT_CONTAINS(R.Out, "b.cpp:2:");
}

TEST(WholeProgram, SuppressionsAndOptionsHold) {
  ThreeFiles P("#include \"helpers.h\"\n"
               "task run() { save(3); co_await work(); } // NOLINT(async-blocking-call)\n");
  EXPECT_EQ(P.check().ExitCode, Clean);

  ThreeFiles Q;
  for (const char *Options : {"Disk: 'false'", "NonBlockingFunctions: 'save'", "MaxDepth: '2'",
                              "NonBlockingFunctions: 'flush'", "IgnorePaths: 'a[.]cpp'"}) {
    Q.write(".clang-tidy", std::string("CheckOptions: {async-blocking-call.") + Options + "}\n");
    ProcessResult R = Q.check();
    EXPECT_EQ(R.ExitCode, Clean) << R.describe();
  }
  Q.write(".clang-tidy", "Checks: '-async-blocking-call'\n");
  EXPECT_EQ(Q.check().ExitCode, Clean);
}

TEST(WholeProgram, WhatOthersSayHoldsForOthersOnly) {
  ThreeFiles P;
  P.write("a.cpp", "#include \"helpers.h\"\n"
                   "struct sink { virtual void put(int); };\n"
                   "task send(sink &s) { s.put(1); co_await work(); }\n"
                   "struct other { void save(int); };\n"
                   "task keep(other o) { o.save(1); co_await work(); }\n"
                   "[[clang::annotate(\"async::nonblocking\")]] void save(long);\n"
                   "task skip() { save(1L); co_await work(); }\n");
  P.source("d.cpp", "#include \"helpers.h\"\n"
                    "struct sink { virtual void put(int); };\n"
                    "void sink::put(int fd) { flush(fd); }\n"
                    "struct quiet : sink { void put(int) override {} };\n"
                    "namespace { void hidden() { flush(1); } }\n"
                    "void use() { hidden(); }\n");
  P.source("e.cpp", "#include \"helpers.h\"\n"
                    "namespace { void hidden() {} }\n"
                    "task run() { hidden(); co_await work(); }\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
}

TEST(WholeProgram, ACoroutineAnswersForItself) {
  Project P;
  P.write("helpers.h", "#pragma once\n#include \"task.h\"\ntask save(int);\n");
  P.source("a.cpp", "#include \"helpers.h\"\ntask run() { co_await save(3); }\n");
  P.source("b.cpp", "#include \"helpers.h\"\n#include <unistd.h>\n"
                    "task save(int fd) { ::fsync(fd); co_return; }\n");
  ProcessResult R = P.check();
  EXPECT_LACKS(R.Out, "a.cpp");
  EXPECT_CONTAINS(R.Out, "b.cpp:3:21: warning: 'fsync' blocks the event loop [");
}

TEST(WholeProgram, ABrokenUnitLeavesTheRest) {
  ThreeFiles P;
  P.source("broken.cpp", "#include \"missing.h\"\nint x = ;\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning: 'save' blocks the event loop");
}

TEST(WholeProgram, TheNumberOfWorkersChangesNothing) {
  ThreeFiles P;
  std::string One = P.check({"-j1"}).Out;
  EXPECT_EQ(P.check({"-j4"}).Out, One);
}

TEST(WholeProgram, FactsGoToOtherDoors) {
  ThreeFiles P;
  EXPECT_EQ(P.check({"--write-facts=facts.json"}).ExitCode, Findings);
  P.write(".clang-tidy", "CheckOptions: {async.Facts: facts.json}\n");
  EXPECT_EQ(P.check().ExitCode, Findings) << "the option is no mistake";
  auto Tidy = [&](const std::string &File) {
    return run({ABIDE_LLVM_BIN "/clang-tidy", "--load=" ABIDE_BUILD_DIR "/lib/abide-tidy.so",
                "--checks=-*,async-blocking-call", "-p", P.path().string(),
                (P.path() / File).string()},
               {});
  };
  ProcessResult R = Tidy("a.cpp");
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning: 'save' blocks the event loop: it ends in 'fsync'");
  EXPECT_CONTAINS(R.Out, "b.cpp:2:21: note: which calls 'flush'");
  EXPECT_CONTAINS(R.Out, "c.cpp:3:22: note: which waits in 'fsync'");

  // The program has changed since.
  fs::remove(P.path() / "c.cpp");
  R = Tidy("a.cpp");
  EXPECT_CONTAINS(R.Out,
                  "note: which waits in 'fsync', in " + (P.path() / "c.cpp").string() + ":3");
  P.write("b.cpp", "");
  EXPECT_CONTAINS(Tidy("a.cpp").Out, "'save' blocks the event loop");
  P.write("facts.json", "nonsense");
  EXPECT_CONTAINS(Tidy("a.cpp").Out, "is no facts file; write it again: abide check --write-facts");
}

TEST(WholeProgram, FactsThatCannotBeWrittenAreAnError) {
  ThreeFiles P;
  ProcessResult R = P.check({"--write-facts=no/where/facts.json"});
  EXPECT_EQ(R.ExitCode, Usage) << R.describe();
  EXPECT_CONTAINS(R.Err, "cannot write 'no/where/facts.json'");
  R = P.check({"--write-facts=/dev/full"});
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Err, "cannot write '/dev/full'");
  EXPECT_CONTAINS(R.Out, "'save' blocks the event loop");
}

} // namespace
