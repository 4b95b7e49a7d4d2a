//===- Project.h - A user's project, open in abide-clangd ------*- C++ -*-===//

#ifndef ABIDE_TEST_EDITOR_PROJECT_H
#define ABIDE_TEST_EDITOR_PROJECT_H

#include "LspClient.h"
#include "gtest/gtest.h"

namespace abide::test {

inline const std::string Dropped = "#include \"mini/task.hpp\"\n"
                                   "mini::task<> save();\n"
                                   "mini::task<> close_bad() {\n"
                                   "  save();\n"
                                   "  co_return;\n"
                                   "}\n";
inline constexpr int DroppedLine = 3; ///< 0-based, as editors count.

inline const std::string Awaited = "#include \"mini/task.hpp\"\n"
                                   "mini::task<> save();\n"
                                   "mini::task<> close_bad() {\n"
                                   "  co_await save();\n"
                                   "  co_return;\n"
                                   "}\n";

/// A directory with compile_flags.txt and nothing else: no configuration of any check. The user's
/// own configuration cannot reach the server; the test's only saves the time of an index.
class Project : public TempDir {
public:
  Project() {
    write("compile_flags.txt", "-std=c++20\n-I" ABIDE_SOURCE_DIR "/test/include\n");
    write("user/clangd/config.yaml", "Index: {StandardLibrary: No}\n");
  }

  ProcessOptions options() const {
    return {.Directory = path(),
            .Environment = {"XDG_CONFIG_HOME=" + (path() / "user").string(), "CLANGD_FLAGS="}};
  }
};

/// An initialised server for a project.
class Editor : public LspClient {
public:
  explicit Editor(const Project &P, std::vector<std::string> Flags = {})
      : LspClient(argv(std::move(Flags)), P.options()) {
    Answer = initialize(P.path());
  }

  nlohmann::json Answer; ///< To initialize.

private:
  static std::vector<std::string> argv(std::vector<std::string> Flags) {
    Flags.insert(Flags.begin(), {ABIDE_BIN "/abide-clangd", "--background-index=0", "--log=error"});
    return Flags;
  }
};

/// Those with this code, of "clang-tidy" or the compiler.
inline nlohmann::json withCode(const nlohmann::json &Diagnostics, const std::string &Code) {
  nlohmann::json Result = nlohmann::json::array();
  for (const nlohmann::json &D : Diagnostics)
    if (D.contains("code") && D["code"] == Code)
      Result.push_back(D);
  return Result;
}

} // namespace abide::test

#endif
