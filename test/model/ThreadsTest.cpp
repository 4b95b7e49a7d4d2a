#include "model/Threads.h"
#include "Tu.h"
#include "model/SharedUses.h"

using namespace abide;
using namespace abide::test;

namespace {

const std::string Head = R"(
#include <csignal>
#include <functional>
#include <future>
#include <mini/task.hpp>
#include <thread>
)";

bool runs(const Tu &T, llvm::StringRef Name, ThreadKind Kind) {
  return Threads(T.model()).runs(T.function(Name), Kind);
}

TEST(Threads, CoroutinesRunOnALoop) {
  Tu T(Head + "void g() {} void other(); mini::task<> f() { g(); co_return; }"
              "mini::generator<int> numbers() { co_yield 1; } void plain() {}");
  EXPECT_TRUE(runs(T, "f", ThreadKind::Loop));
  EXPECT_TRUE(runs(T, "g", ThreadKind::Loop));
  EXPECT_FALSE(runs(T, "numbers", ThreadKind::Loop));
  EXPECT_FALSE(runs(T, "plain", ThreadKind::Loop));
}

TEST(Threads, ThreadsRunWhatTheyGetAndWhatThatCalls) {
  Tu T(Head + "void deep() {} void body() { deep(); }"
              "void f() { std::thread(body).detach(); }");
  EXPECT_TRUE(runs(T, "body", ThreadKind::OtherThread));
  EXPECT_FALSE(runs(T, "f", ThreadKind::OtherThread));
  const Threads Where(T.model());
  const auto Way = Where.way(T.function("deep"), ThreadKind::OtherThread);
  ASSERT_TRUE(Way);
  EXPECT_EQ(Way->Start->Body, &T.function("body"));
  EXPECT_EQ(Way->Start->Giver, &T.function("f"));
  ASSERT_EQ(Way->Calls.size(), 1u);
  EXPECT_EQ(T.text(Way->Calls[0]->Expr), "deep()");
}

TEST(Threads, SeveralKindsRunOneBody) {
  Tu T(Head + "void g() {} mini::task<> f() { g(); co_return; }"
              "void start() { auto r = std::async([] { g(); }); }");
  EXPECT_TRUE(runs(T, "g", ThreadKind::Loop));
  EXPECT_TRUE(runs(T, "g", ThreadKind::OtherThread));
}

TEST(Threads, SignalHandlers) {
  Tu T(Head + "#include <signal.h>\nvoid a(int) {} void b(int) {} void f() {"
              "std::signal(SIGINT, a); struct sigaction s = {}; s.sa_handler = b; }");
  EXPECT_TRUE(runs(T, "a", ThreadKind::SignalHandler));
  EXPECT_TRUE(runs(T, "b", ThreadKind::SignalHandler));
}

TEST(Threads, Annotations) {
  Tu T(Head + "void a() {} void b() {} void c() {}"
              "[[clang::annotate(\"async::loop_callback\")]] void later(std::function<void()>);"
              "[[clang::annotate(\"async::other_loop\")]] void away(std::function<void()>);"
              "void unknown(std::function<void()>);"
              "void f() { later(a); away(b); unknown(c); }");
  EXPECT_TRUE(runs(T, "a", ThreadKind::Loop));
  EXPECT_TRUE(runs(T, "b", ThreadKind::OtherLoop));
  for (auto Kind : {ThreadKind::Loop, ThreadKind::OtherThread, ThreadKind::OtherLoop})
    EXPECT_FALSE(runs(T, "c", Kind));
}

TEST(Threads, AnOverrideOfAThreadsFunction) {
  Tu T(Head + "struct base { [[clang::annotate(\"async::offload\")]] virtual void work(); };"
              "struct derived : base { void work() override { go(); } void go() {} };");
  EXPECT_TRUE(runs(T, "go", ThreadKind::OtherThread));
}

/// The objects that the first thread of the code shares, as "name name".
std::string shared(const std::string &Code) {
  Tu T(Head + "struct thing { void use(); void look() const; int n; };" + Code);
  const Threads Where(T.model());
  std::string Names;
  for (const ThreadStart &Start : Where.starts())
    if (Start.Kind == ThreadKind::OtherThread)
      for (const SharedUse &Use : sharedUses(T.model(), Start).Uses)
        Names += (Names.empty() ? "" : " ") + (Use.Object ? Use.Object->getNameAsString() : "this");
  return Names;
}

TEST(SharedUses, CapturesByReferenceAndPointer) {
  EXPECT_EQ(shared("void f(thing &a, thing *b) { std::thread([&a, b] { a.use(); b->use(); }); }"),
            "a b");
  EXPECT_EQ(shared("void f(thing &a) { std::thread([p = &a] { p->use(); }); }"), "a");
}

TEST(SharedUses, CopiesAreItsOwn) {
  EXPECT_EQ(shared("void f(thing a) { std::thread([a]() mutable { a.use(); }); }"), "");
  EXPECT_EQ(shared("void f() { std::thread([] { thing a; a.use(); }); }"), "");
}

TEST(SharedUses, ConstFunctionsRead) {
  EXPECT_EQ(shared("void f(thing &a) { std::thread([&a] { a.look(); }); }"), "");
}

TEST(SharedUses, FollowsThisAndParameters) {
  EXPECT_EQ(shared("struct s { thing t; void go() { t.use(); }"
                   "void f() { std::thread([this] { go(); }); } };"),
            "this t");
  EXPECT_EQ(shared("void g(thing &p) { p.n = 1; }"
                   "void f(thing &a) { std::thread([&a] { g(a); }); }"),
            "n");
  EXPECT_EQ(shared("void g(thing &p) { p.use(); }"
                   "void f() { thing a; std::thread t(g, std::ref(a)); t.join(); }"),
            "a");
}

} // namespace
