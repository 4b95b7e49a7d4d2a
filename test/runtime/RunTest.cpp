//===- RunTest.cpp - run, runner, Ctrl-C ----------------------------------===//

#include "Virtual.h"
#include "gtest/gtest.h"
#include <csignal>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

run_options quickly() { return {.debug = {}, .waits = std::make_unique<virtual_poller>()}; }
task<int> give(int n) {
  co_await sleep(0s);
  co_return n;
}

TEST(Run, GivesTheResult) {
  EXPECT_EQ(abide::run(give(42)), 42);
  auto virtually = []() -> task<> { co_await sleep(1h); };
  abide::run(virtually(), quickly());
}

TEST(Run, ThrowsTheException) {
  auto main = []() -> task<> {
    co_await sleep(0s);
    throw std::out_of_range("spam");
  };
  EXPECT_THROW(abide::run(main()), std::out_of_range);
}

TEST(Run, SetsDebug) {
  auto main = []() -> task<bool> { co_return running_loop().get_debug(); };
  EXPECT_FALSE(abide::run(main(), {.debug = false}));
  EXPECT_TRUE(abide::run(main(), {.debug = true}));
  const bool here = debug_level::from_environment().value() != 0;
  EXPECT_EQ(abide::run(main()), here);
}

TEST(Run, CancelsAndAwaitsLeftovers) {
  spawned<> left;
  bool cleaned = false;
  auto hangs = [&]() -> task<> {
    try {
      co_await sleep(1000s);
    } catch (const cancelled_error &) {
    }
    co_await sleep(1s);
    cleaned = true;
  };
  auto main = [&]() -> task<int> {
    left = create_task(hangs());
    co_await sleep(1s);
    co_return 123;
  };
  EXPECT_EQ(abide::run(main(), quickly()), 123);
  EXPECT_TRUE(left.done());
  EXPECT_TRUE(cleaned);
}

TEST(Run, ReportsTheErrorsOfLeftovers) {
  std::vector<report> reports;
  auto hangs = []() -> task<> {
    try {
      co_await sleep(1000s);
    } catch (const cancelled_error &) {
      throw std::out_of_range("leftover");
    }
  };
  auto main = [&]() -> task<> {
    running_loop().set_exception_handler(
        [&](loop &, const report &what) { reports.push_back(what); });
    create_task(hangs());
    co_await sleep(1s);
  };
  abide::run(main(), quickly());
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].message, "unhandled exception during the shutdown of run()");
  EXPECT_EQ(to_string(reports[0].exception), "std::out_of_range: leftover");
}

TEST(Run, ThrowsAPlainCancellation) {
  auto main = []() -> task<> {
    current_task().cancel();
    co_await sleep(1s);
  };
  EXPECT_THROW(abide::run(main(), quickly()), cancelled_error);
}

TEST(Runner, RunsSeveralMainsOnOneLoop) {
  runner r(quickly());
  loop *first = &r.get_loop();
  auto main = [&]() -> task<int> {
    EXPECT_EQ(&running_loop(), first);
    co_return 1;
  };
  EXPECT_EQ(r.run(main()), 1);
  EXPECT_EQ(r.run(main()), 1);
  const spawned<int> t = r.get_loop().create_task(give(3));
  auto wait = [&]() -> task<int> { co_return co_await t; };
  EXPECT_EQ(r.run(wait()), 3);
}

TEST(Runner, IsClosedOnce) {
  runner r(quickly());
  EXPECT_EQ(r.run(give(1)), 1);
  r.close();
  r.close();
  EXPECT_THROW(r.get_loop(), invalid_state);
  EXPECT_THROW(r.run(give(1)), invalid_state);
  runner unused;
  unused.close();
}

TEST(Runner, EndsTheExecutorBeforeTheLoop) {
  std::atomic<bool> ended{false};
  auto main = [&]() -> task<> {
    auto job = to_thread([&] {
      std::this_thread::sleep_for(50ms);
      ended = true;
    });
    co_await sleep(0s);
  };
  abide::run(main());
  EXPECT_TRUE(ended);
}

TEST(Interrupt, CancelsMain) {
  future<> gate;
  bool cancelled = false;
  auto main = [&]() -> task<> {
    gate = make_future();
    running_loop().call_soon([] { kill(getpid(), SIGINT); });
    try {
      co_await gate;
    } catch (const cancelled_error &) {
      cancelled = true;
      throw;
    }
  };
  EXPECT_THROW(abide::run(main()), keyboard_interrupt);
  EXPECT_TRUE(cancelled);
  EXPECT_TRUE(gate.cancelled());
  struct sigaction now{};
  sigaction(SIGINT, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
}

TEST(Interrupt, OfAMainThatIsCancelledAnywayIsACancellation) {
  auto main = []() -> task<> {
    current_task().cancel();
    kill(getpid(), SIGINT);
    co_await sleep(1s);
  };
  EXPECT_THROW(abide::run(main()), cancelled_error);
}

TEST(Interrupt, MayBeSurvived) {
  auto main = []() -> task<int> {
    kill(getpid(), SIGINT);
    try {
      co_await sleep(1h);
    } catch (const cancelled_error &) {
    }
    co_return 5;
  };
  EXPECT_EQ(abide::run(main()), 5);
}

TEST(Interrupt, TheSecondLeavesAtOnce) {
  int ignored = 0;
  auto main = [&]() -> task<> {
    while (ignored < 2) {
      kill(getpid(), SIGINT);
      try {
        co_await sleep(1h);
      } catch (const cancelled_error &) {
        ++ignored;
      }
    }
  };
  EXPECT_THROW(abide::run(main()), keyboard_interrupt);
  EXPECT_EQ(ignored, 2) << "main is cancelled once more when the runner closes";
}

TEST(Interrupt, OnAnotherThreadIsNobodysBusiness) {
  auto main = []() -> task<int> { co_return 1; };
  std::thread([&] { EXPECT_EQ(abide::run(main()), 1); }).join();
}

} // namespace
} // namespace abide::test
