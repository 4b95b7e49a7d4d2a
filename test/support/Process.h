//===- Process.h - Child processes for tests -------------------*- C++ -*-===//

#ifndef ABIDE_TEST_SUPPORT_PROCESS_H
#define ABIDE_TEST_SUPPORT_PROCESS_H

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace abide::test {

using Deadline = std::chrono::steady_clock::time_point;

inline Deadline in(std::chrono::milliseconds Time) {
  return std::chrono::steady_clock::now() + Time;
}

struct ProcessOptions {
  std::string Directory = {};                ///< Where it runs; empty for the test's own directory.
  std::vector<std::string> Environment = {}; ///< "NAME=value", on top of the test's own.
  std::string Input = {};                    ///< All of its standard input (run only).
  std::chrono::seconds Timeout{120};         ///< It is killed after this (run only).
};

struct ProcessResult {
  int ExitCode = -1; ///< 128 + signal when a signal ended it.
  bool TimedOut = false;
  std::string Out;
  std::string Err;

  /// What a failed assertion should show.
  std::string describe() const;
};

/// A running child with pipes to its standard input, output and error. The destructor kills it.
class Process {
public:
  Process() = default;
  /// Argv[0] is looked up in PATH when it has no slash.
  Process(const std::vector<std::string> &Argv, const ProcessOptions &Options);
  Process(Process &&Other) noexcept;
  Process &operator=(Process &&Other) noexcept;
  ~Process();

  bool running() const { return Pid > 0; }
  /// Writes all of it; false when the child has closed its end.
  bool write(std::string_view Text);
  void closeInput();
  /// Appends what has come to Out and Err; false at the end of both, or at the deadline.
  bool read(std::string &Out, std::string &Err, Deadline Until);
  /// Waits for the end; empty at the deadline. See ProcessResult::ExitCode.
  std::optional<int> wait(Deadline Until);
  void signal(int Number);
  /// User CPU time that the running child has used up so far, all its threads together.
  double userSeconds() const;

private:
  friend ProcessResult run(const std::vector<std::string> &, const ProcessOptions &);

  pid_t Pid = -1;
  int In = -1, Out = -1, Err = -1;
};

/// Runs a program to its end.
ProcessResult run(const std::vector<std::string> &Argv, const ProcessOptions &Options = {});

} // namespace abide::test

#endif
