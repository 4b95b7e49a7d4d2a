//===- SoakTest.cpp - Thousands of tasks, cancelled at random -------------===//

#include "Virtual.h"
#include "gtest/gtest.h"
#include <random>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

struct shared_things {
  mutex one;
  semaphore three{3};
  queue<int> items{4};
  condition changed;
  event never;
  int inside = 0, most_inside = 0, permits = 0, most_permits = 0;
};

struct counted {
  counted(int &now, int &most) : now_(now) { most = std::max(most, ++now_); }
  ~counted() { --now_; }
  int &now_;
};

async_generator<int> some(shared_things &all, int n) {
  for (int i = 0; i < n; ++i) {
    co_await all.items.put(i);
    co_yield i;
  }
}

task<> worker(shared_things &all, unsigned seed) {
  std::minstd_rand random(seed + 1);
  for (int step = 0; step < 4; ++step) {
    switch (random() % 7) {
    case 0: {
      const auto held = co_await all.one.lock();
      const counted in(all.inside, all.most_inside);
      co_await sleep(std::chrono::milliseconds(random() % 3));
      break;
    }
    case 1: {
      const auto permit = co_await all.three.lock();
      const counted in(all.permits, all.most_permits);
      co_await sleep(std::chrono::milliseconds(random() % 3));
      break;
    }
    case 2:
      co_await all.items.put(static_cast<int>(step));
      break;
    case 3:
      co_await all.items.get();
      break;
    case 4: {
      const auto held = co_await all.changed.lock();
      if (random() % 2)
        all.changed.notify(2);
      else
        co_await all.changed.wait();
      break;
    }
    case 5:
      try {
        co_await wait_for(all.never.wait(), 1ms);
      } catch (const timeout_error &) {
      }
      break;
    default: {
      auto numbers = some(all, 3);
      while (co_await numbers.next())
        co_await sleep(0s);
    }
    }
  }
}

TEST(Soak, RandomCancellationLosesNothing) {
  for (unsigned round = 0; round < 5; ++round) {
    VirtualLoop l;
    shared_things all;
    auto main = [&]() -> task<> {
      std::minstd_rand random(round + 7);
      std::vector<spawned<>> tasks;
      for (unsigned i = 0; i < 1000; ++i)
        tasks.push_back(create_task(worker(all, round * 1000 + i)));
      for (int i = 0; i < 2000; ++i) {
        tasks[random() % tasks.size()].cancel();
        if (i % 8 == 0)
          co_await sleep(std::chrono::milliseconds(random() % 2));
      }
      for (const auto &one : tasks)
        one.cancel();
      co_await wait(tasks);
      for (const auto &one : tasks)
        EXPECT_TRUE(one.cancelled() || !one.exception());
    };
    l.run(main());
    EXPECT_EQ(all.most_inside, 1);
    EXPECT_LE(all.most_permits, 3);
    EXPECT_FALSE(all.one.locked());
    EXPECT_FALSE(all.changed.locked());
    EXPECT_EQ(all.three.value(), 3u);
    EXPECT_EQ(all.one.waiting() + all.three.waiting() + all.changed.waiting(), 0u);
    EXPECT_TRUE(l.reports.empty());
    EXPECT_EQ(l.loop.all_tasks().size(), 0u);
  }
}

TEST(Soak, ClosingALoopFullOfTasksIsClean) {
  shared_things all;
  VirtualLoop l;
  for (unsigned i = 0; i < 1000; ++i)
    l.loop.create_task(worker(all, i));
  l.rounds(20);
  l.loop.close();
  EXPECT_EQ(l.loop.all_tasks().size(), 0u);
}

} // namespace
} // namespace abide::test
