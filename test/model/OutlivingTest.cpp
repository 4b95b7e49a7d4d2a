// What becomes of the work that the call of `g` makes, and whether it outlives the object that is
// its first argument.
#include "model/Outliving.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;
using namespace clang;

namespace {

constexpr const char *Prelude = R"(
#include <mini/task.hpp>
#include <string>
#include <vector>
bool cond() noexcept;
mini::task<> g(const std::string &); mini::eager<> h(const std::string &);
template <class... T> mini::task<> all(T... work);
mini::task<> limit(mini::task<> work, int);
template <class T> [[clang::annotate("async::spawn")]] void start(T work);
template <class T> [[clang::annotate("async::sync_wait")]] void block_on(T work);
template <class T> void begin(T work) { start(std::move(work)); }
template <class T> void finish(T work) { block_on(std::move(work)); }
void ping(mini::task<> work);
void pong(mini::task<> work) { ping(std::move(work)); }
void ping(mini::task<> work) { pong(std::move(work)); }
struct [[clang::annotate("async::task_scope")]] group {
  [[clang::annotate("async::owning_spawn")]] void add(mini::task<> work);
  mini::task<> join();
};
struct event { mini::task<> wait(); };
)";

struct Answer {
  WorkEnd How;
  bool Outlives;
  bool operator==(const Answer &Other) const {
    return How == Other.How && Outlives == Other.Outlives;
  }
};

std::ostream &operator<<(std::ostream &Out, const Answer &A) {
  return Out << int(A.How) << (A.Outlives ? " outlives" : " does not outlive");
}

Answer answer(const std::string &Body, const std::string &Return = "mini::task<>") {
  Tu T(std::string(Prelude) + "std::vector<mini::task<>> kept; event done;" + Return +
       " f(std::string value) {" + Body + "}");
  const FunctionFacts &F = T.function("f");
  for (const CallSite &Site : F.Calls) {
    if (!Site.Expr || (identifierOf(*Site.Callee) != "g" && identifierOf(*Site.Callee) != "h"))
      continue;
    auto Given = borrowedBy(T.model(), Site.Expr);
    bool Outlives = false;
    for (const Referent &R : Given.front().To)
      Outlives |= outlives(T.model(), F, Site.Expr, R).has_value();
    return {fateOfWork(T.model(), F, Site.Expr).How, Outlives};
  }
  ADD_FAILURE() << "no call";
  return {};
}

TEST(Outliving, AwaitedInPlace) {
  EXPECT_EQ(answer("co_await g(\"x\");"), (Answer{WorkEnd::Awaited, false}));
  EXPECT_EQ(answer("std::string s; co_await g(s);"), (Answer{WorkEnd::Awaited, false}));
  EXPECT_EQ(answer("co_await all(g(\"x\"), g(\"y\"));"), (Answer{WorkEnd::Awaited, false}));
  EXPECT_EQ(answer("co_await limit(g(\"x\"), 1);"), (Answer{WorkEnd::Awaited, false}));
  EXPECT_EQ(answer("block_on(g(\"x\"));", "void"), (Answer{WorkEnd::Awaited, false}));
}

TEST(Outliving, KeptInALocal) {
  EXPECT_EQ(answer("auto t = g(\"x\"); co_await std::move(t);"), (Answer{WorkEnd::Kept, true}));
  EXPECT_EQ(answer("std::string s; auto t = g(s); co_await std::move(t);"),
            (Answer{WorkEnd::Kept, false}));
  EXPECT_EQ(answer("mini::task<> t; { std::string s; t = g(s); } co_await std::move(t);"),
            (Answer{WorkEnd::Kept, true}));
  EXPECT_EQ(answer("mini::task<> t; { int n = 0; std::string s; t = g(s); co_await std::move(t); }"
                   " co_return;"),
            (Answer{WorkEnd::Kept, false}));
  EXPECT_EQ(answer("auto t = g(\"x\"); co_return;"), (Answer{WorkEnd::Kept, false}));
  EXPECT_EQ(answer("std::string s; auto t = g(s); start(std::move(t)); co_return;"),
            (Answer{WorkEnd::Kept, true}));
  EXPECT_EQ(
      answer("std::vector<mini::task<>> v; v.push_back(g(\"x\")); co_await all(std::move(v[0]));"),
      (Answer{WorkEnd::Kept, true}));
}

TEST(Outliving, RunningWorkGoesOnAtTheNextSuspension) {
  EXPECT_EQ(answer("auto t = h(\"x\"); co_await done.wait(); co_await t;"),
            (Answer{WorkEnd::Kept, true}));
  EXPECT_EQ(answer("auto t = h(\"x\"); co_return;"), (Answer{WorkEnd::Kept, false}));
}

TEST(Outliving, SpawnedWorkOutlivesTheScope) {
  EXPECT_EQ(answer("start(g(\"x\")); co_return;"), (Answer{WorkEnd::Detached, true}));
  EXPECT_EQ(answer("std::string s; start(g(s)); co_return;"), (Answer{WorkEnd::Detached, true}));
  EXPECT_EQ(answer("while (cond()) { std::string s; start(g(s)); } co_return;"),
            (Answer{WorkEnd::Detached, true}));
  EXPECT_EQ(answer("start(g(value));", "void"), (Answer{WorkEnd::Detached, true}));
  EXPECT_EQ(answer("static std::string s; start(g(s)); co_return;"),
            (Answer{WorkEnd::Detached, false}));
}

TEST(Outliving, UnlessSomebodyWaitsForIt) {
  EXPECT_EQ(answer("std::string s; start(g(s)); co_await done.wait();"),
            (Answer{WorkEnd::Detached, false}));
  EXPECT_EQ(answer("std::string s; start(g(s)); co_await mini::sleep(1);"),
            (Answer{WorkEnd::Detached, true}));
  EXPECT_EQ(answer("std::string s; group all; all.add(g(s)); co_await all.join();"),
            (Answer{WorkEnd::Owned, false}));
  EXPECT_EQ(answer("group all; { std::string s; all.add(g(s)); } co_await all.join();"),
            (Answer{WorkEnd::Owned, true}));
}

TEST(Outliving, AlsoByALoopThatAsksWhatTheWorkWasGiven) {
  const std::string Head = "int left = 1; std::string s; auto w = [&](const std::string &) -> "
                           "mini::task<> { left = 0; co_return; }; start(all(g(s), w(s)));";
  EXPECT_EQ(answer(Head + "while (left) {}", "void"), (Answer{WorkEnd::Detached, false}));
  EXPECT_EQ(answer(Head + "while (cond()) {}", "void"), (Answer{WorkEnd::Detached, true}));
}

TEST(Outliving, HelpersAreLookedInto) {
  EXPECT_EQ(answer("std::string s; begin(g(s)); co_return;"), (Answer{WorkEnd::Detached, true}));
  EXPECT_EQ(answer("std::string s; finish(g(s));", "void"), (Answer{WorkEnd::Awaited, false}));
}

TEST(Outliving, HelpersThatCallEachOtherAreLeftAlone) {
  EXPECT_EQ(answer("std::string s; ping(g(s)); co_return;"), (Answer{WorkEnd::Unknown, false}));
}

TEST(Outliving, ReturnedAndStored) {
  EXPECT_EQ(answer("std::string s; return g(s);"), (Answer{WorkEnd::Returned, true}));
  EXPECT_EQ(answer("return g(value);"), (Answer{WorkEnd::Returned, true}));
  EXPECT_EQ(answer("std::string s; kept.push_back(g(s)); co_return;"),
            (Answer{WorkEnd::Stored, true}));
}

} // namespace
