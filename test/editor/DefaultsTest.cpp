//===- DefaultsTest.cpp - What is on by itself, and how users change it ---===//

#include "Project.h"

using nlohmann::json;

namespace abide::test {
namespace {

const std::string OursAndTheirs = Dropped + "double half() { return 1 / 2; }\n";

/// The codes of the findings in OursAndTheirs under a configuration.
std::vector<std::string> codes(const Project &P, const std::vector<std::string> &Flags = {}) {
  fs::path File = P.write("a.cpp", OursAndTheirs);
  Editor E(P, Flags);
  E.open(File, OursAndTheirs);
  std::vector<std::string> Result;
  for (const json &D : E.diagnostics(File))
    Result.push_back(D.value("code", ""));
  EXPECT_EQ(E.shutdown(), 0) << E.log();
  return Result;
}

using Codes = std::vector<std::string>;
const std::string Ours = "async-never-awaited", Theirs = "bugprone-integer-division";

TEST(Defaults, OursAndThoseOfClangdAreOnWithoutConfiguration) {
  Project P;
  EXPECT_EQ(codes(P), (Codes{Ours, Theirs}));
}

TEST(Defaults, AreNarrowedByTheClangTidyFile) {
  Project P;
  P.write(".clang-tidy", "Checks: 'bugprone-*,-async-never-awaited'\n");
  EXPECT_EQ(codes(P), Codes{Theirs});
}

TEST(Defaults, StayOnBesideTheChecksOfTheClangTidyFile) {
  Project P;
  P.write(".clang-tidy", "Checks: 'bugprone-integer-division'\n");
  EXPECT_EQ(codes(P), (Codes{Ours, Theirs}));
}

TEST(Defaults, AreOffWhereTheClangTidyFileStartsFromNothing) {
  Project P;
  P.write(".clang-tidy", "Checks: '-*,bugprone-*'\n");
  EXPECT_EQ(codes(P), Codes{Theirs});
  P.write(".clang-tidy", "Checks: '-*,async-*'\n");
  EXPECT_EQ(codes(P), Codes{Ours});
}

TEST(Defaults, AreNarrowedByTheConfigurationOfClangd) {
  Project P;
  P.write(".clangd", "Diagnostics:\n  ClangTidy:\n    Remove: [async-*]\n"
                     "    Add: [bugprone-integer-division]\n");
  EXPECT_EQ(codes(P), Codes{Theirs});
}

TEST(Defaults, SurviveTheFilterForFastChecks) {
  Project P;
  P.write(".clangd", "Diagnostics: {ClangTidy: {FastCheckFilter: Strict}}\n");
  EXPECT_EQ(codes(P), (Codes{Ours, Theirs}));
}

TEST(Defaults, AreOffWithoutClangTidy) {
  Project P;
  EXPECT_EQ(codes(P, {"--clang-tidy=0"}), Codes{});
}

} // namespace
} // namespace abide::test
