//===- CommandLineTest.cpp - What a user types ----------------------------===//

#include "Project.h"

using namespace abide::test;

namespace {

struct Slip {
  std::vector<std::string> Args;
  std::string Says;
};

TEST(CommandLine, BadUsageNamesTheCulpritAndTheNearest) {
  const Slip Slips[] = {
      {{}, "a command is missing"},
      {{"chek"}, "unknown command 'chek'; did you mean 'check'?"},
      {{"src/a.cpp"}, "'abide check src/a.cpp'"},
      {{"check", "--quit"}, "unknown option '--quit'; did you mean '--quiet'?"},
      {{"check", "--frobnicate"}, "unknown option '--frobnicate'"},
      {{"check", "--format=xml"}, "'--format' is one of text, json and sarif, not 'xml'"},
      {{"check", "--format=serif"}, "did you mean 'sarif'?"},
      {{"check", "-j", "many"}, "'-j' takes a number from 1 to 4096"},
      {{"check", "-j0"}, "'-j' takes a number from 1 to 4096"},
      {{"check", "-o"}, "'-o' needs a value"},
      {{"check", "--fix=yes"}, "'--fix' takes no value"},
      {{"check", "--header-filter=("}, "'(' is no regular expression"},
      {{"check", "--checks=async-never-awaitd"}, "did you mean 'async-never-awaited'?"},
      {{"check", "no-such-file.cpp"}, "cannot open 'no-such-file.cpp': No such file"},
      {{"check", "-p", "no-such-dir"}, "no-such-dir' does not exist"},
      {{"explain"}, "'abide explain' takes one check"},
      {{"explain", "async-neverawaited"}, "did you mean 'async-never-awaited'?"},
      {{"list-checks", "x"}, "takes no operands"},
  };
  Project P;
  P.source("a.cpp", NoFinding);
  for (const Slip &S : Slips) {
    ProcessResult R = P.abide(S.Args);
    EXPECT_EQ(R.ExitCode, Usage) << R.describe();
    EXPECT_CONTAINS(R.Err, S.Says);
    EXPECT_EQ(R.Out, "");
  }
}

TEST(CommandLine, PercentSignsInMessagesAreText) {
  Project P;
  EXPECT_CONTAINS(P.abide({"check", "--%s%n"}).Err, "unknown option '--%s%n'");
}

TEST(CommandLine, HelpOfTheToolAndOfEachCommand) {
  Project P;
  for (const char *Option : {"--help", "-h"}) {
    ProcessResult R = P.abide({Option});
    EXPECT_EQ(R.ExitCode, Clean);
    for (const char *Command :
         {"check", "summarize", "tell", "link", "commands", "list-checks", "explain"})
      EXPECT_CONTAINS(R.Out, Command);
  }
  ProcessResult Check = P.abide({"check", "--help"});
  EXPECT_EQ(Check.ExitCode, Clean);
  for (const char *Option : {"-p BUILD_DIR", "--checks=GLOBS", "--format=FORMAT", "-o FILE", "-j N",
                             "--header-filter=RE", "--quiet", "--fix", "Exit code"})
    EXPECT_CONTAINS(Check.Out, Option);
  EXPECT_CONTAINS(P.abide({"explain", "--help"}).Out, "abide explain CHECK");
  EXPECT_EQ(P.abide({"help"}).Out, P.abide({"--help"}).Out);
  EXPECT_EQ(P.abide({"help", "check"}).Out, P.abide({"check", "--help"}).Out);
  EXPECT_LACKS(P.abide({"explain", "--help"}).Out, "--checks");
  EXPECT_CONTAINS(P.abide({"list-checks", "--help"}).Out, "abide list-checks");
}

TEST(CommandLine, VersionNamesItsClang) {
  Project P;
  ProcessResult R = P.abide({"--version"});
  EXPECT_EQ(R.ExitCode, Clean);
  EXPECT_EQ(R.Out.rfind("abide 0.", 0), 0u) << R.Out;
  EXPECT_CONTAINS(R.Out, "clang version " + std::to_string(ABIDE_LLVM_VERSION) + ".");
}

TEST(CommandLine, ListsEveryCheck) {
  Project P;
  ProcessResult R = P.abide({"list-checks"});
  EXPECT_EQ(R.ExitCode, Clean);
  EXPECT_CONTAINS(R.Out, "async-blocking-call");
  EXPECT_CONTAINS(R.Out, "async-never-awaited");
}

TEST(CommandLine, ExplainsByIdAndBySlug) {
  Project P;
  ProcessResult ById = P.abide({"explain", "async-never-awaited"});
  ProcessResult BySlug = P.abide({"explain", "never-awaited"});
  EXPECT_EQ(ById.ExitCode, Clean);
  EXPECT_EQ(ById.Out, BySlug.Out);
  EXPECT_CONTAINS(ById.Out, "async-never-awaited");
  EXPECT_LACKS(ById.Out, "```");
  EXPECT_LACKS(ById.Out, "*lazy*");
  EXPECT_LACKS(ById.Out, "\x1b[");
}

TEST(CommandLine, AcceptsTheSpellingsOfClangTools) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.write("build/compile_commands.json", P.contents("compile_commands.json"));
  for (const std::vector<std::string> &Args :
       std::vector<std::vector<std::string>>{{"-p", "build"},
                                             {"-p=build"},
                                             {"-pbuild"},
                                             {"-checks=async-*"},
                                             {"-checks", "async-*"},
                                             {"-j2"},
                                             {"-j", "2"},
                                             {"-p", "build/compile_commands.json"}})
    EXPECT_EQ(P.check(Args).ExitCode, Findings) << Args.front();
}

} // namespace
