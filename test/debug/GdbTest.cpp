//===- GdbTest.cpp - Tasks as gdb sees them -------------------------------===//

#include "Process.h"
#include "gtest/gtest.h"
#include <regex>

namespace abide::test {
namespace {

TEST(Gdb, ListsTheTasksAsATree) {
  if (run({"sh", "-c", "command -v gdb"}).ExitCode != 0)
    GTEST_SKIP() << "gdb is not installed";
  const std::string source = ABIDE_SOURCE_DIR;
  const ProcessResult result =
      run({"gdb", "-nx", "-batch", "-ex", "set debuginfod enabled off", "-ex", "break stop_here",
           "-ex", "run", "-ex", "source " + source + "/runtime/gdb/abide_gdb.py", "-ex",
           "abide-tasks", std::string(ABIDE_BIN) + "/runtime-gdb-subject"});
  if (result.Out.find("ptrace") != std::string::npos ||
      result.Err.find("ptrace") != std::string::npos)
    GTEST_SKIP() << "this system forbids debuggers";
  static const std::regex expected(
      "[^]*loop of thread 1: 3 pending\n"
      "  'Task-1' at gdb_subject.cpp:22, spawned at run.hpp:[0-9]+, running\n"
      "  'server' at gdb_subject.cpp:16, spawned at gdb_subject.cpp:21\n"
      "    'loader' at gdb_subject.cpp:15 > gdb_subject.cpp:12, waits for sleep, "
      "spawned at gdb_subject.cpp:20\n[^]*");
  EXPECT_TRUE(std::regex_match(result.Out, expected)) << result.describe();
}

TEST(Gdb, SaysWhatTheProgramMustBeCompiledWith) {
  if (run({"sh", "-c", "command -v gdb"}).ExitCode != 0)
    GTEST_SKIP() << "gdb is not installed";
  const std::string source = ABIDE_SOURCE_DIR;
  const ProcessResult result =
      run({"gdb", "-nx", "-batch", "-ex", "set debuginfod enabled off", "-ex", "starti", "-ex",
           "source " + source + "/runtime/gdb/abide_gdb.py", "-ex", "abide-tasks", "-ex", "kill",
           std::string(ABIDE_BIN) + "/runtime-stack-printer-stripped"});
  if (result.Err.find("ptrace") != std::string::npos)
    GTEST_SKIP() << "this system forbids debuggers";
  EXPECT_NE(result.Err.find("g++ -g -femit-class-debug-always"), std::string::npos)
      << result.describe();
}

} // namespace
} // namespace abide::test
