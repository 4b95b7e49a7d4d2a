//===- TimeoutTest.cpp - timeout and wait_for -----------------------------===//

#include "Virtual.h"
#include "gtest/gtest.h"

using namespace std::chrono_literals;

namespace abide::test {
namespace {

task<int> late(duration after, int n) {
  co_await sleep(after);
  co_return n;
}
double now() {
  return std::chrono::duration<double>(running_loop().time().time_since_epoch()).count();
}

TEST(Timeout, TurnsCancellationIntoATimeout) {
  VirtualLoop l;
  auto main = []() -> task<> {
    timeout limit(1s);
    EXPECT_FALSE(limit.expired());
    bool cancelled = false;
    auto body = [&]() -> task<> {
      try {
        co_await sleep(10s);
      } catch (const cancelled_error &) {
        cancelled = true;
        throw;
      }
    };
    EXPECT_THROW(co_await limit.run(body()), timeout_error);
    EXPECT_TRUE(cancelled);
    EXPECT_TRUE(limit.expired());
    EXPECT_EQ(now(), 1);
    EXPECT_EQ(limit.when(), time_point{} + 1s);
  };
  l.run(main());
}

TEST(Timeout, MayBeAPointOfTime) {
  VirtualLoop l;
  auto main = []() -> task<> {
    const time_point deadline = running_loop().time() + 2s;
    timeout limit = timeout_at(deadline);
    EXPECT_THROW(co_await limit.run(late(10s, 1)), timeout_error);
    EXPECT_EQ(now(), 2);
    EXPECT_EQ(limit.when(), deadline);
  };
  l.run(main());
}

TEST(Timeout, GivesTheValueInTime) {
  VirtualLoop l;
  auto main = []() -> task<> {
    timeout limit(10s);
    EXPECT_EQ(co_await limit.run(late(1s, 42)), 42);
    EXPECT_FALSE(limit.expired());
    EXPECT_EQ(limit.current_state(), timeout::state::finished);
    EXPECT_THROW(limit.reschedule(std::nullopt), invalid_state);
    EXPECT_EQ(running_loop().core().timer_count(), 0u);
    EXPECT_EQ(co_await timeout(10s).run(late(1s, 1)), 1);
  };
  l.run(main());
}

TEST(Timeout, MayBeNone) {
  VirtualLoop l;
  auto main = []() -> task<> {
    EXPECT_EQ(co_await timeout(std::nullopt).run(late(1h, 1)), 1);
    timeout at = timeout_at(std::nullopt);
    EXPECT_EQ(co_await at.run(late(1h, 2)), 2);
    EXPECT_FALSE(at.when());
  };
  l.run(main());
}

TEST(Timeout, OfZeroExpiresAtTheFirstSuspension) {
  VirtualLoop l;
  auto main = []() -> task<> {
    for (const duration delay : {duration(0s), duration(-11s)})
      for (const duration nap : {duration(10s), duration(0s)}) {
        timeout limit(delay);
        EXPECT_THROW(co_await limit.run(late(nap, 1)), timeout_error);
        EXPECT_TRUE(limit.expired());
      }
    EXPECT_EQ(now(), 0);
  };
  l.run(main());
}

TEST(Timeout, NestsAndHitsTheInnerOnly) {
  VirtualLoop l;
  auto main = []() -> task<> {
    timeout outer(10s);
    timeout inner(1s);
    bool caught = false;
    co_await outer.run([&]() -> task<> {
      try {
        co_await inner.run(late(1h, 1));
      } catch (const timeout_error &) {
        caught = true;
      }
      co_await sleep(1s);
    });
    EXPECT_TRUE(caught);
    EXPECT_TRUE(inner.expired());
    EXPECT_FALSE(outer.expired());
  };
  l.run(main());
}

TEST(Timeout, BothAtOnceEndAtTheOuter) {
  VirtualLoop l;
  auto main = []() -> task<> {
    timeout outer(2ms);
    timeout inner(1ms);
    auto body = [&]() -> task<> {
      EXPECT_THROW(co_await inner.run([]() -> task<> {
        try {
          co_await sleep(5ms);
        } catch (const cancelled_error &) {
        }
        co_await sleep(5ms); // the outer cancels this one
      }),
                   cancelled_error);
      throw cancelled_error();
    };
    EXPECT_THROW(co_await outer.run(body()), timeout_error);
    EXPECT_TRUE(outer.expired());
    EXPECT_TRUE(inner.expired());
    EXPECT_EQ(current_task().cancelling(), 0u);
  };
  l.run(main());
}

TEST(Timeout, BothDueAfterABusyCallback) {
  auto owned = std::make_unique<virtual_poller>();
  virtual_poller &time = *owned;
  loop l(std::move(owned));
  auto main = [&]() -> task<> {
    timeout outer(1s);
    timeout inner(2s);
    auto body = [&]() -> task<> {
      co_await inner.run([&]() -> task<> {
        time.advance(10s); // both are due before the next look at the clock
        co_await sleep(1s);
      });
    };
    EXPECT_THROW(co_await outer.run(body()), timeout_error);
    EXPECT_EQ(current_task().cancelling(), 0u);
  };
  l.run_until_complete(main());
}

TEST(Timeout, PassesOtherExceptions) {
  VirtualLoop l;
  auto main = []() -> task<> {
    EXPECT_THROW(co_await timeout(1s).run([]() -> task<> {
      throw std::out_of_range("x");
      co_return;
    }),
                 std::out_of_range);
    timeout limit(1s);
    EXPECT_THROW(co_await limit.run([]() -> task<> {
      try {
        co_await sleep(10s);
      } catch (const cancelled_error &) {
        throw std::out_of_range("x");
      }
    }),
                 std::out_of_range);
    EXPECT_TRUE(limit.expired());
    EXPECT_EQ(current_task().cancelling(), 0u);
  };
  l.run(main());
}

TEST(Timeout, LeavesAForeignCancellationAlone) {
  VirtualLoop l;
  timeout limit = timeout_at(l.loop.time() + 10s);
  auto main = [&]() -> task<> { co_await limit.run(late(1h, 1)); };
  auto t = l.loop.create_task(main());
  l.once();
  t.cancel();
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
  EXPECT_FALSE(limit.expired());
}

TEST(Timeout, DoesNotLeaveTheTaskCancelled) {
  VirtualLoop l;
  auto main = []() -> task<> {
    EXPECT_THROW(co_await timeout(1s).run(late(1h, 1)), timeout_error);
    EXPECT_EQ(current_task().cancelling(), 0u);
    co_await sleep(1s);
  };
  auto t = l.loop.create_task(main());
  l.loop.run_until_complete(t);
  EXPECT_FALSE(t.cancelled());
}

TEST(Timeout, CanBeMoved) {
  VirtualLoop l;
  auto main = []() -> task<> {
    timeout limit(1h);
    EXPECT_THROW(co_await limit.run([&]() -> task<> {
      limit.reschedule(time_point{} + 1s);
      limit.reschedule(std::nullopt);
      co_await sleep(5s);
      limit.reschedule(time_point{} + 7s);
      co_await sleep(1h);
    }),
                 timeout_error);
    EXPECT_EQ(now(), 7);
  };
  l.run(main());
}

TEST(Timeout, HasAPrintableForm) {
  VirtualLoop l;
  auto main = []() -> task<> {
    timeout limit(10s);
    EXPECT_EQ(to_string(limit), "<timeout, created>");
    co_await limit.run([&]() -> task<> {
      EXPECT_EQ(to_string(limit), "<timeout, active, until 10.000000 s>");
      limit.reschedule(std::nullopt);
      EXPECT_EQ(to_string(limit), "<timeout, active, without limit>");
      co_return;
    });
    EXPECT_EQ(to_string(limit), "<timeout, finished>");
    timeout over(0s);
    EXPECT_THROW(co_await over.run(late(1s, 1)), timeout_error);
    EXPECT_EQ(to_string(over), "<timeout, expired>");
  };
  l.run(main());
}

TEST(Timeout, WorksInTheCleanupOfAnother) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto body = []() -> task<> {
      std::exception_ptr cancelled;
      try {
        co_await sleep(1h);
      } catch (const cancelled_error &) {
        cancelled = std::current_exception();
      }
      EXPECT_THROW(co_await timeout(1s).run(late(10s, 1)), timeout_error);
      std::rethrow_exception(cancelled);
    };
    EXPECT_THROW(co_await timeout(1s).run(body()), timeout_error);
    EXPECT_EQ(now(), 2);
  };
  l.run(main());
}

TEST(Timeout, WorksInATaskThatIsBeingCancelled) {
  for (const bool again : {false, true}) {
    VirtualLoop l;
    auto main = [&]() -> task<> {
      try {
        current_task().cancel();
        co_await sleep(1s);
      } catch (const cancelled_error &) {
      }
      EXPECT_EQ(current_task().cancelling(), 1u);
      if (again) {
        EXPECT_THROW(co_await timeout(1s).run([]() -> task<> {
          current_task().cancel();
          co_await sleep(2s);
        }),
                     cancelled_error);
      } else {
        EXPECT_THROW(co_await timeout(0s).run(late(1s, 1)), timeout_error);
      }
    };
    l.run(main());
  }
}

TEST(Timeout, IsForOneUseInATask) {
  VirtualLoop l;
  auto main = []() -> task<> {
    timeout limit(10s);
    EXPECT_THROW(limit.reschedule(std::nullopt), invalid_state) << "not entered";
    co_await limit.run(
        [&]() -> task<> { EXPECT_THROW(co_await limit.run(late(1s, 1)), invalid_state); });
    EXPECT_THROW(co_await limit.run(late(1s, 1)), invalid_state);
  };
  l.run(main());
  EXPECT_THROW((void)timeout(1s), no_running_loop);
}

TEST(Timeout, CannotBeMovedWhileItExpires) {
  VirtualLoop l;
  auto main = []() -> task<> {
    timeout limit(1s);
    EXPECT_THROW(co_await limit.run([&]() -> task<> {
      try {
        co_await sleep(1h);
      } catch (const cancelled_error &) {
        EXPECT_EQ(limit.current_state(), timeout::state::expiring);
        EXPECT_THROW(limit.reschedule(std::nullopt), invalid_state);
        throw;
      }
    }),
                 timeout_error);
  };
  l.run(main());
}

TEST(Timeout, EndsATaskGroup) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto sad = []() -> task<> {
      try {
        co_await sleep(1h);
      } catch (const cancelled_error &) {
        throw std::out_of_range("sad");
      }
    };
    try {
      co_await timeout(1s).run([&]() -> task<> {
        co_await task_group().run([&](task_group &group) -> task<> {
          group.create_task(sad());
          group.create_task(sad());
          co_await sleep(1h);
        });
      });
      ADD_FAILURE();
    } catch (const exception_group &group) {
      EXPECT_EQ(group.exceptions().size(), 2u);
      EXPECT_TRUE(group.contains<std::out_of_range>());
    }
    EXPECT_EQ(current_task().cancelling(), 0u);
  };
  l.run(main());
}

// --- wait_for --------------------------------------------------------------------------

TEST(WaitFor, GivesTheResultInTime) {
  VirtualLoop l;
  auto main = []() -> task<> {
    EXPECT_EQ(co_await wait_for(late(1s, 1), 2s), 1);
    EXPECT_EQ(co_await wait_for(late(1h, 2), std::nullopt), 2);
    auto t = create_task(late(1s, 3));
    EXPECT_EQ(co_await wait_for(t, 2s), 3);
    EXPECT_EQ(co_await wait_for(future<int>(t), std::nullopt), 3);
    co_await wait_for([]() -> task<> { co_return; }(), 1s);
  };
  l.run(main());
}

TEST(WaitFor, CancelsAndAwaitsTheEnd) {
  VirtualLoop l;
  auto main = []() -> task<> {
    bool cleaned = false;
    auto inner = [&]() -> task<int> {
      std::exception_ptr cancelled;
      try {
        co_await sleep(1h);
      } catch (const cancelled_error &) {
        cancelled = std::current_exception();
      }
      co_await sleep(2s);
      cleaned = true;
      std::rethrow_exception(cancelled);
    };
    auto t = create_task(inner());
    EXPECT_THROW(co_await wait_for(t, 1s), timeout_error);
    EXPECT_TRUE(t.done());
    EXPECT_TRUE(cleaned);
    EXPECT_EQ(now(), 3);
  };
  l.run(main());
}

TEST(WaitFor, ZeroTakesWhatIsThere) {
  VirtualLoop l;
  auto main = []() -> task<> {
    const future<int> f = make_future<int>();
    f.set_result(7);
    EXPECT_EQ(co_await wait_for(f, 0s), 7);
    EXPECT_EQ(co_await wait_for(f, -1s), 7);
  };
  l.run(main());
}

TEST(WaitFor, ZeroDoesNotStartACoroutine) {
  VirtualLoop l;
  auto main = []() -> task<> {
    bool started = false;
    auto body = [&]() -> task<int> {
      started = true;
      co_return 1;
    };
    EXPECT_THROW(co_await wait_for(body(), 0s), timeout_error);
    EXPECT_THROW(co_await wait_for(body(), -1s), timeout_error);
    EXPECT_FALSE(started);
  };
  l.run(main());
}

TEST(WaitFor, ZeroCancelsARunningTaskAndAwaitsItsEnd) {
  VirtualLoop l;
  auto main = []() -> task<> {
    for (const duration limit : {duration(0s), duration(-1s)}) {
      bool cancelled = false;
      auto body = [&]() -> task<int> {
        try {
          co_await sleep(1h);
        } catch (const cancelled_error &) {
          cancelled = true;
          throw;
        }
        co_return 1;
      };
      auto t = create_task(body());
      co_await sleep(0s);
      EXPECT_THROW(co_await wait_for(t, limit), timeout_error);
      EXPECT_TRUE(cancelled);
      EXPECT_TRUE(t.done());
    }
    EXPECT_EQ(now(), 0);
  };
  l.run(main());
}

TEST(WaitFor, GivesAResultThatIsSetBeforeTheTimeout) {
  VirtualLoop l;
  auto main = []() -> task<> {
    const future<std::string> f = make_future<std::string>();
    running_loop().call_soon([f] { f.set_result("ok"); });
    EXPECT_EQ(co_await wait_for(f, 200ms), "ok");
  };
  l.run(main());
}

TEST(WaitFor, GivesTheValueOfWhoRefusesToBeCancelled) {
  VirtualLoop l;
  auto stubborn = []() -> task<std::string> {
    try {
      co_await sleep(1h);
    } catch (const cancelled_error &) {
      co_return "done";
    }
    co_return "";
  };
  auto main = [&]() -> task<> {
    EXPECT_EQ(co_await wait_for(stubborn(), 1s), "done");
    EXPECT_EQ(co_await wait_for(create_task(stubborn()), 1s), "done");
    auto t = create_task(stubborn());
    co_await sleep(0s);
    EXPECT_EQ(co_await wait_for(t, 0s), "done");
    EXPECT_EQ(current_task().cancelling(), 0u);
  };
  l.run(main());
}

TEST(WaitFor, ThrowsWhatTheCleanupThrows) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto body = []() -> task<> {
      try {
        co_await sleep(1h);
      } catch (const cancelled_error &) {
        throw std::out_of_range("cleanup");
      }
    };
    EXPECT_THROW(co_await wait_for(create_task(body()), 1s), std::out_of_range);
    EXPECT_THROW(co_await wait_for(body(), 1s), std::out_of_range);
  };
  l.run(main());
}

TEST(WaitFor, CancelledCancelsTheInner) {
  for (const bool limited : {false, true}) {
    VirtualLoop l;
    auto inner = l.loop.create_task(late(1h, 1));
    auto waits = [&]() -> task<> {
      co_await wait_for(inner, limited ? std::optional<duration>(2h) : std::nullopt);
    };
    auto t = l.loop.create_task(waits());
    l.rounds(2);
    t.cancel();
    EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
    EXPECT_TRUE(inner.cancelled());
  }
}

TEST(WaitFor, OfAShieldLetsTheInnerRunOn) {
  VirtualLoop l;
  auto main = []() -> task<> {
    for (const duration limit : {duration(0s), duration(1s)}) {
      auto inner = create_task(late(5s, 1));
      EXPECT_THROW(co_await wait_for(shield(inner), limit), timeout_error);
      EXPECT_FALSE(inner.done());
      EXPECT_EQ(co_await inner, 1);
    }
  };
  l.run(main());
}

} // namespace
} // namespace abide::test
