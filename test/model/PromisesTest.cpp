#include "Tu.h"
#include "model/PromiseFaults.h"

using namespace abide;
using namespace abide::test;

namespace {

/// A task type whose final awaiter and promise have these parts.
std::string task(const std::string &Start, const std::string &End, const std::string &Members) {
  return "#include <coroutine>\n#include <exception>\n"
         "struct task { struct promise_type {"
         "struct end { bool await_ready() noexcept { return false; }"
         "std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> h) noexcept {" +
         End +
         "} void await_resume() noexcept {} };"
         "task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise("
         "*this)}; }" +
         Start +
         " initial_suspend() noexcept { return {}; }"
         "end final_suspend() noexcept { return {}; }"
         "void return_void() {} void unhandled_exception() { error = std::current_exception(); }"
         "std::exception_ptr error;" +
         Members +
         "};"
         "bool await_ready() { return false; }"
         "void await_suspend(std::coroutine_handle<> caller) { h.promise().next = caller; }"
         "void await_resume() {}"
         "std::coroutine_handle<promise_type> h; };";
}

const clang::Stmt *unasked(const Tu &T) {
  Promises Types(T.model());
  for (const FunctionFacts &F : T.model().functions().all())
    for (const StoredMember &M : storedMembers(T.model(), Types.all().front()))
      if (M.What == StoredMember::Continuation && F.Decl &&
          identifierOf(*F.Decl) == "await_suspend")
        if (const clang::Stmt *Use = resumedUnasked(F, *M.Field))
          return Use;
  return nullptr;
}

TEST(Promises, KnowTheirTypeAndTheirAwaiters) {
  Tu T(task("std::suspend_always", "return h.promise().next;", "std::coroutine_handle<> next;"));
  Promises Types(T.model());
  ASSERT_EQ(Types.all().size(), 1u);
  const PromiseType &P = Types.all().front();
  EXPECT_EQ(P.Returned->getName(), "task");
  EXPECT_FALSE(Types.stopsAtEnd(P.Class) == false);
  for (const FunctionFacts &F : T.model().functions().all())
    if (identifierOf(*F.Decl) == "await_suspend") {
      const auto *Awaiter = cast<clang::CXXMethodDecl>(F.Decl)->getParent();
      EXPECT_EQ(Types.place(Awaiter),
                Awaiter->getName() == "end" ? AwaiterPlace::End : AwaiterPlace::Ordinary);
    }
}

TEST(Promises, KnowWhatIsRead) {
  Tu T(task("std::suspend_always", "return h.promise().next;", "std::coroutine_handle<> next;"));
  Promises Types(T.model());
  EXPECT_TRUE(Types.isRead("next"));
  EXPECT_FALSE(Types.isRead("error")); // assigned only
}

TEST(Promises, StoreContinuationsAndExceptions) {
  Tu T(task("std::suspend_always", "return h.promise().next;", "std::coroutine_handle<> next;"));
  Promises Types(T.model());
  auto Members = storedMembers(T.model(), Types.all().front());
  ASSERT_EQ(Members.size(), 2u);
  EXPECT_EQ(Members[0].What, StoredMember::Exception);
  EXPECT_EQ(Members[1].What, StoredMember::Continuation);
}

TEST(Promises, MayEndBeforeTheyAreAwaited) {
  Tu Lazy(task("std::suspend_always", "return h.promise().next;", "std::coroutine_handle<> next;"));
  Promises LazyTypes(Lazy.model());
  EXPECT_FALSE(mayEndUnawaited(Lazy.model(), LazyTypes.all().front()));
  Tu Eager(task("std::suspend_never", "return h.promise().next;", "std::coroutine_handle<> next;"));
  Promises Types(Eager.model());
  EXPECT_TRUE(mayEndUnawaited(Eager.model(), Types.all().front()));
}

TEST(Promises, AskForANullContinuation) {
  EXPECT_NE(unasked(Tu(task("std::suspend_never", "return h.promise().next;",
                            "std::coroutine_handle<> next;"))),
            nullptr);
  EXPECT_EQ(unasked(Tu(task("std::suspend_never", "return h.promise().next;",
                            "std::coroutine_handle<> next = std::noop_coroutine();"))),
            nullptr);
  EXPECT_EQ(unasked(Tu(task("std::suspend_never",
                            "if (auto n = h.promise().next) return n; return "
                            "std::noop_coroutine();",
                            "std::coroutine_handle<> next;"))),
            nullptr);
}

} // namespace
