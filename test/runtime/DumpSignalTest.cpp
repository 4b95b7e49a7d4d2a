//===- DumpSignalTest.cpp - A process is asked for its tasks by a signal --===//

#include "LogPipe.h"
#include "Process.h"
#include "Virtual.h"
#include <abide/watchdog.hpp>
#include <csignal>
#include <sys/wait.h>
#include <thread>

using namespace std::chrono_literals;

namespace abide::test {

// Not static, so that its name is known in every build.
[[gnu::noinline]] void hang_until(const std::atomic<bool> &over) {
  while (!over)
    ::usleep(1000);
  asm volatile("");
}

namespace {

using handler = void (*)(int);

handler action_of(int number) {
  struct sigaction now{};
  sigaction(number, nullptr, &now);
  return now.sa_handler;
}

/// What the test does with the signal is forgotten at its end.
struct DumpSignal : testing::Test {
  DumpSignal() { set_dump_signal(0); }
  ~DumpSignal() override {
    set_dump_signal(0);
    for (const int number : {SIGUSR1, SIGUSR2})
      std::signal(number, SIG_DFL);
    set_dump_signal(SIGUSR2);
  }
  /// What the log has until `part` is in it; at most 20 s.
  static std::string until(LogPipe &pipe, std::string_view part) {
    std::string all;
    for (int i = 0; i < 2000 && !has(all, part); ++i) {
      std::this_thread::sleep_for(10ms);
      all += pipe.text();
    }
    return all;
  }
};

task<> waits_long() { co_await sleep(1h); }

TEST_F(DumpSignal, WakesALoopThatWaits) {
  set_dump_signal(SIGUSR2);
  LogPipe pipe;
  loop l; // of the real world
  const auto waiting = l.create_task(waits_long(), {.name = "the sleeper"});
  std::string text;
  std::thread asks([&] {
    std::this_thread::sleep_for(20ms);
    ::kill(::getpid(), SIGUSR2); // whichever thread gets it
    text = until(pipe, "spawned in");
    l.call_soon_threadsafe([&] { waiting.cancel(); });
  });
  EXPECT_THROW(l.run_until_complete(waiting), cancelled_error);
  asks.join();
  EXPECT_TRUE(has(text, "abide: info: the tasks of the loop in thread '")) << text;
  EXPECT_TRUE(has(text, "  1 task\n  task 'the sleeper' waits for sleep()")) << text;
  EXPECT_TRUE(has(text, "waits_long at DumpSignalTest.cpp:")) << text;
}

TEST_F(DumpSignal, IsAnsweredByEachLoopBetweenItsCallbacks) {
  set_dump_signal(SIGUSR2);
  LogPipe pipe;
  std::atomic<bool> over{false};
  auto busy = [&]() -> task<> {
    while (!over)
      co_await sleep(0s);
  };
  auto serve = [&](const char *name) {
    loop l;
    l.run_until_complete(l.create_task(busy(), {.name = name}));
  };
  std::thread one(serve, "first"), other(serve, "second");
  std::this_thread::sleep_for(50ms);
  ::kill(::getpid(), SIGUSR2);
  std::string text = until(pipe, "'first' waits");
  if (!has(text, "'second' waits"))
    text += until(pipe, "'second' waits");
  over = true;
  one.join();
  other.join();
  EXPECT_TRUE(has(text, "task 'first' waits for nothing: it is ready")) << text;
  EXPECT_TRUE(has(text, "task 'second' waits for nothing: it is ready")) << text;
}

TEST_F(DumpSignal, OfALoopThatIsStuckIsAnsweredByTheWatchdog) {
  set_dump_signal(SIGUSR2);
  LogPipe pipe;
  std::atomic<bool> over{false};
  std::string text;
  std::thread asks([&] {
    std::this_thread::sleep_for(50ms);
    ::kill(::getpid(), SIGUSR2);
    text = until(pipe, "abide: info");
    over = true;
  });
  const watchdog dog({.threshold = 20ms, .handler = [](const report &) {}});
  auto hangs = [&]() -> task<> {
    hang_until(over);
    co_return;
  };
  auto main = [&]() -> task<> {
    const auto sleeper = create_task(waits_long(), {.name = "the sleeper"});
    co_await sleep(0s);
    co_await create_task(hangs(), {.name = "the culprit"});
    sleeper.cancel();
  };
  abide::run(main());
  asks.join();
  EXPECT_TRUE(has(text, "abide: info: the tasks of a loop that is stuck in ")) << text;
  EXPECT_TRUE(has(text, "abide::test::hang_until(")) << text;
  EXPECT_TRUE(has(text, "task 'the culprit' runs\n")) << text;
  EXPECT_TRUE(has(text, "task 'the sleeper' is suspended or ready\n      in ")) << text;
  EXPECT_TRUE(has(text, "waits_long at DumpSignalTest.cpp:")) << text;
}

TEST_F(DumpSignal, CanBeAnotherOneOrNone) {
  set_dump_signal(SIGUSR1);
  EXPECT_NE(action_of(SIGUSR1), SIG_DFL);
  EXPECT_EQ(action_of(SIGUSR2), SIG_DFL);
  LogPipe pipe;
  loop l;
  l.call_soon([] { std::raise(SIGUSR1); });
  l.call_later(1ms, [&] { l.stop(); });
  l.run_forever();
  EXPECT_TRUE(has(pipe.text(), "  0 tasks\n"));
  set_dump_signal(0);
  EXPECT_EQ(action_of(SIGUSR1), SIG_DFL);
  EXPECT_THROW(set_dump_signal(-1), invalid_argument);
  EXPECT_THROW(set_dump_signal(SIGKILL), invalid_argument);
}

void mine(int) {}

TEST_F(DumpSignal, LeavesTheHandlersOfTheProgramAlone) {
  std::signal(SIGUSR2, mine);
  EXPECT_THROW(set_dump_signal(SIGUSR2), invalid_state);
  EXPECT_EQ(action_of(SIGUSR2), mine);
  std::signal(SIGUSR2, SIG_IGN);
  EXPECT_THROW(set_dump_signal(SIGUSR2), invalid_state);
  std::signal(SIGUSR2, SIG_DFL);
  set_dump_signal(SIGUSR2);
  std::signal(SIGUSR2, mine); // later, and above ours
  set_dump_signal(0);
  EXPECT_EQ(action_of(SIGUSR2), mine);
}

TEST_F(DumpSignal, GivesWayToAHandlerOfTheLoop) {
  set_dump_signal(SIGUSR2);
  const handler ours = action_of(SIGUSR2);
  LogPipe pipe;
  VirtualLoop l;
  int got = 0;
  l.loop.add_signal_handler(SIGUSR2, [&] { ++got; });
  std::raise(SIGUSR2);
  l.rounds(2);
  EXPECT_EQ(got, 1);
  EXPECT_EQ(pipe.text(), "");
  l.loop.remove_signal_handler(SIGUSR2);
  EXPECT_EQ(action_of(SIGUSR2), ours);
}

/// What a process says on stderr that raises SIGUSR1 and SIGUSR2 in its loop; it has a handler of
/// its own for SIGWINCH.
ProcessResult raises(const char *setting) {
  return run({std::string(ABIDE_BIN) + "/runtime-raises-signals"},
             {.Environment = {std::string("ABIDE_DUMP_SIGNAL=") + setting,
                              "ABIDE_LOG=", "ABIDE_LOG_FORMAT="}});
}

TEST(DumpSignalOfTheEnvironment, IsSigusr2UnlessItSaysOtherwise) {
  // The first of the two that nobody handles ends the process.
  const ProcessResult plain = raises("");
  EXPECT_EQ(plain.ExitCode, 128 + SIGUSR1);
  EXPECT_TRUE(has(plain.Err, "task 'raiser' waits for sleep()")) << plain.describe();
  for (const char *const name : {"SIGUSR1", "USR1", "10"}) {
    const ProcessResult other = raises(name);
    EXPECT_EQ(other.ExitCode, 128 + SIGUSR2) << name;
  }
  const ProcessResult off = raises("off");
  EXPECT_EQ(off.ExitCode, 128 + SIGUSR2);
  EXPECT_EQ(off.Err, "");
}

TEST(DumpSignalOfTheEnvironment, SaysWhatItCannotDo) {
  EXPECT_TRUE(has(raises("WINCH").Err, "abide: warning: ABIDE_DUMP_SIGNAL names a signal that the "
                                       "program uses itself: tasks cannot be asked for\n"
                                       "  subject: WINCH"));
  EXPECT_TRUE(has(raises("HELLO").Err, "ABIDE_DUMP_SIGNAL names no signal"));
}

} // namespace
} // namespace abide::test
