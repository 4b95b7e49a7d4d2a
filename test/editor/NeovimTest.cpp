//===- NeovimTest.cpp - A real editor shows and fixes a finding -----------===//

#include "Project.h"

using nlohmann::json;

namespace abide::test {
namespace {

TEST(Neovim, ShowsAFindingAndAppliesItsFix) {
  Project P;
  fs::path File = P.write("a.cpp", Dropped);
  ProcessOptions Options = P.options();
  for (const char *Name : {"HOME=", "XDG_DATA_HOME=", "XDG_STATE_HOME=", "XDG_CACHE_HOME="})
    Options.Environment.push_back(Name + P.path().string());
  Options.Environment.push_back("ABIDE_CLANGD=" ABIDE_BIN "/abide-clangd");
  ProcessResult Result = run(
      {"nvim", "--headless", "-n", "-u", ABIDE_SOURCE_DIR "/test/editor/init.lua", File.string()},
      Options);
  ASSERT_EQ(Result.ExitCode, 0) << "neovim is listed in tool/packages.txt\n" << Result.describe();
  json Editor = json::parse(Result.Out, nullptr, false);
  ASSERT_TRUE(Editor.is_object()) << Result.describe();
  ASSERT_EQ(Editor["before"].size(), 1u) << Result.describe();
  json Shown = Editor["before"][0];
  EXPECT_EQ(Shown["code"], "async-never-awaited");
  EXPECT_EQ(Shown["source"], "clang-tidy");
  EXPECT_EQ(Shown["line"], DroppedLine);
  EXPECT_EQ(Editor["after"], 0);
  EXPECT_EQ(Editor["buffer"], Awaited);
}

} // namespace
} // namespace abide::test
