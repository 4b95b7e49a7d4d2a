//===- StepsTest.cpp - abide check in steps: summarize, tell, link --------===//

#include "Project.h"
#include <map>

using namespace abide::test;
using nlohmann::json;

namespace {

/// A project that has of everything: findings across files, a chain through three, NOLINT on such a
/// finding, a finding in a header of two units, a fix, a unit that does not compile.
struct Everything : Project {
  std::vector<std::string> Sources;

  Everything() {
    write("helpers.h", "#pragma once\n#include \"task.h\"\nvoid save(int);\nvoid flush(int);\n"
                       "inline task both() { work(); co_await work(); }\n");
    add("a.cpp", "#include \"helpers.h\"\n"
                 "task run() { save(3); co_await work(); }\n"
                 "task quiet() { save(3); co_await work(); } // NOLINT(async-blocking-call)\n");
    add("b.cpp", "#include \"helpers.h\"\nvoid save(int fd) { flush(fd); }\n");
    add("sub dir/c.cpp", "#include \"helpers.h\"\n#include <unistd.h>\n"
                         "void flush(int fd) { ::fsync(fd); }\n"
                         "static void here() { flush(1); }\n"
                         "task again() { here(); co_await work(); }\n");
    add("broken.cpp", "#include \"helpers.h\"\nint x = ;\ntask run2() { save(4); co_return; }\n");
    add("d.cpp", std::string(OneFinding));
  }

  void add(const std::string &Name, std::string_view Text, std::vector<std::string> Flags = {}) {
    source(Name, Text, std::move(Flags));
    if (Sources.empty() || Sources.back() != Name)
      Sources.push_back(Name);
  }

  ProcessResult summarize(const std::string &Source, std::vector<std::string> More = {}) const {
    std::vector<std::string> Args = {"summarize", Source, "-o", Source + ".record"};
    Args.insert(Args.end(), More.begin(), More.end());
    return abide(Args);
  }

  ProcessResult again(const std::string &Source) const {
    return abide({"summarize", Source, "-o", Source + ".final", "--again", Source + ".record"});
  }

  ProcessResult overAll(std::vector<std::string> Args, const std::string &Extension) const {
    for (const std::string &Source : Sources)
      Args.push_back(Source + Extension);
    return abide(Args);
  }

  void steps() const {
    for (const std::string &Source : Sources)
      EXPECT_EQ(summarize(Source).ExitCode, Clean) << Source;
    EXPECT_EQ(overAll({"tell"}, ".record").ExitCode, Clean);
    for (const std::string &Source : Sources)
      EXPECT_EQ(again(Source).ExitCode, Clean) << Source;
  }

  ProcessResult link(std::vector<std::string> Args = {}) const {
    Args.insert(Args.begin(), "link");
    return overAll(std::move(Args), ".final");
  }
};

/// What the report says of the program, without what it says of the run.
json sarifResults(const std::string &Text) {
  json J = json::parse(Text, nullptr, false);
  J["runs"][0].erase("invocations");
  return J;
}

TEST(Steps, SayWhatCheckSaysInEveryForm) {
  Everything P;
  P.steps();
  ProcessResult Whole = P.check(), Linked = P.link();
  EXPECT_EQ(Linked.Out, Whole.Out);
  EXPECT_EQ(Linked.ExitCode, Incomplete) << Linked.describe();
  EXPECT_EQ(Whole.ExitCode, Incomplete);
  EXPECT_CONTAINS(Linked.Out, "a.cpp:2:14: warning: 'save' blocks the event loop");
  EXPECT_CONTAINS(Linked.Out, "helpers.h:5:22: warning: ");
  EXPECT_LACKS(Linked.Out, "a.cpp:3:");
  EXPECT_CONTAINS(Linked.Err, "5 translation units, 1 not fully analysed");

  json A = json::parse(P.link({"--format=json"}).Out), B = P.checkJson();
  A["summary"].erase("seconds");
  B["summary"].erase("seconds");
  EXPECT_EQ(A, B);
  EXPECT_EQ(sarifResults(P.link({"--format=sarif"}).Out),
            sarifResults(P.check({"--format=sarif"}).Out));

  P.link({"--write-facts=link.facts", "--write-baseline=link.base"});
  P.check({"--write-facts=check.facts", "--write-baseline=check.base"});
  EXPECT_EQ(P.contents("link.facts"), P.contents("check.facts"));
  EXPECT_EQ(P.contents("link.base"), P.contents("check.base"));
  EXPECT_CONTAINS(P.contents("link.facts"), "fsync");
  EXPECT_CONTAINS(P.link({"--baseline=check.base"}).Err, " known; ");
}

TEST(Steps, HaveTheExitCodesOfCheck) {
  Everything P;
  P.Sources = {"a.cpp", "b.cpp", "sub dir/c.cpp", "d.cpp"};
  P.steps();
  EXPECT_EQ(P.link().ExitCode, Findings);
  EXPECT_EQ(P.link({"--exit-zero"}).ExitCode, Clean);
  P.Sources = {"b.cpp"};
  P.write("helpers.h", "#pragma once\nvoid save(int);\nvoid flush(int);\n");
  P.steps();
  EXPECT_EQ(P.link().ExitCode, Clean);
  EXPECT_EQ(P.link({"-o", "no/where"}).ExitCode, Usage);
}

TEST(Steps, GiveEqualBytesInWhateverDirectory) {
  Everything P, Q;
  P.steps();
  Q.steps();
  for (const std::string &Source : P.Sources)
    for (const char *Kind : {".record", ".record.facts", ".final"}) {
      const std::string Bytes = P.contents(Source + Kind);
      EXPECT_FALSE(Bytes.empty());
      EXPECT_EQ(Bytes, Q.contents(Source + Kind)) << Source << Kind;
      EXPECT_LACKS(Bytes, P.path().string());
    }
  // A record of one machine is one of any other.
  for (const std::string &Source : P.Sources)
    fs::rename(P.path() / (Source + ".final"), Q.path() / (Source + ".final"));
  EXPECT_EQ(Q.link().Out, Q.check().Out);
}

TEST(Steps, WriteTheRecordAndTheDepfileAndNothingElse) {
  Everything P;
  P.write(".clang-tidy", "CheckOptions: {async.Vocabulary: my words.json}\n");
  P.write("my words.json", "{}");
  auto List = [&] {
    std::map<std::string, std::string> Files;
    for (const fs::path &File : filesUnder(P.path(), {""}))
      Files[File.string()] = readFile(File);
    return Files;
  };
  auto Before = List();
  ProcessResult R = P.summarize("sub dir/c.cpp", {"--depfile=c.d"});
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
  auto After = List();
  EXPECT_EQ(After.erase((P.path() / "sub dir/c.cpp.record").string()), 1u);
  EXPECT_EQ(After.erase((P.path() / "c.d").string()), 1u);
  EXPECT_EQ(After, Before);
  const std::string Rule = P.contents("c.d"), Dir = P.path().string();
  EXPECT_TRUE(Rule.starts_with("sub\\ dir/c.cpp.record:")) << Rule;
  for (const char *Input : {"/sub\\ dir/c.cpp", "/helpers.h", "/task.h", "/.clang-tidy",
                            "/my\\ words.json", "/compile_commands.json"})
    EXPECT_CONTAINS(Rule, Dir + Input);
  EXPECT_CONTAINS(Rule, "/unistd.h");
}

TEST(Steps, ParseNothingWhereOthersTellNothing) {
  Everything P;
  P.steps();
  fs::remove(P.path() / "d.cpp");
  EXPECT_EQ(P.again("d.cpp").ExitCode, Clean);
  EXPECT_EQ(P.contents("d.cpp.final"), P.contents("d.cpp.record"));
  EXPECT_NE(P.contents("a.cpp.final"), P.contents("a.cpp.record"));
}

TEST(Steps, LeaveFactsAloneThatDoNotChange) {
  Everything P;
  P.steps();
  const fs::path A = P.path() / "a.cpp.record.facts", B = P.path() / "sub dir/c.cpp.record.facts";
  const auto Old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::last_write_time(A, Old);
  fs::last_write_time(B, Old);
  P.write("sub dir/c.cpp", "#include \"helpers.h\"\n\n#include <unistd.h>\n"
                           "void flush(int fd) { ::fsync(fd); }\n");
  P.steps();
  EXPECT_NE(fs::last_write_time(A), Old) << "the chain goes through another line";
  EXPECT_EQ(fs::last_write_time(B), Old);
}

TEST(Steps, RecordsThatWereNotToldAreNoWholeProgram) {
  Everything P;
  for (const std::string &Source : P.Sources)
    P.summarize(Source);
  ProcessResult R = P.overAll({"link"}, ".record");
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, "error: a.cpp: its record does not know what the other records tell it");
  EXPECT_LACKS(R.Out, "error: d.cpp");
  EXPECT_CONTAINS(R.Out, "d.cpp:2:"); // What it knows it says.
}

TEST(Steps, BadRecordsAreNamedAndTheRestIsReported) {
  Everything P;
  P.steps();
  const std::string Bytes = P.contents("d.cpp.final");
  P.write("a.cpp.final", Bytes.substr(0, Bytes.size() / 2));
  P.write("b.cpp.final", "nonsense");
  fs::remove(P.path() / "broken.cpp.final");
  P.write("sub dir/c.cpp.final", P.contents("sub dir/c.cpp.record.facts"));
  ProcessResult R = P.link();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, "'a.cpp.final' is truncated or no record of abide; write it again: "
                         "'abide summarize'");
  EXPECT_CONTAINS(R.Out, "'b.cpp.final' is truncated or no record");
  EXPECT_CONTAINS(R.Out, "cannot read 'broken.cpp.final': No such file");
  EXPECT_CONTAINS(R.Out, "'sub dir/c.cpp.final' is no record of abide for this step");
  EXPECT_CONTAINS(R.Out, "d.cpp:2:");

  P.write("a.cpp.record", "nonsense");
  P.write("d.cpp.record.facts", "nonsense");
  R = P.overAll({"tell"}, ".record");
  EXPECT_EQ(R.ExitCode, Incomplete);
  EXPECT_CONTAINS(R.Err, "'a.cpp.record' is truncated");
  EXPECT_NE(P.contents("d.cpp.record.facts"), "nonsense");
  EXPECT_CONTAINS(P.again("a.cpp").Err, "'a.cpp.record' is truncated");
  P.write("d.cpp.record.facts", "nonsense");
  EXPECT_CONTAINS(P.again("d.cpp").Err, "'d.cpp.record.facts' is truncated");
  fs::remove(P.path() / "d.cpp.record.facts");
  EXPECT_CONTAINS(P.again("d.cpp").Err, "cannot read 'd.cpp.record.facts'");
}

TEST(Steps, KeepWhatWasThereWhenTheyFail) {
  Everything P;
  EXPECT_EQ(P.summarize("d.cpp").ExitCode, Clean);
  const std::string Bytes = P.contents("d.cpp.record");
  ProcessResult R = P.summarize("d.cpp", {"-p", "nowhere"});
  EXPECT_EQ(R.ExitCode, Usage) << R.describe();
  EXPECT_EQ(P.contents("d.cpp.record"), Bytes);
  R = P.summarize("d.cpp", {"-o", "no/where/d.record"});
  EXPECT_EQ(R.ExitCode, Incomplete);
  EXPECT_CONTAINS(R.Err, "cannot write 'no/where/d.record'");
  R = P.summarize("d.cpp", {"-o", "/dev/full"});
  EXPECT_EQ(R.ExitCode, Incomplete);
  EXPECT_CONTAINS(R.Err, "cannot write '/dev/full': No space left");
}

TEST(Steps, TwoCommandsForOneFileBothCount) {
  Everything P;
  P.Sources = {"two.cpp", "b.cpp", "sub dir/c.cpp"};
  const char *Two = "#include \"helpers.h\"\n#ifdef DEBUG\ntask debug() { work(); co_return; }\n"
                    "#else\ntask release() { save(1); co_await work(); }\n#endif\n";
  P.add("two.cpp", Two, {"-DDEBUG"});
  P.add("two.cpp", Two);
  P.Sources = {"two.cpp", "b.cpp", "sub dir/c.cpp"};
  P.steps();
  ProcessResult R = P.link();
  EXPECT_EQ(R.Out, P.check(P.Sources).Out);
  EXPECT_CONTAINS(R.Out, "two.cpp:3:");
  EXPECT_CONTAINS(R.Out, "two.cpp:5:");
  EXPECT_CONTAINS(R.Err, "4 translation units");
}

TEST(Steps, TakeFlagsAndConfigurationsAsCheckDoes) {
  Everything P;
  P.write("flagged.cpp", OneFinding);
  std::vector<std::string> Flags = {"--", "-std=c++20", "-I."};
  EXPECT_EQ(P.summarize("flagged.cpp", Flags).ExitCode, Clean);
  EXPECT_CONTAINS(P.abide({"link", "flagged.cpp.record"}).Out, "flagged.cpp:2:");

  P.write(".clang-tidy", "Checks: '-*'\n");
  P.Sources = {"d.cpp"};
  P.steps();
  ProcessResult Linked = P.link(), Whole = P.check({"d.cpp"});
  EXPECT_EQ(Linked.Out, Whole.Out);
  EXPECT_EQ(Linked.ExitCode, Whole.ExitCode);
  EXPECT_CONTAINS(Linked.Out, "no check is enabled for any file");

  P.write(".clang-tidy", "CheckOptions: {async-nonsense.X: 1}\n");
  P.Sources = {"d.cpp", "b.cpp"};
  P.steps();
  EXPECT_EQ(P.link().Out, P.check({"d.cpp", "b.cpp"}).Out);
  EXPECT_CONTAINS(P.link().Out, "no option is called 'async-nonsense.X'");
}

TEST(Steps, TakeLongCommandLinesFromFiles) {
  Everything P;
  P.Sources = {"a.cpp", "b.cpp", "sub dir/c.cpp"};
  P.steps();
  P.write("records", "a.cpp.final\n'b.cpp.final'\n\"sub dir/c.cpp.final\"\n");
  EXPECT_EQ(P.abide({"link", "@records"}).Out, P.link().Out);
  EXPECT_CONTAINS(P.abide({"link", "@nowhere"}).Out, "'@nowhere'");
}

TEST(Steps, RefuseWhatIsNoWayToCallThem) {
  Everything P;
  struct Slip {
    std::vector<std::string> Args;
    const char *Says;
  };
  const Slip Slips[] = {
      {{"summarize", "-o", "x"}, "takes one source"},
      {{"summarize", "-o", "x", "a.cpp", "b.cpp"}, "takes one source"},
      {{"summarize", "a.cpp"}, "needs '-o RECORD'"},
      {{"summarize", "-o", "x", "--format=json", "a.cpp"}, "has no option '--format'"},
      {{"tell"}, "name the records"},
      {{"link"}, "name the records"},
      {{"link", "--fix", "x"}, "'abide link' has no option '--fix'"},
      {{"check", "--depfile=x"}, "'abide check' has no option '--depfile'"},
      {{"link", "x", "--", "-I."}, "compiler flags belong to"},
      {{"commands", "a.cpp"}, "'-o DIR'"},
  };
  for (const Slip &S : Slips) {
    ProcessResult R = P.abide(S.Args);
    EXPECT_EQ(R.ExitCode, Usage) << S.Says;
    EXPECT_CONTAINS(R.Err, S.Says);
  }
}

TEST(Commands, AreWrittenForEachSourceAndLeftAloneWhenTheyAreTheSame) {
  Everything P;
  std::vector<std::string> Args = {"commands", "-o", "out", "a.cpp", "sub dir/c.cpp"};
  ProcessResult R = P.abide(Args);
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
  json A = json::parse(P.contents("out/a.cpp.json"), nullptr, false);
  ASSERT_EQ(A.size(), 1u);
  EXPECT_EQ(A[0]["file"], (P.path() / "a.cpp").string());
  EXPECT_EQ(A[0]["directory"], P.path().string());

  const auto Old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const char *Name : {"out/a.cpp.json", "out/sub dir/c.cpp.json"})
    fs::last_write_time(P.path() / Name, Old);
  P.command("a.cpp", {"-DMORE"});
  P.command("d.cpp", {"-DMORE"});
  EXPECT_EQ(P.abide(Args).ExitCode, Clean);
  EXPECT_NE(fs::last_write_time(P.path() / "out/a.cpp.json"), Old);
  EXPECT_EQ(fs::last_write_time(P.path() / "out/sub dir/c.cpp.json"), Old);

  // They say what the database says.
  EXPECT_EQ(P.check({"-p", "out/a.cpp.json", "a.cpp"}).Out, P.check({"a.cpp"}).Out);
  Everything Q; // A source that is elsewhere.
  R = P.abide({"commands", "-o", "out", (Q.path() / "a.cpp").string()});
  EXPECT_TRUE(fs::exists(P.path() / ("out/@" + Q.path().string() + "/a.cpp.json"))) << R.describe();
}

} // namespace
