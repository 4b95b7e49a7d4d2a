//===- FutureTest.cpp - Results that come later ---------------------------===//

#include "Virtual.h"
#include "gtest/gtest.h"

using namespace std::chrono_literals;

namespace abide::test {
namespace {

std::exception_ptr error_of(const char *what) {
  return std::make_exception_ptr(std::runtime_error(what));
}

TEST(Future, IsPendingAtFirst) {
  VirtualLoop l;
  const future<int> f = l.loop.create_future<int>();
  EXPECT_FALSE(f.done());
  EXPECT_FALSE(f.cancelled());
  EXPECT_TRUE(f.cancel());
  EXPECT_TRUE(f.cancelled());
}

TEST(Future, IsDoneWhenCancelled) {
  VirtualLoop l;
  const future<int> f = l.loop.create_future<int>();
  EXPECT_TRUE(f.cancel());
  EXPECT_TRUE(f.done());
  EXPECT_THROW(f.result(), cancelled_error);
  EXPECT_THROW(f.exception(), cancelled_error);
  EXPECT_THROW(f.set_result(1), invalid_state);
  EXPECT_THROW(f.set_exception(error_of("x")), invalid_state);
  EXPECT_FALSE(f.cancel());
}

TEST(Future, HasAResultOnce) {
  VirtualLoop l;
  const future<int> f = l.loop.create_future<int>();
  EXPECT_THROW(f.result(), invalid_state);
  f.set_result(42);
  EXPECT_TRUE(f.done());
  EXPECT_FALSE(f.cancelled());
  EXPECT_EQ(f.result(), 42);
  EXPECT_EQ(f.exception(), nullptr);
  EXPECT_THROW(f.set_result(1), invalid_state);
  EXPECT_THROW(f.set_exception(error_of("x")), invalid_state);
  EXPECT_FALSE(f.cancel());
}

TEST(Future, HasAnExceptionOnce) {
  VirtualLoop l;
  const future<int> f = l.loop.create_future<int>();
  EXPECT_THROW(f.exception(), invalid_state);
  EXPECT_THROW(f.set_exception(std::exception_ptr()), invalid_argument);
  f.set_exception(std::runtime_error("broken"));
  EXPECT_THROW(f.result(), std::runtime_error);
  EXPECT_THROW(f.result(), std::runtime_error) << "as often as asked";
  EXPECT_EQ(to_string(f.exception()), "std::runtime_error: broken");
  EXPECT_THROW(f.set_result(1), invalid_state);
  EXPECT_THROW(f.set_exception(error_of("x")), invalid_state);
}

TEST(Future, ComesInAllTypes) {
  VirtualLoop l;
  const future<> nothing = l.loop.create_future();
  nothing.set_result();
  nothing.result();
  int variable = 1;
  const future<int &> reference = l.loop.create_future<int &>();
  reference.set_result(variable);
  EXPECT_EQ(&reference.result(), &variable);
  const future<std::unique_ptr<int>> owned = l.loop.create_future<std::unique_ptr<int>>();
  owned.set_result(std::make_unique<int>(7));
  EXPECT_EQ(*owned.result(), 7);
  auto take = [](future<std::unique_ptr<int>> f) -> task<int> {
    std::unique_ptr<int> mine = co_await std::move(f);
    co_return *mine;
  };
  EXPECT_EQ(l.run(take(owned)), 7);
  EXPECT_EQ(owned.result(), nullptr) << "who awaits a temporary takes what cannot be copied";
  auto copy = [](future<std::string> f) -> task<std::string> { co_return co_await std::move(f); };
  const future<std::string> shared = l.loop.create_future<std::string>();
  shared.set_result("text");
  EXPECT_EQ(l.run(copy(shared)), "text");
  EXPECT_EQ(shared.result(), "text") << "and copies what others may still look at";
}

TEST(Future, SaysWhenItIsEmpty) {
  future<int> f;
  EXPECT_FALSE(f);
  EXPECT_THROW(f.done(), invalid_state);
  EXPECT_THROW(f.result(), invalid_state);
  EXPECT_THROW(f.cancel(), invalid_state);
  EXPECT_EQ(to_string(f), "<future, empty>");
  EXPECT_THROW((void)make_future<int>(), no_running_loop);
}

TEST(Future, HasAPrintableForm) {
  VirtualLoop l;
  const future<int> f = l.loop.create_future<int>();
  EXPECT_EQ(to_string(f), "<future, pending>");
  const future<int> g = l.loop.create_future<int>();
  g.set_result(1);
  EXPECT_EQ(to_string(g), "<future, finished>");
  f.set_exception(std::runtime_error("broken"));
  EXPECT_EQ(to_string(f), "<future, failed: std::runtime_error: broken>");
  const future<int> h = l.loop.create_future<int>();
  h.cancel();
  EXPECT_EQ(to_string(h), "<future, cancelled>");
  f.exception();
}

TEST(Future, MayBeAwaitedOftenAndByMany) {
  VirtualLoop l;
  const future<int> f = l.loop.create_future<int>();
  auto twice = [&]() -> task<int> { co_return co_await f + co_await f; };
  auto a = l.loop.create_task(twice());
  auto b = l.loop.create_task(twice());
  l.once();
  f.set_result(21);
  l.once();
  EXPECT_EQ(a.result(), 42);
  EXPECT_EQ(b.result(), 42);
}

// --- lost exceptions --------------------------------------------------------------

TEST(Future, IsSilentWhenNothingWasLost) {
  VirtualLoop l;
  {
    const future<int> abandoned = l.loop.create_future<int>();
  }
  {
    const future<int> unread = l.loop.create_future<int>();
    unread.set_result(1);
  }
  {
    const future<int> read = l.loop.create_future<int>();
    read.set_result(1);
    read.result();
  }
  {
    const future<int> cancelled = l.loop.create_future<int>();
    cancelled.set_exception(error_of("x"));
    cancelled.cancel(); // too late, but somebody cares
  }
  EXPECT_TRUE(l.reports.empty());
}

TEST(Future, ReportsALostExceptionOnce) {
  VirtualLoop l;
  {
    const future<int> f = l.loop.create_future<int>();
    f.set_exception(error_of("lost"));
  }
  ASSERT_EQ(l.reports.size(), 1u);
  EXPECT_EQ(l.reports[0].message, "future exception was never retrieved");
  EXPECT_EQ(to_string(l.reports[0].exception), "std::runtime_error: lost");
}

TEST(Future, TakesExceptionAndResultForRetrieval) {
  VirtualLoop l;
  {
    const future<int> f = l.loop.create_future<int>();
    f.set_exception(error_of("x"));
    EXPECT_NE(f.exception(), nullptr);
    const future<int> g = l.loop.create_future<int>();
    g.set_exception(error_of("x"));
    EXPECT_THROW(g.result(), std::runtime_error);
  }
  EXPECT_TRUE(l.reports.empty());
}

TEST(Future, MayOutliveItsLoop) {
  future<int> f;
  future<int> lost;
  any_future pending;
  handle h;
  {
    VirtualLoop l;
    f = l.loop.create_future<int>();
    lost = l.loop.create_future<int>();
    f.add_done_callback([] { FAIL(); });
    auto waits = [&]() -> task<int> { co_return co_await f; };
    pending = l.loop.create_task(waits());
    h = l.loop.call_later(1s, [] { FAIL(); });
    l.once();
  }
  EXPECT_TRUE(pending.cancelled());
  f.set_result(3);
  EXPECT_EQ(f.result(), 3);
  h.cancel();
  const ReportsWanted wanted;
  testing::internal::CaptureStderr();
  lost.set_exception(error_of("after the end"));
  lost = {};
  flush_log();
  EXPECT_NE(testing::internal::GetCapturedStderr().find("after the end"), std::string::npos);
}

// --- callbacks ---------------------------------------------------------------------

TEST(DoneCallbacks, RunInOrderInTheNextRound) {
  VirtualLoop l;
  for (const bool fails : {false, true}) {
    std::string order;
    const future<int> f = l.loop.create_future<int>();
    f.add_done_callback([&](const any_future &done) {
      EXPECT_EQ(done, f);
      order += 'a';
    });
    f.add_done_callback([&] { order += 'b'; });
    if (fails)
      f.set_exception(error_of("x"));
    else
      f.set_result(1);
    EXPECT_EQ(order, "");
    l.once();
    EXPECT_EQ(order, "ab");
    f.add_done_callback([&] { order += 'c'; });
    EXPECT_EQ(order, "ab");
    l.once();
    EXPECT_EQ(order, "abc");
    f.exception();
  }
}

TEST(DoneCallbacks, CanBeRemoved) {
  VirtualLoop l;
  std::string order;
  const future<int> f = l.loop.create_future<int>();
  const callback_id a = f.add_done_callback([&] { order += 'a'; });
  f.add_done_callback([&] { order += 'b'; });
  const callback_id c = f.add_done_callback([&] { order += 'c'; });
  EXPECT_TRUE(f.remove_done_callback(a));
  EXPECT_FALSE(f.remove_done_callback(a));
  EXPECT_FALSE(f.remove_done_callback(callback_id()));
  f.set_result(1);
  EXPECT_FALSE(f.remove_done_callback(c)) << "it is on its way";
  l.once();
  EXPECT_EQ(order, "bc");
}

TEST(DoneCallbacks, MayRemoveEachOtherWhileTheyRun) {
  VirtualLoop l;
  std::string order;
  const future<int> f = l.loop.create_future<int>();
  callback_id ids[3];
  for (int i = 0; i < 3; ++i)
    ids[i] = f.add_done_callback([&, i] {
      order += static_cast<char>('0' + i);
      for (const callback_id id : ids)
        EXPECT_FALSE(f.remove_done_callback(id));
    });
  f.set_result(1);
  l.once();
  EXPECT_EQ(order, "012");
}

TEST(DoneCallbacks, ThatThrowAreReported) {
  VirtualLoop l;
  const future<int> f = l.loop.create_future<int>();
  bool second = false;
  f.add_done_callback([] { throw std::runtime_error("x"); });
  f.add_done_callback([&] { second = true; });
  f.set_result(1);
  l.once();
  EXPECT_TRUE(second);
  ASSERT_EQ(l.reports.size(), 1u);
  EXPECT_EQ(l.reports[0].message, "exception in a done callback");
  EXPECT_EQ(l.reports[0].subject, "<future, finished>");
}

} // namespace
} // namespace abide::test
