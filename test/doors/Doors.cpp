//===- Doors.cpp - The same fixture through every door --------------------===//

#include "Doors.h"
#include "InProcess.h"
#include "LspClient.h"
#include "Process.h"
#include "gtest/gtest.h"

using nlohmann::json;

namespace abide::test {
namespace {

class InProcessDoor : public Door {
public:
  std::vector<Shown> findings(const Fixture &F) override { return runInProcess(F).Findings; }
  std::string fixed(const Fixture &F) override { return runInProcess(F).Fixed; }
};

/// A program that takes a file and prints diagnostics as compilers do.
class ProgramDoor : public Door {
public:
  std::vector<Shown> findings(const Fixture &F) override {
    ProcessResult Result =
        run(command(F, Project.fileOf(F), /*Fix=*/false), {.Directory = Project.root()});
    EXPECT_FALSE(Result.TimedOut) << Result.describe();
    EXPECT_LT(Result.ExitCode, 2) << Result.describe();
    return parseDiagnostics(Result.Out, Project.fileOf(F), Project.root());
  }

  std::string fixed(const Fixture &F) override {
    Workspace Copy({F});
    ProcessResult Result =
        run(command(F, Copy.fileOf(F), /*Fix=*/true), {.Directory = Copy.root()});
    EXPECT_LT(Result.ExitCode, 2) << Result.describe();
    return readFile(Copy.fileOf(F));
  }

private:
  virtual std::vector<std::string> command(const Fixture &F, const fs::path &File, bool Fix) = 0;

  Workspace Project{allFixtures()};
};

class ClangTidyDoor : public ProgramDoor {
  std::vector<std::string> command(const Fixture &F, const fs::path &File, bool Fix) override {
    json Options = json::object();
    for (const auto &[Key, Value] : F.Options)
      Options[Key] = Value;
    std::vector<std::string> Argv = {ABIDE_LLVM_BIN "/clang-tidy",
                                     "--load=" ABIDE_BUILD_DIR "/lib/abide-tidy.so",
                                     "--checks=-*," + F.checkId(),
                                     "--config=" + json{{"CheckOptions", Options}}.dump(),
                                     "--quiet",
                                     File.string()};
    if (Fix)
      Argv.push_back("--fix");
    Argv.push_back("--");
    Argv.insert(Argv.end(), F.Flags.begin(), F.Flags.end());
    return Argv;
  }
};

/// Everything from the project's files: compile_commands.json and .clang-tidy.
class CliDoor : public ProgramDoor {
  std::vector<std::string> command(const Fixture &, const fs::path &File, bool Fix) override {
    std::vector<std::string> Argv = {ABIDE_BIN "/abide", "check"};
    if (Fix)
      Argv.push_back("--fix");
    Argv.push_back(File.string());
    return Argv;
  }
};

class ClangdDoor : public Door {
public:
  ClangdDoor()
      : Server({ABIDE_BIN "/abide-clangd", "--background-index=0", "--log=error", "-j=2"},
               {.Directory = Project.root(),
                .Environment = {"XDG_CONFIG_HOME=" + Project.userConfig().string(),
                                "CLANGD_FLAGS="}}) {
    EXPECT_FALSE(Server.initialize(Project.root()).is_null()) << Server.log();
  }
  ~ClangdDoor() override { Server.shutdown(); }

  std::vector<Shown> findings(const Fixture &F) override {
    std::vector<Shown> Result;
    fs::path File = Project.fileOf(F);
    for (const json &D : diagnose(F)) {
      Shown S = shown(D, "");
      S.Check = D.contains("code") ? D.value("code", "") : "";
      S.Error = D.value("severity", 1) == 1 && D.value("source", "") != "clang-tidy";
      for (const json &Related : D.value("relatedInformation", json::array()))
        if (Related["location"].value("uri", "") == LspClient::uriOf(File))
          S.Notes.push_back(shown(Related["location"], Related.value("message", "")));
      Result.push_back(S);
    }
    Server.close(File);
    return Result;
  }

  std::string fixed(const Fixture &F) override {
    fs::path File = Project.fileOf(F);
    json Edits = json::array();
    for (const json &D : diagnose(F))
      for (const json &Action : Server.codeActions(File, D))
        if (Action.value("kind", "") == "quickfix" && ownFix(Action, D))
          for (const json &Edit : Action["edit"]["changes"][LspClient::uriOf(File)])
            Edits.push_back(Edit);
    Server.close(File);
    return applyEdits(F.Text, Edits);
  }

private:
  json diagnose(const Fixture &F) {
    fs::path File = Project.fileOf(F);
    Server.open(File, F.Text, ++Version);
    json Diagnostics = Server.diagnostics(File, Version);
    EXPECT_TRUE(Diagnostics.is_array()) << "no answer about " << File << "\n" << Server.log();
    return Diagnostics;
  }

  /// clangd also offers "fix all" actions, which would apply an edit twice.
  static bool ownFix(const json &Action, const json &Diagnostic) {
    return Action.contains("diagnostics") && Action["diagnostics"].size() == 1 &&
           Action["diagnostics"][0]["range"] == Diagnostic["range"] && Action.contains("edit");
  }

  /// clangd begins messages with a capital; ours never do.
  static Shown shown(const json &Located, std::string Message) {
    if (Message.empty())
      Message = Located.value("message", "");
    if (!Message.empty())
      Message[0] = char(std::tolower(Message[0]));
    return {Located["range"]["start"].value("line", 0u) + 1, Message, "", {}, false};
  }

  Workspace Project{allFixtures()};
  LspClient Server;
  int Version = 0;
};

std::unique_ptr<Door> makeDoor(const std::string &Name) {
  if (Name == "clangTidy")
    return std::make_unique<ClangTidyDoor>();
  if (Name == "clangd")
    return std::make_unique<ClangdDoor>();
  if (Name == "cli")
    return std::make_unique<CliDoor>();
  return std::make_unique<InProcessDoor>();
}

} // namespace

Door &door(const std::string &Name) {
  static std::map<std::string, std::unique_ptr<Door>> Doors;
  std::unique_ptr<Door> &Known = Doors[Name];
  if (!Known)
    Known = makeDoor(Name);
  return *Known;
}

} // namespace abide::test
