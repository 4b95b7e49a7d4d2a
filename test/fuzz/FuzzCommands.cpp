//===- FuzzCommands.cpp - compile_commands.json ---------------------------===//

#include "CompileCommands.h"
#include "Fuzz.h"
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace abide;

std::vector<std::string> seeds() {
  return {R"([{"directory": "/tmp", "file": "/dev/null", "output": "a.o",
  "command": "g++ -std=c++20 -I \"a b\" -xc++ -c a.cpp -o a.o"}])",
          R"([{"directory": "/tmp", "file": "a.cpp",
  "arguments": ["clang-cl", "/std:c++20", "@nowhere", "--", "a.cpp"]}, {}])",
          "[]", "[{\"file\": 1}]", "{}"};
}

void feed(llvm::StringRef Text) {
  static const std::string Path =
      (std::filesystem::temp_directory_path() / ("fuzz" + std::to_string(getpid()) + ".json"))
          .string();
  std::ofstream(Path, std::ios::binary) << Text.str();
  CliOptions Options;
  Options.BuildDir = Path;
  if (auto Loaded = taken(loadProgram(Options)))
    for (const TranslationUnit &Unit : Loaded->Units)
      require(Unit.File.starts_with('/') && Unit.Directory.starts_with('/'), "paths are absolute");
  std::filesystem::remove(Path);
}
