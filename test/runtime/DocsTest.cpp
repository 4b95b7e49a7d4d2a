//===- DocsTest.cpp - The code of docs/runtime compiles -------------------===//

#include "Files.h"
#include "Process.h"
#include "gtest/gtest.h"

namespace abide::test {
namespace {

TEST(RuntimeDocs, CodeCompiles) {
  const fs::path source = ABIDE_SOURCE_DIR;
  std::string plain = "#include <abide/abide.hpp>\n#include <algorithm>\n#include <iostream>\n"
                      "using namespace abide;\n";
  std::string asio = "#include <abide/asio.hpp>\n#include <abide/run.hpp>\n"
                     "#include <boost/asio.hpp>\nusing namespace abide;\n";
  int blocks = 0;
  for (const fs::path &page : filesUnder(source / "docs/runtime", {".md"})) {
    std::string *into = nullptr;
    for (const std::string &line : splitLines(readFile(page))) {
      if (line == "```")
        into = nullptr;
      else if (line == "```cpp" || line == "```cpp asio")
        into = line == "```cpp" ? &plain : &asio, ++blocks;
      else if (into)
        *into += line + "\n";
    }
  }
  EXPECT_GE(blocks, 7);
  const TempDir dir;
  std::vector<fs::path> units{dir.write("plain.cpp", plain)};
#if __has_include(<boost/asio.hpp>)
  units.push_back(dir.write("asio.cpp", asio));
#endif
  for (const fs::path &unit : units) {
    const ProcessResult result =
        run({"g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
             "-I" + (source / "runtime/include").string(), unit.string()});
    EXPECT_EQ(result.ExitCode, 0) << result.Err;
  }
}

} // namespace
} // namespace abide::test
