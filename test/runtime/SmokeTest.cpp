#include "Virtual.h"
#include "gtest/gtest.h"

using namespace std::chrono_literals;

namespace abide::test {
namespace {

task<int> number(int n) { co_return n; }
task<int> sum(int count) {
  int total = 0;
  for (int i = 0; i < count; ++i)
    total += co_await number(1);
  co_return total;
}
task<int> main_task() {
  auto a = create_task(number(1));
  co_await sleep(1s);
  auto b = create_task(sum(1000000));
  co_return co_await a + co_await b;
}

TEST(Smoke, Runs) {
  VirtualLoop l;
  EXPECT_EQ(l.run(main_task()), 1000001);
  EXPECT_EQ(l.seconds(), 1.0);
  EXPECT_TRUE(l.reports.empty());
}

task<> cancelled() { co_await sleep(10s); }
task<bool> cancels() {
  auto t = create_task(cancelled());
  co_await sleep(1s);
  t.cancel();
  try {
    co_await t;
  } catch (const cancelled_error &) {
    co_return t.cancelled();
  }
  co_return false;
}
TEST(Smoke, Cancels) {
  VirtualLoop l;
  EXPECT_TRUE(l.run(cancels()));
  EXPECT_EQ(l.seconds(), 1.0);
}
TEST(Smoke, DestroysPending) {
  VirtualLoop l;
  auto t = l.loop.create_task(cancels());
  l.rounds(3);
  l.loop.close();
  EXPECT_EQ(l.reports.size(), 2u);
  EXPECT_TRUE(t.cancelled());
}
TEST(Smoke, Executor) {
  loop l;
  EXPECT_EQ(l.run_until_complete(l.run_in_executor(nullptr, [] { return 42; })), 42);
}
} // namespace
} // namespace abide::test
