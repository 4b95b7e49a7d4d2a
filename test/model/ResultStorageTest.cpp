// What the initialiser of `r` leads to: names of variables, "temporary", "frame", "object".
#include "model/ResultStorage.h"
#include "Tu.h"
#include <set>

using namespace abide;
using namespace abide::test;

namespace {

using Names = std::set<std::string>;

constexpr const char *Prelude = R"(
#include <mini/task.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>
template <class T> struct kept { // Awaiting gives a reference into the frame.
  struct promise_type {
    T value;
    kept get_return_object();
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(T v) { value = v; }
    void unhandled_exception() {}
  };
  kept(kept &&);
  ~kept() { h.destroy(); }
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  T &&await_resume() { return static_cast<T &&>(h.promise().value); }
  std::coroutine_handle<promise_type> h;
};
struct line { // So does this, into itself.
  std::string text;
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  const std::string &await_resume() { return text; }
};
struct page { std::vector<int> rows; const std::vector<int> &all() const { return rows; }
              std::string title; };
kept<page> load();
mini::task<page> value();
line read();
mini::task<std::string_view> trim(std::string_view text) { co_return text.substr(1); }
)";

Names leadsTo(const std::string &Declaration) {
  Tu T(std::string(Prelude) +
       "mini::task<> f(const std::string &given, std::string own) { page local; " + Declaration +
       " co_return; }");
  const LocalFacts &R = T.local("r");
  Names Found;
  for (const Storage &S : R.Decl->getType()->isReferenceType() ? storageBound(T.model(), R.Init)
                                                               : storageHeld(T.model(), R.Init))
    Found.insert(S.What == Storage::Temporary ? (S.Frame ? "frame" : "temporary")
                 : S.What == Storage::Object  ? "object"
                                              : S.Var->getNameAsString());
  return Found;
}

TEST(ResultStorage, AResultMayBeInTheFrameOfItsTask) {
  EXPECT_EQ(leadsTo("auto &&r = co_await load();"), Names{"frame"});
  EXPECT_EQ(leadsTo("const auto &r = (co_await load()).title;"), Names{"frame"});
  EXPECT_EQ(leadsTo("auto t = load(); auto &&r = co_await t;"), Names{});
}

TEST(ResultStorage, AReferenceKeepsAValueAlive) {
  EXPECT_EQ(leadsTo("auto &&r = co_await value();"), Names{});
  EXPECT_EQ(leadsTo("const auto &r = (co_await value()).rows;"), Names{});
}

TEST(ResultStorage, WhatAValueGivesOutDiesWithIt) {
  EXPECT_EQ(leadsTo("const auto &r = (co_await value()).all();"), Names{"temporary"});
  EXPECT_EQ(leadsTo("std::string_view r = (co_await value()).title;"), Names{"temporary"});
  EXPECT_EQ(leadsTo("const char *r = (co_await value()).title.c_str();"), Names{"temporary"});
  EXPECT_EQ(leadsTo("auto &&r = std::move(co_await value());"), Names{"temporary"});
}

TEST(ResultStorage, AnAwaiterMayHaveTheResult) {
  EXPECT_EQ(leadsTo("auto &r = co_await read();"), Names{"temporary"});
  EXPECT_EQ(leadsTo("line l; auto &r = co_await l;"), Names{"l"});
}

TEST(ResultStorage, AResultMayReferToAnArgument) {
  EXPECT_EQ(leadsTo("auto r = co_await trim(std::string(own));"), Names{"temporary"});
  EXPECT_EQ(leadsTo("auto r = co_await trim(own);"), Names{"own"});
  EXPECT_EQ(leadsTo("auto r = co_await trim(given);"), Names{"given"});
  EXPECT_EQ(leadsTo("auto r = co_await trim(\"text\");"), Names{});
}

TEST(ResultStorage, PlainExpressionsAreFollowedAsWell) {
  EXPECT_EQ(leadsTo("const auto &r = local.all().front();"), Names{"local"});
  EXPECT_EQ(leadsTo("auto r = std::string_view(own).substr(1);"), Names{"own"});
  EXPECT_EQ(leadsTo("std::unique_ptr<page> p; auto &r = p->rows;"), Names{"p"});
  EXPECT_EQ(leadsTo("std::shared_ptr<page> p; auto &r = p->rows;"), Names{});
}

} // namespace
