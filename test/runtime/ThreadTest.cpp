//===- ThreadTest.cpp - Executors, and coroutines from other threads ------===//

#include "Virtual.h"
#include "gtest/gtest.h"
#include <thread>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

TEST(ToThread, RunsElsewhereAndComesBack) {
  auto main = []() -> task<> {
    const auto here = std::this_thread::get_id();
    int calls = 0;
    auto [there, sum] = co_await to_thread([&calls, a = 1, b = 2] {
      ++calls;
      return std::pair(std::this_thread::get_id(), a + b);
    });
    EXPECT_NE(here, there);
    EXPECT_EQ(sum, 3);
    EXPECT_EQ(calls, 1);
    co_await to_thread([] {});
    auto owned = co_await to_thread([] { return std::make_unique<int>(4); });
    EXPECT_EQ(*owned, 4);
  };
  abide::run(main());
}

TEST(ToThread, BringsTheExceptionBack) {
  auto main = []() -> task<> {
    EXPECT_THROW(co_await to_thread([]() -> int { throw std::out_of_range("x"); }),
                 std::out_of_range);
  };
  abide::run(main());
}

TEST(ToThread, RunsSideBySide) {
  auto main = []() -> task<> {
    std::atomic<int> calls{0};
    std::vector<future<>> all;
    for (int i = 0; i < 10; ++i)
      all.push_back(to_thread([&] { ++calls; }));
    co_await gather(std::move(all));
    EXPECT_EQ(calls, 10);
  };
  abide::run(main());
}

TEST(Executor, MayBeYours) {
  struct inline_executor final : executor {
    void submit(std::function<void()> job) override {
      ++jobs;
      job();
    }
    bool shutdown(duration) override { return true; }
    int jobs = 0;
  };
  loop l;
  EXPECT_THROW(l.set_default_executor(nullptr), invalid_argument);
  auto mine = std::make_shared<inline_executor>();
  l.set_default_executor(mine);
  EXPECT_EQ(l.run_until_complete(l.run_in_executor(nullptr, [] { return 1; })), 1);
  EXPECT_EQ(mine->jobs, 1);
  thread_pool pool(1);
  EXPECT_EQ(l.run_until_complete(l.run_in_executor(&pool, [] { return 2; })), 2);
  EXPECT_EQ(mine->jobs, 1);
}

TEST(Executor, PostsNothingToAClosedLoop) {
  thread_pool pool(1);
  std::atomic<bool> begun{false}, ran{false};
  {
    loop l;
    auto job = l.run_in_executor(&pool, [&] {
      begun = true;
      std::this_thread::sleep_for(50ms);
      ran = true;
      return std::make_unique<int>(1);
    });
    while (!begun)
      std::this_thread::yield();
    EXPECT_TRUE(job.cancel());
    l.stop();
    l.run_forever();
    l.close();
  }
  EXPECT_TRUE(pool.shutdown(5s));
  EXPECT_TRUE(ran);
}

TEST(Executor, DropsAJobThatIsCancelledBeforeItBegins) {
  thread_pool pool(1);
  loop l;
  std::atomic<bool> go{false};
  auto first = l.run_in_executor(&pool, [&] {
    while (!go)
      std::this_thread::yield();
  });
  auto second = l.run_in_executor(&pool, [] { ADD_FAILURE(); });
  second.cancel();
  l.stop();
  l.run_forever();
  go = true;
  l.run_until_complete(first);
  EXPECT_TRUE(second.cancelled());
}

TEST(Executor, RefusesJobsAfterItsEnd) {
  auto main = []() -> task<> {
    co_await to_thread([] {});
    co_await running_loop().shutdown_default_executor();
    EXPECT_THROW((void)to_thread([] {}), invalid_state);
  };
  abide::run(main());
}

TEST(Executor, ShutdownLosesItsPatience) {
  std::atomic<bool> go{false};
  std::atomic<bool> over{false};
  std::vector<report> reports;
  {
    loop l;
    l.set_exception_handler([&](loop &, const report &what) { reports.push_back(what); });
    auto stuck = l.run_in_executor(nullptr, [&] {
      while (!go)
        std::this_thread::sleep_for(1ms);
      over = true;
    });
    l.run_until_complete(l.shutdown_default_executor(10ms));
    l.close();
  }
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].level, severity::warning);
  EXPECT_NE(reports[0].message.find("default executor"), std::string::npos);
  go = true;
  while (!over)
    std::this_thread::yield();
  std::this_thread::sleep_for(10ms);
}

// --- coroutines from threads -------------------------------------------------------------

task<int> add(int a, int b, bool fail = false, bool cancel = false) {
  if (cancel) {
    current_task().cancel();
    co_await sleep(0s);
  }
  co_await sleep(20ms);
  if (fail)
    throw std::out_of_range("Fail!");
  co_return a + b;
}

/// Runs `use` on another thread while the loop runs here.
template <class F> void fromThread(F use) {
  loop l;
  l.set_exception_handler([](loop &, const report &what) { ADD_FAILURE() << to_string(what); });
  std::thread other([&] {
    use(l);
    l.call_soon_threadsafe([&] { l.stop(); });
  });
  l.run_forever();
  other.join();
  EXPECT_TRUE(l.all_tasks().empty());
}

TEST(Threadsafe, GivesTheResultToTheThread) {
  fromThread([](loop &l) {
    auto f = run_coroutine_threadsafe(add(1, 2), l);
    EXPECT_EQ(f.get(), 3);
    EXPECT_TRUE(f.done());
    EXPECT_FALSE(f.cancelled());
    EXPECT_FALSE(f.cancel());
  });
}

TEST(Threadsafe, ThrowsTheExceptionToTheThread) {
  fromThread([](loop &l) {
    auto f = run_coroutine_threadsafe(add(1, 2, true), l);
    EXPECT_THROW(f.get(), std::out_of_range);
  });
}

TEST(Threadsafe, WaitsForALimitedTime) {
  fromThread([](loop &l) {
    auto forever = []() -> task<> { co_await sleep(1h); };
    auto f = run_coroutine_threadsafe(forever(), l);
    EXPECT_THROW(f.get(5ms), timeout_error);
    EXPECT_FALSE(f.done());
    EXPECT_TRUE(f.cancel());
    EXPECT_TRUE(f.cancelled());
    EXPECT_THROW(f.get(), cancelled_error);
    EXPECT_EQ(run_coroutine_threadsafe(add(0, 0), l).get(), 0) << "and the task ends meanwhile";
  });
}

TEST(Threadsafe, SeesTheCancellationOfTheTask) {
  fromThread([](loop &l) {
    auto f = run_coroutine_threadsafe(add(1, 2, false, true), l);
    EXPECT_THROW(f.get(), cancelled_error);
    EXPECT_TRUE(f.cancelled());
  });
}

TEST(Threadsafe, ReportsWhatCannotBeSpawned) {
  fromThread(
      [](loop &l) { EXPECT_THROW(run_coroutine_threadsafe(task<int>(), l).get(), invalid_state); });
  loop closed;
  closed.close();
  EXPECT_THROW((void)run_coroutine_threadsafe(add(1, 2), closed), loop_closed);
}

TEST(Threadsafe, IsCancelledWithTheLoop) {
  std::optional<thread_future<int>> started, waiting;
  {
    VirtualLoop l;
    started = run_coroutine_threadsafe(add(1, 2), l.loop);
    l.once();
    waiting = run_coroutine_threadsafe(add(1, 2), l.loop);
  }
  EXPECT_THROW(started->get(), cancelled_error);
  EXPECT_THROW(waiting->get(), cancelled_error);
}

TEST(WrapFuture, MakesTheResultOfAThreadAwaitable) {
  loop other;
  std::thread thread([&] { other.run_forever(); });
  auto main = [&]() -> task<> {
    EXPECT_EQ(co_await wrap_future(run_coroutine_threadsafe(add(1, 2), other)), 3);
    EXPECT_THROW(co_await wrap_future(run_coroutine_threadsafe(add(1, 2, true), other)),
                 std::out_of_range);
    EXPECT_THROW(co_await wrap_future(run_coroutine_threadsafe(add(1, 2, false, true), other)),
                 cancelled_error);
    auto done = run_coroutine_threadsafe(add(4, 4), other);
    EXPECT_EQ(done.get(), 8);
    EXPECT_EQ(co_await wrap_future(done), 8);
  };
  abide::run(main());
  other.call_soon_threadsafe([&] { other.stop(); });
  thread.join();
}

TEST(WrapFuture, CancelledCancelsTheThread) {
  loop other;
  std::thread thread([&] { other.run_forever(); });
  auto main = [&]() -> task<> {
    auto forever = []() -> task<> { co_await sleep(1h); };
    auto there = run_coroutine_threadsafe(forever(), other);
    auto here = wrap_future(there);
    EXPECT_TRUE(here.cancel());
    EXPECT_THROW(co_await here, cancelled_error);
    co_await sleep(0s);
    EXPECT_TRUE(there.cancelled());
    auto late = run_coroutine_threadsafe(add(1, 2), other);
    auto ignored = wrap_future(late);
    while (!late.done())
      std::this_thread::yield();
    EXPECT_TRUE(ignored.cancel()) << "the result is on its way";
    co_await sleep(1ms);
    EXPECT_TRUE(ignored.cancelled());
    EXPECT_EQ(late.get(), 3);
  };
  abide::run(main());
  other.call_soon_threadsafe([&] { other.stop(); });
  thread.join();
}

} // namespace
} // namespace abide::test
