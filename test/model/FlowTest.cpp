// Each case names the events of all paths through f that matter to it, sorted: "call x", "end v",
// "unwind v", "return", "throw", and asks for the set that a search meets.
#include "Tu.h"
#include "clang/Lex/Lexer.h"
#include <set>

using namespace abide;
using namespace abide::test;
using namespace clang;

namespace {

using Events = std::set<std::string>;

constexpr const char *Prelude = R"(
#include <mini/task.hpp>
#include <stdexcept>
struct guard { guard() noexcept; ~guard(); void use() noexcept; };
void a() noexcept; void b() noexcept; void c() noexcept; void may_throw();
bool cond() noexcept;
mini::task<> work();
)";

/// The calls of a, b and c and the ends of guards that are met after `may_throw()`, the first
/// co_await, or the entry, whichever From says.
Events eventsOf(const std::string &Body, Exceptions Throws, llvm::StringRef From = "") {
  Tu T(std::string(Prelude) + "mini::task<> f() {" + Body + "\nco_return; }");
  const FunctionFacts &F = T.function("f");
  const FunctionFlow *Flow = T.model().flow(F);
  Events Met;
  if (!Flow) {
    ADD_FAILURE() << "no flow";
    return Met;
  }
  PathSearch Search(*Flow, Throws);
  auto Note = [&](PathSearch::State S, const FlowEvent &E) {
    if (E.What == FlowEvent::Evaluated) {
      if (const auto *Call = dyn_cast<CallExpr>(E.S))
        if (const FunctionDecl *Callee = Call->getDirectCallee();
            Callee && Callee->getIdentifier() && Callee->getName().size() == 1)
          Met.insert("call " + Callee->getNameAsString());
    } else if (E.What == FlowEvent::ScopeEnd) {
      Met.insert((E.Unwinding ? "unwind " : "end ") + E.Var->getNameAsString());
    } else if (E.What == FlowEvent::Return) {
      Met.insert("return");
    } else if (E.What == FlowEvent::Throw) {
      Met.insert("throw");
    }
    return std::optional(S);
  };
  if (From.empty()) {
    Search.fromEntry(0, Note);
    return Met;
  }
  for (const CallSite &Site : F.Calls)
    if (Site.Expr && T.text(Site.Expr) == From.str())
      Search.after(Site.Expr, 0, Note);
  return Met;
}

TEST(Flow, NoExceptionsMeansOnlyThrowLeaves) {
  EXPECT_EQ(eventsOf("guard g; co_await work(); a();", Exceptions::None),
            (Events{"call a", "end g", "return"}));
  EXPECT_EQ(eventsOf("guard g; throw 1;", Exceptions::None), (Events{"unwind g", "throw"}));
}

TEST(Flow, AnExceptionOutOfAnAwaitUnwindsAndLeaves) {
  EXPECT_EQ(eventsOf("guard g; co_await work(); a();", Exceptions::Awaits),
            (Events{"call a", "end g", "return", "throw", "unwind g"}));
}

TEST(Flow, AnAwaitThatCannotThrowDoesNot) {
  EXPECT_EQ(eventsOf("guard g; co_await mini::sleep(1); a();", Exceptions::Awaits),
            (Events{"call a", "end g", "return"}));
}

TEST(Flow, CallsThrowOnlyWhenAsked) {
  EXPECT_EQ(eventsOf("guard g; may_throw();", Exceptions::Awaits), (Events{"end g", "return"}));
  EXPECT_EQ(eventsOf("guard g; may_throw();", Exceptions::Calls),
            (Events{"end g", "return", "throw", "unwind g"}));
  EXPECT_EQ(eventsOf("guard g; g.use(); a();", Exceptions::Calls),
            (Events{"call a", "end g", "return"}));
}

TEST(Flow, AHandlerThatCatchesAllKeepsTheExceptionIn) {
  EXPECT_EQ(eventsOf("guard o; try { guard g; co_await work(); a(); } catch (...) { b(); } c();",
                     Exceptions::Awaits),
            (Events{"call a", "call b", "call c", "end g", "end o", "return", "unwind g"}));
}

TEST(Flow, AHandlerOfOneTypeLetsOthersOut) {
  EXPECT_EQ(eventsOf("try { co_await work(); } catch (int) { b(); }", Exceptions::Awaits),
            (Events{"call b", "return", "throw"}));
}

TEST(Flow, StdExceptionCountsAsAll) {
  EXPECT_EQ(eventsOf("try { co_await work(); } catch (const std::exception &) { b(); }",
                     Exceptions::Awaits),
            (Events{"call b", "return"}));
}

TEST(Flow, RethrowLeavesTheOuterTry) {
  EXPECT_EQ(eventsOf("try { try { co_await work(); } catch (...) { a(); throw; } }"
                     "catch (...) { b(); }",
                     Exceptions::Awaits),
            (Events{"call a", "call b", "return"}));
}

TEST(Flow, WhatWasDeclaredAfterIsNotUnwound) {
  EXPECT_EQ(eventsOf("co_await work(); guard late;", Exceptions::Awaits),
            (Events{"end late", "return", "throw"}));
}

TEST(Flow, EveryWayOutOfALoopEndsItsScope) {
  EXPECT_EQ(eventsOf("while (cond()) { guard g; if (cond()) break; if (cond()) continue;"
                     " if (cond()) co_return; a(); } b();",
                     Exceptions::None),
            (Events{"call a", "call b", "end g", "return"}));
}

TEST(Flow, SearchStartsAfterTheExpression) {
  EXPECT_EQ(eventsOf("a(); b(); c();", Exceptions::None, "b()"), (Events{"call c", "return"}));
  EXPECT_EQ(eventsOf("while (cond()) { a(); b(); }", Exceptions::None, "b()"),
            (Events{"call a", "call b", "return"}));
}

/// The states in which c() is met when a() makes 1 of the state and b() 2.
TEST(Flow, StatesJoinAsASet) {
  Tu T(std::string(Prelude) + "void f() { if (cond()) a(); else if (cond()) b(); c(); }");
  const FunctionFacts &F = T.function("f");
  std::set<unsigned> AtC;
  PathSearch Search(*T.model().flow(F), Exceptions::None);
  std::vector<FlowStep> Way;
  Search.fromEntry(0, [&](PathSearch::State S, const FlowEvent &E) -> std::optional<unsigned> {
    const auto *Call = E.What == FlowEvent::Evaluated ? dyn_cast<CallExpr>(E.S) : nullptr;
    if (!Call)
      return S;
    llvm::StringRef Name = Call->getDirectCallee()->getName();
    if (Name == "c") {
      AtC.insert(S);
      if (S == 2)
        for (const FlowStep &Step : Search.witness())
          Way.push_back(Step);
    }
    return Name == "a" ? 1 : Name == "b" ? 2 : S;
  });
  EXPECT_EQ(AtC, (std::set<unsigned>{0, 1, 2}));
  ASSERT_EQ(Way.size(), 2u);
  EXPECT_FALSE(Way[0].Taken);
  EXPECT_TRUE(Way[1].Taken);
}

TEST(Flow, StoppedPathsGoNoFurther) {
  Tu T(std::string(Prelude) + "void f() { a(); b(); }");
  unsigned Seen = 0;
  PathSearch(*T.model().flow(T.function("f")), Exceptions::None)
      .fromEntry(0, [&](PathSearch::State S, const FlowEvent &E) -> std::optional<unsigned> {
        if (E.What != FlowEvent::Evaluated || !isa<CallExpr>(E.S))
          return S;
        ++Seen;
        return std::nullopt;
      });
  EXPECT_EQ(Seen, 1u);
}

TEST(Flow, AHandlerIsEnteredInTheStateThatCaughtSays) {
  Tu T(std::string(Prelude) + "mini::task<> f() { try { co_await work(); } catch (...) {} a(); }");
  std::set<unsigned> AtA;
  PathSearch(*T.model().flow(T.function("f")), Exceptions::Awaits)
      .fromEntry(0, [&](PathSearch::State S, const FlowEvent &E) -> std::optional<unsigned> {
        if (E.What == FlowEvent::Caught)
          return 1;
        if (E.What == FlowEvent::Evaluated && T.text(E.S) == "a()")
          AtA.insert(S);
        return S;
      });
  EXPECT_EQ(AtA, (std::set<unsigned>{0, 1}));
}

TEST(Flow, TheWitnessNamesTheAwaitThatThrew) {
  Tu T(std::string(Prelude) + "mini::task<> f() { guard g; co_await work(); }");
  PathSearch Search(*T.model().flow(T.function("f")), Exceptions::Awaits);
  std::string Thrower;
  Search.fromEntry(0, [&](PathSearch::State S, const FlowEvent &E) {
    if (E.What == FlowEvent::Throw)
      for (const FlowStep &Step : Search.witness())
        if (Step.Threw)
          Thrower = T.text(Step.S);
    return std::optional(S);
  });
  EXPECT_EQ(Thrower, "co_await work()");
}

} // namespace
