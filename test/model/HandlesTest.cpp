#include "Tu.h"
#include "model/HandlePaths.h"

using namespace abide;
using namespace abide::test;

namespace {

const std::string Promise =
    "#include <coroutine>\n#include <utility>\n"
    "struct stops { std::suspend_always final_suspend() noexcept { return {}; } };"
    "struct ends { std::suspend_never final_suspend() noexcept { return {}; } };";

/// The faults of f with this body, which has handles `h` (stops at its end) and `e` (does not).
std::vector<HandleFault> faults(const std::string &Body) {
  Tu T(Promise +
       "void keep(std::coroutine_handle<stops> &);"
       "void f(std::coroutine_handle<stops> h, std::coroutine_handle<ends> e, bool b) {" +
       Body + "}");
  std::vector<HandleFault> Found;
  for (const HandleMisuse &M : handleMisuses(T.model(), Promises(T.model()), T.function("f")))
    Found.push_back(M.What);
  return Found;
}

using Faults = std::vector<HandleFault>;

TEST(Handles, AreDestroyedOnce) {
  EXPECT_EQ(faults("h.destroy(); h.destroy();"), Faults{HandleFault::DestroyedTwice});
  EXPECT_EQ(faults("if (b) h.destroy(); h.destroy();"), Faults{HandleFault::DestroyedTwice});
  EXPECT_EQ(faults("if (b) h.destroy(); else h.destroy();"), Faults{});
  EXPECT_EQ(faults("h.destroy(); h = {}; h.destroy();"), Faults{});
  EXPECT_EQ(faults("h.destroy(); keep(h); h.destroy();"), Faults{});
}

TEST(Handles, AreNotUsedAfterThat) {
  EXPECT_EQ(faults("h.destroy(); h.resume();"), Faults{HandleFault::UsedDestroyed});
  EXPECT_EQ(faults("h.destroy(); if (h) return;"), Faults{});
}

TEST(Handles, AreNotResumedAtTheirEnd) {
  EXPECT_EQ(faults("if (h.done()) h.resume();"), Faults{HandleFault::ResumedAtEnd});
  EXPECT_EQ(faults("while (!h.done()) h.resume(); h();"), Faults{HandleFault::ResumedAtEnd});
  EXPECT_EQ(faults("if (b || !h.done()) h.resume();"), Faults{});
}

TEST(Handles, AreNotAskedWhenTheFrameMayHaveDestroyedItself) {
  EXPECT_EQ(faults("e.resume(); e.done();"), Faults{HandleFault::AskedAfterEnding});
  EXPECT_EQ(faults("h.resume(); h.done();"), Faults{});
}

TEST(Handles, OwnersAreReadFromPatternsToo) {
  Tu T(Promise + "template <class T> struct owner { ~owner() { if (h) h.destroy(); }"
                 "owner &operator=(owner &&o) { h = std::exchange(o.h, {}); return *this; }"
                 "std::coroutine_handle<T> h; };"
                 "struct counts { ~counts() { if (--n == 0) h.destroy(); }"
                 "std::coroutine_handle<> h; int n; };"
                 "struct borrows { ~borrows() {} std::coroutine_handle<> h; };");
  std::vector<HandleOwner> Owners = handleOwners(T.model());
  ASSERT_EQ(Owners.size(), 2u);
  EXPECT_EQ(Owners[0].Class->getName(), "owner");
  EXPECT_TRUE(Owners[0].OnlyIfSet);
  EXPECT_EQ(Owners[1].Class->getName(), "counts");
  EXPECT_FALSE(Owners[1].OnlyIfSet);
  for (const clang::CXXMethodDecl *M : Owners[0].Class->methods())
    if (M->isMoveAssignmentOperator()) {
      EXPECT_NE(overwrites(*M, Owners[0]), nullptr);
    }
}

} // namespace
