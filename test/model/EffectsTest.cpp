#include "model/Effects.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

/// Asks Question of the expression, which stands in a member function with all sorts of variables.
template <class Ask> auto of(const std::string &Expression, Ask Question) {
  Tu T("#include <atomic>\n#include <thread>\n#include <mini/task.hpp>\n"
       "struct thing { bool empty() const; void clear(); };"
       "bool operator==(const thing &, const thing &); int call(); int global;"
       "const int constant = 1;"
       "struct s { int member; mini::task<int> f(int local, thing x, std::atomic<int> &atomic) {" +
       Expression + "; co_return local; } };");
  const auto *Body = cast<clang::CompoundStmt>(T.function("f").Body);
  return Question(withoutWrappers(cast<clang::Expr>(Body->body_front())));
}

bool changes(const std::string &E) { return of(E, changesSomething); }
bool looks(const std::string &E) { return of(E, onlyLooks); }
std::string shared(const std::string &E) {
  return of(E, [](const clang::Stmt *S) {
    const clang::ValueDecl *Found = sharedVariable(S);
    return Found ? Found->getNameAsString() : std::string();
  });
}

TEST(Effects, AssignmentsAndUnknownCallsChange) {
  EXPECT_TRUE(changes("local = 1"));
  EXPECT_TRUE(changes("++member"));
  EXPECT_TRUE(changes("call()"));
  EXPECT_TRUE(changes("x.clear()"));
  EXPECT_TRUE(changes("new int"));
}

TEST(Effects, QuestionsDoNot) {
  EXPECT_FALSE(changes("local + 1"));
  EXPECT_FALSE(changes("x.empty()"));
  EXPECT_FALSE(changes("x == x"));
  EXPECT_FALSE(changes("std::this_thread::yield()"));
}

TEST(Effects, OperandsCountToo) {
  EXPECT_FALSE(changes("local + call()"));
  EXPECT_FALSE(looks("local + call()"));
  EXPECT_FALSE(looks("co_await std::suspend_always()"));
  EXPECT_TRUE(looks("local + (x.empty() ? 1 : member)"));
}

TEST(Effects, OthersChangeMembersGlobalsAndAtomics) {
  EXPECT_EQ(shared("local == member"), "member");
  EXPECT_EQ(shared("local < global"), "global");
  EXPECT_EQ(shared("atomic.load()"), "atomic");
}

TEST(Effects, NobodyChangesLocalsAndConstants) {
  EXPECT_EQ(shared("local < 2"), "");
  EXPECT_EQ(shared("local < constant"), "");
}

} // namespace
