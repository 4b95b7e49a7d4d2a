#include "model/Driving.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

const std::string Prelude = R"(
#include <fake/cppcoro.hpp>
#include <fake/libcoro.hpp>
#include <mini/task.hpp>
struct generator : cppcoro::async_generator<int> {
  struct step {
    bool await_ready(); void await_suspend(std::coroutine_handle<>); int await_resume();
  };
  step next();
};
cppcoro::async_generator<int> made(); mini::generator<int> numbers();
cppcoro::task<> uses(cppcoro::async_generator<int> &);
[[clang::annotate("async::spawn")]] void start(cppcoro::task<>);
void look(const cppcoro::async_generator<int> &); void take(cppcoro::async_generator<int>);
)";

/// What the places that drive g do, in source order.
std::string drives(const std::string &Body) {
  static const char *const Names[] = {"Begins", "Steps",   "StepsUnawaited", "Spawns",
                                      "Closes", "Renewed", "GivenAway"};
  Tu T(Prelude + "cppcoro::task<> f() { " + Body + " co_return; }");
  const LocalFacts &G = T.local("g");
  const Closing Rules(T.model());
  const Driving All(T.model(), Rules, *T.model().flow(*G.Function), G);
  std::string Result;
  for (const Drive &D : All.all()) {
    EXPECT_EQ(All.at(D.At)->How, D.How);
    Result += (Result.empty() ? "" : " ") + std::string(Names[unsigned(D.How)]);
  }
  return Result;
}

TEST(Driving, LoopsBeginAndStep) {
  EXPECT_EQ(drives("auto g = numbers(); for (int i : g) (void)i;"), "Begins");
  EXPECT_EQ(drives("auto g = made(); auto i = co_await g.begin(); co_await ++i;"), "Begins Steps");
}

TEST(Driving, StepsThatAreKeptAreNotAwaited) {
  EXPECT_EQ(drives("generator g{made()}; co_await g.next();"), "Steps");
  EXPECT_EQ(drives("generator g{made()}; auto a = g.next();"), "StepsUnawaited");
}

TEST(Driving, TasksThatRunBesideGetIt) {
  EXPECT_EQ(drives("auto g = made(); start(uses(g));"), "Spawns");
  EXPECT_EQ(drives("auto g = made(); co_await uses(g);"), "GivenAway");
}

TEST(Driving, MovesGiveItAwayAndQuestionsDoNothing) {
  EXPECT_EQ(drives("auto g = made(); take(std::move(g));"), "GivenAway");
  EXPECT_EQ(drives("auto g = made(); look(g);"), "");
}

TEST(Driving, AnAwaitSettlesWhatItWaitsFor) {
  Tu T(Prelude + "cppcoro::task<> f() { generator g{made()}; auto a = g.next();"
                 "co_await uses(g); co_await a; }");
  const LocalFacts &G = T.local("g");
  const Closing Rules(T.model());
  const Driving All(T.model(), Rules, *T.model().flow(*G.Function), G);
  ASSERT_FALSE(All.all().empty());
  const Drive &First = All.all().front();
  ASSERT_EQ(First.How, DriveKind::StepsUnawaited);
  const auto &Awaits = T.function("f").Suspensions;
  EXPECT_FALSE(All.settles(Awaits[0].Expr, *First.At));
  EXPECT_TRUE(All.settles(Awaits[1].Expr, *First.At));
}

} // namespace
