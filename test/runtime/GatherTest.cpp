//===- GatherTest.cpp - gather, wait, as_completed, shield ----------------===//

#include "Virtual.h"
#include "gtest/gtest.h"

using namespace std::chrono_literals;

namespace abide::test {
namespace {

task<int> late(duration after, int n) {
  co_await sleep(after);
  co_return n;
}
task<int> fails(duration after, const char *what = "broken") {
  co_await sleep(after);
  throw std::runtime_error(what);
}
template <class T> task<T> of(future<T> f) { co_return co_await f; }

TEST(Gather, GivesResultsInTheOrderOfItsArguments) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto [a, b, c, d] =
        co_await gather(late(3s, 1), late(1s, 2), sleep(2s), create_task(late(0s, 4)));
    EXPECT_EQ(a * 100 + b * 10 + d, 124);
    std::vector<task<int>> all;
    for (int i = 0; i < 5; ++i)
      all.push_back(late(std::chrono::seconds(5 - i), i));
    EXPECT_EQ(co_await gather(std::move(all)), (list(0, 1, 2, 3, 4)));
    EXPECT_EQ((co_await gather(std::vector<future<int>>())).size(), 0u);
  };
  l.run(main());
  EXPECT_EQ(l.seconds(), 8);
}

TEST(Gather, ThrowsTheFirstExceptionAndTheOthersRunOn) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto other = create_task(late(5s, 1));
    EXPECT_THROW(co_await gather(other, fails(1s), fails(2s)), std::runtime_error);
    EXPECT_EQ(running_loop().time(), time_point{} + 1s);
    EXPECT_FALSE(other.done());
    EXPECT_EQ(co_await other, 1);
  };
  l.run(main());
}

TEST(Gather, HearsOfLaterExceptionsToo) {
  VirtualLoop l;
  auto main = []() -> task<> {
    EXPECT_THROW(co_await gather(fails(1s), fails(2s)), std::runtime_error);
    co_await sleep(5s);
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty()) << "no lost exception";
}

TEST(Gather, GivesExceptionsAsValuesWhenAsked) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto cancelled = create_task(late(1h, 0));
    running_loop().call_later(1s, [cancelled] { cancelled.cancel(); });
    auto [a, b, c] = co_await gather(return_exceptions, late(2s, 1), fails(3s), cancelled);
    EXPECT_EQ(a.value(), 1);
    EXPECT_TRUE(a);
    EXPECT_FALSE(b);
    EXPECT_THROW(b.value(), std::runtime_error);
    EXPECT_EQ(to_string(b.exception()), "std::runtime_error: broken");
    EXPECT_THROW(c.value(), cancelled_error);
    std::vector<task<int>> all;
    all.push_back(fails(1s));
    all.push_back(late(1s, 5));
    const auto outcomes = co_await gather(return_exceptions, std::move(all));
    EXPECT_FALSE(outcomes[0]);
    EXPECT_EQ(outcomes[1].value(), 5);
  };
  l.run(main());
}

TEST(Gather, ACancelledChildCancelsTheResultButNotTheOthers) {
  VirtualLoop l;
  auto main = [&]() -> task<> {
    const future<int> a = make_future<int>();
    const future<int> b = make_future<int>();
    auto both = gather(a, b);
    a.cancel();
    co_await sleep(0s);
    EXPECT_TRUE(both.done());
    EXPECT_FALSE(both.cancelled());
    EXPECT_THROW(both.result(), cancelled_error);
    EXPECT_FALSE(b.done());
    b.set_exception(std::runtime_error("unheard"));
    co_await sleep(0s);
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty());
}

TEST(Gather, CancelsAllChildren) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto a = create_task(late(1h, 1));
    auto b = create_task(late(1h, 2));
    auto outer = [&]() -> task<> { co_await gather(a, b); };
    auto t = create_task(outer());
    co_await sleep(1s);
    EXPECT_TRUE(t.cancel());
    EXPECT_THROW(co_await t, cancelled_error);
    EXPECT_TRUE(a.cancelled());
    EXPECT_TRUE(b.cancelled());
  };
  l.run(main());
}

TEST(Gather, CancelledWithReturnExceptionsIsStillCancelled) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto a = create_task(late(1h, 1));
    auto outer = [&]() -> task<> { co_await gather(return_exceptions, a, late(1h, 2)); };
    auto t = create_task(outer());
    co_await sleep(1s);
    t.cancel();
    EXPECT_THROW(co_await t, cancelled_error);
    EXPECT_TRUE(a.cancelled());
  };
  l.run(main());
}

TEST(Gather, RefusesCancelWhenAllChildrenAreDone) {
  VirtualLoop l;
  auto main = [&]() -> task<> {
    const future<int> f = make_future<int>();
    auto g = gather(f);
    f.set_result(7);
    EXPECT_FALSE(g.cancel()) << "the child is done, the news is on its way";
    auto [value] = co_await g;
    EXPECT_EQ(value, 7);
    EXPECT_FALSE(g.cancel());
  };
  l.run(main());
}

TEST(Gather, InALoopEndsWithItsTask) {
  VirtualLoop l;
  auto work = []() -> task<int> { co_return co_await sleep(0s, 1); };
  auto body = [&]() -> task<> {
    for (;;)
      co_await gather(work());
  };
  for (int rounds = 1; rounds < 8; ++rounds) {
    auto t = l.loop.create_task(body());
    l.rounds(rounds);
    t.cancel();
    EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
  }
}

TEST(Gather, RefusesWhatIsSpentWithoutHarm) {
  VirtualLoop l;
  auto main = []() -> task<> {
    task<int> spent;
    EXPECT_THROW((void)gather(late(1s, 1), std::move(spent)), invalid_state);
    co_await sleep(2s);
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty());
}

TEST(Gather, DroppedLeavesNothingBehind) {
  VirtualLoop l;
  const future<int> f = l.loop.create_future<int>();
  {
    auto dropped = gather(f, f);
  }
  f.set_result(1);
  l.once();
  auto main = [&]() -> task<> {
    auto [a, b] = co_await gather(f, f);
    EXPECT_EQ(a + b, 2);
  };
  l.run(main());
}

// --- wait -----------------------------------------------------------------------------

TEST(Wait, GivesDoneAndPending) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto a = create_task(late(1s, 1));
    auto b = create_task(late(2s, 2));
    auto [done, pending] = co_await wait(list(a, b, a));
    EXPECT_EQ(done, (list(a, b)));
    EXPECT_TRUE(pending.empty());
    EXPECT_EQ(running_loop().time(), time_point{} + 2s);
    auto again = co_await wait(list<any_future>(a, b));
    EXPECT_EQ(again.done.size(), 2u);
  };
  l.run(main());
}

TEST(Wait, NeedsSomethingToWaitFor) {
  VirtualLoop l;
  auto main = []() -> task<> {
    EXPECT_THROW(co_await wait(std::vector<any_future>()), invalid_argument);
    EXPECT_THROW(co_await wait(std::vector<any_future>(1)), invalid_state);
  };
  l.run(main());
}

TEST(Wait, EndsAtTheFirstCompletion) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto a = create_task(late(10s, 1));
    auto b = create_task(late(1s, 2));
    auto [done, pending] = co_await wait(list(a, b), {wait_until::first_completed});
    EXPECT_EQ(done, list(b));
    EXPECT_EQ(pending, list(a));
    EXPECT_FALSE(a.done());
    co_await a;
  };
  l.run(main());
}

TEST(Wait, CountsAllThatAreDoneBeforeItRuns) {
  VirtualLoop l;
  auto quick = []() -> task<int> {
    co_await sleep(0s);
    co_await sleep(0s);
    co_return 1;
  };
  auto main = [&]() -> task<> {
    auto a = create_task(quick());
    auto b = create_task(quick());
    auto [done, pending] = co_await wait(list(a, b), {wait_until::first_completed});
    EXPECT_EQ(done.size(), 2u);
  };
  l.run(main());
}

TEST(Wait, EndsAtTheFirstException) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto slow = create_task(late(10s, 1));
    auto quick = create_task(late(1s, 2));
    auto broken = create_task(fails(2s));
    auto [done, pending] = co_await wait(list(slow, quick, broken), {wait_until::first_exception});
    EXPECT_EQ(done, (list(quick, broken)));
    EXPECT_EQ(pending, list(slow));
    EXPECT_EQ(running_loop().time(), time_point{} + 2s);
    auto all = co_await wait(list(slow, broken));
    EXPECT_EQ(all.done.size(), 2u);
    EXPECT_NE(broken.exception(), nullptr);
  };
  l.run(main());
}

TEST(Wait, WithATimeoutCancelsNothing) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto a = create_task(late(1s, 1));
    auto b = create_task(late(10s, 2));
    auto [done, pending] = co_await wait(list(a, b), {.timeout = 2s});
    EXPECT_EQ(done, list(a));
    EXPECT_EQ(pending, list(b));
    EXPECT_EQ(running_loop().time(), time_point{} + 2s);
    EXPECT_EQ(co_await b, 2);
  };
  l.run(main());
}

TEST(Wait, CancelledDoesNotCancelWhatItWaitsFor) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto inner = create_task(late(5s, 1));
    auto waits = [&]() -> task<> { co_await wait(list(inner)); };
    auto t = create_task(waits());
    co_await sleep(1s);
    t.cancel();
    EXPECT_THROW(co_await t, cancelled_error);
    EXPECT_FALSE(inner.done());
    EXPECT_EQ(co_await inner, 1);
  };
  l.run(main());
}

// --- as_completed ------------------------------------------------------------------------

TEST(AsCompleted, GivesThemInTheOrderOfTheirEnds) {
  VirtualLoop l;
  auto main = []() -> task<> {
    std::vector<spawned<int>> tasks;
    for (int i : {3, 1, 2, 2})
      tasks.push_back(create_task(late(std::chrono::seconds(i), i)));
    std::vector<int> order;
    auto done = as_completed(tasks, 1h);
    while (done.more()) {
      const future<int> one = co_await done.next();
      EXPECT_TRUE(std::find(tasks.begin(), tasks.end(), one) != tasks.end());
      order.push_back(one.result());
    }
    EXPECT_EQ(order, (list(1, 2, 2, 3)));
    EXPECT_THROW((void)co_await done.next(), invalid_state);
    std::vector<task<int>> coroutines;
    coroutines.push_back(late(2s, 1));
    coroutines.push_back(late(1s, 2));
    auto more = as_completed(std::move(coroutines));
    EXPECT_EQ((co_await more.next()).result(), 2);
    EXPECT_EQ((co_await more.next()).result(), 1);
    auto same = as_completed(list(tasks[0], tasks[0]));
    (void)co_await same.next();
    EXPECT_FALSE(same.more());
    EXPECT_EQ(running_loop().core().timer_count(), 0u);
  };
  l.run(main());
}

TEST(AsCompleted, ThrowsWhenTheTimeIsOver) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto a = create_task(late(1s, 1));
    auto b = create_task(late(10s, 2));
    auto done = as_completed(list(a, b), 2s);
    EXPECT_EQ((co_await done.next()).result(), 1);
    EXPECT_THROW((void)co_await done.next(), timeout_error);
    EXPECT_FALSE(done.more());
    EXPECT_EQ(co_await b, 2);
    EXPECT_FALSE(as_completed(std::vector<future<int>>()).more());
  };
  l.run(main());
}

TEST(AsCompleted, LosesNothingWhenCancelled) {
  VirtualLoop l;
  auto main = []() -> task<> {
    std::vector<task<int>> all;
    all.push_back(late(5s, 1));
    auto done = as_completed(std::move(all));
    EXPECT_THROW((void)co_await wait_for(done.next(), 1s), timeout_error);
    EXPECT_EQ((co_await done.next()).result(), 1);
  };
  l.run(main());
}

// --- shield ------------------------------------------------------------------------------

TEST(Shield, PassesValueAndException) {
  VirtualLoop l;
  auto main = []() -> task<> {
    EXPECT_EQ(co_await shield(late(1s, 42)), 42);
    EXPECT_THROW(co_await shield(fails(1s)), std::runtime_error);
    co_await shield(sleep(1s));
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty());
}

TEST(Shield, IsCancelledWithTheInner) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto inner = create_task(late(1h, 1));
    auto outer = shield(inner);
    co_await sleep(0s);
    inner.cancel();
    EXPECT_THROW(co_await outer, cancelled_error);
    EXPECT_TRUE(outer.cancelled());
  };
  l.run(main());
}

TEST(Shield, CancelledLeavesTheInnerRunning) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto inner = create_task(late(1s, 42));
    auto outer = shield(inner);
    outer.cancel();
    EXPECT_TRUE(outer.cancelled());
    co_await sleep(0s);
    EXPECT_FALSE(inner.done());
    EXPECT_EQ(co_await inner, 42);
  };
  l.run(main());
}

TEST(Shield, OfADoneFutureIsThatFuture) {
  VirtualLoop l;
  const future<int> f = l.loop.create_future<int>();
  f.set_result(42);
  EXPECT_EQ(shield(f), f);
}

TEST(Shield, LetsTheWorkFinish) {
  VirtualLoop l;
  bool proof = false;
  auto inner = [&]() -> task<> {
    co_await sleep(5s);
    proof = true;
  };
  auto outer = [&]() -> task<> {
    co_await shield(inner());
    ADD_FAILURE();
  };
  auto main = [&]() -> task<> {
    auto t = create_task(outer());
    co_await sleep(1s);
    t.cancel();
    EXPECT_THROW(co_await t, cancelled_error);
    EXPECT_FALSE(proof);
    co_await sleep(10s);
    EXPECT_TRUE(proof);
  };
  l.run(main());
}

TEST(Shield, AroundGatherSavesTheChildren) {
  VirtualLoop l;
  auto main = []() -> task<> {
    const future<int> a = make_future<int>();
    const future<int> b = make_future<int>();
    auto gathered = gather(a, b);
    auto outer = shield(gathered);
    co_await sleep(0s);
    EXPECT_TRUE(outer.cancel());
    co_await sleep(0s);
    EXPECT_FALSE(gathered.done());
    a.set_result(1);
    b.set_result(2);
    auto [x, y] = co_await gathered;
    EXPECT_EQ(x + y, 3);
  };
  l.run(main());
}

TEST(Shield, InGatherSavesTheChildren) {
  VirtualLoop l;
  auto main = []() -> task<> {
    const future<int> a = make_future<int>();
    const future<int> b = make_future<int>();
    auto outer = gather(shield(a), shield(b));
    co_await sleep(0s);
    EXPECT_TRUE(outer.cancel());
    EXPECT_THROW(co_await outer, cancelled_error);
    EXPECT_FALSE(a.done());
    EXPECT_FALSE(b.done());
  };
  l.run(main());
}

TEST(Shield, DroppedLeavesNothingBehind) {
  VirtualLoop l;
  const future<int> f = l.loop.create_future<int>();
  {
    auto dropped = shield(f);
  }
  f.set_exception(std::runtime_error("x"));
  l.once();
  EXPECT_THROW(f.result(), std::runtime_error);
}

} // namespace
} // namespace abide::test
