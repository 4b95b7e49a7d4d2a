//===- TreeTest.cpp - What the whole tree keeps to ------------------------===//

#include "Tree.h"
#include "Process.h"
#include "gtest/gtest.h"
#include <regex>
#include <set>

namespace abide::test {
namespace {

const fs::path Root = ABIDE_SOURCE_DIR;

bool isGenerated(const std::string &Name) {
  return Name.starts_with("build") || Name == ".git" || Name == ".cache" ||
         Name == "node_modules" || Name == "compile_commands.json";
}

/// Every text file of the tree, builds aside.
std::vector<SourceFile> everything() {
  std::vector<SourceFile> Result;
  auto Add = [&](const fs::path &File) {
    std::string Text = readFile(File);
    if (Text.find('\0') == Text.npos)
      Result.push_back({fs::relative(File, Root).string(), std::move(Text)});
  };
  for (const auto &Entry : fs::directory_iterator(Root)) {
    if (isGenerated(Entry.path().filename().string()))
      continue;
    if (Entry.is_regular_file())
      Add(Entry.path());
    else
      for (const fs::path &File : filesUnder(Entry.path(), {""}))
        Add(File);
  }
  return Result;
}

TEST(Tree, HasTheTopLevelOfTheHouse) {
  const std::set<std::string> House = {
      "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "checks", "dev",
      "docs",           "runtime",           "test",    "tool"};
  std::set<std::string> Found;
  for (const auto &Entry : fs::directory_iterator(Root)) {
    std::string Name = Entry.path().filename().string();
    if (!Name.starts_with(".") && !isGenerated(Name))
      Found.insert(Name);
  }
  EXPECT_EQ(Found, House);
}

TEST(Tree, DoesNotNameTheMachineItWasMadeOn) {
  // Written in pieces, so that this file does not find itself.
  const std::vector<std::string> Forbidden = {
      std::string("\"/wo") + "rk/",         std::string(" /wo") + "rk/",
      std::string("=/wo") + "rk/",          std::string("(/wo") + "rk/",
      std::string("/ro") + "ot/",           std::string("registry.") + "npmjs",
      std::string("pypi") + ".org",         std::string("crates") + ".io",
      std::string("proxy.golang") + ".org", std::string("deb.debian") + ".org"};
  Faults Found;
  for (const SourceFile &File : everything())
    for (const std::string &Word : Forbidden)
      if (File.Text.find(Word) != std::string::npos)
        Found.add(File.Path, "holds '" + Word + "'");
  EXPECT_EQ(Found.text(), "");
}

TEST(Tree, HasNoTabsTrailingBlanksOrForeignLineEnds) {
  Faults Found;
  for (const SourceFile &File : everything()) {
    std::string Extension = fs::path(File.Path).extension().string();
    if (Extension != ".cpp" && Extension != ".h" && Extension != ".hpp" && Extension != ".txt" &&
        Extension != ".cmake")
      continue;
    if (File.Text.find('\r') != std::string::npos)
      Found.add(File.Path, "a carriage return");
    if (std::regex_search(File.Text, std::regex("[ \t]\n")))
      Found.add(File.Path, "blanks at the end of a line");
    if (std::regex_search(File.Text, std::regex("\n[ ]*\t")))
      Found.add(File.Path, "a tab");
    if (!File.Text.empty() && !File.Text.ends_with("\n"))
      Found.add(File.Path, "no end of line at the end");
  }
  EXPECT_EQ(Found.text(), "");
}

TEST(Tree, ResolvesTheLinksOfItsDocumentation) {
  static const std::regex Link("\\]\\(([^)#:\\s]+)(#[^)]*)?\\)");
  Faults Found;
  std::vector<fs::path> Pages = filesUnder(Root / "docs", {".md"});
  Pages.push_back(Root / "README.md");
  for (const fs::path &Page : Pages) {
    // C++ attributes and lambdas in code look like links.
    std::string Prose = std::regex_replace(readFile(Page), std::regex("```[^`]*```|`[^`]*`"), "");
    for (std::sregex_iterator At(Prose.begin(), Prose.end(), Link), End; At != End; ++At)
      if (!fs::exists(Page.parent_path() / At->str(1)))
        Found.add(fs::relative(Page, Root).string(), "link to nowhere: " + At->str(1));
  }
  EXPECT_EQ(Found.text(), "");
}

TEST(Runtime, HeadersCompileAlone) {
  std::vector<fs::path> Headers = filesUnder(Root / "runtime/include/abide", {".hpp"});
  ASSERT_FALSE(Headers.empty());
  for (const fs::path &Header : Headers)
    for (const char *Compiler : {ABIDE_LLVM_BIN "/clang++", "g++"}) {
      ProcessResult Result =
          run({Compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-x", "c++",
               "-I" ABIDE_SOURCE_DIR "/runtime/include", "-include", Header.string(), "/dev/null"});
      EXPECT_EQ(Result.ExitCode, 0) << Header << " with " << Compiler << "\n" << Result.Err;
    }
}

} // namespace
} // namespace abide::test
