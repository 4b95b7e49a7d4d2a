//===- TaskTest.cpp - Tasks and their cancellation ------------------------===//

#include "Virtual.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

task<int> give(int n) { co_return n; }
task<> nap(duration d) { co_await sleep(d); }

TEST(Task, RunsACoroutineToItsEnd) {
  VirtualLoop l;
  auto inner1 = []() -> task<int> {
    co_await sleep(1s);
    co_return 40;
  };
  auto inner2 = []() -> task<int> { co_return 2; };
  auto outer = [&]() -> task<int> {
    const int a = co_await inner1();
    co_return a + co_await inner2();
  };
  auto t = l.loop.create_task(outer());
  EXPECT_FALSE(t.done());
  EXPECT_EQ(l.loop.run_until_complete(t), 42);
  EXPECT_TRUE(t.done());
  EXPECT_EQ(t.result(), 42);
  EXPECT_FALSE(t.cancelled());
}

TEST(Task, NeverRunsWhenDropped) {
  const ReportsWanted wanted;
  bool ran = false;
  auto body = [&]() -> task<> {
    ran = true;
    co_return;
  };
  {
    const task<> dropped = body();
    task<> dismissed = body();
    dismissed.dismiss();
    EXPECT_FALSE(dismissed);
  }
  EXPECT_FALSE(ran);
}

TEST(Task, CannotBeAwaitedTwice) {
  VirtualLoop l;
  auto main = []() -> task<> {
    task<int> once = give(1);
    EXPECT_TRUE(once);
    EXPECT_EQ(co_await std::move(once), 1);
    EXPECT_FALSE(once);
    EXPECT_THROW(co_await std::move(once), invalid_state);
    EXPECT_THROW(create_task(std::move(once)), invalid_state);
  };
  l.run(main());
}

TEST(Task, ASpawnedTaskIsAFuture) {
  VirtualLoop l;
  auto main = []() -> task<> {
    spawned<int> t = create_task(give(3));
    const future<int> f = t;
    EXPECT_EQ(f, t);
    EXPECT_EQ(co_await f, 3);
    EXPECT_EQ(co_await t, 3);
    EXPECT_EQ(co_await create_task(give(4)), 4);
    const any_future any = t;
    co_await any;
    auto [a, b] = co_await gather(f, t);
    EXPECT_EQ(a + b, 6);
  };
  l.run(main());
}

TEST(Task, HasAPrintableForm) {
  VirtualLoop l;
  const future<> gate = l.loop.create_future();
  auto inner = [&]() -> task<> { co_await gate; };
  const int line = __LINE__ - 1;
  auto outer = [&]() -> task<> { co_await inner(); };
  auto t = l.loop.create_task(outer(), {.name = "it"});
  EXPECT_EQ(to_string(t),
            "<task 'it', pending, spawned at TaskTest.cpp:" + std::to_string(__LINE__ - 2) + ">");
  l.once();
  EXPECT_NE(to_string(t).find(", at TaskTest.cpp:" + std::to_string(line)), std::string::npos)
      << to_string(t);
  t.cancel();
  EXPECT_NE(to_string(t).find("cancelling"), std::string::npos);
  l.once();
  EXPECT_NE(to_string(t).find("'it', cancelled"), std::string::npos);
  auto f = l.loop.create_task(give(1));
  EXPECT_EQ(l.loop.run_until_complete(f), 1);
  EXPECT_NE(to_string(f).find("finished"), std::string::npos);
}

TEST(Task, HasAName) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto a = create_task(give(1));
    auto b = create_task(give(1));
    auto named = create_task(give(1), {.name = "worker"});
    EXPECT_EQ(a.name(), "Task-2");
    EXPECT_EQ(b.name(), "Task-3");
    EXPECT_EQ(named.name(), "worker");
    named.set_name("other");
    EXPECT_EQ(named.name(), "other");
    EXPECT_EQ(current_task().name(), "Task-1");
    co_await gather(a, b, named);
  };
  l.run(main());
}

TEST(Task, IsDestroyedWhenSpawningFails) {
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> alive = owned;
  auto body = [](std::shared_ptr<int>) -> task<> { co_return; };
  task<> pending = body(std::move(owned));
  EXPECT_FALSE(alive.expired());
  EXPECT_THROW(create_task(std::move(pending)), no_running_loop);
  pending = {};
  EXPECT_TRUE(alive.expired());
  VirtualLoop l;
  l.loop.close();
  EXPECT_THROW(l.loop.create_task(give(1)), loop_closed);
  EXPECT_TRUE(l.reports.empty());
}

TEST(Task, ThrowsThroughAwaits) {
  VirtualLoop l;
  auto inner = []() -> task<> {
    co_await sleep(1s);
    throw std::runtime_error("deep");
  };
  auto middle = [&]() -> task<> { co_await inner(); };
  auto outer = [&]() -> task<std::string> {
    std::string said;
    try {
      co_await middle();
    } catch (const std::runtime_error &e) {
      said = e.what();
    }
    co_await sleep(1s);
    co_return said;
  };
  EXPECT_EQ(l.run(outer()), "deep");
}

TEST(Task, CannotAwaitAFutureOfAnotherLoop) {
  VirtualLoop l;
  VirtualLoop other;
  const future<int> foreign = other.loop.create_future<int>();
  auto main = [&]() -> task<> {
    EXPECT_THROW(co_await foreign, wrong_loop);
    co_await sleep(1s);
  };
  l.run(main());
}

TEST(Task, CannotAwaitItself) {
  VirtualLoop l;
  spawned<> self;
  auto main = [&]() -> task<> { co_await self; };
  self = l.loop.create_task(main());
  EXPECT_THROW(l.loop.run_until_complete(self), invalid_state);
}

TEST(Task, CannotBeSetByHand) {
  VirtualLoop l;
  auto t = l.loop.create_task(give(1));
  const future<int> f = t;
  EXPECT_THROW(f.set_result(2), invalid_state);
  EXPECT_THROW(f.set_exception(std::runtime_error("x")), invalid_state);
  EXPECT_EQ(l.loop.run_until_complete(t), 1);
}

TEST(Task, KnowsItself) {
  VirtualLoop l;
  EXPECT_THROW(current_task(), no_running_loop);
  EXPECT_THROW(all_tasks(), no_running_loop);
  EXPECT_THROW(running_loop(), no_running_loop);
  spawned<> t;
  auto main = [&]() -> task<> {
    EXPECT_EQ(current_task(), t);
    EXPECT_EQ(&running_loop(), &l.loop);
    running_loop().call_soon([] { EXPECT_FALSE(current_task()); });
    co_await sleep(1s);
    EXPECT_EQ(current_task(), t);
  };
  t = l.loop.create_task(main());
  l.loop.run_until_complete(t);
  EXPECT_TRUE(l.reports.empty());
}

TEST(Task, KnowsItselfAcrossSwitches) {
  VirtualLoop l;
  spawned<> a, b;
  auto body = [](spawned<> &self) -> task<> {
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(current_task(), self);
      co_await sleep(0s);
    }
  };
  a = l.loop.create_task(body(a));
  b = l.loop.create_task(body(b));
  auto both = [&]() -> task<> { co_await gather(a, b); };
  l.run(both());
}

TEST(Task, ListsAllTasks) {
  VirtualLoop l;
  auto main = [&]() -> task<> {
    auto a = create_task(nap(1s), {.name = "a"});
    auto b = create_task(nap(2s), {.name = "b"});
    std::string names;
    for (const any_task &t : all_tasks())
      names += t.name() + " ";
    EXPECT_EQ(names, "Task-1 a b ");
    co_await a;
    EXPECT_EQ(all_tasks().size(), 2u);
    co_await b;
    EXPECT_EQ(all_tasks().size(), 1u);
  };
  l.run(main());
  EXPECT_TRUE(l.loop.all_tasks().empty());
}

// --- sleep -----------------------------------------------------------------------

TEST(Sleep, GivesItsValueAfterTheDelay) {
  VirtualLoop l;
  auto sleeper = [](double seconds) -> task<std::string> {
    co_await sleep(std::chrono::duration<double>(seconds / 2));
    co_return co_await sleep(std::chrono::duration<double>(seconds / 2), std::string("yeah"));
  };
  EXPECT_EQ(l.run(sleeper(0.5)), "yeah");
  EXPECT_EQ(l.seconds(), 0.5);
}

TEST(Sleep, OfZeroYieldsExactlyOnce) {
  VirtualLoop l;
  int result = 0;
  l.loop.call_soon([&] { result = 1; });
  auto main = [&]() -> task<int> {
    EXPECT_EQ(result, 1); // the callback was first
    l.loop.call_soon([&] { result = 2; });
    co_await sleep(0s);
    EXPECT_EQ(result, 2);
    l.loop.call_soon([&] { l.loop.call_soon([&] { result = 3; }); });
    co_await sleep(-1s);
    co_return result;
  };
  EXPECT_EQ(l.run(main()), 2);
  EXPECT_EQ(l.seconds(), 0);
}

TEST(Sleep, RefusesADelayThatIsNoNumber) {
  VirtualLoop l;
  auto main = []() -> task<> {
    EXPECT_THROW(co_await sleep(std::chrono::duration<double>(std::nan(""))), invalid_argument);
  };
  l.run(main());
}

TEST(Sleep, IsCancelledAtOnceWithItsTimer) {
  VirtualLoop l;
  auto t = l.loop.create_task(nap(10s));
  l.once();
  EXPECT_EQ(l.loop.core().timer_count(), 1u);
  EXPECT_TRUE(t.cancel());
  EXPECT_EQ(l.loop.core().timer_count(), 0u);
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
  EXPECT_TRUE(t.cancelled());
  EXPECT_EQ(l.seconds(), 0);
}

TEST(Sleep, NeedsATask) {
  EXPECT_THROW(
      {
        auto s = sleep(1s);
        auto waiting = s.operator co_await();
        waiting.await_suspend(std::noop_coroutine());
      },
      no_running_loop);
}

// --- cancellation ------------------------------------------------------------------

TEST(Cancel, IsThrownWhereTheTaskIsSuspended) {
  VirtualLoop l;
  std::string seen;
  auto body = [&]() -> task<int> {
    try {
      co_await sleep(10s);
    } catch (const cancelled_error &) {
      seen = "cancelled";
      throw;
    }
    co_return 12;
  };
  auto t = l.loop.create_task(body());
  l.once();
  EXPECT_TRUE(t.cancel());
  EXPECT_FALSE(t.cancelled()) << "not yet";
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
  EXPECT_TRUE(t.done());
  EXPECT_TRUE(t.cancelled());
  EXPECT_EQ(seen, "cancelled");
  EXPECT_FALSE(t.cancel());
  EXPECT_THROW(t.result(), cancelled_error);
}

TEST(Cancel, BeforeTheFirstStepNeverRunsTheBody) {
  VirtualLoop l;
  bool ran = false;
  auto body = [&]() -> task<> {
    ran = true;
    co_return;
  };
  auto t = l.loop.create_task(body());
  t.cancel();
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
  EXPECT_FALSE(ran);
}

TEST(Cancel, IsThrownAtAYield) {
  VirtualLoop l;
  auto body = []() -> task<int> {
    co_await sleep(0s);
    co_await sleep(0s);
    co_return 12;
  };
  auto t = l.loop.create_task(body());
  l.once();
  t.cancel();
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
  EXPECT_TRUE(t.cancelled());
}

TEST(Cancel, OfTheAwaitedFutureCancelsTheTask) {
  VirtualLoop l;
  const future<int> f = l.loop.create_future<int>();
  auto body = [&]() -> task<int> { co_return co_await f; };
  auto t = l.loop.create_task(body());
  l.once();
  f.cancel();
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
  EXPECT_TRUE(f.cancelled());
  EXPECT_TRUE(t.cancelled());
}

TEST(Cancel, OfFutureAndTaskIsOne) {
  VirtualLoop l;
  const future<int> f = l.loop.create_future<int>();
  auto body = [&]() -> task<int> { co_return co_await f; };
  auto t = l.loop.create_task(body());
  l.once();
  f.cancel();
  t.cancel();
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
  EXPECT_TRUE(t.cancelled());
}

TEST(Cancel, MayBeCaught) {
  VirtualLoop l;
  const future<> one = l.loop.create_future();
  const future<> two = l.loop.create_future();
  auto body = [&]() -> task<int> {
    co_await one;
    try {
      co_await two;
    } catch (const cancelled_error &) {
      co_return 42;
    }
    co_return 0;
  };
  auto t = l.loop.create_task(body());
  l.once();
  one.set_result();
  l.once();
  t.cancel();
  EXPECT_TRUE(two.cancelled()) << "the future it waited for is cancelled at once";
  EXPECT_EQ(l.loop.run_until_complete(t), 42);
  EXPECT_FALSE(t.cancelled());
}

TEST(Cancel, MayBeIgnored) {
  VirtualLoop l;
  const future<> one = l.loop.create_future();
  const future<> two = l.loop.create_future();
  const future<int> three = l.loop.create_future<int>();
  auto body = [&]() -> task<int> {
    co_await one;
    try {
      co_await two;
    } catch (const cancelled_error &) {
    }
    co_return co_await three;
  };
  auto t = l.loop.create_task(body());
  l.once();
  one.set_result();
  l.once();
  t.cancel();
  l.once();
  EXPECT_TRUE(two.cancelled());
  three.set_result(42);
  EXPECT_EQ(l.loop.run_until_complete(t), 42);
  EXPECT_FALSE(three.cancelled());
}

TEST(Cancel, OfItselfTakesEffectAtTheNextAwait) {
  VirtualLoop l;
  bool reached = false;
  auto body = [&]() -> task<int> {
    current_task().cancel();
    EXPECT_FALSE(current_task().cancelled());
    reached = true;
    co_await sleep(100s);
    co_return 12;
  };
  auto t = l.loop.create_task(body());
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
  EXPECT_TRUE(reached);
  EXPECT_TRUE(t.cancelled());
  EXPECT_EQ(l.seconds(), 0);
}

TEST(Cancel, OfItselfWithoutFurtherAwaitCancelsAtTheEnd) {
  VirtualLoop l;
  auto body = []() -> task<int> {
    current_task().cancel();
    co_return 12;
  };
  auto t = l.loop.create_task(body());
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
  EXPECT_TRUE(t.cancelled());
  EXPECT_FALSE(t.cancel());
}

TEST(Cancel, GoesDownTheChainOfTasks) {
  VirtualLoop l;
  auto inner = l.loop.create_task(nap(1h));
  auto wait = [](any_task t) -> task<> { co_await t; };
  auto middle = l.loop.create_task(wait(inner));
  auto outer = l.loop.create_task(wait(middle));
  l.once();
  outer.cancel();
  auto end = [&]() -> task<> { co_await gather(return_exceptions, inner, middle, outer); };
  l.run(end());
  EXPECT_TRUE(inner.cancelled());
  EXPECT_TRUE(middle.cancelled());
  EXPECT_TRUE(outer.cancelled());
}

TEST(Cancel, OfTheOuterPassesToTheAwaitedFuture) {
  VirtualLoop l;
  const future<> f = l.loop.create_future();
  int proof = 0;
  auto inner = [&]() -> task<> {
    try {
      co_await f;
    } catch (const cancelled_error &) {
      proof += 100;
      throw;
    }
  };
  auto outer = [&]() -> task<> {
    try {
      co_await inner();
    } catch (const cancelled_error &) {
      proof += 10;
    }
  };
  auto t = l.loop.create_task(outer());
  l.once();
  t.cancel();
  EXPECT_TRUE(f.cancelled());
  l.loop.run_until_complete(t);
  EXPECT_EQ(proof, 110);
}

TEST(Cancel, WinsOverAResultThatIsOnItsWay) {
  VirtualLoop l;
  const future<int> f = l.loop.create_future<int>();
  auto body = [&]() -> task<int> { co_return co_await f; };
  auto t = l.loop.create_task(body());
  l.once();
  f.set_result(1);
  EXPECT_TRUE(t.cancel());
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
  EXPECT_EQ(f.result(), 1) << "and the result is not lost";
}

TEST(Cancel, Counts) {
  VirtualLoop l;
  auto t = l.loop.create_task(nap(10s));
  l.once();
  EXPECT_EQ(t.cancelling(), 0u);
  EXPECT_TRUE(t.cancel());
  EXPECT_EQ(t.cancelling(), 1u);
  EXPECT_TRUE(t.cancel());
  EXPECT_EQ(t.cancelling(), 2u);
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
}

TEST(Cancel, IsTakenBackByUncancel) {
  VirtualLoop l;
  auto body = []() -> task<> {
    try {
      co_await sleep(10s);
    } catch (const cancelled_error &) {
      current_task().uncancel();
    }
    co_await sleep(10s);
  };
  auto t = l.loop.create_task(body());
  l.once();
  EXPECT_TRUE(t.cancel());
  EXPECT_EQ(t.cancelling(), 1u);
  l.once();
  EXPECT_EQ(t.cancelling(), 0u);
  EXPECT_FALSE(t.done());
  EXPECT_TRUE(t.cancel());
  EXPECT_EQ(t.cancelling(), 1u);
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
  EXPECT_EQ(t.uncancel(), 0u);
  EXPECT_EQ(t.uncancel(), 0u);
}

TEST(Cancel, CountsTellOwnFromForeignInStructuredBlocks) {
  for (const bool fails : {false, true}) {
    VirtualLoop l;
    std::string order;
    auto body = [&]() -> task<> {
      try {
        co_await timeout(1s).run([&]() -> task<> {
          if (fails) // the body turns our cancellation into an error of its own
            try {
              co_await sleep(10s);
            } catch (const cancelled_error &) {
              throw std::runtime_error("own");
            }
          co_await sleep(10s);
        });
      } catch (const timeout_error &) {
        order += "timeout ";
      } catch (const std::runtime_error &) {
        order += "error ";
      }
      EXPECT_EQ(current_task().cancelling(), 0u);
      co_await sleep(1s);
      order += "after";
    };
    l.run(body());
    EXPECT_EQ(order, fails ? "error after" : "timeout after");
  }
}

TEST(Cancel, TakenBackBeforeItsDeliveryIsNotThrown) {
  VirtualLoop l;
  const future<int> f = l.loop.create_future<int>();
  auto body = [&]() -> task<int> { co_return co_await f; };
  auto t = l.loop.create_task(body());
  l.once();
  f.set_result(42);
  EXPECT_TRUE(t.cancel());
  EXPECT_EQ(t.uncancel(), 0u);
  EXPECT_EQ(l.loop.run_until_complete(t), 42);
}

struct interrupt : fatal {};

TEST(Cancel, AFatalExceptionDuringItEndsTheRun) {
  VirtualLoop l;
  auto body = []() -> task<> {
    try {
      co_await sleep(10s);
    } catch (const cancelled_error &) {
      throw interrupt();
    }
  };
  auto t = l.loop.create_task(body());
  l.once();
  t.cancel();
  EXPECT_THROW(l.once(), interrupt);
  EXPECT_TRUE(t.done());
  EXPECT_FALSE(t.cancelled());
  EXPECT_NE(t.exception(), nullptr);
}

TEST(Cancel, IsNotSwallowedByCatchingStdException) {
  VirtualLoop l;
  auto body = []() -> task<> {
    try {
      co_await sleep(10s);
    } catch (const std::exception &) {
      ADD_FAILURE();
    }
  };
  auto t = l.loop.create_task(body());
  l.once();
  t.cancel();
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
}

// --- destruction ---------------------------------------------------------------------

TEST(Destroy, PendingTasksAreReported) {
  VirtualLoop l;
  auto alive = std::make_shared<int>(1);
  auto inner = [&, alive]() -> task<> { co_await sleep(1h); };
  auto outer = [&]() -> task<> { co_await inner(); };
  l.loop.create_task(outer(), {.name = "forgotten"});
  l.once();
  l.loop.close();
  ASSERT_EQ(l.reports.size(), 1u);
  EXPECT_EQ(l.reports[0].message, "task was destroyed but it is pending");
  EXPECT_NE(l.reports[0].subject.find("<task 'forgotten', pending, at TaskTest.cpp:"),
            std::string::npos)
      << l.reports[0].subject;
}

TEST(Destroy, AnythingInAnyState) {
  auto busy = [](future<> gate) -> task<> {
    auto child = create_task(nap(1h));
    auto lazy = nap(1h);
    try {
      co_await task_group().run([&](task_group &group) -> task<> {
        group.create_task(nap(2h));
        co_await timeout(1h).run([&]() -> task<> {
          co_await gather(shield(gate), child, wait_for(child, 1h), nap(1h));
        });
      });
    } catch (...) {
      ADD_FAILURE();
    }
  };
  for (int rounds = 0; rounds < 8; ++rounds) {
    VirtualLoop l;
    const future<> gate = l.loop.create_future();
    for (int i = 0; i < 3; ++i)
      l.loop.create_task(busy(gate));
    l.rounds(rounds);
  }
}

// --- eager tasks ----------------------------------------------------------------------

TEST(Eager, EndsDuringSpawnWhenItDoesNotSuspend) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto t = create_task(give(7), {.eager = true});
    EXPECT_TRUE(t.done());
    EXPECT_EQ(t.result(), 7);
    EXPECT_FALSE(t.cancel());
    EXPECT_EQ(all_tasks().size(), 1u);
    EXPECT_EQ(co_await t, 7);
    auto fails = []() -> task<> {
      throw std::runtime_error("x");
      co_return;
    };
    EXPECT_THROW(create_task(fails(), {.eager = true}).result(), std::runtime_error);
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty());
}

TEST(Eager, TakesItsFirstStepInline) {
  VirtualLoop l;
  std::string order;
  const future<> gate = l.loop.create_future();
  auto body = [&]() -> task<int> {
    order += 'a';
    EXPECT_EQ(current_task().name(), "eager");
    co_await gate;
    order += 'c';
    co_return 42;
  };
  auto main = [&]() -> task<> {
    auto t = create_task(body(), {.name = "eager", .eager = true});
    EXPECT_EQ(current_task().name(), "Task-1");
    EXPECT_EQ(all_tasks().size(), 2u);
    order += 'b';
    gate.set_result();
    EXPECT_EQ(co_await t, 42);
    EXPECT_EQ(all_tasks().size(), 1u);
  };
  l.run(main());
  EXPECT_EQ(order, "abc");
}

TEST(Eager, IsCancelledWhereItBlocks) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto t = create_task(nap(1h), {.eager = true});
    EXPECT_FALSE(t.done());
    EXPECT_TRUE(t.cancel());
    EXPECT_THROW(co_await t, cancelled_error);
    EXPECT_TRUE(t.cancelled());
  };
  l.run(main());
  auto outside = l.loop.create_task(give(1), {.eager = true});
  EXPECT_FALSE(outside.done()) << "a loop that does not run takes no steps";
  EXPECT_EQ(l.loop.run_until_complete(outside), 1);
}

TEST(Eager, NestsDeeply) {
  for (const bool eager : {false, true}) {
    VirtualLoop l;
    std::function<task<int>(int)> chain = [&](int n) -> task<int> {
      if (n == 0) // no ?: with co_await: g++ 12 evaluates both sides
        co_return 0;
      co_return 1 + co_await chain(n - 1);
    };
    std::function<task<int>(int)> groups = [&](int n) -> task<int> {
      if (n == 0)
        co_return 1;
      spawned<int> a, b;
      co_await task_group().run([&](task_group &group) -> task<> {
        a = group.create_task(groups(n - 1), {.eager = eager});
        b = group.create_task(groups(n - 1), {.eager = eager});
        co_return;
      });
      co_return a.result() + b.result();
    };
    std::function<task<int>(int)> gathers = [&](int n) -> task<int> {
      if (n == 0)
        co_return 1;
      auto [a, b] = co_await gather(create_task(gathers(n - 1), {.eager = eager}),
                                    create_task(gathers(n - 1), {.eager = eager}));
      co_return a + b;
    };
    EXPECT_EQ(l.run(chain(100)), 100);
    EXPECT_EQ(l.run(groups(6)), 64);
    EXPECT_EQ(l.run(gathers(6)), 64);
  }
}

} // namespace
} // namespace abide::test
