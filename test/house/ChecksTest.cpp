//===- ChecksTest.cpp - Every check is one whole room ---------------------===//

#include "Check.h"
#include "Fixture.h"
#include "Tree.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <regex>
#include <set>

namespace abide::test {
namespace {

const fs::path Root = ABIDE_SOURCE_DIR;

struct Listed {
  std::string Name, Slug;
};

/// The lines of checks.def, as text: the list must be well-formed before anything derives from it.
std::vector<Listed> listed() {
  static const std::regex Line("CHECK\\(([A-Za-z]+), \"([a-z-]+)\"\\)");
  std::vector<Listed> Result;
  for (const std::string &Text : splitLines(readFile(Root / "checks/checks.def"))) {
    std::smatch Match;
    if (std::regex_match(Text, Match, Line))
      Result.push_back({Match.str(1), Match.str(2)});
    else
      EXPECT_TRUE(Text.starts_with("//") || trim(Text).empty()) << "checks.def: " << Text;
  }
  return Result;
}

std::set<std::string> slugs() {
  std::set<std::string> Result;
  for (const Check *C : allChecks())
    Result.insert(C->Slug.str());
  return Result;
}

/// "never-awaited" for NeverAwaited.
std::string slugOf(const std::string &Name) {
  std::string Slug;
  for (char C : Name) {
    if (std::isupper(C) && !Slug.empty())
      Slug += '-';
    Slug += char(std::tolower(C));
  }
  return Slug;
}

std::string page(const Check &C) { return readFile(Root / "docs/checks" / (C.Slug.str() + ".md")); }

bool contains(const std::string &Text, const std::string &Part) {
  return Text.find(Part) != Text.npos;
}

TEST(Checks, AreListedInOrderAndByTheirNames) {
  std::vector<Listed> List = listed();
  ASSERT_EQ(List.size(), allChecks().size());
  for (size_t I = 0; I < List.size(); ++I) {
    EXPECT_EQ(slugOf(List[I].Name), List[I].Slug);
    EXPECT_EQ(allChecks()[I]->Slug.str(), List[I].Slug) << "the descriptor says otherwise";
  }
  EXPECT_TRUE(std::is_sorted(List.begin(), List.end(), [](const Listed &A, const Listed &B) {
    return A.Slug < B.Slug;
  })) << "checks.def is sorted by slug";
}

TEST(Checks, HaveARuleAPageAndFixtures) {
  for (const Listed &L : listed()) {
    EXPECT_TRUE(fs::exists(Root / "checks/rules" / (L.Name + ".cpp"))) << L.Name;
    EXPECT_TRUE(fs::exists(Root / "docs/checks" / (L.Slug + ".md"))) << L.Slug;
    EXPECT_TRUE(fs::is_directory(Root / "test/fixtures" / L.Slug)) << L.Slug;
  }
}

TEST(Checks, OwnEveryRulePageAndFixtureThatIsThere) {
  std::set<std::string> Known = slugs();
  for (const SourceFile &File : sourcesUnder("checks/rules"))
    EXPECT_TRUE(Known.contains(slugOf(fs::path(File.Path).stem().string()))) << File.Path;
  for (const fs::path &Page : filesUnder(Root / "docs/checks", {".md"}))
    EXPECT_TRUE(Known.contains(Page.stem().string()) || Page.stem() == "README") << Page;
  for (const Fixture &F : allFixtures())
    EXPECT_TRUE(Known.contains(F.Slug)) << F.Path;
}

TEST(Checks, HaveAHitAndASilence) {
  for (const std::string &Slug : slugs()) {
    bool Hit = false, Silence = false;
    for (const Fixture &F : allFixtures()) {
      if (F.Slug != Slug)
        continue;
      Hit |= std::any_of(F.Markers.begin(), F.Markers.end(),
                         [](const Marker &M) { return M.K == Marker::Warn; });
      Silence |= std::regex_search(F.Text, std::regex("\\w_ok\\s*\\("));
    }
    EXPECT_TRUE(Hit) << "test/fixtures/" << Slug << " has no '// warn: '";
    EXPECT_TRUE(Silence) << "test/fixtures/" << Slug << " has no function that ends in _ok";
  }
}

TEST(Checks, HavePagesWithABadAndAGoodBlock) {
  for (const Check *C : allChecks()) {
    std::string Page = page(*C);
    EXPECT_TRUE(Page.starts_with("# " + C->id() + "\n")) << C->Slug.str();
    EXPECT_TRUE(contains(Page, "\n```cpp bad\n")) << C->Slug.str();
    EXPECT_TRUE(contains(Page, "\n```cpp good\n")) << C->Slug.str();
  }
}

TEST(Checks, DocumentTheirOptionsWithDefaults) {
  for (const Check *C : allChecks()) {
    std::string Page = page(*C);
    for (const CheckOption &O : C->Options) {
      std::string Entry = "`" + O.Name.str() + "`";
      if (!O.Default.empty())
        Entry += " (default `" + O.Default.str() + "`)";
      EXPECT_TRUE(contains(Page, Entry)) << C->Slug.str() << ".md must document " << Entry;
    }
  }
}

TEST(Checks, AreAllInTheIndexAsTheyAre) {
  static const char *const Levels[] = {"error", "warning", "hint"};
  std::vector<std::string> Rows, Expected;
  for (const std::string &Line : splitLines(readFile(Root / "docs/checks/README.md")))
    if (Line.starts_with("| [async-"))
      Rows.push_back(Line);
  for (const Check *C : allChecks())
    Expected.push_back("| [" + C->id() + "](" + C->Slug.str() + ".md) | " + C->Summary.str() +
                       " | " + Levels[int(C->Level)] + " | " + (C->Recommended ? "yes" : "no") +
                       " |");
  EXPECT_EQ(Rows, Expected) << "docs/checks/README.md must have these rows, in this order";
}

TEST(Checks, SpeakInTheStyleOfTheHouse) {
  for (const Check *C : allChecks()) {
    EXPECT_EQ(styleFault(C->Summary.str()), "") << C->Slug.str() << ": " << C->Summary.str();
    for (const CheckOption &O : C->Options)
      EXPECT_EQ(styleFault(O.Doc.str()), "") << C->Slug.str() << "." << O.Name.str();
  }
}

TEST(Checks, KeepTheirRulesShort) {
  for (const SourceFile &File : sourcesUnder("checks/rules"))
    EXPECT_LE(splitLines(File.Text).size(), 300u)
        << File.Path << ": what it computes belongs into the model";
}

/// The name of the free function that a line at the margin begins to define; empty for classes,
/// members defined outside of their class, operators and declarations.
std::string freeFunctionAt(const std::string &Line) {
  static const std::regex Call("(::|~)?\\b(\\w+)\\s*\\(");
  static const std::set<std::string> Words = {"decltype", "noexcept", "requires",
                                              "explicit", "alignas",  "sizeof"};
  static const std::regex Scope("(struct|class|union|enum|namespace|extern|using|//|#).*");
  if (std::regex_match(Line, Scope) || trim(Line).ends_with(";"))
    return "";
  for (std::sregex_iterator At(Line.begin(), Line.end(), Call), End; At != End; ++At)
    if (!Words.contains(At->str(2)))
      return At->str(1).empty() ? At->str(2) : "";
  return "";
}

/// A free function of a fixture is named for what is expected of it. Members cannot always be
/// (constructors, operators, await_suspend), main neither.
TEST(Fixtures, PutFindingsIntoBadFunctions) {
  Faults Found;
  for (const Fixture &F : allFixtures()) {
    std::string Function;
    std::vector<std::string> Lines = splitLines(withoutMarkers(F.Text));
    for (unsigned Number = 1; Number <= Lines.size(); ++Number) {
      const std::string &Line = Lines[Number - 1];
      if (!Line.empty() && (std::isalpha(Line[0]) || Line[0] == '[' || Line[0] == '_'))
        Function = freeFunctionAt(Line);
      bool Marked = std::any_of(F.Markers.begin(), F.Markers.end(), [&](const Marker &M) {
        return M.Line == Number && M.K != Marker::Note;
      });
      if (Marked && !Function.empty() && !Function.ends_with("_bad") && !Function.ends_with("main"))
        Found.add(F.Path.string() + ":" + std::to_string(Number),
                  "a finding in '" + Function + "', which should end in _bad");
    }
  }
  EXPECT_EQ(Found.text(), "");
}

TEST(Fixtures, HaveMarkersInTheStyleOfTheHouse) {
  Faults Found;
  for (const Fixture &F : allFixtures())
    for (const Marker &M : F.Markers)
      if (std::string Fault = styleFault(M.Text); !Fault.empty())
        Found.add(F.Path.string() + ":" + std::to_string(M.Line), Fault + ": " + M.Text);
  EXPECT_EQ(Found.text(), "");
}

TEST(Fixtures, HaveASourceForEveryFixedForm) {
  for (const fs::path &Fixed : filesUnder(Root / "test/fixtures", {".fixed.cpp"})) {
    std::string Name = Fixed.string();
    EXPECT_TRUE(fs::exists(Name.substr(0, Name.size() - 10) + ".cpp")) << Fixed;
  }
}

} // namespace
} // namespace abide::test
