//===- DocsTest.cpp - The code of docs/runtime compiles -------------------===//

#include "Files.h"
#include "Process.h"
#include "gtest/gtest.h"

namespace abide::test {
namespace {

const fs::path Headers = fs::path(ABIDE_SOURCE_DIR) / "docs/runtime/headers";

/// The lines between ```kind and ```.
std::string block(const std::string &page, const std::string &kind) {
  std::string result;
  bool inside = false;
  for (const std::string &line : splitLines(page)) {
    if (line.starts_with("```"))
      inside = line == "```" + kind;
    else if (inside)
      result += line + "\n";
  }
  return result;
}

/// Runs the example of each page in one program.
std::string programOf(const std::vector<fs::path> &pages) {
  std::string text = "#include <abide/abide.hpp>\n"
                     "#if __has_include(<boost/asio.hpp>)\n"
                     "#include <abide/asio.hpp>\n#include <boost/asio/steady_timer.hpp>\n"
                     "#endif\n"
                     "#include <algorithm>\n#include <iostream>\n#include <thread>\n"
                     "#include <unistd.h>\n"
                     "using namespace abide;\nusing namespace std::chrono_literals;\n";
  std::string calls;
  for (const fs::path &page : pages) {
    const std::string name = page.stem().string();
    text += "namespace page_" + name + " {\n" + block(readFile(page), "cpp run") + "}\n";
    calls += "  std::cout << \"# " + name + "\\n\" << std::flush;\n  run(page_" + name +
             "::example());\n";
  }
  return text + "int main() {\n" + calls + "}\n";
}

TEST(RuntimeDocs, EveryHeaderHasAPage) {
  std::string headings;
  for (const fs::path &page : filesUnder(Headers, {".md"}))
    headings += splitLines(readFile(page)).front() + "\n";
  const fs::path include = fs::path(ABIDE_SOURCE_DIR) / "runtime/include/abide";
  for (const auto &entry : fs::directory_iterator(include)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && name != "abide.hpp") {
      EXPECT_NE(headings.find("`<abide/" + name + ">`"), headings.npos)
          << "docs/runtime/headers has no page with " << name << " in its heading";
    }
  }
}

TEST(RuntimeDocs, EveryPageSaysWhatCancellationAndErrorsAre) {
  for (const fs::path &page : filesUnder(Headers, {".md"})) {
    if (page.filename() == "README.md")
      continue;
    const std::string text = readFile(page);
    for (const char *part : {"```cpp run\n", "```text\n", "\n## Cancel safety\n", "\n## Errors\n"})
      EXPECT_NE(text.find(part), text.npos) << page << " lacks " << part;
    EXPECT_NE(readFile(Headers / "README.md").find("(" + page.filename().string() + ")"), text.npos)
        << page << " is not in the list of README.md";
  }
}

TEST(RuntimeDocs, ExamplesPrintWhatTheirPagesSay) {
  if (std::string_view(ABIDE_SANITIZE) != "")
    GTEST_SKIP() << "the library of this build cannot be linked without its sanitizers";
  std::vector<fs::path> pages;
  std::string expected;
  for (const fs::path &page : filesUnder(Headers, {".md"})) {
#if !__has_include(<boost/asio.hpp>)
    if (page.stem() == "asio")
      continue;
#endif
    if (page.filename() == "README.md")
      continue;
    pages.push_back(page);
    expected += "# " + page.stem().string() + "\n" + block(readFile(page), "text");
  }
  const TempDir dir;
  const fs::path program = dir.path() / "examples";
  const fs::path source = ABIDE_SOURCE_DIR;
  const ProcessResult compiled =
      run({"g++", "-std=c++20", "-Wall", "-Wextra", "-Werror",
           "-I" + (source / "runtime/include").string(),
           dir.write("examples.cpp", programOf(pages)).string(),
           ABIDE_BUILD_DIR "/lib/libabide-runtime.a", "-lpthread", "-o", program.string()});
  ASSERT_EQ(compiled.ExitCode, 0) << compiled.Err;
  const ProcessResult result = run({program.string()});
  EXPECT_EQ(result.Out, expected);
  EXPECT_EQ(result.Err, "");
}

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
