//===- SubprocessTest.cpp - Children --------------------------------------===//

#include "Files.h"
#include "Net.h"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

using words = std::vector<std::string>;
constexpr redirect piped = redirect::pipe();

const words Cat = {"cat"};
const words Blocked = {"sleep", "3600"};

struct Children : ::testing::Test {
  loop l;
  std::vector<report> reports;
  int before = openDescriptors();

  Children() {
    l.set_exception_handler([this](loop &, const report &what) { reports.push_back(what); });
  }
  ~Children() override {
    l.close();
    EXPECT_LE(openDescriptors(), before);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
  }
  template <class T> T run(task<T> main) { return l.run_until_complete(std::move(main)); }
};

// --- input and output --------------------------------------------------------------

TEST_F(Children, ReadAndWrite) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec(Cat, {.in = piped, .out = piped});
    EXPECT_EQ(p.returncode(), std::nullopt);
    p.in.write("some data");
    co_await p.in.drain();
    p.in.close();
    EXPECT_EQ(co_await p.out.read(), "some data");
    EXPECT_EQ(co_await p.wait(), 0);
    EXPECT_EQ(p.returncode(), 0);
  };
  run(main());
  EXPECT_TRUE(reports.empty());
}

TEST_F(Children, TalkMoreThanOnce) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec(Cat, {.in = piped, .out = piped});
    for (const char *line : {"Python\n", "C++\n"}) {
      p.in.write(line);
      EXPECT_EQ(co_await p.out.read_line(), line);
    }
    p.in.close();
    EXPECT_EQ(co_await p.wait(), 0);
  };
  run(main());
}

TEST_F(Children, Communicate) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec(Cat, {.in = piped, .out = piped});
    const auto got = co_await p.communicate("some data");
    EXPECT_EQ(got.out, "some data");
    EXPECT_EQ(got.err, "");
    EXPECT_EQ(p.returncode(), 0);
  };
  run(main());
}

TEST_F(Children, CommunicateMoreThanThePipesHold) {
  auto main = []() -> task<> {
    process p =
        create_subprocess_shell("tee /dev/stderr", {.in = piped, .out = piped, .err = piped});
    const std::string much(2000000, 'x');
    const auto got = co_await p.communicate(much);
    EXPECT_EQ(got.out, much);
    EXPECT_EQ(got.err, much);
  };
  run(main());
}

TEST_F(Children, CommunicateWithoutInput) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec({"echo", "out"}, {.in = redirect::null(), .out = piped});
    EXPECT_EQ((co_await p.communicate()).out, "out\n");
    bool refused = false;
    try {
      co_await p.communicate("x");
    } catch (const invalid_state &) {
      refused = true;
    }
    EXPECT_TRUE(refused);
  };
  run(main());
}

TEST_F(Children, CommunicateAnEmptyInput) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec(Cat, {.in = piped, .out = piped});
    EXPECT_EQ((co_await p.communicate("")).out, "");
    EXPECT_EQ(p.returncode(), 0);
  };
  run(main());
}

TEST_F(Children, CommunicateWithOneThatDoesNotRead) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec({"true"}, {.in = piped});
    co_await p.communicate(std::string(4000000, 'x'));
    EXPECT_EQ(p.returncode(), 0);
  };
  run(main());
}

TEST_F(Children, ThatDoNotReadBreakTheirInput) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec({"true"}, {.in = piped});
    bool broke = false;
    try {
      for (;;) {
        p.in.write(std::string(100000, 'x'));
        co_await p.in.drain();
      }
    } catch (const connection_error &thrown) {
      broke = thrown.code().value() == EPIPE;
    }
    EXPECT_TRUE(broke);
    co_await p.wait();
  };
  run(main());
}

TEST_F(Children, HaveErrors) {
  auto main = []() -> task<> {
    process p = create_subprocess_shell("echo out; echo err >&2", {.out = piped, .err = piped});
    const auto got = co_await p.communicate();
    EXPECT_EQ(got.out, "out\n");
    EXPECT_EQ(got.err, "err\n");
  };
  run(main());
}

TEST_F(Children, SendErrorsWhereTheOutputGoes) {
  auto main = []() -> task<> {
    process p = create_subprocess_shell("echo out; echo err >&2",
                                        {.out = piped, .err = redirect::to_output()});
    EXPECT_FALSE(p.err);
    EXPECT_EQ((co_await p.communicate()).out, "out\nerr\n");
    EXPECT_THROW(create_subprocess_exec(Cat, {.out = redirect::to_output()}), invalid_argument);
  };
  run(main());
}

TEST_F(Children, AreHeldUpByASlowReader) {
  auto main = []() -> task<> {
    process p = create_subprocess_shell("head -c 3000000 /dev/zero", {.out = piped});
    co_await sleep(20ms);
    EXPECT_EQ(p.returncode(), std::nullopt); // the pipe is full
    EXPECT_EQ((co_await p.out.read()).size(), 3000000u);
    EXPECT_EQ(co_await p.wait(), 0);
  };
  run(main());
}

TEST_F(Children, MayBeReadAfterTheirEnd) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec({"echo", "late"}, {.out = piped});
    EXPECT_EQ(co_await p.wait(), 0);
    EXPECT_EQ(co_await p.out.read(), "late\n");
  };
  run(main());
}

TEST_F(Children, SeeTheEndOfTheirInput) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec(Cat, {.in = piped, .out = piped});
    p.in.write("x");
    p.in.write_eof();
    EXPECT_EQ(co_await p.out.read(), "x");
    co_await p.in.wait_closed();
    EXPECT_EQ(co_await p.wait(), 0);
  };
  run(main());
}

TEST_F(Children, AreIndifferentToAReaderThatLeaves) {
  auto main = []() -> task<> {
    process p = create_subprocess_shell("while echo y; do :; done 2>/dev/null", {.out = piped});
    EXPECT_EQ(co_await p.out.read_line(), "y\n");
    p.out = stream_reader();
    EXPECT_NE(co_await p.wait(), 0); // SIGPIPE, or the echo fails
  };
  run(main());
}

TEST_F(Children, TakeTheirInputFromNowhere) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec(Cat, {.in = redirect::null(), .out = piped});
    EXPECT_EQ((co_await p.communicate()).out, "");
  };
  run(main());
}

TEST_F(Children, SendTheirOutputNowhere) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec(Cat, {.in = piped, .out = redirect::null()});
    EXPECT_EQ((co_await p.communicate("x")).out, "");
    EXPECT_EQ(p.returncode(), 0);
  };
  run(main());
}

TEST_F(Children, SendTheirErrorsNowhere) {
  auto main = []() -> task<> {
    process p = create_subprocess_shell("echo err >&2", {.err = redirect::null()});
    EXPECT_EQ((co_await p.communicate()).err, "");
  };
  run(main());
}

TEST_F(Children, TakeDescriptorsOfOurs) {
  auto main = []() -> task<> {
    Ends ends;
    process p = create_subprocess_exec({"echo", "there"}, {.out = redirect::to(ends.a.get())});
    EXPECT_EQ(co_await p.wait(), 0);
    char text[16];
    EXPECT_EQ(::read(ends.b.get(), text, sizeof text), 6);
    bool refused = false;
    try {
      create_subprocess_exec(Cat, {.out = redirect::to(999)});
    } catch (const os_error &thrown) {
      refused = thrown.code().value() == EBADF;
    }
    EXPECT_TRUE(refused);
  };
  run(main());
}

TEST_F(Children, InheritTheStandardInput) {
  auto main = []() -> task<> {
    // The child's input is the parent's: here one that is at its end.
    const owned_fd saved(::fcntl(0, F_DUPFD_CLOEXEC, 3));
    const owned_fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ::dup2(null.get(), 0);
    process p = create_subprocess_exec(Cat, {.out = piped});
    ::dup2(saved.get(), 0);
    EXPECT_EQ((co_await p.communicate()).out, "");
  };
  run(main());
}

TEST_F(Children, GetNoDescriptorsOfOurs) {
  auto main = []() -> task<> {
    const owned_fd leaky(::dup(0)); // not close-on-exec
    process other = create_subprocess_exec(Cat, {.in = piped});
    process p = create_subprocess_shell("ls /proc/self/fd | wc -l", {.out = piped});
    EXPECT_EQ(std::stoi((co_await p.communicate()).out), 4); // three, and the directory
    other.in.close();
    co_await other.wait();
  };
  run(main());
}

// --- how they are started ------------------------------------------------------------

TEST_F(Children, AreStartedByTheShell) {
  auto main = []() -> task<> {
    process p = create_subprocess_shell("exit 7");
    EXPECT_EQ(co_await p.wait(), 7);
    EXPECT_EQ(p.returncode(), 7);
  };
  run(main());
}

TEST_F(Children, HaveExitCodes) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec({"false"});
    EXPECT_EQ(co_await p.wait(), 1);
    EXPECT_EQ(co_await p.wait(), 1);
    EXPECT_EQ(to_string(p), "<process " + std::to_string(p.pid()) + ", returncode 1>");
    EXPECT_FALSE(p.kill());
  };
  run(main());
}

TEST_F(Children, NeedAProgram) {
  auto main = []() -> task<> {
    EXPECT_THROW(create_subprocess_exec({}), invalid_argument);
    EXPECT_THROW(create_subprocess_exec({""}), invalid_argument);
    EXPECT_THROW(create_subprocess_exec({"echo", std::string("a\0b", 3)}), invalid_argument);
    EXPECT_THROW(create_subprocess_shell(std::string("a\0b", 3)), invalid_argument);
    co_return;
  };
  run(main());
  EXPECT_THROW(create_subprocess_exec({"true"}), no_running_loop);
}

TEST_F(Children, ThatDoNotExistThrow) {
  auto main = []() -> task<> {
    create_subprocess_exec({"/no/such/program"}, {.in = piped, .out = piped, .err = piped});
    co_return;
  };
  try {
    run(main());
    ADD_FAILURE();
  } catch (const os_error &thrown) {
    EXPECT_EQ(thrown.code().value(), ENOENT);
    EXPECT_NE(std::string(thrown.what()).find("'/no/such/program'"), std::string::npos);
  }
}

TEST_F(Children, HaveAnEnvironmentOfTheirOwn) {
  auto main = []() -> task<> {
    process p =
        create_subprocess_exec({"env"}, {.out = piped, .environment = words{"ONE=1", "TWO=2"}});
    EXPECT_EQ((co_await p.communicate()).out, "ONE=1\nTWO=2\n");
    process shell =
        create_subprocess_shell("echo $ONE", {.out = piped, .environment = words{"ONE=one"}});
    EXPECT_EQ((co_await shell.communicate()).out, "one\n");
  };
  run(main());
}

TEST_F(Children, HaveADirectoryOfTheirOwn) {
  const TempDir dir;
  dir.write("program", "#!/bin/sh\npwd\n");
  fs::permissions(dir.path() / "program", fs::perms::owner_all);
  auto main = [&]() -> task<> {
    process p = create_subprocess_exec({"./program"}, {.out = piped, .directory = dir.path()});
    EXPECT_EQ((co_await p.communicate()).out, dir.path().string() + "\n");
  };
  run(main());
}

TEST_F(Children, AreLookedUpByTheirPath) {
  const TempDir dir;
  dir.write("program", "#!/bin/sh\necho found\n");
  fs::permissions(dir.path() / "program", fs::perms::owner_all);
  auto main = [&]() -> task<> {
    process p = create_subprocess_exec({dir.path() / "program"}, {.out = piped});
    EXPECT_EQ((co_await p.communicate()).out, "found\n");
  };
  run(main());
}

TEST_F(Children, HaveASessionOfTheirOwn) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec(Blocked, {.new_session = true});
    EXPECT_EQ(::getsid(p.pid()), p.pid());
    EXPECT_EQ(::getpgid(p.pid()), p.pid());
    p.kill();
    co_await p.wait();
  };
  run(main());
}

TEST_F(Children, DoNotInheritIgnoredSignals) {
  auto main = []() -> task<> {
    const auto old = ::signal(SIGPIPE, SIG_IGN);
    process p = create_subprocess_shell("kill -PIPE $$");
    ::signal(SIGPIPE, old);
    EXPECT_EQ(co_await p.wait(), -SIGPIPE);
  };
  run(main());
}

// --- how they end ----------------------------------------------------------------------

TEST_F(Children, AreKilled) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec(Blocked);
    EXPECT_TRUE(p.kill());
    EXPECT_EQ(co_await p.wait(), -SIGKILL);
  };
  run(main());
}

TEST_F(Children, OfAShellAreKilledWithTheirPipes) {
  auto main = []() -> task<> {
    // The shell dies, the child of the shell holds the pipe; wait() does not wait for the pipe.
    process p = create_subprocess_shell("sleep 1; true", {.out = piped});
    EXPECT_TRUE(p.kill());
    EXPECT_EQ(co_await p.wait(), -SIGKILL);
  };
  run(main());
}

TEST_F(Children, AreTerminated) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec(Blocked);
    EXPECT_TRUE(p.terminate());
    EXPECT_EQ(co_await p.wait(), -SIGTERM);
  };
  run(main());
}

TEST_F(Children, GetSignals) {
  auto main = []() -> task<> {
    process p = create_subprocess_shell("trap 'echo hup; exit 3' HUP; echo ready; "
                                        "while :; do sleep 0.01; done",
                                        {.out = piped});
    EXPECT_EQ(co_await p.out.read_line(), "ready\n");
    EXPECT_TRUE(p.send_signal(SIGHUP));
    EXPECT_EQ(co_await p.out.read_line(), "hup\n");
    EXPECT_EQ(co_await p.wait(), 3);
    EXPECT_FALSE(p.send_signal(SIGHUP));
  };
  run(main());
}

TEST_F(Children, MayEndBeforeASignal) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec({"true"});
    ::usleep(50000); // it has ended, and the loop does not know it yet
    EXPECT_EQ(p.returncode(), std::nullopt);
    EXPECT_NO_THROW(p.kill());
    EXPECT_EQ(co_await p.wait(), 0);
  };
  run(main());
}

TEST_F(Children, RefuseSignalsThatDoNotExist) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec(Blocked);
    EXPECT_THROW(p.send_signal(999), os_error);
    p.kill();
    co_await p.wait();
  };
  run(main());
}

TEST_F(Children, AreWaitedForByManyTasks) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec(Blocked);
    std::vector<spawned<int>> waiting;
    for (int i = 0; i < 10; ++i)
      waiting.push_back(create_task(p.wait()));
    co_await rounds(2);
    p.kill();
    for (const auto &one : waiting)
      EXPECT_EQ(co_await one, -SIGKILL);
  };
  run(main());
}

TEST_F(Children, RunSideBySide) {
  auto main = []() -> task<> {
    std::vector<process> all;
    for (int i = 0; i < 20; ++i)
      all.push_back(create_subprocess_shell("exit " + std::to_string(i)));
    for (int i = 0; i < 20; ++i)
      EXPECT_EQ(co_await all[static_cast<std::size_t>(i)].wait(), i);
  };
  run(main());
}

TEST_F(Children, RunOnWhenAWaitIsCancelled) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec(Blocked);
    auto waiting = create_task(p.wait());
    co_await rounds(2);
    waiting.cancel();
    co_await rounds(2);
    EXPECT_TRUE(waiting.cancelled());
    EXPECT_EQ(p.returncode(), std::nullopt);
    p.kill();
    EXPECT_EQ(co_await p.wait(), -SIGKILL);
  };
  run(main());
}

TEST_F(Children, MayBeLeftWhileTheyCommunicate) {
  auto main = []() -> task<> {
    process p = create_subprocess_exec(Cat, {.in = piped, .out = piped});
    auto talking = create_task(p.communicate(std::string(4000000, 'x')));
    co_await rounds(3);
    {
      const process gone = std::move(p);
    }
    talking.cancel();
    bool cancelled = false;
    try {
      co_await talking;
    } catch (const cancelled_error &) {
      cancelled = true;
    }
    EXPECT_TRUE(cancelled);
  };
  run(main());
}

TEST_F(Children, AreNoticedThroughTheirPidfd) {
  auto main = []() -> task<> {
    const int fds = openDescriptors();
    process p = create_subprocess_exec({"true"});
    EXPECT_EQ(openDescriptors(), fds + 1);
    EXPECT_EQ(co_await p.wait(), 0);
    EXPECT_EQ(openDescriptors(), fds);
  };
  run(main());
}

TEST_F(Children, ThatAreDroppedAreKilledAndReaped) {
  l.set_debug(true);
  l.set_slow_callback_duration(1h);
  int pid = 0;
  auto main = [&]() -> task<> {
    {
      const process p = create_subprocess_exec(Blocked);
      pid = p.pid();
    }
    while (::kill(pid, 0) == 0)
      co_await sleep(1ms);
  };
  run(main());
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].message, "a process was dropped while it ran: it is killed");
}

TEST_F(Children, ThatHaveEndedAreDroppedInSilence) {
  l.set_debug(true);
  l.set_slow_callback_duration(1h);
  auto main = []() -> task<> {
    process p = create_subprocess_exec({"true"});
    co_await p.wait();
  };
  run(main());
  EXPECT_TRUE(reports.empty());
}

TEST_F(Children, AreKilledWhenTheLoopCloses) {
  std::optional<process> kept;
  auto main = [&]() -> task<> {
    kept = create_subprocess_exec(Blocked);
    co_return;
  };
  run(main());
  l.close();
  EXPECT_EQ(kept->returncode(), -SIGKILL);
  EXPECT_EQ(::kill(kept->pid(), 0), -1);
}

TEST_F(Children, MayBeLetGo) {
  int pid = 0;
  auto main = [&]() -> task<> {
    process p = create_subprocess_exec(Blocked);
    pid = p.pid();
    p.detach();
    co_return;
  };
  run(main());
  l.close();
  EXPECT_EQ(::kill(pid, 0), 0);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

TEST_F(Children, OfANobodySayNothing) {
  process none;
  EXPECT_EQ(to_string(none), "<process, none>");
  EXPECT_THROW(none.kill(), invalid_state);
  EXPECT_THROW((void)none.wait(), invalid_state);
  none = process();
}

} // namespace
} // namespace abide::test
