// Tasks that plain functions return, and what they use later.
#include "model/ReturnedTasks.h"
#include "Tu.h"
#include <set>

using namespace abide;
using namespace abide::test;

namespace {

using Names = std::multiset<std::string>;

constexpr const char *Prelude = R"(
#include <mini/task.hpp>
#include <memory>
#include <string>
#include <utility>
mini::task<> lazy(const std::string &s);
mini::eager<> unseen(const std::string &s);
mini::eager<> early(const std::string &s) { (void)s.size(); co_await mini::sleep(1); }
mini::eager<> late(const std::string &s) { co_await mini::sleep(1); (void)s.size(); }
mini::eager<> handed(const std::string &s) { return late(s); }
mini::task<> both(mini::task<> a, mini::task<> b);
struct host { int n = 0; mini::task<> run() { co_await mini::sleep(1); ++n; } };
)";

Names made(const std::string &Function) {
  Tu T(Prelude + Function);
  Names Found;
  for (const ReturnedTask &Task : returnedTasks(T.model(), T.function("f")))
    Found.insert(identifierOf(*Task.Call->getDirectCallee()).str());
  return Found;
}

TEST(ReturnedTasks, AreFoundWhereTheyAreMade) {
  EXPECT_EQ(made("mini::task<> f(std::string s) { return lazy(s); }"), Names{"lazy"});
  EXPECT_EQ(made("mini::task<> f(std::string s) { auto t = lazy(s); return t; }"), Names{"lazy"});
  EXPECT_EQ(made("mini::task<> f(std::string s) { return both(lazy(s), lazy(s)); }"),
            (Names{"both", "lazy", "lazy"}));
  EXPECT_EQ(made("mini::task<> f(std::string s, bool b) { return b ? lazy(s) : lazy(s); }"),
            (Names{"lazy", "lazy"}));
}

TEST(ReturnedTasks, OfCoroutinesAreNone) {
  EXPECT_EQ(made("mini::task<> f(std::string s) { co_await lazy(s); }"), Names{});
  EXPECT_EQ(made("void f(std::string s) { mini::spawn(lazy(s)); }"), Names{});
}

/// Whether what Callee returns uses its argument later.
bool later(const std::string &Callee) {
  Tu T(Prelude + ("auto f(std::string s) { return " + Callee + "(s); }"));
  auto Tasks = returnedTasks(T.model(), T.function("f"));
  EXPECT_EQ(Tasks.size(), 1u);
  const clang::CallExpr *Call = Tasks.front().Call;
  return usesLater(T.model(), *Call, Call->getDirectCallee()->getParamDecl(0)).has_value();
}

TEST(ReturnedTasks, UseTheirArgumentsLaterOrNot) {
  EXPECT_TRUE(later("lazy"));
  EXPECT_TRUE(later("late"));
  EXPECT_TRUE(later("handed"));
  EXPECT_FALSE(later("early"));
  EXPECT_FALSE(later("unseen"));
}

bool owned(const std::string &Body) {
  Tu T(Prelude + ("mini::task<> f() { " + Body + " }"));
  const FunctionFacts &F = T.function("f");
  auto Tasks = returnedTasks(T.model(), F);
  EXPECT_EQ(Tasks.size(), 1u);
  auto Given = borrowedBy(T.model(), Tasks.front().Call);
  return !Given.empty() && soleOwner(T.model(), F, *Given.front().Argument).has_value();
}

TEST(ReturnedTasks, AnObjectMayHaveOneOwner) {
  EXPECT_TRUE(owned("auto p = std::make_unique<host>(); return p->run();"));
  EXPECT_FALSE(owned("auto p = std::make_shared<host>(); auto q = p; return p->run();"));
  EXPECT_FALSE(owned("std::shared_ptr<host> p; return p->run();"));
}

} // namespace
