//===- ConfigurationTest.cpp - .clang-tidy files, as clang-tidy reads them ===//

#include "Project.h"

using namespace abide::test;

namespace {

constexpr const char *Both = "#include \"task.h\"\n"
                             "#include <unistd.h>\n"
                             "task run() {\n"
                             "  work();\n"
                             "  sleep(1);\n"
                             "  co_return;\n"
                             "}\n";

std::vector<std::string> checksIn(const nlohmann::json &Report) {
  std::vector<std::string> Checks;
  for (const auto &F : Report["findings"])
    Checks.push_back(F["check"]);
  return Checks;
}

using List = std::vector<std::string>;
const std::string NeverAwaited = "async-never-awaited", BlockingCall = "async-blocking-call";

TEST(Configuration, RecommendedChecksAreOnByDefault) {
  Project P;
  P.source("a.cpp", Both);
  EXPECT_EQ(checksIn(P.checkJson()), (List{NeverAwaited, BlockingCall}));
}

TEST(Configuration, FilesNarrowAndTheCommandLineComesLast) {
  Project P;
  P.source("a.cpp", Both);
  P.source("sub/b.cpp", Both);
  P.write("sub/.clang-tidy", "Checks: '-async-blocking-call'\n");
  EXPECT_EQ(checksIn(P.checkJson()), (List{NeverAwaited, BlockingCall, NeverAwaited}));
  EXPECT_EQ(checksIn(P.checkJson({"--checks=async-blocking-call"})),
            (List{NeverAwaited, BlockingCall, NeverAwaited, BlockingCall}));
  EXPECT_EQ(checksIn(P.checkJson({"--checks=-*,async-blocking-call"})),
            (List{BlockingCall, BlockingCall}));
}

TEST(Configuration, ChecksOfOthersAreNoConcernOfOurs) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.write(".clang-tidy", "Checks: '-*,bugprone-*,no-such-thing,async-*'\n"
                         "CheckOptions:\n  no-such-thing.Foo: '1'\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
}

TEST(Configuration, NoCheckEnabledAnywhereIsNoSuccess) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.write(".clang-tidy", "Checks: '-*,bugprone-*'\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, "no check is enabled for any file");
  EXPECT_LACKS(R.Err, "no findings");
  EXPECT_EQ(P.check({"--checks=async-*"}).ExitCode, Findings);
}

TEST(Configuration, ADirectoryMaySwitchEverythingOff) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.source("vendor/b.cpp", OneFinding);
  P.write("vendor/.clang-tidy", "Checks: '-*'\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_LACKS(R.Out, "vendor");
}

TEST(Configuration, AnUnknownCheckIsNamedWithFileLineAndNearest) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.write(".clang-tidy", "---\nChecks: >\n  async-*,\n  -async-neverawaited\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, ".clang-tidy:4: 'Checks': no check is called 'async-neverawaited'; "
                         "did you mean 'async-never-awaited'?");
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning:");
}

TEST(Configuration, AnInvalidValueIsNamedWithFileLineAndWhatIsExpected) {
  Project P;
  P.source("a.cpp", NoFinding);
  P.write(".clang-tidy", "CheckOptions:\n"
                         "  async-blocking-call.MaxDepth: 'x'\n"
                         "  async-never-awaited.AllowCastToVoid: 'alway'\n"
                         "  async-blocking-call.IgnorePaths: '['\n"
                         "  async-blocking-call.Disk: 'maybe'\n"
                         "  async-blocking-call.Heavy: 'true'\n");
  ProcessResult R = P.check();
  EXPECT_CONTAINS(R.Out, ".clang-tidy:2: option 'async-blocking-call.MaxDepth': expected a whole "
                         "number, found 'x'");
  EXPECT_CONTAINS(R.Out, ".clang-tidy:3: option 'async-never-awaited.AllowCastToVoid': expected "
                         "one of 'never', 'eager', 'always', found 'alway'");
  EXPECT_CONTAINS(R.Out, ".clang-tidy:4: option 'async-blocking-call.IgnorePaths': expected a "
                         "regular expression");
  EXPECT_CONTAINS(R.Out, ".clang-tidy:5: option 'async-blocking-call.Disk': expected 'true' or "
                         "'false', found 'maybe'");
  EXPECT_EQ(R.Out.find("Heavy"), std::string::npos) << R.Out;
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
}

TEST(Configuration, AnUnknownOptionIsNamedWithFileLineAndNearest) {
  Project P;
  P.source("a.cpp", NoFinding);
  P.write(".clang-tidy", "CheckOptions:\n  async.Vocabularies: 'x.json'\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, ".clang-tidy:2: 'CheckOptions': no option is called "
                         "'async.Vocabularies'; did you mean 'async.Vocabulary'?");
}

TEST(Configuration, MalformedYamlIsNamedByLine) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.write(".clang-tidy", "Checks: 'async-*'\nCheckOptions: [\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, ".clang-tidy:");
  EXPECT_CONTAINS(R.Out, "this file is not used");
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning:");
  EXPECT_EQ(splitLines(R.Err).size(), 1u) << R.Err;
}

TEST(Configuration, AMalformedVocabularyIsNamedByLineOnce) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.source("b.cpp", NoFinding);
  P.write(".clang-tidy", "CheckOptions:\n  async.Vocabulary: 'words.json'\n");
  P.write("words.json", "{\n  \"blocking\": [\n}\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, "words.json:3");
  size_t First = R.Out.find("words.json:3");
  EXPECT_EQ(R.Out.find("words.json:3", First + 1), std::string::npos) << R.Out;
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning:");
}

TEST(Configuration, AMissingVocabularyIsNamed) {
  Project P;
  P.source("a.cpp", NoFinding);
  P.write(".clang-tidy", "CheckOptions:\n  async.Vocabulary: 'words.json'\n");
  ProcessResult R = P.check({"--checks=-*,async-blocking-call"});
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, "cannot read the vocabulary 'words.json'");
}

TEST(Configuration, WarningsAsErrors) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.write(".clang-tidy", "WarningsAsErrors: 'async-*'\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Findings);
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: error:");
}

TEST(Configuration, NolintInAllItsForms) {
  Project P;
  P.source("a.cpp", "#include \"task.h\"\n"
                    "task run() {\n"
                    "  work(); // NOLINT(async-never-awaited)\n"
                    "  work(); // NOLINT\n"
                    "  // NOLINTNEXTLINE(async-*)\n"
                    "  work();\n"
                    "  // NOLINTBEGIN\n"
                    "  work();\n"
                    "  // NOLINTEND\n"
                    "  work(); // NOLINT(async-blocking-call)\n"
                    "  co_return;\n"
                    "}\n");
  nlohmann::json J = P.checkJson();
  ASSERT_EQ(J["findings"].size(), 1u) << J.dump(1);
  EXPECT_EQ(J["findings"][0]["at"]["line"], 10);
}

TEST(Configuration, HeadersOfTheUserAreReportedUnlessFiltered) {
  Project P;
  P.write("mine.h",
          "#pragma once\n#include \"task.h\"\ninline task mine() { work(); co_return; }\n");
  P.write("sys/theirs.h",
          "#pragma once\n#include \"task.h\"\ninline task theirs() { work(); co_return; }\n");
  P.source("a.cpp", "#include \"mine.h\"\n#include <theirs.h>\n",
           {"-isystem", (P.path() / "sys").string()});
  ProcessResult R = P.check();
  EXPECT_CONTAINS(R.Out, "mine.h:3:");
  EXPECT_LACKS(R.Out, "theirs.h");
  EXPECT_EQ(P.check({"--header-filter=other"}).ExitCode, Clean);
  EXPECT_EQ(P.check({"--header-filter=mi.e"}).ExitCode, Findings);
  P.write(".clang-tidy", "HeaderFilterRegex: 'other'\n");
  EXPECT_EQ(P.check().ExitCode, Clean);
}

TEST(Configuration, ExtraArgsReachTheParser) {
  Project P;
  P.source("a.cpp", "#if !defined FIRST || !defined LAST\n#error\n#endif\n");
  EXPECT_EQ(P.check().ExitCode, Incomplete);
  P.write(".clang-tidy", "ExtraArgsBefore: ['-DFIRST']\nExtraArgs: ['-DLAST']\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
}

TEST(Configuration, WarningsOfClangNeedAGlobThatNamesThem) {
  Project P;
  P.source("a.cpp", "int f() { int unused; return 0; }\n", {"-Wall"});
  EXPECT_EQ(P.check().ExitCode, Clean);
  ProcessResult R = P.check({"--checks=clang-diagnostic-*"});
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_CONTAINS(R.Out, "[clang-diagnostic-unused-variable]");
}

} // namespace
