#include "model/AwaitKind.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

const std::string Prelude = R"(
#include <mini/task.hpp>
mini::task<> work();
[[clang::annotate("async::async_sleep")]] mini::task<> pause();
[[clang::annotate("async::checkpoint")]] mini::task<> turn();
[[clang::annotate("async::never_suspends")]] mini::task<> now();
[[clang::annotate("async::never_suspends")]] extern std::suspend_always executor;
struct ready {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};
)";

AwaitKind kindOf(const std::string &Body, const std::string &Result = "mini::task<>") {
  Tu T(Prelude + Result + " f() { " + Body + " }");
  return kindOfAwait(T.model(), T.function("f").Suspensions.front());
}

TEST(AwaitKind, ByRole) {
  EXPECT_EQ(kindOf("co_await pause();"), AwaitKind::Sleep);
  EXPECT_EQ(kindOf("co_await turn();"), AwaitKind::Checkpoint);
  EXPECT_EQ(kindOf("co_await now();"), AwaitKind::Never);
  EXPECT_EQ(kindOf("co_await executor;"), AwaitKind::Never);
}

TEST(AwaitKind, ByWhatTheAwaiterAnswers) {
  EXPECT_EQ(kindOf("co_await ready();"), AwaitKind::Never);
  EXPECT_EQ(kindOf("co_await std::suspend_always();"), AwaitKind::Ordinary);
}

TEST(AwaitKind, WhatNobodyKnowsIsOrdinary) {
  EXPECT_EQ(kindOf("co_await work();"), AwaitKind::Ordinary);
  EXPECT_EQ(kindOf("co_await mini::sleep(1);"), AwaitKind::Ordinary);
  EXPECT_EQ(kindOf("co_yield 1;", "mini::generator<int>"), AwaitKind::Ordinary);
}

std::string callIn(const std::string &Body) {
  Tu T(Prelude + "mini::task<> f() { " + Body + " }");
  const clang::CallExpr *Call = awaitedCall(T.function("f").Suspensions.front());
  return Call ? T.text(Call) : "no call";
}

TEST(AwaitKind, TheCallIsFoundUnderMovesAndCasts) {
  EXPECT_EQ(callIn("co_await work();"), "work()");
  EXPECT_EQ(callIn("co_await std::move(work());"), "work()");
  EXPECT_EQ(callIn("co_await static_cast<mini::task<>>(work());"), "work()");
  EXPECT_EQ(callIn("auto t = work(); co_await std::move(t);"), "no call");
}

} // namespace
