//===- DebugRobustTest.cpp - Reports where they are hard to make ----------===//

#include "LogPipe.h"
#include "Process.h"
#include "Virtual.h"
#include <abide/watchdog.hpp>
#include <csignal>
#include <regex>
#include <sys/wait.h>
#include <thread>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

task<> fails() {
  throw std::runtime_error("lost");
  co_return;
}
task<> waits_for_ever() { co_await make_future(); }

// --- in flight, at the end, in threads ------------------------------------------

TEST(DebugRobust, AReportWhileAnExceptionIsInFlight) {
  VirtualLoop l;
  l.loop.set_debug(3);
  struct drops_a_failure {
    spawned<> failed;
    ~drops_a_failure() { failed = spawned<>(); }
  };
  auto main = []() -> task<std::string> {
    try {
      const drops_a_failure local{create_task(fails())};
      co_await sleep(0s);
      throw std::logic_error("first");
    } catch (const std::logic_error &e) {
      co_return e.what();
    }
  };
  EXPECT_EQ(l.run(main()), "first");
  ASSERT_EQ(l.reports.size(), 1u);
  EXPECT_EQ(l.reports[0].kind, report_kind::lost_exception);
}

/// Reports go to stderr, and are not fatal, whatever the environment of the tests says.
void report_to_stderr() {
  log_settings plain;
  plain.fatal = false;
  set_log_settings(plain);
}

TEST(DebugRobustDeathTest, ALoopThatDiesWithTheStaticObjects) {
  EXPECT_EXIT(
      {
        report_to_stderr();
        static loop last;
        last.set_debug(2);
        last.create_task(waits_for_ever(), {.name = "the last one"});
        std::exit(0);
      },
      testing::ExitedWithCode(0),
      "a loop was destroyed without close\\(\\)(.|\n)*left: 1 task(.|\n)*destroyed but it is "
      "pending(.|\n)*the last one");
}

// In each thread a loop, and all report at once.
TEST(DebugRobust, ManyLoopsReportAtTheSameTime) {
  LogPipe pipe;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      loop l;
      l.set_debug(3);
      auto main = []() -> task<> {
        for (int n = 0; n < 20; ++n) {
          create_task(fails());
          (void)waits_for_ever();
          co_await sleep(0s);
        }
      };
      l.run_until_complete(main());
    });
  for (std::thread &one : threads)
    one.join();
  const std::string text = pipe.text();
  EXPECT_TRUE(has(text, "task exception was never retrieved")) << text;
  EXPECT_TRUE(has(text, "a coroutine was never awaited")) << text;
}

TEST(DebugRobust, AChildOfForkReportsForItself) {
  LogPipe pipe;
  loop l;
  l.set_debug(2);
  auto main = []() -> task<int> {
    (void)waits_for_ever();
    flush_log();
    const pid_t child = ::fork();
    if (child == 0) {
      (void)fails();
      ::_exit(flush_log() ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    co_await sleep(1ms);
    co_return status;
  };
  EXPECT_EQ(l.run_until_complete(main()), 0);
  const std::string text = pipe.text();
  EXPECT_TRUE(has(text, "waits_for_ever")) << text;
  EXPECT_TRUE(has(text, "fails")) << text;
}

// --- signals ----------------------------------------------------------------------

// While no report is being made in the thread that gets it, as for any function with a lock.
TEST(DebugRobust, AHandlerOfASignalMayReport) {
  LogPipe pipe;
  const auto before = std::signal(
      SIGUSR1, [](int) { log_report({severity::error, "from the handler", "", nullptr}); });
  loop l;
  l.call_soon([&] {
    std::raise(SIGUSR1);
    l.stop();
  });
  l.run_forever();
  std::signal(SIGUSR1, before);
  EXPECT_EQ(pipe.text(), "abide: error: from the handler\n");
}

// The handlers interrupt malloc, the log and the lists of the loop.
TEST(DebugRobust, AStormOfDumpsDisturbsNothing) {
  set_dump_signal(0);
  set_dump_signal(SIGUSR2);
  LogPipe pipe;
  const watchdog dog({.threshold = 1ms, .per_minute = 0, .handler = [](const report &) {}});
  loop l;
  l.set_debug(3);
  l.set_slow_callback_duration(1h);
  std::atomic<bool> over{false};
  std::thread storm([&, target = ::pthread_self()] {
    while (!over) {
      ::pthread_kill(target, SIGUSR2);
      std::this_thread::sleep_for(200us);
    }
  });
  std::uint64_t sum = 0;
  auto work = [&]() -> task<> {
    for (int i = 0; i < 20; ++i)
      co_await sleep(0s), ++sum;
  };
  auto main = [&]() -> task<> {
    for (int round = 0; round < 100; ++round) {
      std::vector<spawned<>> all;
      for (int i = 0; i < 20; ++i)
        all.push_back(create_task(work(), {.name = "worker"}));
      for (auto &one : all)
        co_await one;
    }
  };
  l.run_until_complete(main());
  over = true;
  storm.join();
  EXPECT_EQ(sum, 100u * 20 * 20);
  EXPECT_TRUE(has(pipe.text(), "the tasks of the loop in thread"));
}

// --- broken handlers ----------------------------------------------------------------

TEST(BrokenHandler, ThatThrowsIsReportedWithWhatItHandled) {
  LogPipe pipe;
  loop l;
  l.set_exception_handler([](loop &, const report &) { throw std::runtime_error("oops"); });
  l.call_exception_handler({severity::error, "the first", "", nullptr});
  const std::string text = pipe.text();
  EXPECT_TRUE(has(text, "the exception handler threw\n  subject: while it handled: the first\n"
                        "  exception: std::runtime_error: oops"))
      << text;
  EXPECT_TRUE(has(text, "abide: error: the first")) << text;
}

TEST(BrokenHandler, ThatCausesReportsIsNotCalledForThem) {
  LogPipe pipe;
  VirtualLoop l;
  int calls = 0;
  l.loop.set_exception_handler([&](loop &running, const report &) {
    ++calls;
    (void)fails(); // never awaited
    running.call_exception_handler({severity::error, "the second", "", nullptr});
  });
  l.loop.call_soon([] { throw std::runtime_error("the first"); });
  l.once();
  EXPECT_EQ(calls, 1);
  const std::string text = pipe.text();
  EXPECT_TRUE(has(text, "a coroutine was never awaited")) << text;
  EXPECT_TRUE(has(text, "the second")) << text;
  l.loop.call_exception_handler({severity::error, "later", "", nullptr});
  EXPECT_EQ(calls, 2) << "it is called again for the next report";
}

TEST(BrokenHandler, ThatReplacesItselfMayDoSo) {
  VirtualLoop l;
  std::vector<std::string> got;
  l.loop.set_exception_handler([&](loop &running, const report &first) {
    const std::string kept = first.message;
    running.set_exception_handler(
        [&](loop &, const report &next) { got.push_back("new: " + next.message); });
    got.push_back(kept);
  });
  for (const char *const message : {"a", "b"})
    l.loop.call_exception_handler({severity::error, message, "", nullptr});
  EXPECT_EQ(got, list<std::string>("a", "new: b"));
}

// --- floods and full pipes ------------------------------------------------------------

TEST(DebugRobust, EachReportOfAFloodIsWrittenOrCounted) {
  constexpr int total = 20000;
  LogPipe pipe;
  std::string text;
  for (int i = 0; i < total; ++i) {
    log_report({severity::error, "again", "", nullptr});
    if (i % 1000 == 0)
      text += pipe.text();
  }
  text += pipe.text();
  int told = 0;
  for (std::size_t at = 0; (at = text.find("error: again\n", at)) != text.npos; ++at)
    ++told;
  const std::regex more("([0-9]+) more reports of the kind custom were suppressed");
  for (std::sregex_iterator at(text.begin(), text.end(), more), end; at != end; ++at)
    told += std::stoi((*at)[1].str());
  EXPECT_EQ(told, total);
}

TEST(DebugRobust, AFullPipeDoesNotHoldUpTheLoop) {
  LogPipe pipe;
  log_settings all = get_log_settings();
  all.per_second = 0;
  set_log_settings(all);
  loop l;
  auto main = []() -> task<int> {
    for (int i = 0; i < 3000; ++i) { // more than the pipe and the queue take
      running_loop().call_exception_handler({severity::error, std::string(1000, 'x'), "", nullptr});
      if (i % 100 == 0)
        co_await sleep(0s);
    }
    co_return 42;
  };
  EXPECT_EQ(l.run_until_complete(main()), 42);
  EXPECT_FALSE(flush_log(10ms)) << "the pipe was not full";
}

/// What waitpid() gives for a program that reports while its stderr is a pipe that nobody reads.
int status_with_full_stderr(const char *fatal) {
  int fds[2];
  EXPECT_EQ(::pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
  const std::string page(4096, 'x');
  while (::write(fds[1], page.data(), page.size()) > 0)
    ;
  ::fcntl(fds[1], F_SETFL, 0);
  const std::string program = std::string(ABIDE_BIN) + "/runtime-debug-never_awaited";
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(fds[1], 2);
    ::setenv("ABIDE_DEBUG", "2", 1);
    ::setenv("ABIDE_DEBUG_FATAL", fatal, 1);
    ::execl(program.c_str(), program.c_str(), nullptr);
    ::_exit(127);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  ::close(fds[0]);
  ::close(fds[1]);
  return status;
}

TEST(DebugRobust, AProcessEndsAlthoughItsStderrIsFull) {
  const int ended = status_with_full_stderr("");
  EXPECT_TRUE(WIFEXITED(ended) && WEXITSTATUS(ended) == 0) << ended;
  const int aborted = status_with_full_stderr("1");
  EXPECT_TRUE(WIFSIGNALED(aborted) && WTERMSIG(aborted) == SIGABRT) << aborted;
}

TEST(DebugRobust, AStallAtTheEndOfTheProgramIsReported) {
  const ProcessResult result = run(
      {std::string(ABIDE_BIN) + "/runtime-debug-slow_callback"},
      {.Environment = {"ABIDE_WATCHDOG=20",
                       "ABIDE_DEBUG=", "ABIDE_LOG=", "ABIDE_LOG_FORMAT=", "ABIDE_DEBUG_FATAL="}});
  EXPECT_TRUE(has(result.Err, "abide: warning: the loop has been blocked for")) << result.Err;
  EXPECT_TRUE(has(result.Err, "<task 'blocks'")) << result.Err;
}

TEST(DebugRobust, AStrippedProgramNamesModuleOffsetAndBuildId) {
  const std::string whole = std::string(ABIDE_BIN) + "/runtime-debug-never_awaited";
  const std::string stripped = whole + "-stripped";
  ASSERT_EQ(run({"strip", "-s", "-o", stripped, whole}).ExitCode, 0);
  const ProcessResult result = run(
      {stripped},
      {.Environment = {"ABIDE_DEBUG=2", "ABIDE_LOG=", "ABIDE_LOG_FORMAT=", "ABIDE_DEBUG_FATAL="}});
  EXPECT_EQ(result.ExitCode, 0);
  EXPECT_TRUE(std::regex_search(
      result.Err, std::regex("#0 [^ ]*never_awaited-stripped\\+0x[0-9a-f]+ \\(build id ")))
      << result.Err;
}

} // namespace
} // namespace abide::test
