//===- LoopTest.cpp - Callbacks, timers, run and stop ---------------------===//

#include "Virtual.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstdlib>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

TEST(Loop, IsClosedOnceAndRefusesWorkThen) {
  VirtualLoop l;
  EXPECT_FALSE(l.loop.is_closed());
  l.loop.close();
  EXPECT_TRUE(l.loop.is_closed());
  l.loop.close();
  EXPECT_THROW(l.loop.run_forever(), loop_closed);
  EXPECT_THROW(l.loop.call_soon([] {}), loop_closed);
  EXPECT_THROW(l.loop.call_later(1s, [] {}), loop_closed);
  EXPECT_THROW(l.loop.call_at(time_point{}, [] {}), loop_closed);
  EXPECT_THROW(l.loop.call_soon_threadsafe([] {}), loop_closed);
  EXPECT_THROW((void)l.loop.run_in_executor(nullptr, [] {}), loop_closed);
  EXPECT_THROW(l.loop.run_until_complete([]() -> task<> { co_return; }()), loop_closed);
  EXPECT_THROW(l.loop.add_signal_handler(SIGUSR1, [] {}), loop_closed);
}

TEST(Loop, IsNotClosedWhileItRuns) {
  VirtualLoop l;
  l.loop.call_soon([&] {
    EXPECT_THROW(l.loop.close(), loop_running);
    l.loop.stop();
  });
  l.loop.run_forever();
  EXPECT_FALSE(l.loop.is_closed());
}

TEST(Loop, RunsACallbackOnceInTheNextRound) {
  VirtualLoop l;
  int calls = 0;
  handle h = l.loop.call_soon([&] { ++calls; });
  EXPECT_EQ(calls, 0);
  EXPECT_FALSE(h.cancelled());
  EXPECT_FALSE(h.when());
  l.rounds(3);
  EXPECT_EQ(calls, 1);
}

TEST(Loop, DoesNotRunACancelledCallback) {
  VirtualLoop l;
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> alive = owned;
  handle h = l.loop.call_soon([owned = std::move(owned)] { FAIL(); });
  h.cancel();
  EXPECT_TRUE(h.cancelled());
  EXPECT_TRUE(alive.expired()) << "a cancelled callback is destroyed";
  h.cancel();
  l.rounds(2);
  handle copy = l.loop.call_soon([] {});
  EXPECT_EQ(copy, handle(copy));
  EXPECT_NE(copy, h);
  l.once();
  copy.cancel(); // too late, harmless
}

TEST(Loop, HandlesHaveAPrintableForm) {
  VirtualLoop l;
  handle soon = l.loop.call_soon([] {});
  EXPECT_EQ(to_string(soon), "<callback>");
  soon.cancel();
  EXPECT_EQ(to_string(soon), "<callback, cancelled>");
  handle later = l.loop.call_later(1500ms, [] {});
  EXPECT_EQ(to_string(later), "<callback at 1.500000 s>");
  EXPECT_EQ(to_string(handle()), "<callback, none>");
}

TEST(Loop, RunsWhatACallbackSchedulesInTheNextRound) {
  VirtualLoop l;
  std::vector<int> order;
  l.loop.call_soon([&] {
    order.push_back(1);
    l.loop.call_soon([&] { order.push_back(3); });
  });
  l.loop.call_soon([&] { order.push_back(2); });
  l.once();
  EXPECT_EQ(order, (std::vector{1, 2}));
  l.once();
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(Loop, RunsATimerOnceAfterItsDelay) {
  VirtualLoop l;
  std::vector<double> at;
  handle h = l.loop.call_later(2s, [&] {
    at.push_back(l.seconds());
    l.loop.stop();
  });
  EXPECT_EQ(h.when(), l.loop.time() + 2s);
  l.loop.run_forever();
  EXPECT_EQ(at, std::vector{2.0});
}

TEST(Loop, CountsADelayFromItsNextLookAtTheClock) {
  auto waits = std::make_unique<virtual_poller>();
  virtual_poller &time = *waits;
  abide::loop loop(std::move(waits));
  loop.set_debug(false); // debug mode looks for every delay
  handle unseen, seen, blocked;
  loop.call_soon([&] {
    unseen = loop.call_later(10s, [&] { loop.stop(); });
    time.advance(3s); // what the rest of a callback takes
    seen = loop.call_later(9s, [] {});
    EXPECT_EQ(seen.when(), time_point(12s)); // asking is a look
    time.advance(3s);
    blocked = loop.call_later(1s, [] {});
  });
  loop.run_forever();
  EXPECT_EQ(unseen.when(), time_point(13s));
  EXPECT_EQ(blocked.when(), time_point(7s));
  EXPECT_EQ(loop.time(), time_point(13s));
}

TEST(Loop, KnowsNoTimeOfADelayThatWasCancelledBeforeItLooked) {
  VirtualLoop l;
  l.loop.set_debug(false);
  handle h = l.loop.call_later(1s, [] { FAIL(); });
  h.cancel();
  EXPECT_FALSE(h.when());
  EXPECT_EQ(to_string(h), "<callback, cancelled>");
}

TEST(Loop, LooksAtTheClockForEach64Delays) {
  VirtualLoop l;
  std::vector<handle> all;
  for (int i = 0; i < 64; ++i)
    all.push_back(l.loop.call_later(1s, [] {}));
  all.front().cancel();
  EXPECT_EQ(all.front().when(), time_point(1s));
}

TEST(Loop, RunsNegativeDelaysAtOnceTheEarlierFirst) {
  VirtualLoop l;
  std::string order;
  l.loop.call_later(-1s, [&] { order += 'a'; });
  l.loop.call_later(-2s, [&] { order += 'b'; });
  l.loop.call_later(0s, [&] { order += 'c'; });
  l.rounds(2);
  EXPECT_EQ(order, "bac");
  EXPECT_EQ(l.seconds(), 0);
}

TEST(Loop, RefusesADelayThatIsNoNumber) {
  VirtualLoop l;
  const std::chrono::duration<double> nan(std::nan(""));
  EXPECT_THROW(l.loop.call_later(nan, [] {}), invalid_argument);
  const std::chrono::duration<double> endless(INFINITY);
  l.loop.call_later(endless, [] { FAIL(); });
  l.loop.call_later(std::chrono::hours::max(), [] { FAIL(); });
  l.loop.call_later(1s, [&] { l.loop.stop(); });
  l.loop.run_forever();
}

TEST(Loop, RunsCallAtAtTheTimeOfItsClock) {
  VirtualLoop l;
  const time_point start = l.loop.time();
  l.loop.call_at(start + 100ms, [&] { l.loop.stop(); });
  l.loop.run_forever();
  EXPECT_EQ(l.loop.time() - start, 100ms);

  loop real;
  const time_point before = real.time();
  real.call_at(before + 20ms, [&] { real.stop(); });
  real.run_forever();
  EXPECT_GE(real.time() - before, 20ms);
  EXPECT_LT(real.time() - before, 2s);
}

TEST(Loop, SleepsUntilTheFirstTimerThatIsNotCancelled) {
  auto owned = std::make_unique<virtual_poller>();
  virtual_poller &time = *owned;
  loop l(std::move(owned));
  handle first = l.call_later(1s, [] { FAIL(); });
  l.call_later(3s, [&] { l.stop(); });
  first.cancel();
  l.run_forever();
  EXPECT_EQ(time.jumps(), 1u);
  EXPECT_EQ(time.now(), time_point{} + 3s);
}

TEST(Loop, KeepsNoCancelledTimers) {
  VirtualLoop l;
  std::vector<handle> timers;
  for (int i = 0; i < 300; ++i)
    timers.push_back(l.loop.call_later(std::chrono::seconds(3600 + i * 7 % 50), [] {}));
  EXPECT_EQ(l.loop.core().timer_count(), 300u);
  for (int i = 0; i < 300; ++i)
    if (i % 3)
      timers[static_cast<std::size_t>(i)].cancel();
  EXPECT_EQ(l.loop.core().timer_count(), 100u);
}

TEST(Loop, RunsTimersInOrderEqualOnesFirstComeFirstServed) {
  VirtualLoop l;
  std::vector<int> order;
  std::vector<handle> doomed;
  for (int i = 0; i < 500; ++i) {
    l.loop.call_later(std::chrono::milliseconds(i * 37 % 100 + 1),
                      [&order, i] { order.push_back(i * 37 % 100 * 1000 + i); });
    doomed.push_back(l.loop.call_later(std::chrono::milliseconds(i * 13 % 90 + 1), [] { FAIL(); }));
  }
  for (handle &h : doomed)
    h.cancel();
  l.loop.call_later(1s, [&] { l.loop.stop(); });
  l.loop.run_forever();
  EXPECT_EQ(order.size(), 500u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Loop, DoesNotSpinOnShortTimers) {
  loop l;
  auto naps = []() -> task<> {
    for (auto nap : {100us, 1000us, 50us, 10us})
      co_await sleep(nap);
  };
  const std::uint64_t before = l.core().shown.sequence;
  l.run_until_complete(naps());
  EXPECT_LE(l.core().shown.sequence - before, 16u); // callbacks and waits
}

TEST(Loop, FiresDueTimersWhileThereIsAlwaysWork) {
  loop l; // with its usual poll interval
  bool busy = true;
  std::function<void()> again = [&] {
    if (busy)
      l.call_soon(again);
  };
  again();
  int rounds = 0;
  std::function<void()> count = [&] {
    ++rounds;
    if (busy)
      l.call_soon(count);
  };
  count();
  l.call_later(5ms, [&] {
    busy = false;
    l.stop();
  });
  l.run_forever();
  EXPECT_FALSE(busy);
  l.call_soon(count);
  rounds = 0;
  busy = true;
  l.call_soon([&] {
    l.call_later(0s, [&] {
      busy = false;
      l.stop();
    });
  });
  l.run_forever();
  EXPECT_LE(rounds, 4) << "a timer of zero does not wait for the poll interval";
  l.close(); // what is left is dropped
}

// --- stop --------------------------------------------------------------------

TEST(Loop, RunsOneRoundWhenStoppedBefore) {
  VirtualLoop l;
  int calls = 0;
  l.loop.call_soon([&] { ++calls; });
  l.loop.stop();
  l.loop.run_forever();
  EXPECT_EQ(calls, 1);
  l.loop.call_soon([&] {
    l.loop.stop();
    l.loop.stop();
    l.loop.call_soon([&] { calls += 10; });
  });
  l.loop.call_soon([&] { ++calls; });
  l.loop.run_forever();
  EXPECT_EQ(calls, 2) << "the round is finished, the next one does not begin";
  l.once();
  EXPECT_EQ(calls, 12);
}

TEST(Loop, RunsAReaderOnceWhenStopCameInTheSameRound) {
  loop l;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  int calls = 0;
  l.add_reader(ends[0], [&] { ++calls; });
  l.call_soon([&] { l.stop(); });
  l.run_forever();
  EXPECT_EQ(calls, 1);
  l.remove_reader(ends[0]);
  close(ends[0]);
  close(ends[1]);
}

TEST(Loop, DoesNotRunWithinARunningLoop) {
  VirtualLoop l;
  auto idle = []() -> task<> { co_return; };
  auto main = [&]() -> task<> {
    VirtualLoop inner;
    EXPECT_THROW(l.loop.run_forever(), loop_running);
    EXPECT_THROW(inner.loop.run_forever(), loop_running);
    EXPECT_THROW(inner.loop.run_until_complete(idle()), loop_running);
    EXPECT_THROW(l.loop.run_until_complete(idle()), loop_running);
    EXPECT_THROW(abide::run(idle()), loop_running);
    runner r;
    EXPECT_THROW(r.run(idle()), loop_running);
    co_return;
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty());
}

TEST(Loop, RunsUntilComplete) {
  VirtualLoop l;
  auto main = []() -> task<std::string> {
    co_await sleep(5s);
    co_return "done";
  };
  EXPECT_EQ(l.run(main()), "done");
  EXPECT_EQ(l.seconds(), 5);
  auto fails = []() -> task<int> {
    co_await sleep(1s);
    throw std::out_of_range("x");
  };
  EXPECT_THROW(l.run(fails()), std::out_of_range);
  EXPECT_TRUE(l.reports.empty());
}

TEST(Loop, SaysThatItWasStoppedBeforeTheEnd) {
  VirtualLoop l;
  auto main = [&]() -> task<> {
    l.loop.stop();
    co_await sleep(1h);
  };
  EXPECT_THROW(l.run(main()), invalid_state);
  l.loop.close(); // and reports the pending task
  EXPECT_EQ(l.reports.size(), 1u);
}

TEST(Loop, DoesNotRunAFutureOfAnotherLoop) {
  VirtualLoop l;
  VirtualLoop other;
  EXPECT_THROW(l.loop.run_until_complete(other.loop.create_future<int>()), wrong_loop);
}

struct interrupt : fatal {};

TEST(Loop, CanGoOnAfterAnInterrupt) {
  VirtualLoop l;
  int later = 0;
  l.loop.call_soon([] { throw keyboard_interrupt(); });
  l.loop.call_soon([&] { ++later; });
  EXPECT_THROW(l.loop.run_forever(), keyboard_interrupt);
  EXPECT_FALSE(l.loop.is_running());
  EXPECT_EQ(running_loop_if_any(), nullptr);
  l.once();
  EXPECT_EQ(later, 1) << "the rest of the round is not lost";
  auto forever = []() -> task<> { co_await sleep(1h); };
  l.loop.call_soon([] { throw interrupt(); });
  EXPECT_THROW(l.run(forever()), interrupt);
  l.loop.close();
}

TEST(Loop, KeepsNoStopFromAFatalMain) {
  VirtualLoop l;
  auto main = []() -> task<> {
    throw interrupt();
    co_return;
  };
  EXPECT_THROW(l.run(main()), interrupt);
  int calls = 0;
  l.loop.call_later(1s, [&] {
    ++calls;
    l.loop.stop();
  });
  l.loop.run_forever();
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(l.reports.empty());
}

// --- trouble -------------------------------------------------------------------

TEST(Trouble, OfACallbackGoesToTheHandlerAndTheLoopRunsOn) {
  const ReportsWanted wanted;
  VirtualLoop l;
  int after = 0;
  l.loop.call_soon([] { throw std::runtime_error("broken"); });
  l.loop.call_later(1s, [] { throw 42; });
  l.loop.call_later(2s, [&] {
    ++after;
    l.loop.stop();
  });
  l.loop.run_forever();
  EXPECT_EQ(after, 1);
  ASSERT_EQ(l.reports.size(), 2u);
  EXPECT_EQ(l.reports[0].message, "exception in a callback");
  EXPECT_EQ(l.reports[0].subject, "<callback>");
  EXPECT_EQ(to_string(l.reports[0].exception), "std::runtime_error: broken");
  EXPECT_EQ(to_string(l.reports[1].exception), "int");
  EXPECT_EQ(l.reports[0].level, severity::error);

  l.loop.set_exception_handler(nullptr);
  EXPECT_FALSE(l.loop.get_exception_handler());
  l.loop.set_debug(false);
  testing::internal::CaptureStderr();
  l.loop.call_soon([] { throw std::runtime_error("plain"); });
  l.once();
  flush_log();
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text, "abide: error: exception in a callback\n  subject: <callback>\n"
                  "  exception: std::runtime_error: plain\n");
}

TEST(Trouble, OfATaskNobodyAwaitsIsReported) {
  VirtualLoop l;
  auto fails = []() -> task<> {
    throw std::runtime_error("lost");
    co_return;
  };
  l.loop.create_task(fails(), {.name = "loser"});
  l.rounds(2);
  ASSERT_EQ(l.reports.size(), 1u);
  EXPECT_EQ(l.reports[0].message, "task exception was never retrieved");
  EXPECT_NE(l.reports[0].subject.find("<task 'loser', failed: std::runtime_error: lost"),
            std::string::npos)
      << l.reports[0].subject;
}

TEST(Trouble, InTheHandlerIsReportedByTheDefault) {
  const ReportsWanted wanted;
  VirtualLoop l;
  l.loop.set_exception_handler(
      [](loop &, const report &) { throw std::logic_error("handler is broken"); });
  l.loop.call_soon([] { throw std::runtime_error("cause"); });
  testing::internal::CaptureStderr();
  l.once();
  flush_log();
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("the exception handler threw"), std::string::npos);
  EXPECT_NE(text.find("handler is broken"), std::string::npos);
  EXPECT_NE(text.find("cause"), std::string::npos);
}

TEST(Trouble, DebugIsAFlagOfTheLoopAndOfTheEnvironment) {
  unsetenv("ABIDE_DEBUG");
  EXPECT_FALSE(loop().get_debug());
  setenv("ABIDE_DEBUG", "1", 1);
  loop l;
  EXPECT_TRUE(l.get_debug());
  l.set_debug(false);
  EXPECT_FALSE(l.get_debug());
  setenv("ABIDE_DEBUG", "", 1);
  EXPECT_FALSE(loop().get_debug());
  unsetenv("ABIDE_DEBUG");
}

TEST(Trouble, InDebugModeAForeignThreadIsRefused) {
  VirtualLoop l;
  for (const bool debug : {false, true}) {
    l.loop.set_debug(debug);
    l.loop.call_soon([&] {
      // This thread waits, so that the call without debug mode is no race here.
      std::thread([&] {
        auto refused = [&] {
          try {
            l.loop.call_soon([] {});
            l.loop.call_later(1s, [] {});
            return false;
          } catch (const wrong_loop &) {
            return true;
          }
        };
        EXPECT_EQ(refused(), debug);
        l.loop.call_soon_threadsafe([&] { l.loop.stop(); });
      }).join();
    });
    l.loop.run_forever();
  }
}

TEST(Trouble, InDebugModeASlowCallbackIsReported) {
  auto owned = std::make_unique<virtual_poller>();
  virtual_poller &time = *owned;
  loop l(std::move(owned));
  std::vector<report> reports;
  l.set_exception_handler([&](loop &, const report &what) { reports.push_back(what); });
  l.set_debug(true);
  l.set_slow_callback_duration(1s);
  EXPECT_EQ(l.slow_callback_duration(), 1s);
  auto slow = [&]() -> task<> {
    time.advance(2s);
    co_return;
  };
  l.call_soon([&] { time.advance(1s); });
  l.call_soon([&] { time.advance(999ms); });
  l.create_task(slow(), {.name = "sluggard"});
  l.stop();
  l.run_forever();
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].message, "executing took 1.000000 s");
  EXPECT_EQ(reports[0].subject, "<callback>");
  EXPECT_EQ(reports[0].level, severity::warning);
  EXPECT_EQ(reports[1].message, "executing took 2.000000 s");
  EXPECT_NE(reports[1].subject.find("sluggard"), std::string::npos);
}

// --- threads ---------------------------------------------------------------------

TEST(Threads, WakeTheLoop) {
  loop l;
  std::thread::id ran;
  std::thread other([&] {
    std::this_thread::sleep_for(20ms);
    l.call_soon_threadsafe([&] {
      ran = std::this_thread::get_id();
      l.stop();
    });
  });
  l.run_forever();
  other.join();
  EXPECT_EQ(ran, std::this_thread::get_id());
}

TEST(Threads, KeepTheOrderOfTheSameThread) {
  VirtualLoop l;
  std::string order;
  l.loop.call_soon([&] {
    l.loop.call_soon_threadsafe([&] { order += 'a'; });
    l.loop.call_soon([&] { order += 'b'; });
    l.loop.call_soon_threadsafe([&] { order += 'c'; });
  });
  l.rounds(2);
  EXPECT_EQ(order, "abc");
}

TEST(Threads, PostManyThings) {
  loop l;
  constexpr int each = 20000;
  int count = 0;
  auto post = [&] {
    for (int i = 0; i < each; ++i)
      l.call_soon_threadsafe([&] {
        if (++count == 3 * each)
          l.stop();
      });
  };
  std::thread a(post), b(post), c(post);
  l.run_forever();
  a.join(), b.join(), c.join();
  EXPECT_EQ(count, 3 * each);
}

TEST(Threads, PostedToALoopThatClosesIsDropped) {
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> alive = owned;
  {
    loop l;
    l.call_soon_threadsafe([owned = std::move(owned)] { FAIL(); });
  }
  EXPECT_TRUE(alive.expired());
}

TEST(Threads, HaveALoopEach) {
  auto main = [](int n) -> task<int> {
    for (int i = 0; i < 100; ++i)
      co_await sleep(0s);
    EXPECT_EQ(all_tasks().size(), 1u);
    co_return n;
  };
  std::vector<std::thread> threads;
  std::atomic<int> sum{0};
  for (int i = 1; i <= 4; ++i)
    threads.emplace_back([&, i] { sum += abide::run(main(i)); });
  for (std::thread &t : threads)
    t.join();
  EXPECT_EQ(sum, 10);
}

// --- descriptors --------------------------------------------------------------------

struct Pipe {
  Pipe() { EXPECT_EQ(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  int ends[2];
};

template <class Loop> void readsUntilTheEnd(Loop &l) {
  Pipe p;
  std::string got;
  l.add_reader(p.ends[0], [&] {
    char c = 0;
    EXPECT_EQ(read(p.ends[0], &c, 1), 1);
    got += c;
    if (got.size() == 3) {
      EXPECT_TRUE(l.remove_reader(p.ends[0]));
      EXPECT_FALSE(l.remove_reader(p.ends[0]));
      l.stop();
    }
  });
  l.call_soon([&] { EXPECT_EQ(write(p.ends[1], "abc", 3), 3); });
  l.run_forever();
  EXPECT_EQ(got, "abc");
}

TEST(Descriptors, AreReadAsLongAsTheyAreReadable) {
  loop real;
  readsUntilTheEnd(real);
  VirtualLoop l;
  readsUntilTheEnd(l.loop);
}

TEST(Descriptors, AreWrittenAsLongAsTheyAreWritable) {
  loop l;
  Pipe p;
  int calls = 0;
  l.add_writer(p.ends[1], [&] {
    if (++calls == 5) {
      EXPECT_TRUE(l.remove_writer(p.ends[1]));
      l.stop();
    }
  });
  l.run_forever();
  EXPECT_EQ(calls, 5);
}

TEST(Descriptors, OfAClosedLoop) {
  loop l;
  Pipe p;
  l.add_reader(p.ends[0], [] {});
  l.add_writer(p.ends[1], [] {});
  l.close();
  EXPECT_FALSE(l.remove_reader(p.ends[0]));
  EXPECT_FALSE(l.remove_writer(p.ends[1]));
  EXPECT_THROW(l.add_reader(p.ends[0], [] {}), loop_closed);
  EXPECT_THROW(l.add_writer(p.ends[1], [] {}), loop_closed);
}

TEST(Descriptors, MustBeOpenAndWatchable) {
  loop l;
  try {
    l.add_reader(-1, [] {});
    FAIL();
  } catch (const os_error &e) {
    EXPECT_EQ(e.code().value(), EBADF);
    EXPECT_NE(std::string(e.what()).find("descriptor -1 is not open"), std::string::npos);
  }
  const int file = open("/proc/self/exe", O_RDONLY);
  EXPECT_THROW(l.add_reader(file, [] {}), os_error);
  close(file);
  EXPECT_FALSE(l.remove_reader(12345));
  VirtualLoop v;
  EXPECT_THROW(v.loop.add_reader(-1, [] {}), os_error);
}

TEST(Descriptors, MayBeReplacedAndReusedCarelessly) {
  loop l;
  std::string order;
  Pipe p;
  ASSERT_EQ(write(p.ends[1], "x", 1), 1);
  l.add_reader(p.ends[0], [] { FAIL(); });
  l.add_reader(p.ends[0], [&] {
    order += 'r';
    l.add_reader(p.ends[0], [&] {
      order += 's';
      l.remove_reader(p.ends[0]);
      l.stop();
    });
  });
  l.run_forever();
  EXPECT_EQ(order, "rs");
  // A descriptor that was closed without a word, and its number used again.
  int first[2];
  ASSERT_EQ(pipe(first), 0);
  l.add_reader(first[0], [] { FAIL(); });
  close(first[0]);
  const int again = fcntl(p.ends[0], F_DUPFD, first[0]);
  ASSERT_EQ(again, first[0]);
  l.add_reader(again, [&] { l.stop(); });
  l.run_forever();
  close(again);
  close(first[1]);
}

TEST(Descriptors, OfTheLoopAreReleasedByClose) {
  const int before = dup(0);
  close(before);
  loop l;
  l.close();
  const int after = dup(0);
  close(after);
  EXPECT_EQ(before, after);
}

// --- signals -------------------------------------------------------------------------

TEST(Signals, AreHandledOnTheLoop) {
  loop l;
  int calls = 0;
  EXPECT_THROW(l.add_signal_handler(SIGKILL, [] {}), invalid_argument);
  EXPECT_THROW(l.add_signal_handler(4711, [] {}), invalid_argument);
  EXPECT_FALSE(l.remove_signal_handler(SIGUSR1));
  std::thread([&] { EXPECT_THROW(l.add_signal_handler(SIGUSR1, [] {}), invalid_state); }).join();
  l.add_signal_handler(SIGUSR1, [&] {
    ++calls;
    l.stop();
  });
  kill(getpid(), SIGUSR1);
  l.run_forever();
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(l.remove_signal_handler(SIGUSR1));
  EXPECT_FALSE(l.remove_signal_handler(SIGUSR1));
  struct sigaction now{};
  sigaction(SIGUSR1, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
}

TEST(Signals, WakeALoopThatSleeps) {
  loop l;
  std::string got;
  l.add_signal_handler(SIGUSR2, [&got, &l, word = std::string("some args")] {
    got = word;
    l.stop();
  });
  l.call_later(1h, [] { FAIL(); });
  std::thread other([] {
    std::this_thread::sleep_for(20ms);
    kill(getpid(), SIGUSR2);
  });
  l.run_forever();
  other.join();
  EXPECT_EQ(got, "some args");
}

} // namespace
} // namespace abide::test
