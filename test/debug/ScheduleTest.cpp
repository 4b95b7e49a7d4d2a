//===- ScheduleTest.cpp - Random schedules, and the same again ------------===//

#include "gtest/gtest.h"
#include <abide/loop.hpp>
#include <abide/mutex.hpp>
#include <abide/run.hpp>
#include <abide/sleep.hpp>
#include <abide/virtual_time.hpp>
#include <set>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

task<> walker(std::string &path, char name, int steps) {
  for (int i = 0; i < steps; ++i) {
    path += name;
    co_await sleep(0s);
  }
}

/// The order in which three tasks take their steps.
std::string path_with(std::optional<schedule_options> schedule) {
  std::string path;
  auto main = [](std::string &to) -> task<> {
    std::vector<spawned<>> all;
    for (const char name : {'a', 'b', 'c'})
      all.push_back(create_task(walker(to, name, 4)));
    for (auto &one : all)
      co_await one;
  };
  abide::run(main(path),
             {.debug = {}, .waits = std::make_unique<virtual_poller>(), .schedule = schedule});
  return path;
}

TEST(Schedule, WithoutASeedTasksRunInTurn) { EXPECT_EQ(path_with({}), "abcabcabcabc"); }

TEST(Schedule, ASeedGivesTheSameOrderAgainAndSeedsGiveMany) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::string path = path_with(schedule_options{.seed = seed});
    EXPECT_EQ(path.size(), 12u);
    EXPECT_EQ(path_with(schedule_options{.seed = seed}), path);
    seen.insert(path);
  }
  EXPECT_GT(seen.size(), 15u);
}

TEST(Schedule, TheSeedIsPrinted) {
  testing::internal::CaptureStderr();
  path_with(schedule_options{.seed = 42});
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "abide: random schedule: ABIDE_SCHEDULE_SEED=42 runs it again\n");
}

TEST(Schedule, TheEnvironmentGivesASeed) {
  EXPECT_FALSE(schedule_options::from_environment());
  setenv("ABIDE_SCHEDULE_SEED", "7", 1);
  setenv("ABIDE_SCHEDULE_CANCEL", "9", 1);
  const auto given = schedule_options::from_environment();
  unsetenv("ABIDE_SCHEDULE_SEED");
  unsetenv("ABIDE_SCHEDULE_CANCEL");
  ASSERT_TRUE(given);
  EXPECT_EQ(given->seed, 7u);
  EXPECT_EQ(given->cancel_one_in, 9u);
}

TEST(Schedule, CallbacksKeepTheirOrder) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    abide::loop loop(std::make_unique<virtual_poller>());
    loop.set_schedule({.seed = seed});
    std::string order;
    for (const char name : {'a', 'b', 'c', 'd'})
      loop.call_soon([&order, name] { order += name; });
    loop.call_soon([&] { loop.stop(); });
    loop.run_forever();
    EXPECT_EQ(order, "abcd");
  }
}

// A check, an await, and then the act: right only as long as nobody comes between.
struct account {
  int balance = 100;
  mutex lock;
};
task<> take_all(account &from) {
  if (from.balance < 100)
    co_return;
  co_await sleep(0s);
  from.balance -= 100;
}
task<> take_all_locked(account &from) {
  const auto held = co_await from.lock.lock();
  co_await take_all(from);
}
template <class F> int overdrawn(F take, unsigned cancel_one_in = 0) {
  int bad = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    account shared;
    auto main = [](account &of, F taking) -> task<> {
      auto one = create_task(taking(of));
      for (int i = 0; i < 3; ++i) // in turn, the first is over by now
        co_await sleep(0s);
      co_await taking(of);
      co_await one;
    };
    try {
      abide::run(main(shared, take),
                 {.debug = {},
                  .waits = std::make_unique<virtual_poller>(),
                  .schedule = schedule_options{.seed = seed, .cancel_one_in = cancel_one_in}});
    } catch (const cancelled_error &) {
      EXPECT_GT(cancel_one_in, 0u);
    }
    EXPECT_FALSE(shared.lock.locked());
    bad += shared.balance < 0;
  }
  return bad;
}

TEST(Schedule, FindsTheRaceThatTimingHides) {
  EXPECT_GT(overdrawn(take_all), 0);
  EXPECT_EQ(overdrawn(take_all_locked), 0);
}

TEST(Schedule, InjectsCancellations) {
  int cancelled = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    std::string path;
    try {
      auto main = [](std::string &to) -> task<> { co_await walker(to, 'a', 10); };
      abide::run(main(path), {.debug = {},
                              .waits = std::make_unique<virtual_poller>(),
                              .schedule = schedule_options{.seed = seed, .cancel_one_in = 10}});
    } catch (const cancelled_error &) {
      ++cancelled;
      EXPECT_LT(path.size(), 11u);
    }
  }
  EXPECT_GT(cancelled, 5);
  EXPECT_LT(cancelled, 30);
  EXPECT_EQ(overdrawn(take_all_locked, 4), 0) << "what is cancelled gives the lock back";
}

} // namespace
} // namespace abide::test
