#include "model/ThreadIdentity.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

const std::string Prelude = R"(
#include <cerrno>
#include <fake/cppcoro.hpp>
#include <mini/task.hpp>
#include <thread>
#include <unistd.h>
mini::task<> work();
struct cache { int hits; };
inline thread_local cache local;
int shared;
cache &mine() { return local; }
cache &other();
)";

/// The suspensions of f after which it may be on another thread.
std::string hops(const std::string &Body, const std::string &Rest = "") {
  Tu T(Prelude + "mini::task<> f(cppcoro::static_thread_pool &pool) { " + Body + " }" + Rest);
  std::string Result;
  for (const clang::Expr *Hop : threadHops(T.model(), T.function("f")))
    Result += T.text(Hop) + ";";
  return Result;
}

TEST(ThreadIdentity, SwitchesHop) {
  EXPECT_EQ(hops("co_await work(); co_await pool.schedule();"), "co_await pool.schedule();");
}

TEST(ThreadIdentity, AnyAwaitOfATypeThatHopsDoes) {
  Tu T(Prelude + "cppcoro::task<> f() { co_await std::suspend_never(); co_await work(); }");
  const auto Hops = threadHops(T.model(), T.function("f"));
  ASSERT_EQ(Hops.size(), 1u);
  EXPECT_EQ(T.text(Hops[0]), "co_await work()");
}

TEST(ThreadIdentity, AnyAwaitOnAThreadHops) {
  EXPECT_EQ(hops("co_await work();"), "");
  EXPECT_EQ(hops("co_await work();",
                 "[[clang::annotate(\"async::offload\")]] void run(mini::task<> (*)("
                 "cppcoro::static_thread_pool &)); void g() { run(f); }"),
            "co_await work();");
}

/// The thread's value that v gets, "name" or "name id"; empty if it gets none.
std::string valueOf(const std::string &Declaration) {
  Tu T(Prelude + "void f() { " + Declaration + " }");
  const LocalFacts &V = T.local("v");
  const ThreadValue Value = threadValue(T.model(), V.Decl->getType(), V.Init);
  return Value.What ? Value.What->getNameAsString() + (Value.IsIdentity ? " id" : "") : "";
}

TEST(ThreadIdentity, IdsAndReferencesAreValuesOfTheThread) {
  EXPECT_EQ(valueOf("auto v = std::this_thread::get_id();"), "get_id id");
  EXPECT_EQ(valueOf("auto &v = local;"), "local");
  EXPECT_EQ(valueOf("auto *v = &local.hits;"), "local");
  EXPECT_EQ(valueOf("auto &v = mine();"), "mine");
}

TEST(ThreadIdentity, CopiesAndOthersAreNot) {
  EXPECT_EQ(valueOf("auto v = local;"), "");
  EXPECT_EQ(valueOf("auto &v = shared;"), "");
  EXPECT_EQ(valueOf("auto &v = other();"), "");
}

TEST(ThreadIdentity, AComparisonAsksAgain) {
  Tu T(Prelude + "bool f() { auto v = std::this_thread::get_id();"
                 "bool a = v == std::this_thread::get_id(); bool b = v == std::thread::id();"
                 "return a && b; }");
  const LocalFacts &V = T.local("v");
  const FunctionFlow &Flow = *T.model().flow(*V.Function);
  ASSERT_EQ(V.Uses.size(), 2u);
  EXPECT_TRUE(comparedWithNow(T.model(), Flow, V.Uses[0].Ref));
  EXPECT_FALSE(comparedWithNow(T.model(), Flow, V.Uses[1].Ref));
}

/// The calls whose error f reads too late.
std::string stale(const std::string &Body) {
  Tu T(Prelude + "mini::task<int> f() { " + Body + " }");
  const FunctionFacts &F = T.function("f");
  std::string Result;
  for (const StaleError &Error : staleErrors(T.model(), F, *T.model().flow(F)))
    Result += T.text(Error.Setter->Expr);
  return Result;
}

TEST(ThreadIdentity, ErrorsAreStaleAfterASuspension) {
  EXPECT_EQ(stale("::close(1); co_await work(); co_return errno;"), "::close(1)");
  EXPECT_EQ(stale("::close(1); int e = errno; co_await work(); co_return e;"), "");
  EXPECT_EQ(stale("co_await work(); ::close(1); co_return errno;"), "");
  EXPECT_EQ(stale("co_await work(); co_return errno;"), "");
}

} // namespace
