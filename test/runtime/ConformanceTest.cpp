//===- ConformanceTest.cpp - The table of asyncio's tests is true ---------===//
//
// conformance.tsv says for each test of CPython's suite that means something in C++ which tests
// here cover it ("Suite.Test", several with blanks between), or "moot: why", or "todo: area".
//
//===----------------------------------------------------------------------===//

#include "Files.h"
#include "gtest/gtest.h"
#include <regex>
#include <set>
#include <sstream>

namespace abide::test {
namespace {

const fs::path Here = fs::path(ABIDE_SOURCE_DIR) / "test/runtime";

std::set<std::string> testsHere() {
  std::set<std::string> Names;
  const std::regex Definition("TEST(?:_F|_P)?\\((\\w+),\\s*(\\w+)\\)");
  for (const fs::path &File : filesUnder(Here, {".cpp"})) {
    const std::string Text = readFile(File);
    for (std::sregex_iterator At(Text.begin(), Text.end(), Definition), End; At != End; ++At)
      Names.insert((*At)[1].str() + "." + (*At)[2].str());
  }
  return Names;
}

TEST(Conformance, NamesTestsThatExist) {
  const std::set<std::string> Known = testsHere();
  std::set<std::string> Rows;
  std::istringstream Table(readFile(Here / "conformance.tsv"));
  std::string Line;
  std::getline(Table, Line);
  while (std::getline(Table, Line)) {
    std::istringstream Columns(Line);
    std::string Row, Covered;
    std::getline(Columns, Row, '\t');
    std::getline(Columns, Covered, '\t');
    EXPECT_TRUE(Rows.insert(Row).second) << Row << " is there twice";
    if (Covered.starts_with("moot: ") || Covered.starts_with("todo: ")) {
      EXPECT_GT(Covered.size(), 6u) << Row;
      continue;
    }
    EXPECT_NE(Covered, "") << Row;
    std::istringstream Names(Covered);
    for (std::string Name; Names >> Name;)
      EXPECT_TRUE(Known.contains(Name)) << Row << " names " << Name << ", which does not exist";
  }
  EXPECT_EQ(Rows.size(), 635u);
}

} // namespace
} // namespace abide::test
