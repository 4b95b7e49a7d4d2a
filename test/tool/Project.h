//===- Project.h - A small program to run abide on -------------*- C++ -*-===//

#ifndef ABIDE_TEST_TOOL_PROJECT_H
#define ABIDE_TEST_TOOL_PROJECT_H

#include "Files.h"
#include "Process.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace abide::test {

inline constexpr int Clean = 0, Findings = 1, Incomplete = 2, Usage = 64;

/// A lazy task, the smallest that the checks understand. The coroutine "work" is there to call.
inline constexpr std::string_view TaskHeader = R"cpp(#pragma once
#include <coroutine>
struct task {
  struct promise_type {
    task get_return_object() { return {}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() noexcept;
  };
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<>) {}
  void await_resume() {}
};
inline task work() { co_return; }
)cpp";

/// One finding of async-never-awaited, in line 2.
inline constexpr std::string_view OneFinding = "#include \"task.h\"\n"
                                               "task run() { work(); co_return; }\n";
inline constexpr std::string_view NoFinding = "#include \"task.h\"\n"
                                              "task run() { co_await work(); }\n";

/// A directory with task.h, sources and their compile_commands.json.
class Project {
public:
  Project() { write("task.h", TaskHeader); }

  fs::path write(const fs::path &Name, std::string_view Text) { return Dir.write(Name, Text); }

  /// Writes a source and its entry in compile_commands.json.
  void source(const std::string &Name, std::string_view Text, std::vector<std::string> Flags = {}) {
    write(Name, Text);
    command(Name, std::move(Flags));
  }

  /// The entry alone.
  void command(const std::string &Name, std::vector<std::string> Flags = {},
               std::string Compiler = "g++") {
    std::vector<std::string> Args = {std::move(Compiler), "-std=c++20", "-I", path().string()};
    Args.insert(Args.end(), Flags.begin(), Flags.end());
    Args.insert(Args.end(), {"-c", Name, "-o", Name + ".o"});
    Commands.push_back({{"directory", path().string()}, {"file", Name}, {"arguments", Args}});
    write("compile_commands.json", Commands.dump(1));
  }

  std::string contents(const fs::path &Name) const { return readFile(path() / Name); }
  const fs::path &path() const { return Dir.path(); }

  ProcessResult abide(std::vector<std::string> Args, ProcessOptions Options = {}) const {
    Args.insert(Args.begin(), ABIDE_BIN "/abide");
    if (Options.Directory.empty())
      Options.Directory = path().string();
    return run(Args, Options);
  }

  ProcessResult check(std::vector<std::string> Args = {}, ProcessOptions Options = {}) const {
    Args.insert(Args.begin(), "check");
    return abide(std::move(Args), std::move(Options));
  }

  /// The report of "check --format=json".
  nlohmann::json checkJson(std::vector<std::string> Args = {}) const {
    Args.push_back("--format=json");
    return nlohmann::json::parse(check(std::move(Args)).Out, nullptr, false);
  }

private:
  TempDir Dir;
  nlohmann::json Commands = nlohmann::json::array();
};

inline bool contains(const std::string &Text, std::string_view Part) {
  return Text.find(Part) != std::string::npos;
}

} // namespace abide::test

#define EXPECT_CONTAINS(TEXT, PART)                                                                \
  EXPECT_TRUE(::abide::test::contains(TEXT, PART)) << "\"" << (PART) << "\" is not in:\n" << (TEXT)
#define EXPECT_LACKS(TEXT, PART)                                                                   \
  EXPECT_FALSE(::abide::test::contains(TEXT, PART)) << "\"" << (PART) << "\" is in:\n" << (TEXT)

#endif
