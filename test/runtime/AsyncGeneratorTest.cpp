//===- AsyncGeneratorTest.cpp - Coroutines that give many values ----------===//

#include "Virtual.h"
#include "gtest/gtest.h"
#include <thread>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

using numbers = std::vector<int>;

async_generator<int> count(int n) {
  for (int i = 1; i <= n; ++i) {
    co_await sleep(1s);
    co_yield i;
  }
}
async_generator<int> ready(int n) {
  for (int i = 1; i <= n; ++i)
    co_yield i;
}
struct noted {
  ~noted() { *ended = true; }
  bool *ended;
};
async_generator<int> noting(bool &ended, bool &handled) {
  const noted at_end{&ended};
  bool closing = false;
  try {
    for (int i = 1;; ++i)
      co_yield i;
  } catch (const generator_exit &) {
    closing = true;
  }
  if (closing) {
    co_await sleep(1s);
    handled = true;
  }
}

TEST(AsyncGenerator, GivesOneValueAfterTheOther) {
  VirtualLoop l;
  auto main = []() -> task<numbers> {
    numbers out;
    auto all = count(3);
    while (auto one = co_await all.next())
      out.push_back(*one);
    EXPECT_FALSE(co_await all.next());
    co_return out;
  };
  EXPECT_EQ(l.run(main()), (numbers{1, 2, 3}));
  EXPECT_EQ(l.seconds(), 3);
}

TEST(AsyncGenerator, HasIterators) {
  VirtualLoop l;
  auto main = []() -> task<numbers> {
    numbers out;
    auto all = ready(3);
    for (auto it = co_await all.begin(); it != all.end(); co_await ++it)
      out.push_back(*it);
    co_return out;
  };
  EXPECT_EQ(l.run(main()), (numbers{1, 2, 3}));
}

TEST(AsyncGenerator, GivesReferencesAndWhatOnlyMoves) {
  VirtualLoop l;
  auto owned = []() -> async_generator<std::unique_ptr<int>> { co_yield std::make_unique<int>(7); };
  int value = 1;
  auto refers = [&]() -> async_generator<int &> { co_yield value; };
  auto main = [&]() -> task<> {
    auto a = owned();
    const auto got = co_await a.next();
    EXPECT_EQ(**got, 7);
    auto b = refers();
    int *one = co_await b.next();
    EXPECT_EQ(one, &value);
    EXPECT_EQ(co_await b.next(), nullptr);
  };
  l.run(main());
}

TEST(AsyncGenerator, DoesNotGrowTheStack) {
  VirtualLoop l;
  auto main = []() -> task<long> {
    long sum = 0;
    auto all = ready(300000);
    while (auto one = co_await all.next())
      sum += *one;
    co_return sum;
  };
  EXPECT_EQ(l.run(main()), 300000L * 300001 / 2);
}

TEST(AsyncGenerator, TakesWhatIsSent) {
  VirtualLoop l;
  auto echo = []() -> async_generator<int, int> {
    int last = 0;
    while (last >= 0) {
      const std::optional<int> sent = co_yield last;
      last = sent ? *sent * 2 : -1;
    }
  };
  auto main = [&]() -> task<> {
    auto all = echo();
    EXPECT_EQ(*co_await all.next(), 0);
    EXPECT_EQ(*co_await all.send(4), 8);
    EXPECT_EQ(*co_await all.send(5), 10);
    EXPECT_FALSE(co_await all.next());
  };
  l.run(main());
}

TEST(AsyncGenerator, EndsWithAnException) {
  VirtualLoop l;
  auto fails = []() -> async_generator<int> {
    co_yield 1;
    throw std::runtime_error("no");
  };
  auto main = [&]() -> task<> {
    auto all = fails();
    EXPECT_EQ(*co_await all.next(), 1);
    EXPECT_THROW(co_await all.next(), std::runtime_error);
    EXPECT_FALSE(co_await all.next());
  };
  l.run(main());
}

TEST(AsyncGenerator, TakesExceptions) {
  VirtualLoop l;
  auto stubborn = []() -> async_generator<int> {
    for (int i = 1;; ++i) {
      try {
        co_yield i;
      } catch (const std::runtime_error &) {
        i = 100;
      }
    }
  };
  auto main = [&]() -> task<> {
    auto all = stubborn();
    EXPECT_EQ(*co_await all.next(), 1);
    EXPECT_EQ(*co_await all.athrow(std::runtime_error("no")), 101);
    EXPECT_THROW(co_await all.athrow(std::logic_error("no")), std::logic_error);
    EXPECT_FALSE(co_await all.next());
    auto unborn = stubborn();
    EXPECT_THROW(co_await unborn.athrow(std::runtime_error("no")), std::runtime_error);
    EXPECT_FALSE(co_await unborn.next());
  };
  l.run(main());
}

TEST(AsyncGenerator, IsClosed) {
  VirtualLoop l;
  bool ended = false, handled = false;
  auto main = [&]() -> task<> {
    auto all = noting(ended, handled);
    co_await all.next();
    co_await all.aclose();
    EXPECT_TRUE(ended && handled);
    co_await all.aclose();
    EXPECT_FALSE(co_await all.next());
    auto unborn = noting(ended, handled);
    co_await unborn.aclose();
    EXPECT_FALSE(co_await unborn.next());
    auto stubborn = []() -> async_generator<int> {
      try {
        co_yield 1;
      } catch (const generator_exit &) {
      }
      co_yield 2;
    };
    auto refuses = stubborn();
    co_await refuses.next();
    EXPECT_THROW(co_await refuses.aclose(), invalid_state);
    EXPECT_FALSE(co_await refuses.next());
  };
  l.run(main());
}

TEST(AsyncGenerator, IsClosedByItsScope) {
  VirtualLoop l;
  auto main = []() -> task<> {
    for (const bool fails : {false, true}) {
      bool ended = false, handled = false;
      auto body = [&](async_generator<int> &all) -> task<int> {
        const auto one = co_await all.next();
        if (fails)
          throw std::runtime_error("no");
        co_return *one;
      };
      try {
        const int got = co_await aclosing(noting(ended, handled)).run(body);
        EXPECT_EQ(got, 1);
        EXPECT_FALSE(fails);
      } catch (const std::runtime_error &) {
        EXPECT_TRUE(fails);
      }
      EXPECT_TRUE(ended && handled);
    }
  };
  l.run(main());
}

TEST(AsyncGenerator, RunsInOneTaskAtATime) {
  VirtualLoop l;
  auto all = count(2);
  auto ask = [&]() -> task<int> {
    const auto one = co_await all.next();
    co_return one.value_or(0);
  };
  auto a = l.loop.create_task(ask()), b = l.loop.create_task(ask());
  l.once();
  EXPECT_THROW(b.result(), invalid_state);
  EXPECT_EQ(l.loop.run_until_complete(a), 1);
}

TEST(AsyncGenerator, CanBeCancelled) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto all = count(2);
    EXPECT_THROW(co_await wait_for(all.next(), 100ms), timeout_error);
    EXPECT_FALSE(co_await all.next());
  };
  l.run(main());
}

TEST(AsyncGenerator, DiesWithItsLastOwner) {
  VirtualLoop l;
  bool ended = false, handled = false;
  auto main = [&]() -> task<> {
    {
      auto all = noting(ended, handled);
      co_await all.next();
    }
    EXPECT_TRUE(ended);
    EXPECT_FALSE(handled);
    const auto unborn = noting(ended, handled);
  };
  l.run(main());
}

TEST(AsyncGenerator, DiesOnTheThreadOfItsLoop) {
  std::thread::id died;
  struct tells {
    ~tells() { *where = std::this_thread::get_id(); }
    std::thread::id *where;
  };
  auto body = [&]() -> async_generator<int> {
    const tells at_end{&died};
    for (;;)
      co_yield 1;
  };
  VirtualLoop l;
  auto main = [&]() -> task<> {
    auto all = body();
    co_await all.next();
    std::thread other(
        [moved = std::move(all)]() mutable { const auto dropped = std::move(moved); });
    other.join();
    EXPECT_EQ(died, std::thread::id());
    co_await sleep(1s);
    EXPECT_EQ(died, std::this_thread::get_id());
  };
  l.run(main());
}

TEST(AsyncGenerator, OutlivesItsObjectWhileItRuns) {
  VirtualLoop l;
  auto all = std::make_unique<async_generator<int>>(count(2));
  auto ask = [&]() -> task<int> {
    const auto one = co_await all->next();
    co_return one.value_or(0);
  };
  auto t = l.loop.create_task(ask());
  l.once();
  all.reset();
  EXPECT_EQ(l.loop.run_until_complete(t), 1);
}

TEST(AsyncGenerator, OutlivesItsLoop) {
  auto all = count(2);
  bool ended = false, handled = false;
  auto idle = noting(ended, handled);
  {
    VirtualLoop l;
    auto ask = [&]() -> task<> {
      co_await idle.next();
      co_await all.next();
    };
    l.loop.create_task(ask());
    l.once();
    l.loop.close();
  }
  EXPECT_EQ(all.promise(), nullptr) << "it died with the task that ran it";
  EXPECT_FALSE(ended);
}

TEST(AsyncGenerator, RunClosesThoseThatAreOpen) {
  VirtualLoop l;
  bool ended = false, handled = false, task_ended = false;
  auto all = noting(ended, handled);
  auto failing = []() -> async_generator<int> {
    try {
      co_yield 1;
    } catch (const generator_exit &) {
      throw std::runtime_error("no");
    }
  };
  auto fails = failing();
  auto hanging = [&]() -> task<> {
    try {
      co_await sleep(24h);
    } catch (...) {
      EXPECT_FALSE(ended) << "tasks end first";
      task_ended = true;
      throw;
    }
  };
  auto main = [&]() -> task<> {
    co_await all.next();
    co_await fails.next();
    const auto left = create_task(hanging());
    co_await sleep(1s);
  };
  std::vector<report> reports;
  {
    runner r({.waits = std::make_unique<virtual_poller>()});
    r.get_loop().set_exception_handler(
        [&](loop &, const report &what) { reports.push_back(what); });
    r.run(main());
  }
  EXPECT_TRUE(ended && handled && task_ended);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].message, "closing an async generator failed");
}

TEST(AsyncGenerator, IsReportedWhenBegunTooLate) {
  VirtualLoop l;
  l.run(l.loop.shutdown_asyncgens());
  auto all = ready(1);
  auto main = [&]() -> task<> { co_await all.next(); };
  l.run(main());
  ASSERT_EQ(l.reports.size(), 1u);
  EXPECT_NE(l.reports[0].message.find("after shutdown_asyncgens()"), std::string::npos);
}

} // namespace
} // namespace abide::test
