//===- FlagsTest.cpp - abide-clangd takes every flag of clangd ------------===//

#include "Project.h"

namespace abide::test {
namespace {

ProcessResult ours(const Project &P, std::vector<std::string> Flags, ProcessOptions Options) {
  Flags.insert(Flags.begin(), ABIDE_BIN "/abide-clangd");
  return run(Flags, Options);
}

std::string stock(const std::string &Flag) { return run({ABIDE_LLVM_BIN "/clangd", Flag}).Out; }

TEST(Flags, SaysItsVersion) {
  Project P;
  ProcessResult Version = ours(P, {"--version"}, P.options());
  EXPECT_EQ(Version.ExitCode, 0);
  EXPECT_EQ(Version.Out, stock("--version"));
}

TEST(Flags, AreThoseOfTheStockClangd) {
  Project P;
  std::string Help = ours(P, {"--help-hidden"}, P.options()).Out;
  std::string Usage = "USAGE: abide-clangd";
  ASSERT_NE(Help.find(Usage), Help.npos) << Help;
  EXPECT_EQ(Help.replace(Help.find(Usage), Usage.size(), "USAGE: clangd"), stock("--help-hidden"));
}

TEST(Flags, ChecksAFile) {
  Project P;
  fs::path File = P.write("a.cpp", Dropped);
  ProcessResult Check = ours(P, {"--check=" + File.string()}, P.options());
  EXPECT_EQ(Check.ExitCode, 0) << Check.describe();
  EXPECT_NE(Check.Err.find("All checks completed, 0 errors"), std::string::npos) << Check.Err;
  EXPECT_NE(Check.Err.find("-resource-dir " ABIDE_RESOURCE_DIR), std::string::npos) << Check.Err;
}

TEST(Flags, ResourceDirectoryOfTheUserWins) {
  Project P;
  fs::path File = P.write("a.cpp", "int i;\n");
  ProcessOptions ByVariable = P.options();
  ByVariable.Environment.back() = "CLANGD_FLAGS=--resource-dir=/elsewhere";
  std::vector<ProcessResult> Results = {
      ours(P, {"--resource-dir=/elsewhere", "--check=" + File.string()}, P.options()),
      ours(P, {"--check=" + File.string()}, ByVariable)};
  for (const ProcessResult &Result : Results) {
    EXPECT_NE(Result.Err.find("-resource-dir /elsewhere"), std::string::npos) << Result.Err;
    EXPECT_EQ(Result.Err.find("-resource-dir " ABIDE_RESOURCE_DIR), std::string::npos);
  }
}

TEST(Flags, RefusesAnUnknownOne) {
  Project P;
  ProcessResult Result = ours(P, {"--no-such-flag"}, P.options());
  EXPECT_EQ(Result.ExitCode, 1);
  EXPECT_NE(Result.Err.find("no-such-flag"), std::string::npos) << Result.Err;
}

TEST(Flags, SaysThatTheRemoteIndexIsNotThere) {
  Project P;
  Editor E(P, {"--remote-index-address=localhost:1", "--project-root=" + P.path().string()});
  E.request("workspace/symbol", {{"query", "save"}});
  EXPECT_EQ(E.shutdown(), 0);
  EXPECT_NE(E.log().find("cannot connect to the remote index 'localhost:1'"), std::string::npos)
      << E.log();
}

} // namespace
} // namespace abide::test
