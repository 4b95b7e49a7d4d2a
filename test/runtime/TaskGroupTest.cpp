//===- TaskGroupTest.cpp - Tasks that live and die together ---------------===//

#include "Virtual.h"
#include "gtest/gtest.h"
#include <set>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

using Types = std::multiset<std::string>;

struct Value : std::runtime_error {
  Value() : runtime_error("value") {}
};
struct Zero : std::runtime_error {
  Zero() : runtime_error("zero") {}
};
struct Odd {}; // no std::exception at all

task<int> late(duration after, int n) {
  co_await sleep(after);
  co_return n;
}
template <class E> task<> fails(duration after) {
  co_await sleep(after);
  throw E();
}
/// Fails in its own way when it is cancelled.
template <class E> task<> bitter(duration after) {
  try {
    co_await sleep(after);
  } catch (const cancelled_error &) {
    throw E();
  }
}
/// Types, also within an expression with co_await, where g++ 12 takes no braced list.
template <class... Name> Types these(Name... name) {
  Types names;
  (names.insert(name), ...);
  return names;
}
/// The names of the exceptions of a group, groups within in brackets.
Types types(const exception_group &group) {
  Types names;
  for (const std::exception_ptr &one : group.exceptions()) {
    try {
      std::rethrow_exception(one);
    } catch (const Value &) {
      names.insert("value");
    } catch (const Zero &) {
      names.insert("zero");
    } catch (const Odd &) {
      names.insert("odd");
    } catch (const exception_group &inner) {
      std::string text;
      for (const std::string &name : types(inner))
        text += name;
      names.insert("[" + text + "]");
    } catch (...) {
      names.insert("?");
    }
  }
  return names;
}
/// Runs a group and says how it ended: what it threw, or nothing.
template <class F> task<Types> ended(F body) {
  try {
    co_await task_group().run(std::move(body));
  } catch (const exception_group &group) {
    co_return types(group);
  } catch (const cancelled_error &) {
    co_return these("cancelled");
  }
  co_return Types();
}

TEST(TaskGroup, WaitsForItsChildren) {
  VirtualLoop l;
  auto main = []() -> task<int> {
    spawned<int> a, b;
    const int body = co_await task_group().run([&](task_group &group) -> task<int> {
      a = group.create_task(late(1s, 42));
      co_await sleep(1s);
      b = group.create_task(late(2s, 11));
      co_return 1;
    });
    EXPECT_TRUE(a.done() && b.done());
    co_return a.result() + b.result() + body;
  };
  EXPECT_EQ(l.run(main()), 54);
  EXPECT_EQ(l.seconds(), 3);
}

TEST(TaskGroup, TakesACancelledChildForNoError) {
  VirtualLoop l;
  auto main = []() -> task<> {
    spawned<int> a, b;
    co_await task_group().run([&](task_group &group) -> task<> {
      a = group.create_task(late(10s, 42));
      b = group.create_task(late(2s, 11));
      co_await sleep(1s);
      a.cancel();
    });
    EXPECT_TRUE(a.cancelled());
    EXPECT_EQ(b.result(), 11);
  };
  l.run(main());
}

TEST(TaskGroup, AFailingChildCancelsSiblingsAndBody) {
  VirtualLoop l;
  auto main = []() -> task<> {
    spawned<int> sibling;
    bool cancelled = false;
    const Types thrown = co_await ended([&](task_group &group) -> task<> {
      sibling = group.create_task(late(1h, 1));
      group.create_task(fails<Zero>(1s));
      try {
        co_await sleep(2h);
      } catch (const cancelled_error &) {
        cancelled = true;
        throw;
      }
    });
    EXPECT_EQ(thrown, these("zero"));
    EXPECT_TRUE(cancelled);
    EXPECT_TRUE(sibling.cancelled());
    EXPECT_EQ(current_task().cancelling(), 0u);
    co_await sleep(1s);
  };
  l.run(main());
  EXPECT_EQ(l.seconds(), 2);
}

TEST(TaskGroup, CancelledWhileItJoinsCancelsAllChildren) {
  VirtualLoop l;
  std::vector<spawned<int>> children;
  auto body = [&]() -> task<> {
    co_await task_group().run([&](task_group &group) -> task<> {
      for (int i = 0; i < 5; ++i)
        children.push_back(group.create_task(late(1h, 1)));
      co_return;
    });
  };
  auto t = l.loop.create_task(body());
  l.rounds(2);
  t.cancel();
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
  ASSERT_EQ(children.size(), 5u);
  for (const auto &child : children)
    EXPECT_TRUE(child.cancelled());
}

TEST(TaskGroup, CancelledInItsBodyCancelsBodyAndChildren) {
  for (const bool children : {false, true}) {
    VirtualLoop l;
    int cancelled = 0;
    auto counts = [&]() -> task<> {
      try {
        co_await sleep(1h);
      } catch (const cancelled_error &) {
        ++cancelled;
        throw;
      }
    };
    auto body = [&]() -> task<> {
      co_await task_group().run([&](task_group &group) -> task<> {
        if (children)
          for (int i = 0; i < 2; ++i)
            group.create_task(counts());
        co_await counts();
      });
    };
    auto t = l.loop.create_task(body());
    l.rounds(2);
    t.cancel();
    EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
    EXPECT_EQ(cancelled, children ? 3 : 1);
  }
}

TEST(TaskGroup, ErrorsOfCancelledChildrenReplaceTheCancellation) {
  VirtualLoop l;
  Types thrown;
  auto body = [&]() -> task<> {
    thrown = co_await ended([](task_group &group) -> task<> {
      for (int i = 0; i < 3; ++i)
        group.create_task(bitter<Zero>(1h));
      co_await sleep(1h);
    });
  };
  auto t = l.loop.create_task(body());
  l.rounds(2);
  t.cancel();
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error) << "after the errors";
  EXPECT_EQ(thrown, (these("zero", "zero", "zero")));
}

TEST(TaskGroup, AnErrorOfTheBodyCancelsTheChildren) {
  for (const bool waits : {false, true}) {
    VirtualLoop l;
    auto main = [&]() -> task<> {
      spawned<int> a, b;
      const Types thrown = co_await ended([&](task_group &group) -> task<> {
        a = group.create_task(late(1h, 1));
        b = group.create_task(late(1h, 1));
        if (waits)
          co_await sleep(1s);
        throw Zero();
      });
      EXPECT_EQ(thrown, these("zero"));
      EXPECT_TRUE(a.cancelled());
      EXPECT_TRUE(b.cancelled());
    };
    l.run(main());
  }
}

TEST(TaskGroup, NestedAndCancelledGivesGroupsInGroups) {
  for (const bool outer_child : {false, true}) {
    VirtualLoop l;
    Types thrown;
    auto body = [&]() -> task<> {
      thrown = co_await ended([&](task_group &outer) -> task<> {
        if (outer_child)
          outer.create_task(bitter<Value>(1h));
        co_await task_group().run([](task_group &inner) -> task<> {
          for (int i = 0; i < 2; ++i)
            inner.create_task(bitter<Zero>(1h));
          co_await sleep(1h);
        });
      });
    };
    auto t = l.loop.create_task(body());
    l.rounds(2);
    t.cancel();
    EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error) << "after the errors";
    EXPECT_EQ(thrown, outer_child ? (these("[zerozero]", "value")) : these("[zerozero]"));
  }
}

TEST(TaskGroup, NestedFailsWhereTheChildBelongs) {
  for (const bool in_outer : {false, true}) {
    VirtualLoop l;
    auto main = [&]() -> task<> {
      const Types thrown = co_await ended([&](task_group &outer) -> task<> {
        if (in_outer)
          outer.create_task(fails<Value>(1s));
        else
          outer.create_task(late(1h, 1));
        co_await task_group().run([&](task_group &inner) -> task<> {
          if (in_outer)
            inner.create_task(late(1h, 1));
          else
            inner.create_task(fails<Value>(1s));
          co_return;
        });
      });
      EXPECT_EQ(thrown, in_outer ? these("value") : these("[value]"));
    };
    l.run(main());
    EXPECT_EQ(l.seconds(), 1);
  }
}

TEST(TaskGroup, AChildErrorWinsOverABodyThatLingersInItsCleanup) {
  for (const bool deeper : {false, true}) {
    VirtualLoop l;
    Types thrown;
    auto lingers = [](task_group &group) -> task<> {
      group.create_task(fails<Zero>(3s));
      std::exception_ptr cancelled;
      try {
        co_await sleep(1h);
      } catch (const cancelled_error &) {
        cancelled = std::current_exception();
      }
      try {
        co_await sleep(1h);
      } catch (const cancelled_error &) {
      }
      std::rethrow_exception(cancelled);
    };
    auto body = [&]() -> task<> { thrown = co_await ended(lingers); };
    auto outer = [&]() -> task<> {
      if (deeper)
        co_await create_task(body());
      else
        co_await body();
    };
    auto t = l.loop.create_task(outer());
    l.loop.call_later(1s, [&] { t.cancel(); });
    EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error) << "after the errors";
    EXPECT_EQ(thrown, these("zero"));
    EXPECT_EQ(l.seconds(), 3);
  }
}

TEST(TaskGroup, ABodyMayTurnItsCancellationIntoAnError) {
  VirtualLoop l;
  Types thrown;
  auto body = [&]() -> task<> {
    thrown = co_await ended([](task_group &) -> task<> { co_await bitter<Value>(1h); });
  };
  auto t = l.loop.create_task(body());
  l.rounds(2);
  t.cancel();
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error) << "after the errors";
  EXPECT_EQ(thrown, these("value"));
}

TEST(TaskGroup, CollectsTheErrorsOfChildAndBody) {
  VirtualLoop l;
  auto main = []() -> task<> {
    EXPECT_EQ(co_await ended([](task_group &group) -> task<> {
                group.create_task(fails<Zero>(1s));
                co_await bitter<Value>(1h);
              }),
              (these("value", "zero")));
    EXPECT_EQ(co_await ended([](task_group &group) -> task<> {
                group.create_task(fails<Zero>(1s));
                co_await bitter<Odd>(1h);
              }),
              (these("odd", "zero")));
    EXPECT_EQ(co_await ended([](task_group &group) -> task<> {
                group.create_task(fails<Odd>(1s));
                co_await bitter<Value>(1h);
              }),
              (these("odd", "value")));
    EXPECT_EQ(current_task().cancelling(), 0u);
  };
  l.run(main());
}

TEST(TaskGroup, ThrowsWhatIsFatalBare) {
  VirtualLoop l;
  std::string caught;
  auto main = [&]() -> task<> {
    try {
      co_await task_group().run([](task_group &group) -> task<> {
        group.create_task(fails<Zero>(1s));
        co_await bitter<keyboard_interrupt>(1h);
      });
    } catch (const keyboard_interrupt &) {
      caught = "bare";
    }
  };
  l.run(main());
  EXPECT_EQ(caught, "bare");
}

TEST(TaskGroup, KeepsNoFinishedChildren) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto owned = std::make_shared<int>(1);
    const std::weak_ptr<int> alive = owned;
    auto holds = [](std::shared_ptr<int> value) -> task<std::shared_ptr<int>> { co_return value; };
    co_await task_group().run([&](task_group &group) -> task<> {
      group.create_task(holds(std::move(owned)));
      co_await sleep(1s);
      EXPECT_TRUE(alive.expired());
    });
  };
  l.run(main());
}

TEST(TaskGroup, AChildMaySpawnSiblings) {
  VirtualLoop l;
  auto main = []() -> task<int> {
    int total = 0;
    co_await task_group().run([&](task_group &group) -> task<> {
      auto leaf = [&](int n) -> task<> {
        co_await sleep(1s);
        total += n;
      };
      auto root = [&]() -> task<> {
        co_await sleep(1s);
        group.create_task(leaf(1));
        group.create_task(leaf(2));
      };
      co_await sleep(0s);
      auto t = group.create_task(root());
      co_await t;
      co_await sleep(5s);
    });
    co_return total;
  };
  EXPECT_EQ(l.run(main()), 3);
}

TEST(TaskGroup, TakesNoMoreTasksAfterAFailure) {
  VirtualLoop l;
  auto main = []() -> task<> {
    bool refused = false;
    const Types thrown = co_await ended([&](task_group &group) -> task<> {
      auto keeps_spawning = [&]() -> task<> {
        for (;;) {
          try {
            group.create_task(late(0s, 1));
          } catch (const invalid_state &) {
            refused = true;
            throw Value();
          }
          try {
            co_await sleep(1s);
          } catch (const cancelled_error &) {
          }
        }
      };
      group.create_task(fails<Zero>(3s));
      co_await keeps_spawning();
    });
    EXPECT_EQ(thrown, (these("value", "zero")));
    EXPECT_TRUE(refused);
  };
  l.run(main());
}

TEST(TaskGroup, NamesItsTasks) {
  VirtualLoop l;
  auto main = []() -> task<> {
    co_await task_group().run([](task_group &group) -> task<> {
      EXPECT_EQ(group.create_task(late(1s, 1), {.name = "yolo"}).name(), "yolo");
      EXPECT_EQ(group.create_task(late(1s, 1), {.eager = true}).name(), "Task-3");
      auto quick = []() -> task<int> { co_return 5; };
      EXPECT_EQ(group.create_task(quick(), {.eager = true}).result(), 5);
      co_return;
    });
  };
  l.run(main());
}

TEST(TaskGroup, IsForOneUseInATask) {
  VirtualLoop l;
  auto empty = [](task_group &) -> task<> { co_return; };
  auto main = [&]() -> task<> {
    task_group group;
    auto owned = std::make_shared<int>(1);
    const std::weak_ptr<int> alive = owned;
    auto holds = [](std::shared_ptr<int>) -> task<> { co_return; };
    EXPECT_THROW(group.create_task(holds(std::move(owned))), invalid_state) << "not entered";
    EXPECT_TRUE(alive.expired()) << "the coroutine is closed";
    co_await group.run(
        [&](task_group &) -> task<> { EXPECT_THROW(co_await group.run(empty), invalid_state); });
    EXPECT_THROW(co_await group.run(empty), invalid_state);
    EXPECT_THROW(group.create_task(late(1s, 1)), invalid_state) << "finished";
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty());
}

TEST(TaskGroup, LeavesNoCancelRequestBehind) {
  VirtualLoop l;
  auto main = []() -> task<> {
    EXPECT_EQ(co_await ended([](task_group &group) -> task<> {
                group.create_task(fails<Value>(0s));
                co_return;
              }),
              these("value"));
    EXPECT_EQ(current_task().cancelling(), 0u);
  };
  l.run(main());
}

TEST(TaskGroup, NestedFailingAtOnceCountsRight) {
  VirtualLoop l;
  auto main = []() -> task<> {
    const Types thrown = co_await ended([](task_group &outer) -> task<> {
      outer.create_task(fails<Zero>(0s));
      const Types inner_thrown = co_await ended([](task_group &inner) -> task<> {
        inner.create_task(fails<Value>(0s));
        co_return;
      });
      EXPECT_EQ(inner_thrown, these("value"));
      EXPECT_EQ(current_task().cancelling(), 1u);
    });
    EXPECT_EQ(thrown, these("zero"));
    EXPECT_EQ(current_task().cancelling(), 0u);
  };
  l.run(main());
}

TEST(TaskGroup, AForeignCancellationIsThrownAfterTheErrors) {
  VirtualLoop l;
  Types thrown;
  bool after = false;
  any_task self;
  auto both = [&]() -> task<> {
    self.cancel();
    throw Value();
    co_return;
  };
  auto body = [&]() -> task<> {
    self = current_task();
    thrown = co_await ended([&](task_group &group) -> task<> {
      group.create_task(both());
      co_return;
    });
    EXPECT_EQ(current_task().cancelling(), 1u);
    after = true;
    co_await sleep(1s);
    ADD_FAILURE();
  };
  auto t = l.loop.create_task(body());
  EXPECT_THROW(l.loop.run_until_complete(t), cancelled_error);
  EXPECT_EQ(thrown, these("value"));
  EXPECT_TRUE(after);
}

TEST(ExceptionGroup, SaysWhatItHolds) {
  const exception_group inner("inner", {std::make_exception_ptr(Value())});
  const exception_group group(
      "outer", {std::make_exception_ptr(inner), std::make_exception_ptr(std::runtime_error("x"))});
  EXPECT_EQ(group.leaves().size(), 2u);
  EXPECT_TRUE(group.contains<Value>());
  EXPECT_FALSE(group.contains<Zero>());
  EXPECT_NE(std::string(group.what()).find("outer (2)"), std::string::npos);
  EXPECT_NE(std::string(group.what()).find("std::runtime_error: x"), std::string::npos);
}

} // namespace
} // namespace abide::test
