//===- Process.cpp - Children whose processor time we know ----------------===//

#include "Process.h"
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {
namespace {

[[noreturn]] void fail(const std::string &What) {
  throw std::runtime_error(What + ": " + std::strerror(errno));
}

/// Starts a command with the given standard input and output; its messages go nowhere.
pid_t start(const std::vector<std::string> &Command, int In, int Out) {
  std::vector<char *> Arguments;
  for (const std::string &Word : Command)
    Arguments.push_back(const_cast<char *>(Word.c_str()));
  Arguments.push_back(nullptr);
  const pid_t Pid = fork();
  if (Pid < 0)
    fail("cannot fork");
  if (Pid > 0)
    return Pid;
  dup2(In, STDIN_FILENO);
  dup2(Out, STDOUT_FILENO);
  dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
  execvp(Arguments[0], Arguments.data());
  _exit(127);
}

} // namespace

double userSeconds(const std::vector<std::string> &Command, int LargestCode) {
  const int Null = open("/dev/null", O_RDWR | O_CLOEXEC);
  const pid_t Pid = start(Command, Null, Null);
  close(Null);
  int Status = 0;
  rusage Usage{};
  if (wait4(Pid, &Status, 0, &Usage) < 0)
    fail("cannot wait for " + Command.front());
  if (!WIFEXITED(Status) || WEXITSTATUS(Status) > LargestCode)
    throw std::runtime_error("this command failed, run it by hand to see why:\n  " + [&] {
      std::string Line;
      for (const std::string &Word : Command)
        Line += "'" + Word + "' ";
      return Line;
    }());
  return static_cast<double>(Usage.ru_utime.tv_sec) +
         static_cast<double>(Usage.ru_utime.tv_usec) * 1e-6;
}

Conversation::Conversation(const std::vector<std::string> &Command) {
  int Down[2], Up[2];
  if (pipe2(Down, O_CLOEXEC) != 0 || pipe2(Up, O_CLOEXEC) != 0)
    fail("cannot make a pipe");
  Pid = start(Command, Down[0], Up[1]);
  close(Down[0]);
  close(Up[1]);
  ToChild = Down[1];
  FromChild = Up[0];
}

Conversation::~Conversation() {
  close(ToChild);
  close(FromChild);
  kill(Pid, SIGKILL);
  waitpid(Pid, nullptr, 0);
}

void Conversation::send(const std::string &Text) const {
  for (std::size_t Done = 0; Done < Text.size();) {
    const ssize_t Written = write(ToChild, Text.data() + Done, Text.size() - Done);
    if (Written < 0)
      fail("cannot write to the child");
    Done += static_cast<std::size_t>(Written);
  }
}

std::string Conversation::readUntil(const std::string &End) const {
  std::string Text;
  while (!Text.ends_with(End))
    Text += read(1);
  return Text;
}

std::string Conversation::read(std::size_t Size) const {
  std::string Text(Size, '\0');
  for (std::size_t Done = 0; Done < Size;) {
    const ssize_t Got = ::read(FromChild, Text.data() + Done, Size - Done);
    if (Got <= 0)
      throw std::runtime_error("the child hung up");
    Done += static_cast<std::size_t>(Got);
  }
  return Text;
}

double Conversation::userSeconds() const {
  std::ifstream Stat("/proc/" + std::to_string(Pid) + "/stat");
  std::string Text{std::istreambuf_iterator<char>(Stat), {}};
  // The name of the program, in parentheses, may hold blanks: count the fields behind it.
  std::size_t At = Text.rfind(')');
  for (int Field = 2; Field < 14; ++Field)
    At = Text.find(' ', At + 1);
  return std::stod(Text.substr(At)) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

} // namespace bench
