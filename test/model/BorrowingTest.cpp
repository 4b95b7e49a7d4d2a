// What the task made by the call of `g` refers to: names of variables, "this", "temporary".
#include "model/Borrowing.h"
#include "Tu.h"
#include <set>

using namespace abide;
using namespace abide::test;
using namespace clang;

namespace {

using Names = std::set<std::string>;

constexpr const char *Prelude = R"(
#include <mini/task.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>
struct options { int level; };
struct context { const std::string &name; };
struct part { std::string text; const std::string &get() const { return text; }
              std::string_view view() const { return text; } };
)";

/// Parameter is that of `mini::task<> g(...)`, Body that of a function that calls it.
Names refers(const std::string &Parameter, const std::string &Body) {
  Tu T(std::string(Prelude) + "mini::task<> g(" + Parameter + ");" +
       "const std::string &pick(const std::string &a, int) { return a; }" +
       "struct host { std::string own; mini::task<> f(const std::string &outer, std::string value)"
       "{ std::string local; std::vector<std::string> list;" +
       Body + "co_return; } };");
  Names Found;
  for (const CallSite &Site : T.function("f").Calls) {
    if (!Site.Expr || identifierOf(*Site.Callee) != "g")
      continue;
    for (const BorrowedArgument &Given : borrowedBy(T.model(), Site.Expr))
      for (const Referent &R : Given.To)
        Found.insert(R.Temporary ? "temporary" : R.This ? "this" : R.Var->getNameAsString());
  }
  return Found;
}

TEST(Borrowing, AReferenceRefersToItsArgument) {
  EXPECT_EQ(refers("const std::string &s", "co_await g(local);"), Names{"local"});
  EXPECT_EQ(refers("const std::string &s", "co_await g(value);"), Names{"value"});
  EXPECT_EQ(refers("const std::string &s", "co_await g(outer);"), Names{"outer"});
  EXPECT_EQ(refers("const std::string &s", "co_await g(own);"), Names{"this"});
  EXPECT_EQ(refers("const std::string &s", "co_await g(\"x\");"), Names{"temporary"});
  EXPECT_EQ(refers("std::string &&s", "co_await g(std::move(local));"), Names{"local"});
}

TEST(Borrowing, AValueDoesNot) {
  EXPECT_EQ(refers("std::string s", "co_await g(local);"), Names{});
  EXPECT_EQ(refers("options o", "co_await g({1});"), Names{});
  EXPECT_EQ(
      refers("std::shared_ptr<std::string> p", "co_await g(std::make_shared<std::string>(local));"),
      Names{});
  EXPECT_EQ(refers("std::vector<std::string> v", "co_await g(list);"), Names{});
}

TEST(Borrowing, ViewsAndPointersReferToWhatTheyWereMadeOf) {
  EXPECT_EQ(refers("std::string_view s", "co_await g(local);"), Names{"local"});
  EXPECT_EQ(refers("std::string_view s", "co_await g(\"literal\");"), Names{});
  EXPECT_EQ(refers("std::string_view s", "co_await g(std::string(\"x\"));"), Names{"temporary"});
  EXPECT_EQ(refers("std::string_view s", "std::string_view v = local; co_await g(v);"),
            Names{"local"});
  EXPECT_EQ(refers("std::span<std::string> s", "co_await g(list);"), Names{"list"});
  EXPECT_EQ(refers("const char *s", "co_await g(local.c_str());"), Names{"local"});
  EXPECT_EQ(refers("std::string *s", "co_await g(&local);"), Names{"local"});
  EXPECT_EQ(refers("std::string *s", "auto *p = &local; co_await g(p);"), Names{"local"});
  EXPECT_EQ(refers("std::vector<std::string>::iterator i", "co_await g(list.begin());"),
            Names{"list"});
  EXPECT_EQ(refers("std::reference_wrapper<std::string> s", "co_await g(std::ref(local));"),
            Names{"local"});
}

TEST(Borrowing, PartsBelongToTheWhole) {
  EXPECT_EQ(refers("const std::string &s", "co_await g(list[0]);"), Names{"list"});
  EXPECT_EQ(refers("const std::string &s", "part p; co_await g(p.text);"), Names{"p"});
  EXPECT_EQ(refers("const std::string &s", "auto &r = local; co_await g(r);"), Names{"local"});
  EXPECT_EQ(refers("const std::string &s", "for (auto &e : list) co_await g(e);"), Names{"list"});
  EXPECT_EQ(
      refers("const std::string &s", "auto p = std::make_shared<std::string>(); co_await g(*p);"),
      Names{});
}

TEST(Borrowing, BodiesAreLookedInto) {
  EXPECT_EQ(refers("const std::string &s", "co_await g(pick(local, 1));"), Names{"local"});
  EXPECT_EQ(refers("const std::string &s", "co_await g(pick(std::string(), 1));"),
            Names{"temporary"});
  EXPECT_EQ(refers("const std::string &s", "part p; co_await g(p.get());"), Names{"p"});
  EXPECT_EQ(refers("std::string_view s", "part p; co_await g(p.view());"), Names{"p"});
}

TEST(Borrowing, ClosuresAndHoldersReferToWhatTheyKeep) {
  EXPECT_EQ(refers("std::function<void()> f", "co_await g([&] { local.clear(); });"),
            Names{"local"});
  EXPECT_EQ(refers("std::function<void()> f", "co_await g([local] { });"), Names{});
  EXPECT_EQ(refers("std::function<void()> f", "co_await g([p = &local] { });"), Names{"local"});
  EXPECT_EQ(refers("std::function<void()> f", "co_await g([this] { own.clear(); });"),
            Names{"this"});
  EXPECT_EQ(refers("context c", "co_await g({local});"), Names{"local"});
  EXPECT_EQ(refers("context c", "context k{local}; co_await g(k);"), Names{"local"});
  EXPECT_EQ(refers("std::tuple<std::string &> t", "co_await g(std::tie(local));"), Names{"local"});
}

} // namespace
