//===- QueueTest.cpp - queue, lifo_queue, priority_queue ------------------===//

#include "Virtual.h"
#include "gtest/gtest.h"

using namespace std::chrono_literals;

namespace abide::test {
namespace {

using numbers = std::vector<int>;

template <class Q> task<> get_into(Q &q, numbers &out) { out.push_back(co_await q.get()); }
task<> put(queue<int> &q, int item) { co_await q.put(item); }

template <class Q> numbers through(Q &q, numbers items) {
  for (int one : items)
    q.put_nowait(one);
  numbers out;
  while (!q.empty())
    out.push_back(q.get_nowait());
  return out;
}

TEST(Queue, KeepsItsOrder) {
  queue<int> fifo;
  EXPECT_EQ(through(fifo, {1, 3, 2}), (numbers{1, 3, 2}));
}
TEST(Queue, LastInFirstOut) {
  lifo_queue<int> lifo;
  EXPECT_EQ(through(lifo, {1, 3, 2}), (numbers{2, 3, 1}));
}
TEST(Queue, LeastFirst) {
  priority_queue<int> least;
  EXPECT_EQ(through(least, {5, 1, 4, 1, 3, 9, 2, 6}), (numbers{1, 1, 2, 3, 4, 5, 6, 9}));
}

TEST(Queue, KnowsItsSize) {
  queue<int> q(2);
  EXPECT_EQ(q.max_size(), 2u);
  EXPECT_TRUE(q.empty());
  q.put_nowait(1);
  EXPECT_FALSE(q.empty() || q.full());
  q.put_nowait(2);
  EXPECT_TRUE(q.full());
  EXPECT_EQ(q.size(), 2u);
  EXPECT_FALSE(queue<int>().full());
}

TEST(Queue, HasAPrintableForm) {
  VirtualLoop l;
  queue<int> q(1);
  numbers out;
  EXPECT_EQ(to_string(q), "<queue, 0 items, at most 1>");
  auto getter = l.loop.create_task(get_into(q, out));
  l.once();
  EXPECT_EQ(to_string(q), "<queue, 0 items, at most 1, 1 getting>");
  q.put_nowait(1);
  auto putter = l.loop.create_task(put(q, 2));
  EXPECT_EQ(to_string(q), "<queue, 1 items, at most 1, 1 unfinished>");
  l.rounds(3);
  EXPECT_EQ(to_string(q), "<queue, 1 items, at most 1, 2 unfinished>");
  q.shutdown();
  EXPECT_EQ(to_string(q), "<queue, 1 items, at most 1, 2 unfinished, shut down>");
}

TEST(Queue, DoesNotWaitWhenToldSo) {
  queue<int> q(1);
  EXPECT_THROW(q.get_nowait(), queue_empty);
  q.put_nowait(1);
  EXPECT_THROW(q.put_nowait(2), queue_full);
  EXPECT_EQ(q.get_nowait(), 1);
}

TEST(Queue, TakesItemsThatOnlyMove) {
  VirtualLoop l;
  queue<std::unique_ptr<int>> q;
  auto main = [&]() -> task<int> {
    co_await q.put(std::make_unique<int>(7));
    auto item = co_await q.get();
    co_return *item;
  };
  EXPECT_EQ(l.run(main()), 7);
}

TEST(Queue, GetWaitsForAnItem) {
  VirtualLoop l;
  queue<int> q;
  numbers out;
  auto t = l.loop.create_task(get_into(q, out));
  l.once();
  EXPECT_FALSE(t.done());
  l.loop.call_later(10ms, [&] { q.put_nowait(1); });
  l.loop.run_until_complete(t);
  EXPECT_EQ(out, numbers{1});
  EXPECT_EQ(l.seconds(), 0.01);
}

TEST(Queue, PutWaitsForRoom) {
  VirtualLoop l;
  queue<int> q(1);
  q.put_nowait(1);
  auto t = l.loop.create_task(put(q, 2));
  l.once();
  EXPECT_FALSE(t.done());
  EXPECT_EQ(q.get_nowait(), 1);
  l.once();
  EXPECT_TRUE(t.done());
  EXPECT_EQ(q.get_nowait(), 2);
}

TEST(Queue, ServesGettersAndPuttersInTheirOrder) {
  VirtualLoop l;
  queue<int> q(1);
  numbers out;
  std::vector<spawned<>> all;
  for (int i = 1; i <= 5; ++i)
    all.push_back(l.loop.create_task(put(q, i)));
  l.once();
  for (int i = 1; i <= 5; ++i)
    all.push_back(l.loop.create_task(get_into(q, out)));
  l.rounds(12);
  EXPECT_EQ(out, (numbers{1, 2, 3, 4, 5}));
  for (const auto &one : all)
    EXPECT_TRUE(one.done());
}

TEST(Queue, GettersAndPuttersDoNotWaitForEachOther) {
  VirtualLoop l;
  queue<int> q(2);
  numbers out;
  auto producer = [&]() -> task<> {
    for (int i = 0; i < 5; ++i)
      co_await q.put(i);
  };
  auto consumer = [&]() -> task<> {
    for (int i = 0; i < 5; ++i)
      out.push_back(co_await q.get());
  };
  auto main = [&]() -> task<> { co_await gather(consumer(), producer()); };
  l.run(main());
  EXPECT_EQ(out, (numbers{0, 1, 2, 3, 4}));
  auto reversed = [&]() -> task<> { co_await gather(producer(), consumer()); };
  l.run(reversed());
  EXPECT_EQ(out.size(), 10u);
}

TEST(Queue, AnItemGoesToTheNextWhenAGetterIsCancelled) {
  VirtualLoop l;
  queue<int> q;
  numbers out;
  auto a = l.loop.create_task(get_into(q, out)), b = l.loop.create_task(get_into(q, out));
  l.once();
  q.put_nowait(1); // the turn of a
  a.cancel();
  l.rounds(3);
  EXPECT_TRUE(a.cancelled());
  EXPECT_TRUE(b.done());
  EXPECT_EQ(out, numbers{1});
}

TEST(Queue, CancelledGettersLeave) {
  VirtualLoop l;
  queue<int> q;
  numbers out;
  for (int i = 0; i < 3; ++i) {
    auto main = [&]() -> task<> { EXPECT_THROW(co_await wait_for(q.get(), 100ms), timeout_error); };
    l.run(main());
  }
  EXPECT_EQ(to_string(q), "<queue, 0 items>");
  std::vector<spawned<>> all;
  for (int i = 0; i < 4; ++i)
    all.push_back(l.loop.create_task(get_into(q, out)));
  l.once();
  for (int i = 0; i < 3; ++i)
    all[static_cast<std::size_t>(i)].cancel();
  q.put_nowait(1);
  l.rounds(2);
  EXPECT_TRUE(all[3].done());
  EXPECT_EQ(out, numbers{1});
}

TEST(Queue, ACancelledPutPutsNothing) {
  VirtualLoop l;
  queue<int> q(1);
  q.put_nowait(1);
  auto a = l.loop.create_task(put(q, 2)), b = l.loop.create_task(put(q, 3));
  l.once();
  a.cancel();
  l.rounds(2);
  EXPECT_TRUE(a.cancelled());
  EXPECT_EQ(to_string(q), "<queue, 1 items, at most 1, 1 putting, 1 unfinished>");
  EXPECT_EQ(q.get_nowait(), 1);
  l.once();
  EXPECT_EQ(q.get_nowait(), 3);
}

TEST(Queue, RoomGoesToTheNextWhenAPutterIsCancelled) {
  VirtualLoop l;
  queue<int> q(1);
  q.put_nowait(1);
  std::vector<spawned<>> all;
  for (int i = 2; i <= 4; ++i)
    all.push_back(l.loop.create_task(put(q, i)));
  l.once();
  EXPECT_EQ(q.get_nowait(), 1); // the turn of 2
  all[0].cancel();
  l.rounds(3);
  EXPECT_TRUE(all[0].cancelled());
  EXPECT_EQ(q.get_nowait(), 3);
  l.rounds(2);
  EXPECT_EQ(q.get_nowait(), 4);
  EXPECT_THROW(q.get_nowait(), queue_empty);
}

TEST(Queue, JoinWaitsUntilAllIsDealtWith) {
  VirtualLoop l;
  queue<int> q;
  l.run(q.join());
  EXPECT_THROW(q.task_done(), invalid_state);
  int sum = 0;
  for (int i = 0; i < 100; ++i)
    q.put_nowait(i);
  auto worker = [&]() -> task<> {
    for (;;) {
      sum += co_await q.get();
      co_await sleep(1ms);
      q.task_done();
    }
  };
  auto main = [&]() -> task<> {
    auto a = create_task(worker()), b = create_task(worker());
    co_await q.join();
    EXPECT_EQ(sum, 99 * 50);
    EXPECT_EQ(q.unfinished(), 0u);
    a.cancel();
    b.cancel();
  };
  l.run(main());
  EXPECT_THROW(q.task_done(), invalid_state);
}

TEST(Queue, ShutdownSendsTheWaitingAway) {
  VirtualLoop l;
  queue<int> q(1);
  numbers out;
  auto getter = l.loop.create_task(get_into(q, out));
  l.once();
  EXPECT_FALSE(q.is_shutdown());
  q.shutdown();
  EXPECT_TRUE(q.is_shutdown());
  l.once();
  EXPECT_THROW(getter.result(), queue_shutdown);
  EXPECT_THROW(q.get_nowait(), queue_shutdown);
  EXPECT_THROW(q.put_nowait(1), queue_shutdown);
  EXPECT_THROW(l.run(q.get()), queue_shutdown);
  EXPECT_THROW(l.run(q.put(1)), queue_shutdown);
  l.run(q.join());
}

TEST(Queue, ShutdownLetsGetWhatIsThere) {
  VirtualLoop l;
  queue<int> q(2);
  q.put_nowait(1);
  q.put_nowait(2);
  auto putter = l.loop.create_task(put(q, 3));
  auto joins = l.loop.create_task(q.join());
  l.once();
  q.shutdown();
  l.once();
  EXPECT_THROW(putter.result(), queue_shutdown);
  EXPECT_EQ(q.get_nowait(), 1);
  EXPECT_EQ(l.run(q.get()), 2);
  EXPECT_THROW(q.get_nowait(), queue_shutdown);
  EXPECT_FALSE(joins.done());
  q.task_done();
  q.task_done();
  l.once();
  EXPECT_TRUE(joins.done());
}

TEST(Queue, ImmediateShutdownDropsWhatIsThere) {
  VirtualLoop l;
  queue<int> q;
  q.put_nowait(1);
  q.put_nowait(2);
  auto joins = l.loop.create_task(q.join());
  l.once();
  q.shutdown(true);
  l.once();
  EXPECT_TRUE(joins.done());
  EXPECT_TRUE(q.empty());
  EXPECT_THROW(q.get_nowait(), queue_shutdown);
  EXPECT_THROW(q.task_done(), invalid_state);
}

TEST(Queue, ImmediateShutdownLeavesWhatIsBeingDealtWith) {
  VirtualLoop l;
  queue<int> q;
  q.put_nowait(1);
  q.put_nowait(2);
  EXPECT_EQ(q.get_nowait(), 1);
  auto joins = l.loop.create_task(q.join());
  l.once();
  q.shutdown(true);
  l.once();
  EXPECT_FALSE(joins.done());
  EXPECT_EQ(q.unfinished(), 1u);
  q.task_done();
  l.once();
  EXPECT_TRUE(joins.done());
}

TEST(Queue, MayBeWaitedForWhenTheLoopEnds) {
  VirtualLoop l;
  auto main = []() -> task<> {
    queue<int> q;
    numbers out;
    auto child = create_task(get_into(q, out));
    co_await q.get();
  };
  l.loop.create_task(main());
  l.rounds(2);
  l.loop.close();
}

} // namespace
} // namespace abide::test
