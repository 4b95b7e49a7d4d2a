#include "Tu.h"
#include "model/OpenPaths.h"

using namespace abide;
using namespace abide::test;

namespace {

const std::string Prelude = R"cpp(
#include <cassert>
#include <fake/cppcoro.hpp>
#include <mini/task.hpp>
struct plain { void use(); mini::task<> close(); };
struct [[clang::annotate("async::must_close")]] noted { mini::task<> aclose(); };
struct [[clang::annotate("async::must_close(finish)")]] named {
  mini::task<> finish();
};
struct asserting {
  void open();
  bool isOpen() const;
  mini::task<> close();
  ~asserting() {
    if (opened)
      __builtin_trap();
  }
  bool opened = false;
};
[[clang::annotate("async::closing_scope")]] void guard(asserting &);
void look(const asserting &);
void use(asserting &);
void own(asserting *);
mini::task<> work();
bool cond();
)cpp";

/// The closer of the type, empty when nothing must be closed.
std::string dutyOf(const std::string &Type) {
  Tu T(Prelude + "void f() { " + Type + " v; }");
  const auto Duty = Closing(T.model()).duty(T.local("v").Decl->getType());
  return Duty ? Duty->Closer : "";
}

TEST(Closing, IsADutyByAnnotationOrObjection) {
  EXPECT_EQ(dutyOf("noted"), "aclose");
  EXPECT_EQ(dutyOf("named"), "finish");
  EXPECT_EQ(dutyOf("asserting"), "close");
}

TEST(Closing, IsNoDutyWithoutAWord) {
  EXPECT_EQ(dutyOf("plain"), "");
  EXPECT_EQ(dutyOf("int"), "");
}

TEST(Closing, AnEndThatAbortsIsTold) {
  Tu T(Prelude + "void f() { asserting v; noted w; }");
  const Closing Rules(T.model());
  EXPECT_EQ(Rules.duty(T.local("v").Decl->getType())->End, OpenEnd::Aborts);
  EXPECT_EQ(Rules.duty(T.local("w").Decl->getType())->End, OpenEnd::Abandons);
}

/// What the first use of the local v does.
Handling handled(const std::string &Body) {
  Tu T(Prelude + "mini::task<> f() { asserting v; " + Body + " co_return; }");
  const LocalFacts &V = T.local("v");
  const FunctionFlow &Flow = *T.model().flow(*V.Function);
  return Closing(T.model()).handling(Flow, V, V.Uses.front().Ref).How;
}

TEST(Closing, UsesAreTold) {
  EXPECT_EQ(handled("v.open();"), Handling::Opens);
  EXPECT_EQ(handled("(void)v.isOpen();"), Handling::Reads);
  EXPECT_EQ(handled("look(v);"), Handling::Reads);
  EXPECT_EQ(handled("use(v);"), Handling::Shares);
  EXPECT_EQ(handled("auto l = [&] { use(v); };"), Handling::Shares);
}

TEST(Closing, ClosersAndScopesClose) {
  EXPECT_EQ(handled("co_await v.close();"), Handling::Closes);
  EXPECT_EQ(handled("guard(v);"), Handling::Closes);
  EXPECT_EQ(handled("auto l = [&]() -> mini::task<> { co_await v.close(); };"), Handling::Closes);
}

TEST(Closing, WhatIsMovedIsGivenAway) {
  EXPECT_EQ(handled("auto w = std::move(v);"), Handling::GivesAway);
  EXPECT_EQ(handled("auto l = [w = std::move(v)] {};"), Handling::GivesAway);
}

/// How v is left open: the decisions on the way, "closed" if it is not.
std::string openPath(const std::string &Body) {
  Tu T(Prelude + "mini::task<> f() { asserting v; v.open(); " + Body + " }");
  const auto Path = leftOpen(T.model(), Closing(T.model()), T.local("v"), false, {});
  if (!Path)
    return "closed";
  std::string Way = "open";
  for (const FlowStep &Step : Path->Way)
    Way += (Step.Threw ? " throw " : Step.Taken ? " if " : " unless ") + T.text(Step.S);
  return Way;
}

TEST(OpenPaths, LeadRoundAClose) {
  EXPECT_EQ(openPath("co_return;"), "open");
  EXPECT_EQ(openPath("if (cond()) co_return; co_await v.close();"), "open if cond()");
  EXPECT_EQ(openPath("co_await work(); co_await v.close();"), "open throw co_await work()");
}

TEST(OpenPaths, AreNoneWhereAllClose) {
  EXPECT_EQ(openPath("co_await v.close();"), "closed");
  EXPECT_EQ(openPath("if (cond()) { co_await v.close(); co_return; } co_await v.close();"),
            "closed");
}

TEST(OpenPaths, AreUnknownWhereTheObjectIsGivenAway) { EXPECT_EQ(openPath("own(&v);"), "closed"); }

/// The yield that is reached while the first local of the body is a scope that lasts.
std::string heldYield(const std::string &Body) {
  Tu T(Prelude + "#include <optional>\nmini::generator<int> f() { " + Body + " }");
  const LocalFacts &Scope = T.local("v");
  const auto Path = yieldWhileHeld(T.model(), Closing(T.model()), Scope);
  return Path ? T.text(Path->Yield) : "none";
}

TEST(OpenPaths, LeadToAYieldWhileAScopeLasts) {
  EXPECT_EQ(heldYield("std::optional<int> v(1); co_yield 1;"), "co_yield 1");
  EXPECT_EQ(heldYield("std::optional<int> v(1); v.reset(); co_yield 1; v.emplace(2); co_yield 2;"),
            "co_yield 2");
}

} // namespace
