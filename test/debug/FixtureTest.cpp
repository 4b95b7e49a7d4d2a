//===- FixtureTest.cpp - Tests fail for what they leak --------------------===//

#include <abide/testing.hpp>

#include "gtest/gtest-spi.h"
#include <abide/sleep.hpp>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

using LoopFixture = loop_fixture;

task<> nap(duration time) { co_await sleep(time); }
task<> fail() {
  co_await sleep(0s);
  throw std::runtime_error("spam");
}
task<> compute() {
  const auto end = clock::now() + 300ms;
  while (clock::now() < end)
    asm volatile("");
  co_return;
}

TEST_F(LoopFixture, IsSilentForAGoodTest) {
  run(nap(1ms));
  EXPECT_THROW(run(fail()), std::runtime_error);
}

TEST_F(LoopFixture, ReportsThatAreTakenDoNotFail) {
  loop.call_soon([] { throw std::runtime_error("spam"); });
  run(nap(1ms));
  const auto all = take_reports();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_NE(to_string(all[0]).find("spam"), std::string::npos);
}

void leak_a_task() {
  abide::loop loop;
  const loop_checker checker(loop);
  loop.create_task(nap(1h), {.name = "the leak"});
  loop.run_until_complete(nap(1ms));
}
TEST(LoopChecker, FailsForALeakedTask) {
  EXPECT_NONFATAL_FAILURE(leak_a_task(), "the test leaks <task 'the leak'");
}

void drop_an_exception() {
  abide::loop loop;
  const loop_checker checker(loop);
  loop.create_task(fail());
  loop.run_until_complete(nap(1ms));
}
TEST(LoopChecker, FailsForADroppedException) {
  EXPECT_NONFATAL_FAILURE(drop_an_exception(), "spam");
}

TEST(LoopChecker, FailsForABlockedLoop) {
  testing::TestPartResultArray failures;
  {
    const testing::ScopedFakeTestPartResultReporter intercepted(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
    abide::loop loop;
    const loop_checker checker(loop);
    loop.run_until_complete(compute());
  }
  ASSERT_GE(failures.size(), 2);
  EXPECT_NE(std::string(failures.GetTestPartResult(0).message()).find("the loop has been blocked"),
            std::string::npos);
}

void only_reports(bool tasks) {
  abide::loop loop;
  const loop_checker checker(loop, {.tasks = tasks, .reports = false, .blocked = 0s});
  loop.create_task(nap(1h));
  loop.run_until_complete(compute());
}
TEST(LoopChecker, LooksForWhatItIsTold) {
  only_reports(false);
  EXPECT_NONFATAL_FAILURE(only_reports(true), "the test leaks");
}

} // namespace
} // namespace abide::test
