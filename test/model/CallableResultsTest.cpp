#include "model/CallableResults.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

const char *const Prelude = R"(
#include <functional>
#include <mini/task.hpp>
#include <thread>
mini::task<> save();
)";

/// The result of the variable called f.
std::string resultOf(const std::string &Declaration) {
  Tu T(Prelude + ("void body() { " + Declaration + " }"));
  for (const LocalFacts &Local : T.model().functions().locals())
    if (Local.Decl->getName() == "f") {
      clang::QualType Result = resultOfCallable(Local.Decl->getType());
      return Result.isNull() ? "unknown" : Result.getCanonicalType().getAsString();
    }
  return "no f";
}

TEST(CallableResults, AreReadFromTheType) {
  EXPECT_EQ(resultOf("auto f = [] { return 1; };"), "int");
  EXPECT_EQ(resultOf("auto *f = &save;"), "class mini::task<>");
  EXPECT_EQ(resultOf("auto &f = save;"), "class mini::task<>");
  EXPECT_EQ(resultOf("std::function<long()> f;"), "long");
  EXPECT_EQ(resultOf("int f = 1;"), "unknown");
}

TEST(CallableResults, LookThroughWhatBinds) {
  EXPECT_EQ(resultOf("auto f = std::bind(save);"), "class mini::task<>");
  EXPECT_EQ(resultOf("auto f = std::bind_front([](int, int) { return 1; }, 1);"), "int");
}

TEST(CallableResults, OfGenericLambdasComeFromTheirInstances) {
  EXPECT_EQ(resultOf("auto f = [](auto x) { return x; };"), "unknown");
  EXPECT_EQ(resultOf("auto f = [](auto x) { return x; }; f(1);"), "int");
  EXPECT_EQ(resultOf("auto f = [](auto) -> long { return 1; };"), "long");
}

/// Who drops the result of `callee(save)`, Declaration being what comes before.
std::string dropper(const std::string &Declaration, bool EvenVoided = false) {
  Tu T(Prelude + Declaration + "\nvoid body() { callee(save); }");
  for (const CallSite &Site : T.function("body").Calls)
    if (auto Drop = dropOfResult(T.model(), Site, 0, EvenVoided))
      return Drop->By->getNameAsString() + " " + std::to_string(Drop->Path.size());
  return "nobody";
}

TEST(CallableResults, AreDroppedByABody) {
  EXPECT_EQ(dropper("template <class F> void callee(F f) { f(); }"), "callee 1");
  EXPECT_EQ(dropper("template <class F> void inner(F f) { f(); }"
                    "template <class F> void callee(F f) { inner(f); }"),
            "callee 2");
  EXPECT_EQ(dropper("template <class F> void callee(F f) { [f] { f(); }(); }"), "callee 1");
  EXPECT_EQ(dropper("template <class F> void callee(F f) { std::thread(f).join(); }"), "callee 1");
  EXPECT_EQ(dropper("template <class F> void callee(F f) { mini::spawn(f()); }"), "nobody");
  EXPECT_EQ(dropper("template <class F> void callee(F);"), "nobody");
}

TEST(CallableResults, AreDroppedByASignature) {
  EXPECT_EQ(dropper("void callee(std::function<void()>);"), "function 0");
  EXPECT_EQ(dropper("void callee(std::function<mini::task<>()>);"), "nobody");
}

TEST(CallableResults, MayBeVoidedOnPurpose) {
  const char *const Voids = "template <class F> void callee(F f) { (void)f(); }";
  EXPECT_EQ(dropper(Voids), "nobody");
  EXPECT_EQ(dropper(Voids, /*EvenVoided=*/true), "callee 1");
}

} // namespace
