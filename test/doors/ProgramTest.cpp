//===- ProgramTest.cpp - Programs of several units, through every door ----===//
//
// test/program/fixtures/<name>.cpp holds the files of a program, each after a line "//--- FILE".
// Its markers say what the checks of the line "// checks: a b" find in the whole program: abide
// check, and clang-tidy and abide-clangd that are given the facts.
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include "LspClient.h"
#include "Process.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <sstream>

using nlohmann::json;

namespace abide::test {
namespace {

struct Program {
  std::string Name;
  std::vector<std::string> Checks;
  std::vector<std::pair<std::string, std::string>> Files;
};

Program readProgram(const fs::path &Path) {
  Program P{Path.stem().string(), {}, {}};
  for (const std::string &Line : splitLines(readFile(Path))) {
    if (Line.starts_with("//--- "))
      P.Files.emplace_back(Line.substr(6), "");
    else if (!P.Files.empty())
      P.Files.back().second += Line + "\n";
    else if (Line.starts_with("// checks: ")) {
      std::istringstream Words(Line.substr(11));
      for (std::string Word; Words >> Word;)
        P.Checks.push_back(Word);
    }
  }
  return P;
}

const std::vector<Program> &allPrograms() {
  static const std::vector<Program> All = [] {
    std::vector<Program> Result;
    for (const fs::path &Path : filesUnder(ABIDE_SOURCE_DIR "/test/program/fixtures", {".cpp"}))
      Result.push_back(readProgram(Path));
    return Result;
  }();
  return All;
}

class Programs : public ::testing::TestWithParam<const Program *> {
protected:
  void SetUp() override {
    json Commands = json::array();
    std::string Checks = "-*";
    for (const std::string &Check : program().Checks)
      Checks += ",async-" + Check;
    for (const auto &[Name, Text] : program().Files) {
      const fs::path File = Dir.write(Name, Text);
      if (Name.ends_with(".cpp"))
        Commands.push_back({{"directory", Dir.path().string()},
                            {"file", File.string()},
                            {"arguments",
                             {"clang++", "-std=c++20", "-I" ABIDE_SOURCE_DIR "/test/include", "-c",
                              File.string()}}});
    }
    Dir.write("compile_commands.json", Commands.dump(1));
    Dir.write("user/clangd/config.yaml", "Index: {StandardLibrary: No}\n");
    Dir.write(".clang-tidy", "Checks: '" + Checks +
                                 "'\nHeaderFilterRegex: '.*'\n"
                                 "CheckOptions: {async.Facts: facts.json}\n");
    Checked = run({ABIDE_BIN "/abide", "check", "-p", Dir.path().string(),
                   "--write-facts=" + (Dir.path() / "facts.json").string()},
                  {.Directory = Dir.path()});
    ASSERT_LT(Checked.ExitCode, 2) << Checked.describe();
  }

  const Program &program() const { return *GetParam(); }

  /// The findings of Name are those of its markers.
  void compare(const std::string &Name, const std::string &Text, std::vector<Shown> Findings) {
    Fixture F = parseFixture("", Name, Dir.path() / Name, Text);
    for (Shown &S : Findings)
      if (S.Check.starts_with("async-"))
        S.Check = F.checkId();
    EXPECT_EQ(differences(F, Findings), "") << readFile(Dir.path() / "facts.json");
  }

  TempDir Dir;
  ProcessResult Checked;
};

TEST_P(Programs, AreSeenWholeByTheCommand) {
  for (const auto &[Name, Text] : program().Files)
    compare(Name, Text, parseDiagnostics(Checked.Out, Dir.path() / Name, Dir.path()));
}

TEST_P(Programs, ShowTheSameInClangTidy) {
  for (const auto &[Name, Text] : program().Files) {
    if (!Name.ends_with(".cpp"))
      continue;
    const ProcessResult Tidy =
        run({ABIDE_LLVM_BIN "/clang-tidy", "--load=" ABIDE_BUILD_DIR "/lib/abide-tidy.so", "-p",
             Dir.path().string(), "--quiet", (Dir.path() / Name).string()},
            {.Directory = Dir.path()});
    EXPECT_LT(Tidy.ExitCode, 2) << Tidy.describe();
    compare(Name, Text, parseDiagnostics(Tidy.Out, Dir.path() / Name, Dir.path()));
  }
}

/// A marker stands on the line of the finding; of what an editor relates, the file decides.
Shown shown(const json &At, const std::string &Message) {
  return {At["range"]["start"].value("line", 0u) + 1, Message, "", {}, false};
}

TEST_P(Programs, ShowTheSameInTheEditor) {
  LspClient Server(
      {ABIDE_BIN "/abide-clangd", "--background-index=0", "--log=error", "-j=2"},
      {.Directory = Dir.path(),
       .Environment = {"XDG_CONFIG_HOME=" + (Dir.path() / "user").string(), "CLANGD_FLAGS="}});
  ASSERT_FALSE(Server.initialize(Dir.path()).is_null()) << Server.log();
  for (const auto &[Name, Text] : program().Files) {
    if (!Name.ends_with(".cpp"))
      continue;
    const fs::path File = Dir.path() / Name;
    Server.open(File, Text, 1);
    std::vector<Shown> Findings;
    for (const json &D : Server.diagnostics(File, 1)) {
      Shown S = shown(D, D.value("message", ""));
      S.Message = S.Message.substr(0, S.Message.find('\n'));
      if (!S.Message.empty())
        S.Message[0] = char(std::tolower(static_cast<unsigned char>(S.Message[0])));
      S.Check = D.contains("code") ? D.value("code", "") : "";
      for (const json &Related : D.value("relatedInformation", json::array())) {
        std::string Note = Related.value("message", "");
        if (!Note.empty())
          Note[0] = char(std::tolower(static_cast<unsigned char>(Note[0])));
        if (Related["location"].value("uri", "") == LspClient::uriOf(File))
          S.Notes.push_back(shown(Related["location"], Note));
      }
      Findings.push_back(std::move(S));
    }
    compare(Name, Text, std::move(Findings));
  }
  Server.shutdown();
}

std::vector<const Program *> programs() {
  std::vector<const Program *> Result;
  for (const Program &P : allPrograms())
    Result.push_back(&P);
  return Result;
}

std::string nameOf(const ::testing::TestParamInfo<const Program *> &Info) {
  std::string Name = Info.param->Name;
  std::replace(Name.begin(), Name.end(), '-', '_');
  return Name;
}

INSTANTIATE_TEST_SUITE_P(All, Programs, ::testing::ValuesIn(programs()), nameOf);

} // namespace
} // namespace abide::test
