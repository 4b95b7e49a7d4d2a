#include "model/Failures.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

const std::string Prelude = R"(
#include <mini/task.hpp>
mini::task<> work();
[[clang::annotate("async::async_sleep")]] mini::task<> pause();
mini::task<> careful() { try { co_await work(); } catch (...) {} }
mini::task<> careless() { co_await work(); }
)";

bool firstAwaitMayFail(const std::string &Body) {
  Tu T(Prelude + "mini::task<> f() { " + Body + " }");
  return awaitMayFail(T.model(), T.function("f").Suspensions.front().Expr);
}

TEST(Failures, AwaitsMayFail) {
  EXPECT_TRUE(firstAwaitMayFail("co_await work();"));
  EXPECT_TRUE(firstAwaitMayFail("co_await careless();"));
}

TEST(Failures, PausesAndWhatHandlesItsOwnDoNot) {
  EXPECT_FALSE(firstAwaitMayFail("co_await pause();"));
  EXPECT_FALSE(firstAwaitMayFail("co_await careful();"));
}

/// What leaves f, as written; "nothing" if nothing does.
std::string leaving(const std::string &Body) {
  Tu T(Prelude + "mini::task<> f() { " + Body + " co_return; }");
  const clang::Stmt *Found = escapingFailure(T.model(), T.function("f"));
  return Found ? T.text(Found) : "nothing";
}

TEST(Failures, LeaveWhereNobodyCatches) {
  EXPECT_EQ(leaving("co_await work();"), "co_await work()");
  EXPECT_EQ(leaving("throw 1;"), "throw 1");
  EXPECT_EQ(leaving("try { co_await work(); } catch (int) {}"), "co_await work()");
}

TEST(Failures, StayWhereTheyAreCaught) {
  EXPECT_EQ(leaving("try { co_await work(); } catch (...) {}"), "nothing");
  EXPECT_EQ(leaving("co_await pause();"), "nothing");
  EXPECT_EQ(leaving(""), "nothing");
}

TEST(Failures, AreUnknownInAPattern) {
  Tu T(Prelude + "template <class T> mini::task<> f(T t) { co_await t; }");
  for (const FunctionFacts &F : T.model().functions().all())
    if (F.Dependent)
      EXPECT_EQ(escapingFailure(T.model(), F), nullptr);
}

/// The body that works in the argument of `run(...)`.
std::string worker(const std::string &Argument) {
  Tu T(Prelude + "template <class T> void run(T) {} void f() { run(" + Argument + "); }");
  for (const CallSite &Site : T.function("f").Calls)
    if (Site.Callee->getDeclName().isIdentifier() && Site.Callee->getName() == "run") {
      const FunctionFacts *Found = workIn(T.model(), argumentsOf(Site).front());
      return Found ? shownName(*Found->Decl) : "unknown";
    }
  return "no call";
}

TEST(Failures, WorkIsWhatHasABody) {
  EXPECT_EQ(worker("careful()"), "careful");
  EXPECT_EQ(worker("[] { return careful(); }"), "a lambda");
  EXPECT_EQ(worker("work()"), "unknown");
  EXPECT_EQ(worker("1"), "unknown");
}

} // namespace
