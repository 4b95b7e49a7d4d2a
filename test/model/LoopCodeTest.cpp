#include "model/LoopCode.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

/// How a loop runs the function called f.
std::optional<LoopEntry> entryOfF(const std::string &Code) {
  Tu T("#include <thread>\n#include <fake/cppcoro.hpp>\n#include <fake/asio.hpp>\n" + Code);
  const FunctionFacts &F = T.function("f");
  const LoopCode Loop(T.model());
  for (const LoopCode::Function &Entry : Loop.functions())
    if (Entry.Facts == &F)
      return Entry.How;
  return std::nullopt;
}

const std::string Coroutine = "cppcoro::task<> f() { co_return; }";

TEST(LoopCode, PlainFunctionsAreNone) { EXPECT_EQ(entryOfF("void f() {}"), std::nullopt); }

TEST(LoopCode, CoroutinesAre) { EXPECT_EQ(entryOfF(Coroutine), LoopEntry::Coroutine); }

TEST(LoopCode, CallbacksAre) {
  EXPECT_EQ(entryOfF("void f() {} void g(asio::io_context &io) { asio::post(io, &f); }"),
            LoopEntry::Callback);
}

TEST(LoopCode, WhatRunsOnAThreadIsNone) {
  EXPECT_EQ(entryOfF("void f() {} void g() { std::thread(&f).detach(); }"), std::nullopt);
}

TEST(LoopCode, ACoroutineThatIsOnlyStartedOnAPoolIsNone) {
  const std::string Pool = Coroutine + "cppcoro::task<> g(cppcoro::static_thread_pool &pool) {"
                                       "  co_await pool.schedule(); co_await f(); }";
  EXPECT_EQ(entryOfF(Pool), std::nullopt);
  EXPECT_EQ(entryOfF(Pool + "cppcoro::task<> h() { co_await f(); }"), LoopEntry::Coroutine);
}

TEST(LoopCode, ACoroutineThatOnlyCallsItselfIs) {
  EXPECT_EQ(entryOfF("cppcoro::task<> f(int n) { co_await f(n - 1); }"), LoopEntry::Coroutine);
}

} // namespace
