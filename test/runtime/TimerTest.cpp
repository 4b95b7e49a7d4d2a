//===- TimerTest.cpp - The queue of deadlines -----------------------------===//

#include <abide/detail/timers.hpp>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>

namespace abide::test {
namespace {

struct Numbered final : detail::timer {
  explicit Numbered(int number) : Number(number) {}
  void due() noexcept override {}
  void forget() noexcept override {}
  int Number;
};

time_point at(std::int64_t nanoseconds) { return time_point(duration(nanoseconds)); }

// The same timers in the queue and in a map, which keeps equal deadlines in their order.
class Pair {
public:
  void add(std::int64_t when) {
    Timers.push_back(std::make_unique<Numbered>(static_cast<int>(Timers.size())));
    Queue.add(*Timers.back(), at(when));
    Expected.emplace(at(when), Timers.back().get());
  }
  void removeNth(std::size_t n) {
    auto found = std::next(Expected.begin(), static_cast<std::ptrdiff_t>(n % Expected.size()));
    EXPECT_TRUE(found->second->armed());
    Queue.remove(*found->second);
    EXPECT_FALSE(found->second->armed());
    Expected.erase(found);
  }
  void popUntil(time_point now) {
    while (!Expected.empty() && Expected.begin()->first <= now) {
      EXPECT_LE(Queue.next_look(), Expected.begin()->first);
      const detail::timer *popped = Queue.pop(now);
      ASSERT_EQ(popped, Expected.begin()->second);
      EXPECT_FALSE(popped->armed());
      Expected.erase(Expected.begin());
    }
    EXPECT_EQ(Queue.pop(now), nullptr);
    EXPECT_EQ(Queue.size(), Expected.size());
  }

  std::vector<std::unique_ptr<Numbered>> Timers;
  std::multimap<time_point, Numbered *> Expected;
  detail::timer_queue Queue;
};

TEST(TimerQueue, GivesEachAtItsTimeAsASortedMapDoes) {
  for (const int scale : {4, 12, 20, 28, 36, 44, 52, 60}) {
    Pair both;
    std::mt19937_64 random(static_cast<unsigned>(scale));
    std::int64_t now = 0;
    for (int i = 0; i < 4000; ++i) {
      const std::uint64_t roll = random();
      const auto delay = static_cast<std::int64_t>(random() >> (63 - random() % scale));
      if (roll % 8 < 5)
        both.add(roll % 8 ? now + delay : now - delay / 2);
      else if (roll % 8 < 7 && !both.Expected.empty())
        both.removeNth(random());
      else if (now < std::int64_t{1} << 61)
        both.popUntil(at(now += delay / 4));
    }
    both.popUntil(time_point::max());
    EXPECT_TRUE(both.Queue.empty());
  }
}

TEST(TimerQueue, KeepsTheOrderOfEqualDeadlinesWhateverTheWayTheyCame) {
  Pair both;
  const std::int64_t when = 3'600'000'000'000;
  for (std::int64_t now = 0; now < when; now = (now + when) / 2 + 1) {
    both.popUntil(at(now));
    both.add(when);
    both.add(when);
  }
  both.popUntil(at(when - 1));
  both.popUntil(at(when));
  EXPECT_TRUE(both.Queue.empty());
}

TEST(TimerQueue, TakesDeadlinesBeforeTheEpochAndAtTheEndOfTime) {
  Pair both;
  both.add(time_point::max().time_since_epoch().count());
  both.add(time_point::min().time_since_epoch().count());
  both.add(-1);
  both.add(0);
  both.popUntil(at(-2));
  both.popUntil(at(0));
  EXPECT_EQ(both.Queue.size(), 1u);
  EXPECT_EQ(both.Queue.next_look(), time_point::max());
  EXPECT_EQ(both.Queue.pop_any(), both.Timers.front().get());
}

TEST(TimerQueue, CountsDelaysFromWhenTheyAreSettled) {
  detail::timer_queue queue;
  Numbered delayed(0), fixed(1), gone(2);
  queue.add(delayed, duration(100));
  queue.add(gone, duration(1));
  queue.add(fixed, at(150));
  EXPECT_TRUE(delayed.armed());
  EXPECT_TRUE(delayed.waits_for_clock());
  queue.remove(gone);
  EXPECT_FALSE(gone.armed());
  queue.settle(at(40));
  queue.settle(at(90));
  EXPECT_FALSE(delayed.waits_for_clock());
  EXPECT_EQ(delayed.deadline(), at(140));
  EXPECT_EQ(queue.next_look(), at(140));
  EXPECT_EQ(queue.pop(at(149)), &delayed);
  EXPECT_EQ(queue.pop(at(149)), nullptr);
  EXPECT_EQ(queue.pop_any(), &fixed);
}

TEST(TimerQueue, GivesUpDelaysThatNobodyHasSettled) {
  detail::timer_queue queue;
  Numbered delayed(0);
  queue.add(delayed, duration(100));
  EXPECT_EQ(queue.pop_any(), &delayed);
  EXPECT_FALSE(delayed.armed());
  EXPECT_TRUE(queue.empty());
}

TEST(TimerQueue, KnowsTheExactTimeOfTheFirstThatIsFar) {
  Pair both;
  both.add(7'000'000'000);
  both.add(5'000'000'001);
  EXPECT_EQ(both.Queue.next_look(), at(5'000'000'001));
  both.popUntil(at(4'999'999'999));
  EXPECT_EQ(both.Queue.next_look(), at(5'000'000'001));
}

} // namespace
} // namespace abide::test
