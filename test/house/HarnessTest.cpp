//===- HarnessTest.cpp - The fixtures' markers mean what they say ---------===//

#include "Fixture.h"
#include "LspClient.h"
#include "gtest/gtest.h"

namespace abide::test {
namespace {

Fixture fixture(const std::string &Text) { return parseFixture("sample", "x", "/d/x.cpp", Text); }

Shown finding(unsigned Line, const std::string &Message) {
  return {Line, Message, "async-sample", {}, false};
}

TEST(Harness, MarkersMatchFindingsOnTheirLine) {
  Fixture F = fixture("int a;\nf(); // warn: is lost // warn: blocks\n");
  EXPECT_EQ(differences(F, {finding(2, "this blocks"), finding(2, "'f' is lost")}), "");
  EXPECT_EQ(differences(F, {finding(2, "'f' is lost")}), "/d/x.cpp:2: missing: blocks\n");
  EXPECT_EQ(differences(F, {finding(2, "blocks"), finding(2, "is lost"), finding(1, "odd")}),
            "/d/x.cpp:1: unexpected: odd [async-sample]\n");
  EXPECT_NE(differences(F, {finding(1, "blocks"), finding(2, "is lost")}), "");
}

TEST(Harness, OneFindingDoesNotSatisfyTwoMarkers) {
  Fixture F = fixture("f(); // warn: blocks // warn: blocks\n");
  EXPECT_EQ(differences(F, {finding(1, "blocks")}), "/d/x.cpp:1: missing: blocks\n");
}

TEST(Harness, AKnownGapFailsWhenItWorks) {
  Fixture F = fixture("f(); // todo-warn: blocks\n");
  EXPECT_EQ(differences(F, {}), "");
  EXPECT_NE(differences(F, {finding(1, "blocks")}), "");
}

TEST(Harness, NotesAreComparedWhereAMarkerAsks) {
  Fixture F = fixture("g(); // note: waits here\nf(); // warn: blocks\n");
  Shown S = finding(2, "blocks");
  EXPECT_EQ(differences(F, {S}), "/d/x.cpp:1: missing note: waits here\n");
  S.Notes = {{1, "waits here", "", {}, false}, {9, "elsewhere", "", {}, false}};
  EXPECT_EQ(differences(F, {S}), "");
}

TEST(Harness, OtherChecksDoNotCountAndErrorsDo) {
  Fixture F = fixture("int a;\n");
  EXPECT_EQ(differences(F, {{1, "odd", "async-other", {}, false}}), "");
  EXPECT_NE(differences(F, {{1, "odd", "clang-diagnostic-error", {}, true}}), "");
}

TEST(Harness, DirectivesStandAboveTheCode) {
  Fixture F = fixture("// What it is about.\n// flags: -std=c++23 -I%S/inc\n"
                      "// options: async-sample.A=b c.D=\n// requires: header boost/asio.hpp\n"
                      "int a;\n// flags: -DLATE\n");
  EXPECT_EQ(F.Flags[0], "-std=c++23");
  EXPECT_EQ(F.Flags[1], "-I/d/inc");
  EXPECT_EQ(F.Flags.size(), 4u) << "only the fakes and the runtime are added";
  EXPECT_EQ(F.Options, (std::map<std::string, std::string>{{"async-sample.A", "b"}, {"c.D", ""}}));
  EXPECT_EQ(F.Requires, std::vector<std::string>{"boost/asio.hpp"});
  EXPECT_EQ(fixture("int a;\n").Flags[0], "-std=c++20");
}

TEST(Harness, DiagnosticsOfOneFileAreReadFromText) {
  std::vector<Shown> Read = parseDiagnostics("x.cpp:3:1: warning: odd [async-sample,-warnings]\n"
                                             "/d/x.cpp:1:1: note: from here\n"
                                             "y.cpp:3:1: warning: elsewhere [async-sample]\n"
                                             "/d/x.cpp:7:1: note: of the other file\n"
                                             "x.cpp:5:2: error: no [clang-diagnostic-error]\n",
                                             "/d/x.cpp", "/d");
  ASSERT_EQ(Read.size(), 2u);
  EXPECT_EQ(Read[0].Line, 3u);
  EXPECT_EQ(Read[0].Message, "odd");
  EXPECT_EQ(Read[0].Check, "async-sample");
  ASSERT_EQ(Read[0].Notes.size(), 1u);
  EXPECT_EQ(Read[0].Notes[0].Message, "from here");
  EXPECT_TRUE(Read[1].Error);
}

TEST(Harness, MessagesHaveAStyle) {
  for (const char *Good : {"'f' blocks", "task is lost", "I/O blocks", "waits for x..."})
    EXPECT_EQ(styleFault(Good), "") << Good;
  for (const char *Bad : {"", "Task is lost", "task is lost.", "task\nis lost"})
    EXPECT_NE(styleFault(Bad), "") << Bad;
}

TEST(Harness, EditsOfTheProtocolApplyTogether) {
  auto Insert = [](int Line, int Column, const char *Text) {
    nlohmann::json At = {{"line", Line}, {"character", Column}};
    return nlohmann::json{{"range", {{"start", At}, {"end", At}}}, {"newText", Text}};
  };
  EXPECT_EQ(applyEdits("ab\ncd\n", {Insert(0, 1, "1"), Insert(1, 2, "2")}), "a1b\ncd2\n");
}

} // namespace
} // namespace abide::test
