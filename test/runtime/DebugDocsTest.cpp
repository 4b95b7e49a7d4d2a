//===- DebugDocsTest.cpp - What the pages of debug mode say is there ------===//

#include "Files.h"
#include "gtest/gtest.h"
#include <abide/report.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

namespace abide::test {
namespace {

const fs::path Docs = fs::path(ABIDE_SOURCE_DIR) / "docs";

bool contains(const std::string &Text, const std::string &Part) {
  return Text.find(Part) != Text.npos;
}

/// The cells of the rows of all tables in a page, without their headings.
std::vector<std::vector<std::string>> rows(const std::string &Page) {
  std::vector<std::vector<std::string>> Result;
  bool Begun = false;
  for (const std::string &Line : splitLines(Page)) {
    if (!Line.starts_with("|")) {
      Begun = false;
      continue;
    }
    const bool Body = std::exchange(Begun, Begun || Line.starts_with("|---"));
    if (!Body)
      continue;
    Result.emplace_back();
    std::istringstream Cells(Line.substr(1));
    for (std::string Cell; std::getline(Cells, Cell, '|');)
      Result.back().emplace_back(trim(Cell));
  }
  return Result;
}

std::set<std::string> testsOfTheRuntime() {
  std::set<std::string> Names;
  const std::regex Definition("TEST(?:_F|_P)?\\((\\w+),\\s*(\\w+)\\)");
  for (const char *Area : {"runtime", "debug", "asio", "guard"})
    for (const fs::path &File : filesUnder(fs::path(ABIDE_SOURCE_DIR) / "test" / Area, {".cpp"})) {
      const std::string Text = readFile(File);
      for (std::sregex_iterator At(Text.begin(), Text.end(), Definition), End; At != End; ++At)
        Names.insert((*At)[1].str() + "." + (*At)[2].str());
    }
  return Names;
}

TEST(DebugDocs, EachCapabilityHasTestsThatExist) {
  const std::set<std::string> Known = testsOfTheRuntime();
  const auto Rows = rows(readFile(Docs / "runtime/debug-capabilities.md"));
  EXPECT_EQ(Rows.size(), 26u + 9u);
  for (const auto &Row : Rows) {
    ASSERT_FALSE(Row.empty());
    std::istringstream Names(std::regex_replace(Row.back(), std::regex(","), " "));
    int Count = 0;
    for (std::string Name; Names >> Name; ++Count)
      EXPECT_TRUE(Known.contains(Name)) << Row[0] << " names " << Name << ", which does not exist";
    EXPECT_GT(Count, 0) << Row[0];
  }
}

/// Each kind of report and the slug of its check, "" when there is none.
std::map<std::string, std::string> kinds() {
  std::map<std::string, std::string> Result;
  for (std::size_t I = 0; I < report_kinds; ++I) {
    const auto Kind = static_cast<report_kind>(I);
    const std::string Check(check_of(Kind));
    Result[std::string(to_string(Kind))] = Check.empty() ? "" : Check.substr(Check.find('-') + 1);
  }
  return Result;
}

TEST(DebugDocs, EachReportNamesTheCheckThatCouldHaveCaughtItAndItsPage) {
  for (std::size_t I = 0; I < report_kinds; ++I) {
    const auto Kind = static_cast<report_kind>(I);
    const std::string Check(check_of(Kind));
    const report Sample{severity::error, "message", "", nullptr, Kind};
    const std::string Text = to_string(Sample);
    const nlohmann::json Json = nlohmann::json::parse(to_json(Sample));
    if (Check.empty()) {
      EXPECT_FALSE(contains(Text, "check:")) << Text;
      EXPECT_FALSE(Json.contains("check"));
      continue;
    }
    const std::string Page = "docs/checks/" + kinds()[std::string(to_string(Kind))] + ".md";
    EXPECT_TRUE(contains(Text, "check: " + Check + ", see " + Page)) << Text;
    EXPECT_EQ(Json["check"], Check);
    EXPECT_EQ(Json["page"], Page);
    EXPECT_TRUE(fs::exists(Docs.parent_path() / Page)) << Page;
  }
}

/// The kinds named in the part of a page about what is seen at run time.
std::set<std::string> kindsIn(const std::string &Page) {
  std::set<std::string> Result;
  const std::size_t At = Page.find("\n## At run time\n");
  if (At == Page.npos)
    return Result;
  const std::string Part = Page.substr(At);
  for (const auto &[Kind, Slug] : kinds())
    if (contains(Part, "`" + Kind + "`"))
      Result.insert(Kind);
  return Result;
}

TEST(DebugDocs, ThePageOfEachCheckNamesItsReportsAndNoOthers) {
  std::map<std::string, std::set<std::string>> Wanted;
  for (const auto &[Kind, Slug] : kinds())
    if (!Slug.empty())
      Wanted[Slug].insert(Kind);
  for (const fs::path &Page : filesUnder(Docs / "checks", {".md"}))
    EXPECT_EQ(kindsIn(readFile(Page)), Wanted[Page.stem().string()]) << Page;
}

TEST(DebugDocs, TheTableOfKindsIsTheOneInTheProgram) {
  std::map<std::string, std::string> Listed;
  for (const auto &Row : rows(readFile(Docs / "runtime/debug.md")))
    if (Row.size() == 4 && Row[0].starts_with("`") && Row[0].ends_with("`"))
      Listed[Row[0].substr(1, Row[0].size() - 2)] = Row[3];
  EXPECT_EQ(Listed, kinds());
}

} // namespace
} // namespace abide::test
