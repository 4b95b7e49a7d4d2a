#include "model/LockState.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

constexpr const char *Header = "#include <mini/task.hpp>\n#include <mutex>\n"
                               "#include <optional>\n#include <shared_mutex>\n"
                               "#include <utility>\n#include <vector>\n"
                               "std::mutex m, n; bool c(); mini::task<int> w();\n";

/// What a coroutine f holds where it sleeps: "lock m".
std::string held(const std::string &Code) {
  Tu T(Header + Code);
  HeldLocks Locks(T.model());
  std::string Found;
  for (const HeldLock &Lock : Locks.in(T.function("f")))
    Found += (Found.empty() ? "" : " ") + (Lock.Of ? Lock.Of->getNameAsString() : "temporary");
  return Found;
}

TEST(LockState, Guards) {
  EXPECT_EQ(held("mini::task<> f() { std::lock_guard g(m); co_await w(); }"), "g");
  EXPECT_EQ(held("mini::task<> f() { { std::lock_guard g(m); } co_await w(); }"), "");
  EXPECT_EQ(held("mini::task<> f(std::unique_lock<std::mutex> g) { co_await w(); }"), "g");
  EXPECT_EQ(held("mini::task<> f(std::unique_lock<std::mutex> &g) { co_await w(); }"), "");
  EXPECT_EQ(held("mini::task<> f(std::unique_lock<std::mutex> &&g) { co_await w(); }"), "");
}

TEST(LockState, GuardsThatMoveTheirLock) {
  EXPECT_EQ(held("mini::task<> f() { std::unique_lock g(m); auto h = std::move(g);"
                 "co_await w(); }"),
            "h");
  EXPECT_EQ(held("mini::task<> f() { std::unique_lock g(m); std::unique_lock<std::mutex> h;"
                 "h = std::move(g); h.unlock(); co_await w(); }"),
            "");
  EXPECT_EQ(held("mini::task<> f() { m.lock(); { std::lock_guard g(m, std::adopt_lock); }"
                 "co_await w(); }"),
            "");
}

TEST(LockState, EachSuspensionOnceForEachLock) {
  EXPECT_EQ(held("mini::task<> f() { std::scoped_lock g(m), h(n); co_await w(); co_await w(); }"),
            "g h g h");
  EXPECT_EQ(held("mini::task<> f() { while (c()) { std::lock_guard g(m); co_await w(); } }"), "g");
}

TEST(LockState, AtAYield) {
  EXPECT_EQ(held("mini::generator<int> f() { std::unique_lock v(m); v.unlock(); co_yield 1;"
                 "v.lock(); co_yield 2; }"),
            "v");
  EXPECT_EQ(
      held("mini::generator<int> f() { std::unique_lock v(m, std::defer_lock); co_yield 1; }"), "");
}

TEST(LockState, ByHand) {
  EXPECT_EQ(held("struct s { std::mutex a; }; mini::task<> f(s &x, s &y) {"
                 "x.a.lock(); y.a.lock(); x.a.unlock(); co_await w(); }"),
            "a");
  EXPECT_EQ(held("mini::task<> f() { if (m.try_lock()) m.unlock(); co_await w(); }"), "");
  EXPECT_EQ(held("mini::task<> f() { if (c() && m.try_lock()) co_await w(); }"), "m");
}

TEST(LockState, TemporaryOfTheSameExpression) {
  const std::string Locked = "struct [[clang::annotate(\"async::lock_guard\")]] ptr { ~ptr(); "
                             "std::vector<int> *operator->(); };"
                             "struct data { ptr lock(); } d;";
  EXPECT_EQ(held(Locked + "mini::task<> f() { d.lock()->push_back(co_await w()); }"), "temporary");
  EXPECT_EQ(held(Locked + "mini::task<> f() { d.lock()->push_back(1); co_await w(); }"), "");
}

TEST(LockTypes, Mutexes) {
  Tu T(std::string(Header) + "struct none { void lock() {} void unlock() {} };"
                             "struct doc { void lock(); void unlock(); };"
                             "struct async { mini::task<> lock(); void unlock(); };"
                             "void f(none a, doc b, async d, std::mutex &e, std::shared_mutex &g,"
                             "std::unique_lock<std::mutex> h) {}");
  LockTypes Types(T.model());
  auto Is = [&](const char *Name) {
    return Types.isMutex(classOf(T.local(Name).Decl->getType().getNonReferenceType()));
  };
  EXPECT_FALSE(Is("a"));
  EXPECT_FALSE(Is("b"));
  EXPECT_FALSE(Is("d"));
  EXPECT_TRUE(Is("e"));
  EXPECT_TRUE(Is("g"));
  EXPECT_FALSE(Is("h"));
}

TEST(LockState, WhereOthersRun) {
  Tu T(std::string(Header) + "mini::task<> f() { { std::lock_guard g(m); co_await w(); }"
                             "co_await std::suspend_never(); co_await w(); }");
  HeldLocks Locks(T.model());
  const FunctionFacts &F = T.function("f");
  ASSERT_EQ(F.Suspensions.size(), 3u);
  EXPECT_FALSE(Locks.sleep(F, F.Suspensions[0].Expr));
  EXPECT_FALSE(Locks.sleep(F, F.Suspensions[1].Expr));
  EXPECT_EQ(Locks.sleep(F, F.Suspensions[2].Expr), &F.Suspensions[2]);
  EXPECT_FALSE(Locks.keepsOthersAway(F));
}

} // namespace
