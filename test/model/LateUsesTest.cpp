// How a coroutine uses its parameter `p` late: "asleep" (before it started), "late", "destroyed",
// or "".
#include "model/LateUses.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;
using namespace clang;

namespace {

constexpr const char *Prelude = R"(
#include <mini/task.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
void use(const std::string &); void stop() noexcept; bool cond();
struct guard { guard(std::string &s) : s(s) {} ~guard() { s.clear(); } std::string &s; };
mini::eager<> copies(const std::string &s) { std::string own = s; co_await mini::sleep(1); use(own); }
mini::eager<> keeps(const std::string &s) { co_await mini::sleep(1); use(s); }
mini::eager<> elsewhere(const std::string &s);
)";

std::string shown(const std::optional<LateUse> &Found) {
  if (!Found)
    return "";
  return Found->Destroyed ? "destroyed" : Found->Sleep ? "late" : "asleep";
}

std::string parameter(const std::string &Body, const std::string &Type = "mini::eager<>") {
  Tu T(std::string(Prelude) + Type + " f(std::string &p) {" + Body + " co_return; }");
  const FunctionFacts &F = T.function("f");
  return shown(usedLate(T.model(), F, F.Decl->getParamDecl(0)));
}

TEST(LateUses, WhatIsUsedBeforeTheFirstSuspensionOnlyIsNotLate) {
  EXPECT_EQ(parameter("use(p); co_await mini::sleep(1);"), "");
  EXPECT_EQ(parameter("auto own = p; co_await mini::sleep(1); use(own);"), "");
  EXPECT_EQ(parameter("use(p);"), "");
  EXPECT_EQ(parameter("(void)p; co_await mini::sleep(1); (void)p;"), "");
}

TEST(LateUses, WhatIsUsedAfterItIs) {
  EXPECT_EQ(parameter("co_await mini::sleep(1); use(p);"), "late");
  EXPECT_EQ(parameter("while (cond()) { use(p); co_await mini::sleep(1); }"), "late");
  EXPECT_EQ(parameter("if (cond()) { co_await mini::sleep(1); } else { use(p); }"), "");
  EXPECT_EQ(parameter("co_await std::suspend_never{}; use(p);"), "");
}

TEST(LateUses, ALazyCoroutineSleepsFirst) {
  EXPECT_EQ(parameter("use(p);", "mini::task<>"), "asleep");
  EXPECT_EQ(parameter("", "mini::task<>"), "");
}

TEST(LateUses, HandlersCount) {
  EXPECT_EQ(parameter("try { co_await keeps(\"x\"); } catch (...) { use(p); }"), "late");
}

TEST(LateUses, ReferencesViewsAndClosuresAreFollowed) {
  EXPECT_EQ(parameter("auto &r = p; co_await mini::sleep(1); use(r);"), "late");
  EXPECT_EQ(parameter("std::string_view v = p; co_await mini::sleep(1); (void)v.size();"), "late");
  EXPECT_EQ(parameter("auto l = [&] { use(p); }; co_await mini::sleep(1); l();"), "late");
  EXPECT_EQ(parameter("auto l = [p] { use(p); }; co_await mini::sleep(1); l();"), "");
}

TEST(LateUses, DestructorsUseWhatTheyHold) {
  EXPECT_EQ(parameter("guard g(p); co_await mini::sleep(1);"), "destroyed");
  EXPECT_EQ(parameter("{ guard g(p); } co_await mini::sleep(1);"), "");
}

TEST(LateUses, WhatIsAwaitedUsesItMeanwhile) {
  EXPECT_EQ(parameter("co_await keeps(p);"), "late");
  EXPECT_EQ(parameter("co_await copies(p);"), "");
  EXPECT_EQ(parameter("co_await elsewhere(p);"), "");
}

std::string capture(const std::string &Lambda, bool OfThis = false) {
  Tu T(std::string(Prelude) + "struct host { int own; void f(std::string p) { auto l = " + Lambda +
       "; } };");
  const FunctionFacts &F = T.function("f");
  const FunctionFacts *Body = T.model().functions().of(F.Lambdas.front()->getCallOperator());
  return shown(OfThis ? thisUsedLate(T.model(), *Body)
                      : usedLate(T.model(), *Body, F.Decl->getParamDecl(0)));
}

TEST(LateUses, CapturesLiveInTheClosure) {
  const std::string Head = "() -> mini::eager<> { ";
  EXPECT_EQ(capture("[p]" + Head + "co_await mini::sleep(1); use(p); }"), "late");
  EXPECT_EQ(capture("[p]" + Head + "auto q = p; co_await mini::sleep(1); use(q); }"), "");
  EXPECT_EQ(capture("[p]" + Head + "auto &q = p; co_await mini::sleep(1); use(q); }"), "late");
  EXPECT_EQ(capture("[&p]" + Head + "auto &q = p; co_await mini::sleep(1); use(q); }"), "");
  EXPECT_EQ(capture("[p]" + Head + "co_await keeps(p); }"), "late");
  EXPECT_EQ(capture("[&p]" + Head + "co_await keeps(p); }"), "");
}

TEST(LateUses, ThisOfALambdaIsACapture) {
  const std::string Head = "[this]() -> mini::eager<> { ";
  EXPECT_EQ(capture(Head + "co_await mini::sleep(1); own = 1; }", true), "late");
  EXPECT_EQ(capture(Head + "auto *self = this; co_await mini::sleep(1); self->own = 1; }", true),
            "");
}

TEST(LateUses, ThisOfAMemberFunctionIsTheObject) {
  Tu T(std::string(Prelude) + "struct host { int own; mini::eager<> f() { auto *self = this;"
                              " co_await mini::sleep(1); self->own = 1; } };");
  EXPECT_EQ(shown(thisUsedLate(T.model(), T.function("f"))), "late");
}

} // namespace
