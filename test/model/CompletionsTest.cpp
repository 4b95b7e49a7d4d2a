#include "model/Completions.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

const std::string Prelude = R"(
#include <vector>
struct future { void set_result(int); bool cancel(); bool done() const; };
struct asserting { void set_result(int) noexcept; bool cancel(); bool done() const; };
struct box { void set_result(int); };
struct slot { [[clang::annotate("async::completes")]] void fill(); };
bool isOpen(future &); void keep(future *);
)";

/// The completions of f: "set_result v", with "?" when it may be cancelled, "!" when it throws.
std::string completionsOf(const std::string &Parameter, const std::string &Body) {
  Tu T(Prelude + "void f(" + Parameter + ") { " + Body + " }");
  const Completions All(T.model());
  std::string Result;
  for (const Completion &C : All.of(T.function("f"))) {
    EXPECT_EQ(All.at(C.Call), &C);
    Result += C.Name + " " + C.Object.shown() + (C.Cancellable ? "?" : "") + (C.Throws ? "!" : "");
  }
  EXPECT_EQ(All.empty(), Result.empty());
  return Result;
}

TEST(Completions, AreKnownByTheShapeOfTheFuture) {
  EXPECT_EQ(completionsOf("future &v", "v.set_result(1);"), "set_result v?!");
  EXPECT_EQ(completionsOf("asserting &v", "v.set_result(1);"), "set_result v?");
  EXPECT_EQ(completionsOf("box &v", "v.set_result(1);"), "");
}

TEST(Completions, AreKnownByAnnotation) {
  EXPECT_EQ(completionsOf("slot *v", "v->fill();"), "fill v!");
}

TEST(Completions, NeedAnObjectThatHasAWay) {
  EXPECT_EQ(completionsOf("", "future().set_result(1);"), "");
}

/// What the last expression of f that is written so does with v.
Mention mentionOf(const std::string &Body, const std::string &Text) {
  Tu T(Prelude + "void f(future v) { " + Body + " v.set_result(1); }");
  const FunctionFacts &F = T.function("f");
  const Completions All(T.model());
  const FunctionFlow &Flow = *T.model().flow(F);
  Mention Found = Mention::None;
  PathSearch(Flow, Exceptions::None).fromEntry(0, [&](PathSearch::State S, const FlowEvent &E) {
    if (E.What == FlowEvent::Evaluated && T.text(E.S) == Text)
      if (Mention M = All.mention(Flow, All.of(F).front().Object, E.S); M != Mention::None)
        Found = M;
    return std::optional(S);
  });
  return Found;
}

TEST(Completions, MentionsAreTold) {
  EXPECT_EQ(mentionOf("v.done();", "v.done()"), Mention::Asked);
  EXPECT_EQ(mentionOf("isOpen(v);", "isOpen(v)"), Mention::Asked);
  EXPECT_EQ(mentionOf("v = future();", "v = future()"), Mention::Made);
  EXPECT_EQ(mentionOf("keep(&v);", "v"), Mention::Other);
  EXPECT_EQ(mentionOf("v.cancel();", "v.cancel()"), Mention::None);
}

/// Asks Question of the only completion of the function f of `struct s { std::vector<future *> all;
/// future one; ... }`.
template <class Ask> bool ofOnly(const std::string &Body, Ask Question) {
  Tu T(Prelude + "struct s { std::vector<future *> all; future one; void f(future &v) { " + Body +
       " } };");
  const Completions All(T.model());
  for (const FunctionFacts &F : T.model().functions().all())
    for (const Completion &C : All.of(F))
      return Question(All, F, C.Object);
  ADD_FAILURE() << "no completion";
  return false;
}

bool isKept(const Completions &All, const FunctionFacts &, const ObjectPath &O) {
  return All.isKept(O);
}
bool isMadeOfKept(const Completions &All, const FunctionFacts &, const ObjectPath &O) {
  return All.madeOfKept(O);
}
bool isOutside(const Completions &All, const FunctionFacts &F, const ObjectPath &O) {
  return All.isOutside(F, O);
}

TEST(Completions, ObjectsAreKeptInMembers) {
  EXPECT_TRUE(ofOnly("one.set_result(1);", isKept));
  EXPECT_FALSE(ofOnly("v.set_result(1);", isKept));
  EXPECT_TRUE(ofOnly("for (future *x : all) x->set_result(1);", isMadeOfKept));
  EXPECT_TRUE(ofOnly("future *x = all[0]; x->set_result(1);", isMadeOfKept));
  EXPECT_FALSE(ofOnly("future *x = &v; x->set_result(1);", isMadeOfKept));
}

TEST(Completions, ObjectsOfLambdasAreOutside) {
  EXPECT_TRUE(ofOnly("[&] { v.set_result(1); }();", isOutside));
  EXPECT_FALSE(ofOnly("v.set_result(1);", isOutside));
}

bool conditionMayRepeat(const std::string &Body) {
  Tu T(Prelude + "extern bool on; void f(future &v, bool b) { " + Body + " }");
  const FunctionFacts &F = T.function("f");
  const auto *Loop = cast<clang::WhileStmt>(F.Loops.front());
  return Completions(T.model()).mayRepeat(*T.model().flow(F), Loop->getCond());
}

TEST(Completions, ConditionsThatNobodyChangesRepeat) {
  EXPECT_TRUE(conditionMayRepeat("while (b) v.set_result(1);"));
  EXPECT_FALSE(conditionMayRepeat("while (b) { v.set_result(1); b = false; }"));
  EXPECT_FALSE(conditionMayRepeat("while (on) v.set_result(1);"));
}

} // namespace
