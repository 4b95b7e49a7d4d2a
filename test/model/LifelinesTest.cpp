// How a class keeps its objects alive, and who makes use of it.
#include "model/Lifelines.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

constexpr const char *Prelude = R"(
#include <fake/cppcoro.hpp>
#include <mini/task.hpp>
#include <memory>
)";

/// Members is the body of a class `host` with the function `f`.
struct Host {
  Host(const std::string &Head, const std::string &Members)
      : T(Prelude + ("struct host " + Head + " { int n = 0; " + Members + " };")),
        F(T.function("f")), Class(classOfThis(F)) {}
  bool hasLifeline() const { return lifelineOf(T.model(), Class).has_value(); }
  bool holds() const { return holdsSelf(T.model(), F, *Class); }

  Tu T;
  const FunctionFacts &F;
  const clang::CXXRecordDecl *Class;
};

TEST(Lifelines, AreSharedOwnershipAndScopes) {
  EXPECT_TRUE(Host(": std::enable_shared_from_this<host>", "void f() {}").hasLifeline());
  EXPECT_TRUE(Host("", "cppcoro::async_scope scope; void f() {}").hasLifeline());
  EXPECT_FALSE(Host("", "void f() {}").hasLifeline());
}

TEST(Lifelines, AreHeldByWhoAsksForThem) {
  const std::string Shared = ": std::enable_shared_from_this<host>";
  EXPECT_TRUE(Host(Shared, "void f() { auto self = shared_from_this(); }").holds());
  EXPECT_TRUE(Host(Shared, "void f(std::shared_ptr<host> self) {}").holds());
  EXPECT_TRUE(Host(Shared, "void f() { [self = shared_from_this()] {}(); }").holds());
  EXPECT_TRUE(Host("", "mini::task<> g(); cppcoro::async_scope scope;"
                       "void f() { scope.spawn(g()); }")
                  .holds());
  EXPECT_FALSE(Host(Shared, "void f() { ++n; }").holds());
}

TEST(Lifelines, EndWithDeleteThis) {
  Host After("", "mini::task<> f() { co_await mini::sleep(1); delete this; ++n; }");
  EXPECT_TRUE(usedAfterDelete(After.T.model(), After.F).has_value());
  Host Before("", "mini::task<> f() { co_await mini::sleep(1); ++n; delete this; }");
  EXPECT_FALSE(usedAfterDelete(Before.T.model(), Before.F).has_value());
}

} // namespace
