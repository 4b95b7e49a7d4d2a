//===- SharedHeadersTest.cpp - System headers parsed once -----------------===//
//
// Whether a unit uses the shared header must not show. So these tests have a system header that
// betrays it: it declares a task when it is included directly and a number when it is included by
// another header, as all units here do.
//
//===----------------------------------------------------------------------===//

#include "Project.h"
#include <set>
#include <sys/stat.h>

using namespace abide::test;

namespace {

/// Large enough to be worth it.
const std::string Padding(4'000'000, ' ');

struct Telltale : Project {
  Telltale() {
    std::string Header = "#pragma once\n#include <coroutine>\n"
                         "#define BIG_VERSION 1\n"
                         "inline int twice(double) { return 2; }\n"
                         "namespace big {\n";
    Header.append(TaskHeader);
    Header.append("#if defined(PLAIN)\n"
                  "int start();\n"
                  "#elif __INCLUDE_LEVEL__ == 1\n"
                  "task start();\n"
                  "#else\n"
                  "int start();\n"
                  "#endif\n"
                  "}\n");
    write("lib/big.h", Header.append(Padding));
    write("wrap.h", "#ifndef WRAP_H\n#define WRAP_H\n#include <big.h>\n#endif\n");
    for (const char *Name : {"a.cpp", "b.cpp", "c.cpp"})
      unit(Name, "#include \"wrap.h\"\n");
  }

  /// Rest comes after the task that is lost.
  void unit(const std::string &Name, const std::string &Before, const std::string &Rest = "",
            std::vector<std::string> Flags = {}) {
    Flags.insert(Flags.end(), {"-isystem", "lib"});
    source(Name, Before + "void run() { big::start(); }\n" + Rest, Flags);
  }

  /// The units that used the shared header.
  std::set<std::string> users(ProcessOptions Options = {}) const {
    ProcessResult R = check({"--format=json"}, std::move(Options));
    auto Report = nlohmann::json::parse(R.Out, nullptr, false);
    EXPECT_TRUE(Report["failures"].empty()) << R.describe();
    std::set<std::string> Names;
    for (const auto &F : Report["findings"])
      Names.insert(fs::path(F["at"]["path"].get<std::string>()).filename());
    return Names;
  }
};

using Names = std::set<std::string>;
const Names Plain = {"a.cpp", "b.cpp", "c.cpp"};

TEST(SharedHeaders, AreParsedOnceForUnitsThatHaveThemInCommon) {
  EXPECT_EQ(Telltale().users(), Plain);
}

TEST(SharedHeaders, AreNotUsedWhereTheUserSaysSo) {
  EXPECT_EQ(Telltale().check({"--no-shared-headers"}).ExitCode, Clean);
}

TEST(SharedHeaders, NotByAUnitWhoseMacrosChangeThem) {
  Telltale P;
  P.unit("plain.cpp", "#define PLAIN\n#include \"wrap.h\"\n");
  P.unit("undef.cpp", "#undef PLAIN\n#include \"wrap.h\"\n");
  P.unit("nested.cpp", "#if 1\n#define PLAIN\n#endif\n#include \"wrap.h\"\n");
  P.unit("other.cpp", "#define OTHER\n#include \"wrap.h\"\n#define PLAIN\n");
  EXPECT_EQ(P.users(), (Names{"a.cpp", "b.cpp", "c.cpp", "other.cpp"}));
}

TEST(SharedHeaders, NotByAUnitThatAsksForTheirMacrosBefore) {
  Telltale P;
  P.unit("asks.cpp", "#ifdef BIG_VERSION\n#error too early\n#endif\n#include \"wrap.h\"\n");
  P.unit("later.cpp", "#ifdef OTHER\n#endif\n#include \"wrap.h\"\n#if BIG_VERSION > 1\n#endif\n");
  EXPECT_EQ(P.users(), (Names{"a.cpp", "b.cpp", "c.cpp", "later.cpp"}));
}

TEST(SharedHeaders, NotByAUnitThatMayNotIncludeThem) {
  Telltale P;
  P.unit("maybe.cpp", "#if __cplusplus > 1\n#include \"wrap.h\"\n#endif\n");
  P.unit("computed.cpp", "#define WHICH \"wrap.h\"\n#include WHICH\n");
  EXPECT_EQ(P.users(), Plain);
}

TEST(SharedHeaders, NotByAUnitThatReadsAPipe) {
  Telltale P;
  ASSERT_EQ(mkfifo((P.path() / "pipe.h").c_str(), 0600), 0);
  P.unit("pipe.cpp", "#include \"pipe.h\"\n#include \"wrap.h\"\n");
  Process Writer({"sh", "-c", "echo '// nothing' >pipe.h"}, {.Directory = P.path().string()});
  EXPECT_EQ(P.users(), Plain);
}

TEST(SharedHeaders, NotByAUnitWithOtherFlags) {
  Telltale P;
  P.unit("flags.cpp", "#include \"wrap.h\"\n", "", {"-DOTHER"});
  EXPECT_EQ(P.users(), Plain);
}

TEST(SharedHeaders, AUnitThatTheyBreakIsParsedWithout) {
  Telltale P;
  P.unit("breaks.cpp", "int twice(long);\nint two = twice(1);\n#include \"wrap.h\"\n");
  EXPECT_EQ(P.users(), Plain);
}

TEST(SharedHeaders, HeadersThatDoNotStandAloneAreNotShared) {
  Telltale P;
  P.write("lib/more.h", std::string("#ifndef BASE\n#error no base\n#endif\n").append(Padding));
  for (const char *Name : {"d.cpp", "e.cpp", "f.cpp"})
    P.source(Name, "#define BASE\n#include <more.h>\n", {"-isystem", "lib"});
  EXPECT_EQ(P.users(), Plain);
}

TEST(SharedHeaders, WithoutAPlaceToWriteEveryUnitIsParsedByItself) {
  ProcessOptions Nowhere;
  Nowhere.Environment = {"TMPDIR=/nonexistent"};
  EXPECT_EQ(Telltale().users(Nowhere), Names());
}

TEST(SharedHeaders, LeaveNothingBehind) {
  Telltale P;
  const fs::path Temporary = P.path() / "tmp";
  fs::create_directory(Temporary);
  ProcessOptions Here;
  Here.Environment = {"TMPDIR=" + Temporary.string()};
  EXPECT_EQ(P.users(Here), Plain);
  EXPECT_TRUE(fs::is_empty(Temporary));
}

TEST(SharedHeaders, GiveTheSameFindings) {
  Project P;
  P.write("common.h", "#pragma once\n#include <vector>\n#include <string>\n#include <map>\n"
                      "#include \"task.h\"\n#include <functional>\n"
                      "inline std::map<int, std::function<task(std::string)>> handlers;\n");
  for (int I = 0; I != 6; ++I)
    P.source("u" + std::to_string(I) + ".cpp", "#include \"common.h\"\n"
                                               "task run(std::vector<std::string> names) {\n"
                                               "  for (const std::string &name : names)\n"
                                               "    handlers[" +
                                                   std::to_string(I) +
                                                   "](name);\n"
                                                   "  work();\n"
                                                   "  co_await work();\n"
                                                   "}\n");
  auto With = P.checkJson(), Without = P.checkJson({"--no-shared-headers"});
  EXPECT_EQ(With["findings"].size(), 12u);
  EXPECT_EQ(With["findings"], Without["findings"]);
  EXPECT_EQ(With["failures"], Without["failures"]);
}

} // namespace
