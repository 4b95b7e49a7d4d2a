//===- Workers.cpp - Translation units in parallel, one crash apart -------===//

#include "Workers.h"
#include "Wire.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/thread.h"
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

using namespace llvm;

namespace abide {
namespace {

/// Generated code nests deeper than the usual stack; only what is touched costs memory.
constexpr unsigned StackSize = 512u << 20;

volatile std::sig_atomic_t StopRequested = 0;
int WakeUp[2] = {-1, -1};

void requestStop(int) {
  StopRequested = 1;
  char Byte = 0;
  if (write(WakeUp[1], &Byte, 1) < 0)
    _exit(130); // The pipe holds thousands of bytes: the user insists.
}

/// SIGINT and SIGTERM ask for an orderly end while it lives.
class StopSignals {
public:
  StopSignals() {
    if (pipe2(WakeUp, O_CLOEXEC | O_NONBLOCK) != 0)
      WakeUp[0] = WakeUp[1] = -1;
    struct sigaction Action = {};
    Action.sa_handler = requestStop;
    // A second signal takes its usual way.
    Action.sa_flags = SA_RESETHAND;
    sigaction(SIGINT, &Action, &OldInt);
    sigaction(SIGTERM, &Action, &OldTerm);
  }
  ~StopSignals() {
    sigaction(SIGINT, &OldInt, nullptr);
    sigaction(SIGTERM, &OldTerm, nullptr);
    close(WakeUp[0]);
    close(WakeUp[1]);
  }

private:
  struct sigaction OldInt = {}, OldTerm = {};
};

struct Worker {
  pid_t Pid = -1;
  int Socket = -1;
  int Errors = -1; ///< A nameless file in place of its standard error.
  std::optional<unsigned> Unit;
  std::string Bytes;
};

[[noreturn]] void workerMain(int Socket, function_ref<TuResult(unsigned)> Analyse) {
  // The terminal sends Ctrl-C to the whole group; the parent decides for all.
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_DFL);
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  thread Deep(std::optional<unsigned>(StackSize), [&] {
    unsigned Unit = 0;
    while (receiveAll(Socket, &Unit, sizeof Unit)) {
      if (ftruncate(STDERR_FILENO, 0) != 0)
        break;
      lseek(STDERR_FILENO, 0, SEEK_SET);
      if (!sendAll(Socket, encodeResult(Analyse(Unit))))
        break;
    }
  });
  Deep.join();
  _exit(0); // Destructors and buffers belong to the parent.
}

std::string describeEnd(int Status) {
  if (!WIFSIGNALED(Status))
    return "ended with exit code " + std::to_string(WEXITSTATUS(Status));
  int Signal = WTERMSIG(Status);
  const char *Name = sigabbrev_np(Signal);
  std::string Text =
      "crashed (signal " + (Name ? "SIG" + std::string(Name) : std::to_string(Signal)) + ")";
  if (Signal == SIGKILL)
    Text += ", as the system does when memory is short (fewer workers need less: -j)";
  return Text;
}

/// The last words of a worker, in one line.
std::string lastWords(int Errors) {
  char Buffer[400];
  ssize_t Size = pread(Errors, Buffer, sizeof Buffer, 0);
  StringRef Text(Buffer, Size > 0 ? Size : 0);
  Text = Text.trim().split('\n').first;
  return Text.empty() ? "" : (": " + Text).str();
}

class Pool {
public:
  Pool(unsigned Count, function_ref<TuResult(unsigned)> Analyse, const PoolEvents &Events)
      : Count(Count), Analyse(Analyse), Events(Events) {}
  ~Pool() {
    for (Worker &W : Workers)
      finish(W, /*Kill=*/true);
  }

  bool run(unsigned Jobs) {
    for (unsigned I = 0; I != std::min(Jobs, Count); ++I)
      startWorker();
    while (Done != Count && !StopRequested) {
      if (Workers.empty() && !startWorker()) {
        loseTheRest();
        break;
      }
      waitForNews();
    }
    return Done == Count;
  }

private:
  bool startWorker() {
    int Pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, Pair) != 0)
      return false;
    std::FILE *Errors = std::tmpfile();
    std::fflush(nullptr);
    pid_t Pid = fork();
    if (Pid == 0) {
      // Only its own socket may keep a worker alive.
      for (Worker &Other : Workers)
        close(Other.Socket);
      close(Pair[0]);
      dup2(Errors ? fileno(Errors) : open("/dev/null", O_WRONLY), STDERR_FILENO);
      workerMain(Pair[1], Analyse);
    }
    close(Pair[1]);
    int Kept = Errors ? dup(fileno(Errors)) : -1;
    if (Errors)
      std::fclose(Errors);
    if (Pid < 0) {
      close(Pair[0]);
      close(Kept);
      return false;
    }
    Workers.push_back({Pid, Pair[0], Kept, std::nullopt, ""});
    assign(Workers.back());
    return true;
  }

  void assign(Worker &W) {
    W.Unit.reset();
    if (Next == Count)
      return;
    W.Unit = Next++;
    Events.Started(*W.Unit);
    // A worker that cannot be told is dead: its end is news for waitForNews().
    sendAll(W.Socket, StringRef(reinterpret_cast<const char *>(&*W.Unit), sizeof(unsigned)));
  }

  void waitForNews() {
    std::vector<pollfd> Fds;
    for (Worker &W : Workers)
      Fds.push_back({W.Socket, POLLIN, 0});
    Fds.push_back({WakeUp[0], POLLIN, 0});
    if (poll(Fds.data(), Fds.size(), -1) < 0)
      return;
    for (size_t I = Workers.size(); I-- != 0 && !StopRequested;)
      if (Fds[I].revents)
        hear(I);
  }

  void hear(size_t Index) {
    Worker &W = Workers[Index];
    char Buffer[1 << 16];
    ssize_t Got = recv(W.Socket, Buffer, sizeof Buffer, MSG_DONTWAIT);
    if (Got < 0 && (errno == EINTR || errno == EAGAIN))
      return;
    if (Got <= 0)
      return bury(Index);
    W.Bytes.append(Buffer, Got);
    if (auto Result = decodeResult(W.Bytes)) {
      if (*Result) {
        Events.Finished(*W.Unit, std::move(**Result));
        ++Done;
      } else {
        lose(*W.Unit, "the answer of its process " + toString(Result->takeError()));
      }
      assign(W);
    }
  }

  void bury(size_t Index) {
    Worker W = std::move(Workers[Index]);
    Workers.erase(Workers.begin() + Index);
    int Status = 0;
    while (waitpid(W.Pid, &Status, 0) < 0 && errno == EINTR) {
    }
    W.Pid = -1;
    if (W.Unit)
      lose(*W.Unit, describeEnd(Status) + " while analysing it" + lastWords(W.Errors));
    finish(W, /*Kill=*/false);
    if (Next != Count)
      startWorker();
  }

  void lose(unsigned Unit, const std::string &Why) {
    TuResult Lost;
    Lost.Failures.push_back({Failure::Kind::NotAnalysed, "", {}, Why, {}});
    Events.Finished(Unit, std::move(Lost));
    ++Done;
  }

  void loseTheRest() {
    while (Next != Count)
      lose(Next++, std::string("no process to analyse it: ") + std::strerror(errno));
  }

  static void finish(Worker &W, bool Kill) {
    if (W.Pid > 0) {
      // Nothing of an idle worker is worth waiting for either.
      if (Kill)
        kill(W.Pid, SIGKILL);
      while (waitpid(W.Pid, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
    close(W.Socket);
    close(W.Errors);
  }

  unsigned Count, Next = 0, Done = 0;
  function_ref<TuResult(unsigned)> Analyse;
  const PoolEvents &Events;
  std::vector<Worker> Workers;
};

} // namespace

bool analyseInParallel(unsigned Count, unsigned Jobs, function_ref<TuResult(unsigned)> Analyse,
                       const PoolEvents &Events) {
  StopSignals Signals;
  Pool Workers(Count, Analyse, Events);
  return Workers.run(Jobs);
}

} // namespace abide
