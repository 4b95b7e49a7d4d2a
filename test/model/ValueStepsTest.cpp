#include "model/ValueSteps.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

const std::string Prelude = R"(
#include <functional>
#include <mini/task.hpp>
#include <vector>
struct job {
  [[clang::annotate("async::consumes")]] int get();
  [[clang::annotate("async::waits_only")]] void wait();
  bool done() const;
  void restart();
  explicit operator bool() const;
  std::suspend_always operator co_await() &;
};
mini::task<> work();
void take(mini::task<>);
void sink(mini::task<> &&);
void look(const mini::task<> &);
void change(mini::task<> &);
template <class T> void forwards(T &&t) { look(std::forward<T>(t)); }
)";

/// The steps of the variable v, as "Moves! Sets": "!" means by value.
std::string stepsOfV(const std::string &Body) {
  static const char *const Names[] = {"Looks", "Shares", "Waits", "Elements", "Awaits",
                                      "Moves", "Takes",  "Sets",  "Escapes"};
  Tu T(Prelude + "mini::task<> f() { " + Body + " co_return; }");
  std::string Result;
  for (const ValueStep &S : stepsOf(T.model(), T.local("v")))
    Result +=
        (Result.empty() ? "" : " ") + std::string(Names[unsigned(S.What)]) + (S.ByValue ? "!" : "");
  return Result;
}

TEST(ValueSteps, AwaitsTakeTheResult) {
  EXPECT_EQ(stepsOfV("auto v = work(); co_await std::move(v);"), "Awaits");
  EXPECT_EQ(stepsOfV("job v; co_await v;"), "Shares");
}

TEST(ValueSteps, ArgumentsDoWhatTheParameterSays) {
  EXPECT_EQ(stepsOfV("auto v = work(); take(std::move(v));"), "Moves!");
  EXPECT_EQ(stepsOfV("auto v = work(); sink(std::move(v));"), "Moves");
  EXPECT_EQ(stepsOfV("auto v = work(); look(v); change(v);"), "Looks Sets");
}

TEST(ValueSteps, MemberFunctionsDoWhatIsSaidOfThem) {
  EXPECT_EQ(stepsOfV("job v; v.wait(); v.get();"), "Waits Takes");
  EXPECT_EQ(stepsOfV("job v; (void)v.done(); v.restart();"), "Looks Sets");
  EXPECT_EQ(stepsOfV("auto v = work(); v = work();"), "Sets");
}

TEST(ValueSteps, ContainersGiveTheirElements) {
  EXPECT_EQ(stepsOfV("std::vector<job> v; (void)v[0]; for (auto &x : v) x.get();"),
            "Elements Elements");
}

TEST(ValueSteps, AreNoneWhereTheVariableEscapes) {
  EXPECT_EQ(stepsOfV("job v; job *p = &v; v.get();"), "");
  EXPECT_EQ(stepsOfV("job v; auto l = [&v] { v.get(); }; v.get();"), "");
  EXPECT_EQ(stepsOfV("static job v; v.get();"), "");
}

bool asksV(const std::string &Body) {
  Tu T(Prelude + "mini::task<> f() { job v; " + Body + " co_return; }");
  const LocalFacts &V = T.local("v");
  return asks(*T.model().flow(*V.Function), stepsOf(T.model(), V).front());
}

TEST(ValueSteps, ConditionsAsk) {
  EXPECT_TRUE(asksV("if (v.done()) v.get();"));
  EXPECT_TRUE(asksV("while (!v) v.restart();"));
  EXPECT_FALSE(asksV("(void)v.done();"));
  EXPECT_FALSE(asksV("if (v.get()) v.restart();"));
}

} // namespace
