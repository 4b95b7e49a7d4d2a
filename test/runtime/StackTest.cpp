//===- StackTest.cpp - A million awaits do not grow the stack -------------===//

#include "Virtual.h"
#include "gtest/gtest.h"

using namespace std::chrono_literals;

namespace abide::test {
namespace {

task<int> number(int n) { co_return n; }

TEST(Stack, AMillionReadyAwaits) {
  VirtualLoop l;
  auto sum = []() -> task<int> {
    int total = 0;
    for (int i = 0; i < 1000000; ++i)
      total += co_await number(1);
    co_return total;
  };
  EXPECT_EQ(l.run(sum()), 1000000);
}

TEST(Stack, AMillionReadyFutures) {
  VirtualLoop l;
  auto sum = []() -> task<int> {
    auto ready = make_future<int>();
    ready.set_result(1);
    int total = 0;
    for (int i = 0; i < 1000000; ++i)
      total += co_await ready;
    co_return total;
  };
  EXPECT_EQ(l.run(sum()), 1000000);
}

TEST(Stack, AMillionAwaitsThatSuspend) {
  VirtualLoop l;
  l.loop.set_poll_interval(64);
  auto pause = []() -> task<int> {
    co_await sleep(0s);
    co_return 1;
  };
  auto sum = [&]() -> task<int> {
    int total = 0;
    for (int i = 0; i < 1000000; ++i)
      total += co_await pause();
    co_return total;
  };
  EXPECT_EQ(l.run(sum()), 1000000);
}

task<int> failing() {
  throw std::runtime_error("no");
  co_return 0;
}

TEST(Stack, ManyAwaitsThatThrow) {
  VirtualLoop l;
  auto count = []() -> task<int> {
    int caught = 0;
    for (int i = 0; i < 20000; ++i) {
      try {
        co_await failing();
      } catch (const std::runtime_error &) {
        ++caught;
      }
    }
    co_return caught;
  };
  EXPECT_EQ(l.run(count()), 20000);
}

} // namespace
} // namespace abide::test
