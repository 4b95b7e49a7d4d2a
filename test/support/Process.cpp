//===- Process.cpp - Child processes for tests ----------------------------===//

#include "Process.h"
#include "Files.h"
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

extern char **environ;

using namespace std::chrono_literals;

namespace abide::test {
namespace {

struct Pipe {
  int Ends[2] = {-1, -1};
  Pipe() {
    if (pipe2(Ends, O_CLOEXEC) != 0)
      Ends[0] = Ends[1] = -1;
  }
};

void closeOnce(int &Descriptor) {
  if (Descriptor >= 0)
    ::close(std::exchange(Descriptor, -1));
}

std::vector<char *> pointers(std::vector<std::string> &Strings) {
  std::vector<char *> Result;
  for (std::string &S : Strings)
    Result.push_back(S.data());
  Result.push_back(nullptr);
  return Result;
}

/// The own environment, with the variables of Extra replaced or added.
std::vector<std::string> environment(const std::vector<std::string> &Extra) {
  std::vector<std::string> Result = Extra;
  for (char **Variable = environ; *Variable; ++Variable) {
    std::string Own = *Variable;
    std::string Name = Own.substr(0, Own.find('=') + 1);
    bool Replaced = false;
    for (const std::string &E : Extra)
      Replaced |= E.starts_with(Name);
    if (!Replaced)
      Result.push_back(Own);
  }
  return Result;
}

int remaining(Deadline Until) {
  auto Left =
      std::chrono::ceil<std::chrono::milliseconds>(Until - std::chrono::steady_clock::now());
  return Left.count() > 0 ? int(Left.count()) : 0;
}

/// Reads once if there is something; closes at the end.
void drain(int &Descriptor, const pollfd &Polled, std::string &Text) {
  if (Descriptor < 0 || Polled.revents == 0)
    return;
  char Buffer[65536];
  ssize_t Count = ::read(Descriptor, Buffer, sizeof(Buffer));
  if (Count > 0)
    Text.append(Buffer, size_t(Count));
  else if (Count == 0 || errno != EINTR)
    closeOnce(Descriptor);
}

} // namespace

std::string ProcessResult::describe() const {
  return "exit code " + std::to_string(ExitCode) + (TimedOut ? " (timed out)" : "") +
         "\n--- stdout\n" + Out + "\n--- stderr\n" + Err;
}

Process::Process(const std::vector<std::string> &Argv, const ProcessOptions &Options) {
  // A child that dies early must fail a write, not the test program.
  static const auto Ignored = std::signal(SIGPIPE, SIG_IGN);
  (void)Ignored;
  Pipe Input, Output, Error;
  posix_spawn_file_actions_t Actions;
  posix_spawn_file_actions_init(&Actions);
  posix_spawn_file_actions_adddup2(&Actions, Input.Ends[0], 0);
  posix_spawn_file_actions_adddup2(&Actions, Output.Ends[1], 1);
  posix_spawn_file_actions_adddup2(&Actions, Error.Ends[1], 2);
  if (!Options.Directory.empty())
    posix_spawn_file_actions_addchdir_np(&Actions, Options.Directory.c_str());
  posix_spawnattr_t Attributes;
  posix_spawnattr_init(&Attributes);
  sigset_t Defaults;
  sigemptyset(&Defaults);
  sigaddset(&Defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&Attributes, &Defaults);
  posix_spawnattr_setflags(&Attributes, POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> Arguments = Argv, Variables = environment(Options.Environment);
  int Failed = posix_spawnp(&Pid, Argv[0].c_str(), &Actions, &Attributes,
                            pointers(Arguments).data(), pointers(Variables).data());
  posix_spawn_file_actions_destroy(&Actions);
  posix_spawnattr_destroy(&Attributes);
  closeOnce(Input.Ends[0]);
  closeOnce(Output.Ends[1]);
  closeOnce(Error.Ends[1]);
  In = Input.Ends[1];
  Out = Output.Ends[0];
  Err = Error.Ends[0];
  if (Failed)
    Pid = -1;
}

Process::Process(Process &&Other) noexcept { *this = std::move(Other); }

Process &Process::operator=(Process &&Other) noexcept {
  std::swap(Pid, Other.Pid);
  std::swap(In, Other.In);
  std::swap(Out, Other.Out);
  std::swap(Err, Other.Err);
  return *this;
}

Process::~Process() {
  if (Pid > 0) {
    ::kill(Pid, SIGKILL);
    wait(in(10s));
  }
  closeOnce(In);
  closeOnce(Out);
  closeOnce(Err);
}

bool Process::write(std::string_view Text) {
  while (!Text.empty()) {
    ssize_t Count = ::write(In, Text.data(), Text.size());
    if (Count < 0 && errno != EINTR)
      return false;
    if (Count > 0)
      Text.remove_prefix(size_t(Count));
  }
  return true;
}

void Process::closeInput() { closeOnce(In); }

bool Process::read(std::string &OutText, std::string &ErrText, Deadline Until) {
  if (Out < 0 && Err < 0)
    return false;
  pollfd Polled[] = {{Out, POLLIN, 0}, {Err, POLLIN, 0}};
  if (::poll(Polled, 2, remaining(Until)) <= 0)
    return std::chrono::steady_clock::now() < Until;
  drain(Out, Polled[0], OutText);
  drain(Err, Polled[1], ErrText);
  return Out >= 0 || Err >= 0;
}

std::optional<int> Process::wait(Deadline Until) {
  for (;;) {
    int Status = 0;
    if (::waitpid(Pid, &Status, WNOHANG) != 0) {
      Pid = -1;
      return WIFSIGNALED(Status) ? 128 + WTERMSIG(Status) : WEXITSTATUS(Status);
    }
    if (std::chrono::steady_clock::now() >= Until)
      return std::nullopt;
    std::this_thread::sleep_for(2ms);
  }
}

void Process::signal(int Number) {
  if (Pid > 0)
    ::kill(Pid, Number);
}

double Process::userSeconds() const {
  std::string Stat = readFile("/proc/" + std::to_string(Pid) + "/stat");
  // The name of the program, in parentheses, may hold blanks: count the fields behind it.
  size_t At = Stat.rfind(')');
  for (int Field = 2; Field < 14; ++Field)
    At = Stat.find(' ', At + 1);
  return std::strtod(Stat.c_str() + At, nullptr) / double(sysconf(_SC_CLK_TCK));
}

ProcessResult run(const std::vector<std::string> &Argv, const ProcessOptions &Options) {
  ProcessResult Result;
  Process Child(Argv, Options);
  if (!Child.running()) {
    Result.Err = "cannot start '" + Argv[0] + "': " + std::strerror(errno);
    return Result;
  }
  Deadline Until = in(Options.Timeout);
  // A second thread feeds the input, so that neither side waits for the other with a full pipe.
  std::thread Feeder([&] {
    Child.write(Options.Input);
    Child.closeInput();
  });
  while (Child.read(Result.Out, Result.Err, Until)) {
  }
  if (auto Code = Child.wait(Until)) {
    Result.ExitCode = *Code;
  } else {
    Result.TimedOut = true;
    Child.signal(SIGKILL);
    Result.ExitCode = Child.wait(in(10s)).value_or(-1);
  }
  Feeder.join();
  return Result;
}

} // namespace abide::test
