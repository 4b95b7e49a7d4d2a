//===- LockTest.cpp - mutex, event, condition, semaphore, barrier ---------===//

#include "Virtual.h"
#include "gtest/gtest.h"

using namespace std::chrono_literals;

namespace abide::test {
namespace {

using numbers = std::vector<int>;

// --- mutex ------------------------------------------------------------------

task<> take(mutex &m, numbers &order, int number) {
  co_await m.acquire();
  order.push_back(number);
}

TEST(Mutex, IsFreeAtFirstAndAfterRelease) {
  VirtualLoop l;
  mutex m;
  EXPECT_FALSE(m.locked());
  auto main = [&]() -> task<> {
    co_await m.acquire();
    EXPECT_TRUE(m.locked());
    EXPECT_FALSE(m.try_acquire());
    m.release();
    EXPECT_FALSE(m.locked());
    EXPECT_TRUE(m.try_acquire());
    m.release();
  };
  l.run(main());
  EXPECT_FALSE(m.locked());
}

TEST(Mutex, HasAPrintableForm) {
  VirtualLoop l;
  mutex m;
  numbers order;
  EXPECT_EQ(to_string(m), "<mutex, unlocked>");
  EXPECT_TRUE(m.try_acquire());
  EXPECT_EQ(to_string(m), "<mutex, locked>");
  l.loop.create_task(take(m, order, 1));
  l.once();
  EXPECT_EQ(to_string(m), "<mutex, locked, 1 waiting>");
  m.release();
  l.rounds(2);
}

TEST(Mutex, ServesInTheOrderOfArrival) {
  VirtualLoop l;
  mutex m;
  numbers order;
  EXPECT_TRUE(m.try_acquire());
  auto a = l.loop.create_task(take(m, order, 1)), b = l.loop.create_task(take(m, order, 2));
  l.once();
  auto c = l.loop.create_task(take(m, order, 3));
  l.once();
  EXPECT_EQ(order, numbers{});
  for (int served = 1; served <= 3; ++served) {
    m.release();
    EXPECT_FALSE(m.try_acquire() && served < 3) << "others come first";
    l.rounds(2);
    EXPECT_EQ(order.size(), static_cast<std::size_t>(served));
    EXPECT_TRUE(m.locked());
  }
  EXPECT_EQ(order, (numbers{1, 2, 3}));
  EXPECT_TRUE(a.done() && b.done() && c.done());
}

TEST(Mutex, GuardReleasesAtItsEnd) {
  VirtualLoop l;
  mutex m;
  auto main = [&]() -> task<> {
    {
      const auto held = co_await m.lock();
      EXPECT_TRUE(held);
      EXPECT_TRUE(m.locked());
    }
    EXPECT_FALSE(m.locked());
    guard<mutex> first = co_await m.lock();
    guard<mutex> second = std::move(first);
    EXPECT_FALSE(first.owns_lock());
    EXPECT_TRUE(m.locked());
    second.unlock();
    EXPECT_FALSE(m.locked());
    EXPECT_THROW(second.unlock(), invalid_state);
    try {
      const auto held = co_await m.lock();
      throw 1;
    } catch (int) {
    }
    EXPECT_FALSE(m.locked());
  };
  l.run(main());
}

TEST(Mutex, OnlyCoAwaitAcquires) {
  mutex m;
  {
    [[maybe_unused]] const auto request = m.acquire();
  }
  EXPECT_FALSE(m.locked());
}

TEST(Mutex, ACancelledWaiterLeavesTheQueue) {
  VirtualLoop l;
  mutex m;
  numbers order;
  EXPECT_TRUE(m.try_acquire());
  auto waits = l.loop.create_task(take(m, order, 1));
  l.once();
  EXPECT_EQ(m.waiting(), 1u);
  waits.cancel();
  l.rounds(2);
  EXPECT_TRUE(waits.cancelled());
  EXPECT_EQ(m.waiting(), 0u);
  m.release();
  EXPECT_FALSE(m.locked());
}

TEST(Mutex, ReleaseSkipsWhoIsBeingCancelled) {
  VirtualLoop l;
  mutex m;
  numbers order;
  EXPECT_TRUE(m.try_acquire());
  auto a = l.loop.create_task(take(m, order, 1)), b = l.loop.create_task(take(m, order, 2));
  l.once();
  a.cancel();
  m.release();
  l.rounds(3);
  EXPECT_TRUE(a.cancelled());
  EXPECT_EQ(order, numbers{2});
}

TEST(Mutex, IsNotLostWhenTheWokenOneIsCancelled) {
  VirtualLoop l;
  mutex m;
  numbers order;
  EXPECT_TRUE(m.try_acquire());
  auto a = l.loop.create_task(take(m, order, 1)), b = l.loop.create_task(take(m, order, 2));
  l.once();
  m.release();
  a.cancel();
  l.rounds(3);
  EXPECT_TRUE(a.cancelled());
  EXPECT_EQ(order, numbers{2});
  EXPECT_TRUE(m.locked());
  m.release();
  EXPECT_FALSE(m.locked());
}

TEST(Mutex, ANewcomerWaitsForTheWokenOneWhichIsCancelled) {
  VirtualLoop l;
  mutex m;
  numbers order;
  EXPECT_TRUE(m.try_acquire());
  auto a = l.loop.create_task(take(m, order, 1));
  l.once();
  m.release();
  auto b = l.loop.create_task(take(m, order, 2));
  a.cancel();
  l.rounds(4);
  EXPECT_TRUE(a.cancelled());
  EXPECT_EQ(order, numbers{2});
}

TEST(Mutex, CannotBeReleasedUnlocked) {
  mutex m;
  EXPECT_THROW(m.release(), invalid_state);
  EXPECT_TRUE(m.try_acquire());
  m.release();
  EXPECT_THROW(m.release(), invalid_state);
}

TEST(Mutex, BelongsToOneLoop) {
  mutex m;
  numbers order;
  EXPECT_TRUE(m.try_acquire());
  VirtualLoop a, b;
  a.loop.create_task(take(m, order, 1));
  a.once();
  EXPECT_THROW(b.run(take(m, order, 2)), wrong_loop);
  m.release();
  a.rounds(2);
  EXPECT_EQ(order, numbers{1});
}

TEST(Mutex, EndsTheWaitsForItWhenDestroyed) {
  VirtualLoop l;
  auto m = std::make_unique<mutex>();
  numbers order;
  EXPECT_TRUE(m->try_acquire());
  auto a = l.loop.create_task(take(*m, order, 1)), b = l.loop.create_task(take(*m, order, 2));
  l.once();
  m->release(); // a had its turn
  m.reset();
  l.rounds(2);
  EXPECT_THROW(a.result(), invalid_state);
  EXPECT_THROW(b.result(), invalid_state);
}

TEST(Mutex, MayBeWaitedForWhenTheLoopEnds) {
  mutex m;
  numbers order;
  EXPECT_TRUE(m.try_acquire());
  {
    VirtualLoop l;
    l.loop.create_task(take(m, order, 1));
    l.loop.create_task(take(m, order, 2));
    l.once();
    m.release();
  }
  EXPECT_EQ(m.waiting(), 0u);
  EXPECT_TRUE(m.try_acquire());
}

TEST(Mutex, CanBeWaitedForWithALimit) {
  VirtualLoop l;
  mutex m;
  auto main = [&]() -> task<> {
    co_await m.acquire();
    EXPECT_THROW(co_await wait_for(m.acquire(), 1s), timeout_error);
    EXPECT_EQ(m.waiting(), 0u);
    m.release();
    const auto held = co_await wait_for(m.lock(), 1s);
    EXPECT_TRUE(held);
  };
  l.run(main());
  EXPECT_FALSE(m.locked());
}

// --- event ------------------------------------------------------------------

task<> await_event(event &e, numbers &order, int number) {
  co_await e.wait();
  order.push_back(number);
}

TEST(Event, WakesAllInTheirOrder) {
  VirtualLoop l;
  event e;
  numbers order;
  EXPECT_FALSE(e.is_set());
  for (int i = 1; i <= 3; ++i)
    l.loop.create_task(await_event(e, order, i));
  l.once();
  EXPECT_EQ(to_string(e), "<event, unset, 3 waiting>");
  EXPECT_EQ(order, numbers{});
  e.set();
  e.set();
  l.once();
  EXPECT_EQ(order, (numbers{1, 2, 3}));
  EXPECT_EQ(to_string(e), "<event, set>");
}

TEST(Event, DoesNotMakeWaitWhenSet) {
  VirtualLoop l;
  event e;
  e.set();
  auto t = l.loop.create_task(e.wait().operator co_await().await_ready()
                              ? []() -> task<> { co_return; }()
                              : []() -> task<> {
                                  throw 1;
                                  co_return;
                                }());
  l.once();
  EXPECT_TRUE(t.done());
  numbers order;
  l.run(await_event(e, order, 1));
  EXPECT_EQ(order, numbers{1});
}

TEST(Event, ForgetsACancelledWaiter) {
  VirtualLoop l;
  event e;
  numbers order;
  auto t = l.loop.create_task(await_event(e, order, 1));
  l.once();
  t.cancel();
  l.once();
  EXPECT_TRUE(t.cancelled());
  EXPECT_EQ(e.waiting(), 0u);
}

TEST(Event, CanBeCleared) {
  VirtualLoop l;
  event e;
  numbers order;
  e.set();
  e.clear();
  EXPECT_FALSE(e.is_set());
  auto t = l.loop.create_task(await_event(e, order, 1));
  l.once();
  EXPECT_FALSE(t.done());
  e.set();
  e.clear(); // who waited goes on all the same
  l.once();
  EXPECT_TRUE(t.done());
  auto again = l.loop.create_task(await_event(e, order, 2));
  l.rounds(2);
  EXPECT_FALSE(again.done());
  again.cancel();
  l.once();
}

// --- condition --------------------------------------------------------------

task<> await_notice(condition &c, numbers &order, int number) {
  const auto held = co_await c.lock();
  co_await c.wait();
  order.push_back(number);
}
task<> notify(condition &c, std::size_t count) {
  const auto held = co_await c.lock();
  c.notify(count);
}

TEST(Condition, WakesSoManyInTheirOrder) {
  VirtualLoop l;
  condition c;
  numbers order;
  for (int i = 1; i <= 6; ++i)
    l.loop.create_task(await_notice(c, order, i));
  l.rounds(12);
  EXPECT_EQ(c.waiting(), 6u);
  EXPECT_FALSE(c.locked());
  EXPECT_EQ(to_string(c), "<condition, unlocked, 6 waiting>");
  l.run(notify(c, 1));
  l.rounds(6);
  EXPECT_EQ(order, numbers{1});
  l.run(notify(c, 2));
  l.rounds(6);
  EXPECT_EQ(order, (numbers{1, 2, 3}));
  l.run(notify(c, 2048));
  l.rounds(12);
  EXPECT_EQ(order, (numbers{1, 2, 3, 4, 5, 6}));
  EXPECT_FALSE(c.locked());
}

TEST(Condition, NotifyAllWakesAll) {
  VirtualLoop l;
  condition c;
  numbers order;
  for (int i = 1; i <= 4; ++i)
    l.loop.create_task(await_notice(c, order, i));
  l.rounds(8);
  auto main = [&]() -> task<> {
    const auto held = co_await c.lock();
    c.notify_all();
    EXPECT_TRUE(c.locked());
  };
  l.run(main());
  l.rounds(8);
  EXPECT_EQ(order, (numbers{1, 2, 3, 4}));
}

TEST(Condition, NeedsItsMutex) {
  VirtualLoop l;
  condition c;
  EXPECT_THROW(c.notify(), invalid_state);
  EXPECT_THROW(c.notify_all(), invalid_state);
  EXPECT_THROW(l.run(c.wait()), invalid_state);
  EXPECT_THROW(l.run(c.wait([] { return true; })), invalid_state);
  EXPECT_THROW(c.release(), invalid_state);
}

TEST(Condition, WaitsForAPredicate) {
  VirtualLoop l;
  condition c;
  int presents = 0, asked = 0;
  auto waiting = [&]() -> task<int> {
    const auto held = co_await c.lock();
    co_return co_await c.wait([&] {
      ++asked;
      return presents >= 2 ? presents : 0;
    });
  };
  auto t = l.loop.create_task(waiting());
  l.rounds(2);
  for (int i = 1; i <= 2; ++i) {
    EXPECT_FALSE(t.done());
    presents = i;
    l.run(notify(c, 1));
    l.rounds(3);
  }
  ASSERT_TRUE(t.done());
  EXPECT_EQ(t.result(), 2);
  EXPECT_EQ(asked, 3);
}

TEST(Condition, ACancelledWaitHoldsTheMutexAtItsEnd) {
  VirtualLoop l;
  condition c;
  auto main = [&]() -> task<> {
    co_await c.acquire();
    try {
      co_await c.wait();
    } catch (const cancelled_error &) {
      EXPECT_TRUE(c.locked());
      c.release();
      throw;
    }
  };
  auto t = l.loop.create_task(main());
  l.once();
  t.cancel();
  l.rounds(2);
  EXPECT_TRUE(t.cancelled());
  EXPECT_EQ(c.waiting(), 0u);
  EXPECT_FALSE(c.locked());
}

TEST(Condition, ACancelledWaitGetsTheMutexAlthoughOthersHoldIt) {
  VirtualLoop l;
  condition c;
  bool at_end = false;
  auto waiting = [&]() -> task<> {
    const auto held = co_await c.lock();
    try {
      co_await c.wait();
    } catch (...) {
      at_end = c.locked();
      throw;
    }
  };
  auto t = l.loop.create_task(waiting());
  l.once();
  EXPECT_TRUE(l.run([](condition &c) -> task<bool> {
    co_await c.acquire();
    co_return true;
  }(c)));
  t.cancel();
  l.rounds(2);
  EXPECT_FALSE(t.done()) << "it waits for the mutex";
  t.cancel(); // again, while it waits for that
  l.rounds(2);
  EXPECT_FALSE(t.done());
  c.release();
  l.rounds(3);
  EXPECT_TRUE(t.cancelled());
  EXPECT_TRUE(at_end);
  EXPECT_FALSE(c.locked());
}

TEST(Condition, ANotificationIsNotLostWithACancelledTask) {
  for (const bool contested : {false, true}) {
    VirtualLoop l;
    condition c;
    numbers order;
    auto a = l.loop.create_task(await_notice(c, order, 1));
    auto b = l.loop.create_task(await_notice(c, order, 2));
    l.rounds(4);
    auto main = [&]() -> task<> {
      const auto held = co_await c.lock();
      c.notify(1);
      if (contested)
        co_await sleep(1s); // a was woken and waits for the mutex
      a.cancel();
    };
    l.run(main());
    l.rounds(6);
    EXPECT_TRUE(a.cancelled());
    EXPECT_TRUE(b.done());
    EXPECT_EQ(order, numbers{2});
  }
}

TEST(Condition, CanShareAMutex) {
  VirtualLoop l;
  mutex m;
  condition a(m), b(m);
  auto main = [&]() -> task<> {
    const auto held = co_await m.lock();
    EXPECT_TRUE(a.locked() && b.locked());
    b.notify();
  };
  l.run(main());
  numbers order;
  auto t = l.loop.create_task(await_notice(a, order, 1));
  l.once();
  l.run(notify(b, 1));
  l.rounds(3);
  EXPECT_FALSE(t.done());
  l.run(notify(a, 1));
  l.rounds(3);
  EXPECT_TRUE(t.done());
}

TEST(Condition, CanBeWaitedForWithALimit) {
  VirtualLoop l;
  condition c;
  auto main = [&]() -> task<> {
    const auto held = co_await c.lock();
    EXPECT_THROW(co_await wait_for(c.wait(), 1s), timeout_error);
    EXPECT_TRUE(c.locked());
  };
  l.run(main());
  EXPECT_FALSE(c.locked());
}

TEST(Condition, MayBeWaitedForWhenTheLoopEnds) {
  VirtualLoop l;
  auto main = []() -> task<> {
    condition c;
    numbers order;
    auto child = create_task(await_notice(c, order, 1));
    const auto held = co_await c.lock();
    co_await c.wait();
  };
  l.loop.create_task(main());
  l.rounds(3);
  l.loop.close();
}

// --- semaphore --------------------------------------------------------------

task<> take_permit(semaphore &s, numbers &order, int number) {
  co_await s.acquire();
  order.push_back(number);
}

TEST(Semaphore, CountsPermits) {
  VirtualLoop l;
  semaphore s(2);
  auto main = [&]() -> task<> {
    co_await s.acquire();
    EXPECT_FALSE(s.locked());
    {
      const auto permit = co_await s.lock();
      EXPECT_TRUE(s.locked());
      EXPECT_FALSE(s.try_acquire());
    }
    EXPECT_EQ(s.value(), 1u);
    s.release();
    EXPECT_EQ(s.value(), 2u);
    s.release();
    EXPECT_EQ(s.value(), 3u);
  };
  l.run(main());
  EXPECT_TRUE(semaphore(0).locked());
  EXPECT_EQ(semaphore().value(), 1u);
  EXPECT_THROW(semaphore(-1), invalid_argument);
}

TEST(Semaphore, HasAPrintableForm) {
  VirtualLoop l;
  semaphore s(1);
  numbers order;
  EXPECT_EQ(to_string(s), "<semaphore, unlocked, value 1>");
  EXPECT_TRUE(s.try_acquire());
  EXPECT_EQ(to_string(s), "<semaphore, locked>");
  auto t = l.loop.create_task(take_permit(s, order, 1));
  l.once();
  EXPECT_EQ(to_string(s), "<semaphore, locked, 1 waiting>");
  t.cancel();
  l.once();
}

TEST(Semaphore, ABoundedOneIsNotReleasedTooOften) {
  bounded_semaphore s(1);
  EXPECT_THROW(s.release(), invalid_state);
  EXPECT_TRUE(s.try_acquire());
  s.release();
  EXPECT_EQ(s.value(), 1u);
}

TEST(Semaphore, ServesInTheOrderOfArrival) {
  VirtualLoop l;
  semaphore s(3);
  numbers order;
  for (int i = 1; i <= 6; ++i)
    l.loop.create_task(take_permit(s, order, i));
  l.once();
  EXPECT_EQ(order, (numbers{1, 2, 3}));
  EXPECT_EQ(s.waiting(), 3u);
  s.release();
  s.release();
  EXPECT_EQ(s.value(), 0u) << "a permit belongs to the task from its turn on";
  l.once();
  EXPECT_EQ(order, (numbers{1, 2, 3, 4, 5}));
  s.release();
  l.once();
  EXPECT_EQ(order.back(), 6);
}

TEST(Semaphore, ACancelledWaiterLeavesTheQueue) {
  VirtualLoop l;
  semaphore s(0);
  numbers order;
  auto t = l.loop.create_task(take_permit(s, order, 1));
  l.once();
  t.cancel();
  l.once();
  EXPECT_TRUE(t.cancelled());
  EXPECT_EQ(s.waiting(), 0u);
  s.release();
  EXPECT_FALSE(s.locked());
}

TEST(Semaphore, ThePermitOfACancelledTaskGoesToTheNext) {
  VirtualLoop l;
  semaphore s(0);
  numbers order;
  std::vector<spawned<>> all;
  for (int i = 1; i <= 4; ++i)
    all.push_back(l.loop.create_task(take_permit(s, order, i)));
  l.once();
  s.release();
  s.release(); // 1 and 2 had their turn
  all[0].cancel();
  all[2].cancel();
  l.rounds(3);
  EXPECT_EQ(order, (numbers{2, 4}));
  EXPECT_EQ(s.value(), 0u);
}

TEST(Semaphore, DoesNotHangWhenAllWhoHadTheirTurnAreCancelled) {
  VirtualLoop l;
  semaphore s(1);
  numbers order;
  EXPECT_TRUE(s.try_acquire());
  auto a = l.loop.create_task(take_permit(s, order, 1));
  auto b = l.loop.create_task(take_permit(s, order, 2));
  l.once();
  s.release();
  a.cancel();
  b.cancel();
  l.rounds(3);
  EXPECT_EQ(s.value(), 1u);
  EXPECT_FALSE(s.locked());
  l.run(take_permit(s, order, 3));
  EXPECT_EQ(order, numbers{3});
}

TEST(Semaphore, ANewcomerDoesNotOvertake) {
  VirtualLoop l;
  semaphore s(1);
  numbers order;
  auto user = [&](int number, int rounds) -> task<> {
    while (rounds-- > 0) {
      const auto permit = co_await s.lock();
      order.push_back(number);
      co_await sleep(0s);
    }
  };
  auto a = l.loop.create_task(user(1, 3)), b = l.loop.create_task(user(2, 3));
  l.rounds(20);
  EXPECT_TRUE(a.done() && b.done());
  EXPECT_EQ(order, (numbers{1, 2, 1, 2, 1, 2}));
}

TEST(Semaphore, ANewcomerWaitsBehindTheOneThatHadItsTurn) {
  VirtualLoop l;
  semaphore s(0);
  numbers order;
  l.loop.create_task(take_permit(s, order, 1));
  l.once();
  s.release();
  s.release();
  EXPECT_TRUE(s.locked());
  EXPECT_FALSE(s.try_acquire());
  l.loop.create_task(take_permit(s, order, 2));
  l.rounds(3);
  EXPECT_EQ(order, (numbers{1, 2}));
}

// --- barrier ----------------------------------------------------------------

task<> meet(barrier &b, numbers &out) { out.push_back(static_cast<int>(co_await b.wait())); }
task<> meet_or_break(barrier &b, int &met, int &broken) {
  try {
    co_await b.wait();
    ++met;
  } catch (const broken_barrier &) {
    ++broken;
  }
}

TEST(Barrier, LetsAllGoWhenAllAreThere) {
  VirtualLoop l;
  barrier b(3);
  EXPECT_EQ(b.parties(), 3u);
  EXPECT_EQ(to_string(b), "<barrier, filling, 0 of 3>");
  numbers out;
  for (int i = 0; i < 2; ++i)
    l.loop.create_task(meet(b, out));
  l.rounds(5);
  EXPECT_EQ(b.waiting(), 2u);
  EXPECT_EQ(to_string(b), "<barrier, filling, 2 of 3>");
  EXPECT_EQ(out, numbers{});
  l.loop.create_task(meet(b, out));
  l.rounds(10);
  std::sort(out.begin(), out.end());
  EXPECT_EQ(out, (numbers{0, 1, 2}));
  EXPECT_EQ(b.waiting(), 0u);
  EXPECT_FALSE(b.broken());
}

TEST(Barrier, NeedsAParty) {
  EXPECT_THROW(barrier(0), invalid_argument);
  EXPECT_THROW(barrier(-5), invalid_argument);
}

TEST(Barrier, OfOneNeverWaits) {
  VirtualLoop l;
  barrier b(1);
  numbers out;
  l.run(meet(b, out));
  l.run(meet(b, out));
  EXPECT_EQ(out, (numbers{0, 0}));
}

TEST(Barrier, ServesRoundAfterRound) {
  VirtualLoop l;
  barrier b(2);
  numbers out;
  for (int i = 0; i < 6; ++i)
    l.loop.create_task(meet(b, out));
  l.rounds(40);
  std::sort(out.begin(), out.end());
  EXPECT_EQ(out, (numbers{0, 0, 0, 1, 1, 1}));
}

TEST(Barrier, WhoComesWhileItDrainsWaitsForTheNextRound) {
  VirtualLoop l;
  barrier b(2);
  int met = 0, broken = 0;
  std::string seen;
  auto late = [&]() -> task<> {
    seen = to_string(b);
    co_await meet_or_break(b, met, broken);
  };
  for (int i = 0; i < 2; ++i)
    l.loop.create_task(meet_or_break(b, met, broken));
  auto third = l.loop.create_task(late());
  l.rounds(20);
  EXPECT_EQ(seen, "<barrier, draining, 0 of 2>");
  EXPECT_EQ(met, 2);
  EXPECT_FALSE(third.done());
  EXPECT_EQ(b.waiting(), 1u);
  l.loop.create_task(meet_or_break(b, met, broken));
  l.rounds(20);
  EXPECT_EQ(met, 4);
}

TEST(Barrier, ACancelledTaskDoesNotCount) {
  VirtualLoop l;
  barrier b(2);
  numbers out;
  auto a = l.loop.create_task(meet(b, out));
  l.rounds(3);
  a.cancel();
  l.rounds(3);
  EXPECT_TRUE(a.cancelled());
  EXPECT_EQ(b.waiting(), 0u);
  EXPECT_FALSE(b.broken());
  for (int i = 0; i < 2; ++i)
    l.loop.create_task(meet(b, out));
  l.rounds(10);
  EXPECT_EQ(out.size(), 2u);
}

TEST(Barrier, ResetSendsTheWaitingAway) {
  VirtualLoop l;
  barrier b(3);
  int met = 0, broken = 0;
  l.run(b.reset()); // nobody there: nothing happens
  for (int i = 0; i < 2; ++i)
    l.loop.create_task(meet_or_break(b, met, broken));
  l.rounds(5);
  l.run(b.reset());
  EXPECT_EQ(b.waiting(), 0u);
  l.rounds(10);
  EXPECT_EQ(broken, 2);
  EXPECT_FALSE(b.broken());
  for (int i = 0; i < 3; ++i)
    l.loop.create_task(meet_or_break(b, met, broken));
  l.rounds(20);
  EXPECT_EQ(met, 3);
  EXPECT_EQ(broken, 2);
}

TEST(Barrier, WhoComesDuringAResetWaitsForItsEnd) {
  VirtualLoop l;
  barrier b(2);
  int met = 0, broken = 0;
  l.loop.create_task(meet_or_break(b, met, broken));
  l.rounds(3);
  auto resets = l.loop.create_task(b.reset());
  for (int i = 0; i < 2; ++i)
    l.loop.create_task(meet_or_break(b, met, broken));
  l.rounds(20);
  EXPECT_TRUE(resets.done());
  EXPECT_EQ(broken, 1);
  EXPECT_EQ(met, 2);
}

TEST(Barrier, ResetWhileItDrainsBreaksWhoHasNotLeft) {
  VirtualLoop l;
  barrier b(3);
  int met = 0, broken = 0;
  for (int i = 0; i < 2; ++i)
    l.loop.create_task(meet_or_break(b, met, broken));
  l.rounds(5);
  auto last = [&]() -> task<> {
    co_await b.wait();
    co_await b.reset();
  };
  l.run(last());
  l.rounds(20);
  EXPECT_EQ(met + broken, 2);
  EXPECT_FALSE(b.broken());
  EXPECT_EQ(to_string(b), "<barrier, filling, 0 of 3>");
}

TEST(Barrier, AbortBreaksItUntilReset) {
  VirtualLoop l;
  barrier b(3);
  int met = 0, broken = 0;
  for (int i = 0; i < 2; ++i)
    l.loop.create_task(meet_or_break(b, met, broken));
  l.rounds(5);
  l.run(b.abort());
  l.rounds(10);
  EXPECT_EQ(broken, 2);
  EXPECT_TRUE(b.broken());
  EXPECT_EQ(b.waiting(), 0u);
  EXPECT_EQ(to_string(b), "<barrier, broken, 0 of 3>");
  l.run(meet_or_break(b, met, broken));
  EXPECT_EQ(broken, 3);
  l.run(b.reset());
  EXPECT_FALSE(b.broken());
  for (int i = 0; i < 3; ++i)
    l.loop.create_task(meet_or_break(b, met, broken));
  l.rounds(20);
  EXPECT_EQ(met, 3);
}

TEST(Barrier, AnExceptionOfATaskMayAbortIt) {
  VirtualLoop l;
  barrier b(3);
  int met = 0, broken = 0;
  auto fails = [&]() -> task<> {
    std::exception_ptr thrown;
    try {
      throw std::runtime_error("no");
    } catch (const std::runtime_error &) {
      thrown = std::current_exception();
    }
    if (thrown)
      co_await b.abort();
  };
  for (int i = 0; i < 2; ++i)
    l.loop.create_task(meet_or_break(b, met, broken));
  l.rounds(5);
  l.run(fails());
  l.rounds(10);
  EXPECT_TRUE(b.broken());
  EXPECT_EQ(broken, 2);
}

TEST(Barrier, MayBeWaitedForWhenTheLoopEnds) {
  VirtualLoop l;
  auto main = []() -> task<> {
    barrier b(3);
    numbers out;
    auto child = create_task(meet(b, out));
    co_await b.wait();
  };
  l.loop.create_task(main());
  l.rounds(4);
  l.loop.close();
}

} // namespace
} // namespace abide::test
