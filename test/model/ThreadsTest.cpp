#include "model/Threads.h"
#include "Tu.h"

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
  return T.model().threads().runs(T.function(Name), Kind);
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
  const auto Way = T.model().threads().way(T.function("deep"), ThreadKind::OtherThread);
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

/// How a loop runs the function called f.
std::optional<LoopEntry> entryOfF(const std::string &Code) {
  Tu T("#include <thread>\n#include <fake/cppcoro.hpp>\n#include <fake/asio.hpp>\n" + Code);
  const FunctionFacts &F = T.function("f");
  for (const LoopFunction &Entry : T.model().threads().loopFunctions())
    if (Entry.Facts == &F)
      return Entry.How;
  return std::nullopt;
}

const std::string Coroutine = "cppcoro::task<> f() { co_return; }";

TEST(LoopFunctions, PlainFunctionsAreNone) { EXPECT_EQ(entryOfF("void f() {}"), std::nullopt); }

TEST(LoopFunctions, CoroutinesAre) { EXPECT_EQ(entryOfF(Coroutine), LoopEntry::Coroutine); }

TEST(LoopFunctions, CallbacksAre) {
  EXPECT_EQ(entryOfF("void f() {} void g(asio::io_context &io) { asio::post(io, &f); }"),
            LoopEntry::Callback);
}

TEST(LoopFunctions, WhatRunsOnAThreadIsNone) {
  EXPECT_EQ(entryOfF("void f() {} void g() { std::thread(&f).detach(); }"), std::nullopt);
}

TEST(LoopFunctions, ACoroutineThatIsOnlyStartedOnAPoolIsNone) {
  const std::string Pool = Coroutine + "cppcoro::task<> g(cppcoro::static_thread_pool &pool) {"
                                       "  co_await pool.schedule(); co_await f(); }";
  EXPECT_EQ(entryOfF(Pool), std::nullopt);
  EXPECT_EQ(entryOfF(Pool + "cppcoro::task<> h() { co_await f(); }"), LoopEntry::Coroutine);
}

TEST(LoopFunctions, AwaitersAre) {
  Tu T("#include <coroutine>\nstruct a { bool await_ready() { return true; }"
       "void await_suspend(std::coroutine_handle<>) {} void await_resume() {} };");
  for (const LoopFunction &Entry : T.model().threads().loopFunctions())
    EXPECT_EQ(Entry.How, LoopEntry::Awaiter);
  EXPECT_EQ(T.model().threads().loopFunctions().size(), 3u);
}

TEST(LoopFunctions, CallbacksKnowWhoGaveThem) {
  Tu T("#include <fake/asio.hpp>\nvoid f() {} void unknown(void (*)());"
       "void g(asio::io_context &io) { asio::post(io, &f); unknown(&f); }");
  const auto Given = T.model().threads().givenBy(T.function("f"));
  ASSERT_EQ(Given.size(), 1u);
  EXPECT_EQ(T.text(Given[0]->Expr), "asio::post(io, &f)");
  EXPECT_TRUE(T.model().threads().givenBy(T.function("g")).empty());
}

TEST(LoopFunctions, ACoroutineThatAPoolStartsRunsThere) {
  Tu T("#include <fake/asio.hpp>\nasio::awaitable<void> f() { co_return; }"
       "void g(asio::thread_pool &pool) { asio::co_spawn(pool, f(), asio::detached); }");
  EXPECT_TRUE(runs(T, "f", ThreadKind::OtherThread));
  EXPECT_FALSE(runs(T, "f", ThreadKind::Loop));
}

TEST(LoopFunctions, ACoroutineThatOnlyCallsItselfIs) {
  EXPECT_EQ(entryOfF("cppcoro::task<> f(int n) { co_await f(n - 1); }"), LoopEntry::Coroutine);
}

} // namespace
