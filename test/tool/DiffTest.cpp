//===- DiffTest.cpp - What is new since a revision ------------------------===//

#include "Project.h"

using namespace abide::test;

namespace {

constexpr std::string_view Bug = "#include \"task.h\"\ntask run() { work(); co_return; }\n";
constexpr std::string_view SecondBug = "task next() { work(); co_return; }\n";

/// A git repository with a finding in a.cpp, committed.
struct Repository : Project {
  Repository() {
    source("a.cpp", Bug);
    source("b.cpp", NoFinding);
    write(".gitignore", ".abide-cache\n");
    git({"init", "-q", "-b", "main"});
    commit();
  }

  ProcessResult git(std::vector<std::string> Args) const {
    Args.insert(Args.begin(), {"git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-c",
                               "protocol.file.allow=always"});
    ProcessResult R = run(Args, {.Directory = path().string()});
    EXPECT_EQ(R.ExitCode, 0) << R.describe();
    return R;
  }
  void commit() const {
    git({"add", "-A"});
    git({"commit", "-q", "-m", "step"});
  }
  ProcessResult diff(const std::string &Revision = "HEAD",
                     std::vector<std::string> Args = {}) const {
    Args.push_back("--diff=" + Revision);
    return check(Args);
  }
};

TEST(Diff, WithoutAChangeNothingIsNew) {
  Repository P;
  for (const std::vector<std::string> &Args :
       std::vector<std::vector<std::string>>{{}, {"--no-cache"}}) {
    ProcessResult R = P.diff("HEAD", Args);
    EXPECT_EQ(R.ExitCode, Clean) << R.describe();
    EXPECT_CONTAINS(R.Err, "no findings, 1 known; 2 translation units");
  }
}

TEST(Diff, OnlyWhatWasNotThereIsNew) {
  Repository P;
  P.write("a.cpp", "// moved\n\n" + std::string(Bug) + std::string(SecondBug));
  P.source("new.cpp", Bug); // Untracked.
  for (const std::vector<std::string> &Args :
       std::vector<std::vector<std::string>>{{}, {}, {"--no-cache"}}) {
    ProcessResult R = P.diff("HEAD", Args);
    EXPECT_EQ(R.ExitCode, Findings) << R.describe();
    EXPECT_CONTAINS(R.Out, "a.cpp:5:15: warning:");
    EXPECT_CONTAINS(R.Out, "new.cpp:2:14: warning:");
    EXPECT_LACKS(R.Out, "a.cpp:4:");
    EXPECT_CONTAINS(R.Err, "2 findings in 2 files, 1 known; 3 translation units");
  }
  EXPECT_EQ(P.check({"--diff=HEAD", "--format=json"}).ExitCode, Findings);
}

TEST(Diff, AWholeBranchCounts) {
  Repository P;
  P.git({"checkout", "-q", "-b", "topic"});
  P.write("b.cpp", Bug);
  P.commit();
  P.git({"checkout", "-q", "main"});
  P.write("a.cpp", NoFinding);
  P.commit();
  P.git({"checkout", "-q", "topic"});
  ProcessResult R = P.diff("main");
  EXPECT_CONTAINS(R.Out, "b.cpp:2:14: warning:");
  EXPECT_LACKS(R.Out, "a.cpp:") << "it was there when the branch began";
  EXPECT_EQ(P.diff("HEAD").ExitCode, Clean);
}

TEST(Diff, AHeaderReachesItsUsers) {
  Repository P;
  P.write("config.h", "#pragma once\n");
  P.write("b.cpp", "#include \"config.h\"\n#ifdef WITH_BUG\n" + std::string(Bug) + "#endif\n");
  P.commit();
  EXPECT_EQ(P.diff().ExitCode, Clean);
  P.write("config.h", "#pragma once\n#define WITH_BUG\n");
  EXPECT_CONTAINS(P.diff().Out, "b.cpp:4:14: warning:");
  fs::remove(P.path() / "config.h");
  EXPECT_EQ(P.diff().ExitCode, Incomplete) << "the header is gone";
}

TEST(Diff, AChangeReachesCallersInOtherUnits) {
  Repository P;
  P.write("helpers.h", "#pragma once\n#include \"task.h\"\nvoid save(int);\n");
  P.write("b.cpp", "#include \"helpers.h\"\ntask run() { save(3); co_await work(); }\n");
  P.source("c.cpp", "#include \"helpers.h\"\nvoid save(int) {}\n");
  P.commit();
  P.write("c.cpp",
          "#include \"helpers.h\"\n#include <unistd.h>\nvoid save(int fd) { ::fsync(fd); }\n");
  for (int Round = 0; Round != 2; ++Round) {
    ProcessResult R = P.diff();
    EXPECT_CONTAINS(R.Out, "b.cpp:2:14: warning: 'save' blocks the event loop");
    EXPECT_LACKS(R.Out, "a.cpp:");
  }
  P.commit();
  EXPECT_EQ(P.diff().ExitCode, Clean);
}

TEST(Diff, ARenamedFileKeepsItsFindings) {
  Repository P;
  P.git({"mv", "a.cpp", "renamed.cpp"});
  P.command("renamed.cpp");
  auto J = nlohmann::json::parse(P.contents("compile_commands.json"));
  J.erase(0);
  P.write("compile_commands.json", J.dump());
  ProcessResult R = P.diff();
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
  EXPECT_CONTAINS(R.Err, "1 known");
}

TEST(Diff, NamesMayBeOfAnyBytes) {
  Repository P;
  const std::string Odd = "new\nline caf\xe9";
  P.write(Odd + "/h.h", "#pragma once\n#include \"task.h\"\n");
  P.write("b.cpp", "#include \"" + std::string("caf/h.h\"\n"));
  fs::create_directory_symlink(Odd, P.path() / "caf");
  P.commit();
  EXPECT_EQ(P.diff().ExitCode, Clean);
  P.write(Odd + "/h.h", "#pragma once\n" + std::string(Bug));
  ProcessResult R = P.diff();
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_CONTAINS(R.Out, "h.h:3:14: warning:");
}

TEST(Diff, ASubmoduleIsNamed) {
  Repository P, Inner;
  P.git({"submodule", "--quiet", "add", Inner.path().string(), "inner"});
  P.commit();
  P.write("inner/a.cpp", std::string(Bug) + std::string(SecondBug));
  ProcessResult R = P.diff();
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
  EXPECT_CONTAINS(R.Err, "note: submodule 'inner' differs");
}

TEST(Diff, AShallowCloneHasWhatItFetched) {
  Repository P;
  P.write("b.cpp", Bug);
  P.commit();
  TempDir Clone;
  P.git({"clone", "-q", "--depth=1", "file://" + P.path().string(), Clone.path().string() + "/c"});
  const std::string Directory = Clone.path() / "c";
  ProcessResult R = P.check({"--diff=HEAD"}, {.Directory = Directory});
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
  R = P.check({"--diff=HEAD~1"}, {.Directory = Directory});
  EXPECT_EQ(R.ExitCode, Usage) << R.describe();
  EXPECT_CONTAINS(R.Err, "'HEAD~1' is no revision of '" + Directory + "'");
  EXPECT_CONTAINS(R.Err, "git fetch --depth=1");
}

TEST(Diff, BadQuestionsAreUsageErrors) {
  Repository P;
  for (const char *Revision : {"nowhere", "--help", "HEAD:a.cpp", ""}) {
    ProcessResult R = P.diff(Revision);
    EXPECT_EQ(R.ExitCode, Usage) << R.describe();
  }
  Project Q;
  Q.source("a.cpp", OneFinding);
  ProcessResult R = Q.check({"--diff=HEAD"});
  EXPECT_EQ(R.ExitCode, Usage) << R.describe();
  EXPECT_CONTAINS(R.Err, "'--diff' needs a git work tree");
  R = P.check({"--diff=HEAD"}, {.Environment = {"PATH=/nowhere"}});
  EXPECT_EQ(R.ExitCode, Usage) << R.describe();
  EXPECT_CONTAINS(R.Err, "needs git, which is not in PATH");
}

} // namespace
