//===- DatabaseTest.cpp - compile_commands.json, good and bad -------------===//

#include "Project.h"

using namespace abide::test;

namespace {

TEST(Database, NoneIsAnErrorThatNamesTheCure) {
  Project P;
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Err, "no compile_commands.json in '" + P.path().string() + "' or above");
  EXPECT_CONTAINS(R.Err, "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON");
}

TEST(Database, WithoutOneAFileIsAnalysedWithAPlainCommand) {
  Project P;
  P.write("a.cpp", OneFinding);
  ProcessResult R = P.check({"a.cpp"});
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_CONTAINS(R.Err, "'a.cpp' is analysed with '-std=c++20' alone");
}

TEST(Database, FlagsAfterTwoDashesTakeItsPlace) {
  Project P;
  P.write("compile_commands.json", "[]");
  P.write("a.cpp", "#ifdef WITH_BUG\n" + std::string(OneFinding) + "\n#endif\n");
  EXPECT_EQ(P.check({"a.cpp", "--", "-std=c++20"}).ExitCode, Clean);
  ProcessResult R = P.check({"a.cpp", "--", "-std=c++20", "-DWITH_BUG"});
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_LACKS(R.Err, "alone");

  for (const std::vector<std::string> &Args : std::vector<std::vector<std::string>>{
           {"--", "-std=c++20"}, {"-p", ".", "a.cpp", "--", "-std=c++20"}}) {
    R = P.check(Args);
    EXPECT_EQ(R.ExitCode, Usage) << R.describe();
    EXPECT_CONTAINS(R.Err, "'--'");
  }
  R = P.check({".", "--", "-std=c++20"});
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Err, "name the files");
}

TEST(Database, EmptyOnesSaySo) {
  for (const char *Text : {"", "  \n", "[]"}) {
    Project P;
    P.write("compile_commands.json", Text);
    ProcessResult R = P.check();
    EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
    EXPECT_CONTAINS(R.Err, "compile_commands.json");
    EXPECT_CONTAINS(R.Err, std::string_view(Text) == "[]" ? "lists no files" : "is empty");
  }
}

TEST(Database, MalformedJsonIsNamedByLineAndColumn) {
  Project P;
  P.write("compile_commands.json", "[\n  {\"directory\": \"/\",\n   \"file\" \"a.cpp\"}\n]\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Err, "compile_commands.json:3:");
  EXPECT_CONTAINS(R.Err, "malformed JSON");
  EXPECT_EQ(splitLines(R.Err).size(), 1u) << R.Err;
}

TEST(Database, JsonOfAnotherShapeSaysWhatItShouldBe) {
  for (const char *Text : {"{}", "[1]", "[{\"directory\": \"/\"}]", "[{\"file\": \"a.cpp\"}]"}) {
    Project P;
    P.write("compile_commands.json", Text);
    ProcessResult R = P.check();
    EXPECT_EQ(R.ExitCode, Incomplete) << Text << "\n" << R.describe();
    EXPECT_CONTAINS(R.Err, "not a compilation database");
  }
}

TEST(Database, IsFoundUpwardAndInBuild) {
  Project P;
  P.source("a.cpp", OneFinding);
  fs::create_directories(P.path() / "x/y");
  EXPECT_EQ(P.check({}, {.Directory = (P.path() / "x/y").string()}).ExitCode, Findings);
  fs::create_directories(P.path() / "build");
  fs::rename(P.path() / "compile_commands.json", P.path() / "build/compile_commands.json");
  EXPECT_EQ(P.check({}, {.Directory = (P.path() / "x").string()}).ExitCode, Findings);
}

TEST(Database, IsFoundFromTheFileWhenTheUserIsElsewhere) {
  Project P;
  TempDir Elsewhere;
  P.source("a.cpp", OneFinding, {"-DX"});
  ProcessResult R =
      P.check({(P.path() / "a.cpp").string()}, {.Directory = Elsewhere.path().string()});
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_LACKS(R.Err, "-std=c++20' alone");
}

TEST(Database, EntryForAMissingFileFailsAndTheRestGoesOn) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.command("gone.cpp");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, "gone.cpp: cannot open it: No such file or directory");
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning:");
  EXPECT_CONTAINS(R.Err, "1 finding in 1 file; 2 translation units, 1 not fully analysed");
}

TEST(Database, EntryForAMissingDirectoryFailsAndTheRestGoesOn) {
  Project P;
  P.source("a.cpp", OneFinding);
  auto J = nlohmann::json::parse(P.contents("compile_commands.json"));
  J.push_back({{"directory", "/no/such/dir"}, {"file", "b.cpp"}, {"command", "c++ b.cpp"}});
  P.write("compile_commands.json", J.dump());
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, "its build directory '/no/such/dir' does not exist");
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning:");
}

TEST(Database, UnreadableFilesFailAndTheRestGoesOn) {
  Project P;
  P.source("a.cpp", OneFinding);
  P.command("dir.cpp");
  fs::create_directories(P.path() / "dir.cpp");
  P.command("link.cpp");
  fs::create_symlink("nowhere", P.path() / "link.cpp");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Out, "dir.cpp: cannot read it: it is a directory");
  EXPECT_CONTAINS(R.Out, "link.cpp: cannot open it: No such file or directory");
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning:");
}

TEST(Database, AnUnreadableDatabaseSaysWhy) {
  Project P;
  fs::create_directories(P.path() / "compile_commands.json");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Err, "cannot read '" + (P.path() / "compile_commands.json").string() + "'");
}

TEST(Database, FilesAndDirectoriesSelect) {
  Project P;
  P.source("one/a.cpp", OneFinding);
  P.source("two/b.cpp", OneFinding);
  P.source("twofold/c.cpp", OneFinding);
  ProcessResult R = P.check({"two"});
  EXPECT_CONTAINS(R.Out, "two/b.cpp:2");
  EXPECT_LACKS(R.Out, "one/a.cpp");
  EXPECT_LACKS(R.Out, "twofold");
  R = P.check({"one/a.cpp", "twofold"});
  EXPECT_CONTAINS(R.Out, "one/a.cpp:2");
  EXPECT_CONTAINS(R.Out, "twofold/c.cpp:2");
  EXPECT_LACKS(R.Out, "two/b.cpp");
}

TEST(Database, ADirectoryWithoutTranslationUnitsIsNoSuccess) {
  Project P;
  P.source("one/a.cpp", NoFinding);
  fs::create_directories(P.path() / "empty");
  ProcessResult R = P.check({"empty"});
  EXPECT_EQ(R.ExitCode, Incomplete) << R.describe();
  EXPECT_CONTAINS(R.Err, "no C++ translation unit");
}

TEST(Database, CommandsOfUnlistedFilesAndHeadersAreInferred) {
  Project P;
  P.source("a.cpp", NoFinding, {"-DNEEDED"});
  P.write("new.cpp",
          "#ifdef NEEDED\n#include \"task.h\"\ntask f() { work(); co_return; }\n#endif\n");
  P.write("h.h",
          "#ifdef NEEDED\n#include \"task.h\"\ninline task h() { work(); co_return; }\n#endif\n");
  EXPECT_CONTAINS(P.check({"new.cpp"}).Out, "new.cpp:3:12: warning:");
  ProcessResult R = P.check({"h.h"});
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_CONTAINS(R.Out, "h.h:3:19: warning:");
}

TEST(Database, OtherLanguagesAreLeftAlone) {
  Project P;
  P.source("a.cpp", NoFinding);
  P.source("b.c", "int x = not c++;\n");
  P.source("c.S", "nonsense\n");
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
  EXPECT_CONTAINS(R.Err, "1 translation unit ");
  EXPECT_CONTAINS(P.check({"b.c", "a.cpp"}).Err, "'b.c' is not C++: nothing to check");
}

TEST(Database, PathsWithBlanks) {
  Project P;
  P.source("with blank/a b.cpp", "#include \"../task.h\"\ntask run() { work(); co_return; }\n");
  auto J = nlohmann::json::parse(P.contents("compile_commands.json"));
  J[0].erase("arguments");
  J[0]["command"] = "g++ -std=c++20 -c 'with blank/a b.cpp'";
  P.write("compile_commands.json", J.dump());
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_CONTAINS(R.Out, "with blank/a b.cpp:2:14: warning:");
  EXPECT_EQ(P.check({"with blank/a b.cpp"}).ExitCode, Findings);
}

TEST(Database, CompileFlagsFileServesNamedFiles) {
  Project P;
  P.write("compile_flags.txt", "-std=c++20\n-DNEEDED\n");
  P.write("a.cpp", "#ifndef NEEDED\n#error\n#endif\n");
  EXPECT_EQ(P.check({"a.cpp"}).ExitCode, Clean);
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Incomplete);
  EXPECT_CONTAINS(R.Err, "lists no files");
}

TEST(Database, GccOnlyFlagsAreIgnoredWithOneNoteEach) {
  Project P;
  std::vector<std::string> Flags = {"-fconserve-stack",
                                    "-fno-ipa-icf",
                                    "-Werror",
                                    "-Wno-such-warning-anywhere",
                                    "-MD",
                                    "-MF",
                                    "x.d"};
  P.source("a.cpp", NoFinding, Flags);
  P.source("b.cpp", NoFinding, Flags);
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
  EXPECT_EQ(R.Out, "");
  EXPECT_CONTAINS(R.Err, "note: ignored gcc-only flag '-fconserve-stack'\n");
  EXPECT_CONTAINS(R.Err, "note: ignored gcc-only flag '-fno-ipa-icf'\n");
  EXPECT_EQ(splitLines(R.Err).size(), 3u) << R.Err;
  EXPECT_FALSE(fs::exists(P.path() / "x.d"));
  EXPECT_FALSE(fs::exists(P.path() / "a.cpp.o"));
  EXPECT_EQ(P.check({"--quiet"}).Err, "");
}

TEST(Database, PrecompiledHeadersAreReplacedByTheirHeaders) {
  Project P;
  P.write("pch.h", "#include \"task.h\"\n");
  P.write("pch.h.pch", "not of this compiler");
  const char *Source = "task run() { work(); co_return; }\n";
  P.source("a.cpp", Source, {"-include-pch", "pch.h.pch"});
  P.source("b.cpp", Source,
           {"-Xclang", "-include-pch", "-Xclang", "pch.h.pch", "-Xclang", "-include", "-Xclang",
            "pch.h"});
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_CONTAINS(R.Out, "a.cpp:1:14: warning:");
  EXPECT_CONTAINS(R.Out, "b.cpp:1:14: warning:");
  EXPECT_CONTAINS(R.Err, "ignored precompiled headers");
}

TEST(Database, APrecompiledHeaderBesideAnIncludedOneIsNotLoaded) {
  Project P;
  P.write("pch.h", "#include \"task.h\"\n");
  for (const char *Name : {"pch.h.pch", "pch.h.gch"})
    P.write(Name, "CPCH not of this compiler");
  P.source("a.cpp", "task run() { work(); co_return; }\n", {"-include", "pch.h"});
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
}

TEST(Database, ModuleFlagsOfOtherCompilersAreIgnoredWithANote) {
  Project P;
  P.write("a.pcm", "not of this compiler");
  fs::create_directories(P.path() / "modules");
  P.write("modules/m.pcm", "not of this compiler");
  P.source("a.cpp", OneFinding,
           {"-fmodules-ts", "-fmodule-mapper=a.modmap", "-fdeps-format=p1689r5", "@a.cpp.o.modmap",
            "-fmodule-file=m=a.pcm", "-fprebuilt-module-path=modules"});
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Findings) << R.describe();
  EXPECT_CONTAINS(R.Out, "a.cpp:2:14: warning:");
  for (const char *Flag : {"'-fmodules-ts'", "'-fmodule-mapper'", "'-fdeps-format'", "('.modmap')",
                           "'-fmodule-file='", "'-fprebuilt-module-path='"})
    EXPECT_CONTAINS(R.Err, Flag);
}

TEST(Database, AResponseFileIsRead) {
  Project P;
  P.write("flags.rsp", "-DNEEDED -fmodules-ts");
  P.source("a.cpp", "#ifndef NEEDED\n#error\n#endif\n", {"@flags.rsp"});
  ProcessResult R = P.check();
  EXPECT_EQ(R.ExitCode, Clean) << R.describe();
  EXPECT_CONTAINS(R.Err, "'-fmodules-ts'");
}

TEST(Database, ThirdPartyHeadersAreNotTheUsers) {
  Project P;
  P.write("ext/lib/lib.h", "#pragma once\n#include \"task.h\"\n"
                           "inline task lost() { work(); co_return; }\n");
  for (std::vector<std::string> Flags : {std::vector<std::string>{"-Iext"}, {"-I", "ext/../ext"}})
    P.source("a.cpp", "#include <lib/lib.h>\n#include \"task.h\"\n", Flags);
  EXPECT_EQ(P.check().ExitCode, Findings);
  EXPECT_EQ(P.check({"--third-party=ext"}).ExitCode, Clean);
  EXPECT_EQ(P.check({"--third-party=" + P.path().string() + "/ext/"}).ExitCode, Clean);
  EXPECT_EQ(P.check({"--third-party=ex"}).ExitCode, Usage);
  P.write("other/x.h", "");
  EXPECT_EQ(P.check({"--third-party=other"}).ExitCode, Findings);
}

} // namespace
