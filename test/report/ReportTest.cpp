//===- ReportTest.cpp - The parts that reporters share --------------------===//

#include "FindingJson.h"
#include "Fingerprint.h"
#include "Markdown.h"
#include "Sample.h"
#include "SourceText.h"
#include "Text.h"
#include "llvm/Support/raw_ostream.h"

using namespace abide;
using namespace abide::test;

namespace {

TEST(Normalise, OrdersByPlaceAndKeepsTheRichestOfEqualFindings) {
  Report R;
  auto Make = [](std::string Path, std::uint32_t Offset, std::string Check) {
    Finding F;
    F.CheckId = std::move(Check);
    F.Where = {std::move(Path), 1, 1, Offset};
    return F;
  };
  Finding Rich = Make("/a", 5, "x");
  Rich.Edits.emplace_back().Where = {"/a", 5, 0};
  R.Findings = {Make("/b", 1, "x"), Make("/a", 5, "x"), Rich, Make("/a", 5, "w"),
                Make("/a", 2, "z")};
  normalise(R);
  ASSERT_EQ(R.Findings.size(), 4u);
  EXPECT_EQ(R.Findings[0].Where.Offset, 2u);
  EXPECT_EQ(R.Findings[1].CheckId, "w");
  EXPECT_EQ(R.Findings[2].Edits.size(), 1u);
  EXPECT_EQ(R.Findings[3].Where.Path, "/b");
}

TEST(Normalise, FailuresOfDifferentUnitsStay) {
  Report R;
  Failure F = Sample::failure(Failure::Kind::CompileError, "/a.cpp", "bad");
  for (int I = 0; I != 3; ++I)
    R.Failures.push_back(F);
  R.Failures.back().File = "/b.cpp";
  normalise(R);
  EXPECT_EQ(R.Failures.size(), 2u);
}

TEST(DisplayPath, IsRelativeOnlyBelowTheBase) {
  EXPECT_EQ(displayPath("/p/a.cpp", "/p"), "a.cpp");
  EXPECT_EQ(displayPath("/pq/a.cpp", "/p"), "/pq/a.cpp");
  EXPECT_EQ(displayPath("/p", "/p"), "/p");
}

TEST(FindingJson, SurvivesCbor) {
  Sample S;
  for (const Finding &F : S.R.Findings) {
    auto Bytes = nlohmann::json::to_cbor(nlohmann::json(F));
    auto Back = nlohmann::json::from_cbor(Bytes, true, false).get<Finding>();
    EXPECT_EQ(Back.CheckId, F.CheckId);
    EXPECT_EQ(Back.Level, F.Level);
    EXPECT_EQ(Back.Where, F.Where);
    EXPECT_EQ(Back.Message, F.Message);
    EXPECT_EQ(Back.Ranges, F.Ranges);
    EXPECT_EQ(Back.Notes, F.Notes);
    EXPECT_EQ(Back.Edits, F.Edits);
  }
  for (const Failure &F : S.R.Failures) {
    auto Back = nlohmann::json(F).get<Failure>();
    EXPECT_EQ(Back.What, F.What);
    EXPECT_EQ(Back.File, F.File);
    EXPECT_EQ(Back.Where, F.Where);
    EXPECT_EQ(Back.Message, F.Message);
  }
}

TEST(FindingJson, WhatIsMissingOrOfAnotherTypeReadsAsEmpty) {
  for (const char *Text : {"{}", "[]", "null", "{\"check\": 1, \"at\": [], \"notes\": {}}"}) {
    auto F = nlohmann::json::parse(Text).get<Finding>();
    EXPECT_EQ(F.CheckId, "") << Text;
    EXPECT_EQ(F.Where, Place()) << Text;
    EXPECT_TRUE(F.Notes.empty()) << Text;
  }
}

TEST(SourceText, LinesAndColumns) {
  TempDir Dir;
  std::string Path = Dir.write("a", "one\r\ntw\xc3\xb6\xff x\nlast").string();
  SourceText T;
  EXPECT_EQ(T.lineAt(Path, 1), "one");
  EXPECT_EQ(T.lineAt(Path, 5), "tw\xc3\xb6\xff x");
  // "tw", one unit for the umlaut, one for the stray byte, a blank.
  EXPECT_EQ(T.positionUtf16(Path, 11), (std::pair<unsigned, unsigned>(2, 6)));
  EXPECT_EQ(T.lines(Path, 2, 9).Last, 3u);
  EXPECT_EQ(T.lines(Path, 3, 9).Text, "last");
  EXPECT_EQ(T.lines(Path, 4, 9).Text, "");
}

TEST(SourceText, AFileThatIsGoneHasNoText) {
  SourceText T;
  EXPECT_EQ(T.lineAt("/no/such/file", 100), "");
  EXPECT_EQ(T.positionUtf16("/no/such/file", 100), (std::pair<unsigned, unsigned>(1, 1)));
}

TEST(Fingerprint, DependsOnCheckFileAndLineAndTellsTwinsApart) {
  TempDir Dir;
  std::string Path = Dir.write("a.cpp", "work();\n  work( );\nother();\n").string();
  Report R;
  R.SourceRoot = Dir.path().string();
  auto At = [&](std::uint32_t Offset, std::string Check) {
    Finding F;
    F.CheckId = std::move(Check);
    F.Where = {Path, 0, 0, Offset};
    return F;
  };
  R.Findings = {At(0, "x"), At(10, "x"), At(20, "x"), At(20, "y")};
  std::vector<std::string> Prints = fingerprints(R);
  EXPECT_EQ(std::set<std::string>(Prints.begin(), Prints.end()).size(), 4u);
  Dir.write("a.cpp", "\n\n\twork();\n");
  R.Findings = {At(3, "x")};
  EXPECT_EQ(fingerprints(R)[0], Prints[0]);
  // The same tree in another place has the same fingerprints.
  TempDir Other;
  Path = Other.write("a.cpp", "work();\n").string();
  R.SourceRoot = Other.path().string();
  R.Findings = {At(0, "x")};
  EXPECT_EQ(fingerprints(R)[0], Prints[0]);
}

std::string rendered(llvm::StringRef Markdown, bool Colour) {
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  renderMarkdown(Markdown, OS, Colour);
  return Text;
}

TEST(Markdown, ReadsWellWithoutColour) {
  EXPECT_EQ(rendered("# Title\n\nUse `co_await` **now**, see [the page](other.md) or "
                     "[this](https://x.org).\n\n```cpp bad\nf(a[0] * b);\n```\n2 * 3 ` [ **\n",
                     false),
            "Title\n\nUse 'co_await' now, see the page or this (https://x.org).\n\n"
            "  bad:\n    f(a[0] * b);\n2 * 3 ` [ **\n");
}

TEST(Markdown, SaysWhichCodeIsBadAndWhichGood) {
  EXPECT_EQ(
      rendered("```cpp bad\nf();\n```\n```cpp good\nco_await f();\n```\n```sh\nls\n```\n", false),
      "  bad:\n    f();\n  good:\n    co_await f();\n    ls\n");
}

TEST(Markdown, ColoursCodeAndHeadings) {
  std::string Text = rendered("# T\n`x`\n", true);
  EXPECT_NE(Text.find("\x1b["), std::string::npos);
  EXPECT_EQ(Text.find('`'), std::string::npos);
  EXPECT_EQ(Text.find('\''), std::string::npos);
}

TEST(Text, ShowsPlacesOfFilesThatAreGone) {
  Sample S;
  S.R.Failures.clear();
  fs::remove(S.Outside);
  std::string Text;
  llvm::raw_string_ostream OS(Text);
  writeText(S.R, OS, false);
  EXPECT_NE(Text.find("src/a b.cpp:2:"), std::string::npos) << Text;
  EXPECT_NE(Text.find("warning: " + S.Outside + ":1:1: task is never awaited"), std::string::npos)
      << Text;
}

} // namespace
