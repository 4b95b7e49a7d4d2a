#include "model/Cancellation.h"
#include "Tu.h"
#include <tuple>

using namespace abide;
using namespace abide::test;

namespace {

const std::string Prelude = R"(
#include <stdexcept>
#include <stop_token>
#include <system_error>
#include <mini/task.hpp>
#include <fake/asio.hpp>
#include <fake/seastar.hpp>
struct [[clang::annotate("async::cancellation_error")]] stopped {};
struct file { mini::task<> close(); mini::task<> read(); mini::task<> read(std::stop_token); };
)";

/// Name, whether it is declared, NeedsToken, of what a function with this result hears.
std::tuple<std::string, bool, bool> heardBy(const std::string &Result) {
  Tu T(Prelude + Result + " f() { co_return; }");
  const CancellationSignal Signal = cancellationOf(T.model(), T.function("f"));
  return {Signal.Name, Signal.Decl != nullptr, Signal.NeedsToken};
}

TEST(Cancellation, IsHeardAsTheLibrarySays) {
  EXPECT_EQ(heardBy("asio::awaitable<void>"),
            std::tuple("asio::error::operation_aborted", true, false));
  EXPECT_EQ(heardBy("seastar::future<>"),
            std::tuple("seastar::abort_requested_exception", true, true));
  EXPECT_EQ(heardBy("mini::task<>"), std::tuple("", false, false));
}

/// What `catch (Declaration)` in a coroutine of asio catches of a cancellation.
Catches caught(const std::string &Declaration) {
  Tu T(Prelude + "asio::awaitable<void> f() { try { co_return; } catch (" + Declaration + ") {} }");
  const FunctionFacts &F = T.function("f");
  return catches(T.model(), cancellationOf(T.model(), F), *F.Tries.front()->getHandler(0));
}

TEST(Cancellation, IsCaughtByItselfWithOthersOrNot) {
  EXPECT_EQ(caught("..."), Catches::Any);
  EXPECT_EQ(caught("const std::exception &"), Catches::Any);
  EXPECT_EQ(caught("const std::system_error &"), Catches::Any);
  EXPECT_EQ(caught("const stopped &"), Catches::Only);
  EXPECT_EQ(caught("const std::logic_error &"), Catches::Other);
  EXPECT_EQ(caught("int"), Catches::Other);
}

bool firstMayBeCancelled(const std::string &Result, const std::string &Body) {
  Tu T(Prelude + Result + " f(asio::steady_timer &timer, seastar::abort_source &stop) { " + Body +
       " }");
  const FunctionFacts &F = T.function("f");
  return mayBeCancelled(T.model(), cancellationOf(T.model(), F), F.Suspensions.front());
}

TEST(Cancellation, EndsAwaitsThatThrow) {
  const std::string Wait = "co_await timer.async_wait(";
  EXPECT_TRUE(firstMayBeCancelled("asio::awaitable<void>", Wait + "asio::use_awaitable);"));
  EXPECT_FALSE(
      firstMayBeCancelled("asio::awaitable<void>", Wait + "asio::as_tuple(asio::use_awaitable));"));
}

TEST(Cancellation, NeedsTheTokenWhereTheLibraryDoes) {
  const std::string Sleep = "using namespace std::chrono_literals; co_await seastar::sleep";
  EXPECT_TRUE(firstMayBeCancelled("seastar::future<>", Sleep + "_abortable(1s, stop);"));
  EXPECT_FALSE(firstMayBeCancelled("seastar::future<>", Sleep + "(1s);"));
}

/// The first await of f with a file and a token.
struct Awaiting {
  explicit Awaiting(const std::string &Body)
      : T(Prelude + "mini::task<> f(file &v, std::stop_token stop) { " + Body + " }") {}
  const Suspension &first() const { return T.function("f").Suspensions.front(); }
  Tu T;
};

TEST(Cancellation, TokensAreNamed) {
  Awaiting With("co_await v.read(stop);"), Without("co_await v.read();");
  EXPECT_TRUE(namesToken(With.T.model().names(), With.first().Operand));
  EXPECT_FALSE(namesToken(Without.T.model().names(), Without.first().Operand));
}

TEST(Cancellation, TokensAreAsked) {
  Tu T(Prelude +
       "bool f(std::stop_token stop, file &v) { v.close(); return stop.stop_requested(); }");
  std::string Asked;
  for (const CallSite &Site : T.function("f").Calls)
    if (Site.Expr && asksToken(T.model().names(), Site.Expr))
      Asked += T.text(Site.Expr);
  EXPECT_EQ(Asked, "stop.stop_requested()");
}

TEST(Cancellation, ClosingIsCleanup) {
  Awaiting Closes("co_await v.close();"), Reads("co_await v.read();");
  EXPECT_TRUE(isCleanup(Closes.T.model().names(), Closes.first()));
  EXPECT_FALSE(isCleanup(Reads.T.model().names(), Reads.first()));
}

} // namespace
