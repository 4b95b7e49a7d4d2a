//===- Process.h - Children whose processor time we know -------*- C++ -*-===//

#ifndef ABIDE_TEST_BENCH_PROCESS_H
#define ABIDE_TEST_BENCH_PROCESS_H

#include <string>
#include <sys/types.h>
#include <vector>

namespace bench {

/// Runs a command to its end, without input and output, and gives the user CPU seconds of it and of
/// its children. Throws std::runtime_error when it cannot be started, is killed, or ends with a
/// code above `LargestCode` (a linter that finds something says so with its exit code).
double userSeconds(const std::vector<std::string> &Command, int LargestCode);

/// A child that we talk to through its standard input and output.
class Conversation {
public:
  explicit Conversation(const std::vector<std::string> &Command);
  Conversation(const Conversation &) = delete;
  Conversation &operator=(const Conversation &) = delete;
  ~Conversation();

  void send(const std::string &Text) const;
  /// Up to and including the first occurrence of `End`. Throws when the child hangs up.
  std::string readUntil(const std::string &End) const;
  std::string read(std::size_t Size) const;

  /// What the child has used up so far.
  double userSeconds() const;

private:
  pid_t Pid;
  int ToChild;
  int FromChild;
};

} // namespace bench

#endif
