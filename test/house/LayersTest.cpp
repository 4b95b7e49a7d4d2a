//===- LayersTest.cpp - Who may include whom ------------------------------===//

#include "Tree.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <functional>
#include <regex>

namespace abide::test {
namespace {

std::vector<std::string> includesOf(const SourceFile &File) {
  static const std::regex Include("^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]+)[>\"].*");
  std::vector<std::string> Result;
  for (const std::string &Line : splitLines(File.Text)) {
    std::smatch Match;
    if (std::regex_match(Line, Match, Include))
      Result.push_back(Match.str(1));
  }
  return Result;
}

/// Every include of the files under Directory for which Forbidden holds.
std::string including(const std::string &Directory,
                      const std::function<bool(const std::string &)> &Forbidden) {
  Faults Found;
  std::vector<SourceFile> Files = sourcesUnder(Directory);
  EXPECT_FALSE(Files.empty()) << Directory;
  for (const SourceFile &File : Files)
    for (const std::string &Name : includesOf(File))
      if (Forbidden(Name))
        Found.add(File.Path, "includes " + Name);
  return Found.text();
}

bool under(const std::string &Name, std::initializer_list<const char *> Directories) {
  return std::any_of(Directories.begin(), Directories.end(),
                     [&](const char *D) { return Name.starts_with(std::string(D) + "/"); });
}

/// Whether the name is a header of tool/, however the includer spells it.
bool isOfTool(const std::string &Name) {
  static const std::vector<SourceFile> Tool = sourcesUnder("tool");
  return std::any_of(Tool.begin(), Tool.end(), [&](const SourceFile &File) {
    return File.Path == Name || File.Path.ends_with("/" + Name);
  });
}

TEST(Layers, TheAnalysisKnowsNothingOfTheToolsAroundIt) {
  EXPECT_EQ(including("checks",
                      [](const std::string &Name) {
                        return isOfTool(Name) || under(Name, {"clang-tidy", "tool"});
                      }),
            "");
}

TEST(Layers, TheModelHasNoOpinions) {
  EXPECT_EQ(including("checks/model",
                      [](const std::string &Name) {
                        return under(Name, {"rules", "program"}) || Name == "Check.h" ||
                               Name == "Diag.h" || Name == "Finding.h";
                      }),
            "");
}

TEST(Layers, ARuleReadsTheModelAndNoOtherRule) {
  EXPECT_EQ(including("checks/rules",
                      [](const std::string &Name) { return under(Name, {"rules", "vocabulary"}); }),
            "");
  for (const SourceFile &File : sourcesUnder("checks/rules"))
    EXPECT_TRUE(File.Path.ends_with(".cpp")) << File.Path << ": a rule has no header";
}

TEST(Layers, TheVocabularyHasNoAst) {
  EXPECT_EQ(including("checks/vocabulary",
                      [](const std::string &Name) {
                        return under(Name, {"clang", "model", "rules", "program"}) ||
                               Name == "Check.h" || Name == "Diag.h";
                      }),
            "");
}

TEST(Layers, AFindingIsAPlainValue) {
  std::vector<std::string> Names = includesOf({"", readFile(ABIDE_SOURCE_DIR "/checks/Finding.h")});
  EXPECT_FALSE(Names.empty());
  for (const std::string &Name : Names)
    EXPECT_FALSE(under(Name, {"clang", "llvm"})) << Name;
}

TEST(Layers, WhatWorksOnFindingsKnowsNoCheck) {
  for (const char *Directory : {"report", "fix", "store", "suppress", "trace"}) {
    if (!fs::exists(fs::path(ABIDE_SOURCE_DIR) / "tool" / Directory))
      continue;
    EXPECT_EQ(including(std::string("tool/") + Directory,
                        [](const std::string &Name) {
                          return under(Name, {"model", "rules", "program", "vocabulary"}) ||
                                 Name == "Check.h" || Name == "Diag.h" || Name == "TidyCheck.h";
                        }),
              "");
  }
}

TEST(Layers, OnlyTheAdapterAndTheHostsSeeTheModel) {
  for (const char *Directory : {"cli", "clangd"})
    EXPECT_EQ(including(std::string("tool/") + Directory,
                        [](const std::string &Name) { return under(Name, {"model", "rules"}); }),
              "");
}

TEST(Layers, AnalyserAndRuntimeDoNotMeet) {
  for (const char *Directory : {"checks", "tool"})
    EXPECT_EQ(including(Directory, [](const std::string &Name) { return under(Name, {"abide"}); }),
              "");
  EXPECT_EQ(including("runtime",
                      [](const std::string &Name) {
                        return under(Name, {"clang", "llvm", "model", "rules", "vocabulary"}) ||
                               isOfTool(Name);
                      }),
            "");
}

TEST(Layers, OneFilePerHostKnowsItsVersion) {
  const std::string Macro = std::string("LLVM_VERSION_") + "MAJOR";
  Faults Found;
  for (const char *Directory : {"checks", "tool"})
    for (const SourceFile &File : sourcesUnder(Directory)) {
      std::string Name = fs::path(File.Path).filename().string();
      bool Code = std::regex_search(File.Text, std::regex("#[^\n]*" + Macro));
      if (Code && Name != "ClangCompat.h" && Name != "HostCompat.h")
        Found.add(File.Path, "looks at the version of LLVM; ClangCompat.h and HostCompat.h may");
    }
  EXPECT_EQ(Found.text(), "");
}

} // namespace
} // namespace abide::test
