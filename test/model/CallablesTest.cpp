#include "model/Callables.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

/// What `callee([] {})` does with its lambda, Declaration being what comes before.
CallableFate fateIn(const std::string &Declaration, const std::string &Call = "callee([] {});") {
  Tu T("#include <functional>\n#include <thread>\n#include <mini/task.hpp>\n" + Declaration +
       "\nvoid f() { " + Call + " }");
  for (const CallSite &Site : T.function("f").Calls)
    for (const CallableArgument &Given : Site.Callables)
      return fateOfCallable(T.model(), Site, Given.Index);
  ADD_FAILURE() << "no callable";
  return CallableFate::Unknown;
}

TEST(Callables, UnknownBodyIsUnknown) {
  EXPECT_EQ(fateIn("void callee(std::function<void()> f);"), CallableFate::Unknown);
}

TEST(Callables, ABodyThatCallsItRunsIt) {
  EXPECT_EQ(fateIn("void callee(std::function<void()> f) { f(); }"), CallableFate::RunsNow);
  EXPECT_EQ(fateIn("template <class F> void callee(F &&f) { std::forward<F>(f)(); }"),
            CallableFate::RunsNow);
  EXPECT_EQ(fateIn("template <class F> void inner(F f) { f(); }"
                   "template <class F> void callee(F f) { inner(std::move(f)); }"),
            CallableFate::RunsNow);
}

TEST(Callables, StoredIsUnknown) {
  EXPECT_EQ(fateIn("std::function<void()> kept;"
                   "void callee(std::function<void()> f) { f(); kept = f; }"),
            CallableFate::Unknown);
}

TEST(Callables, HandedToAThreadRunsElsewhere) {
  EXPECT_EQ(fateIn("template <class F> void callee(F f) { std::thread(f).detach(); }"),
            CallableFate::OtherThread);
  EXPECT_EQ(fateIn("", "std::thread t([] {}); t.detach();"), CallableFate::OtherThread);
}

TEST(Callables, ACoroutineKeepsWhatItOwns) {
  EXPECT_EQ(fateIn("template <class F> mini::task<> callee(F f) { f(); co_return; }"),
            CallableFate::Kept);
  EXPECT_EQ(fateIn("template <class F> mini::task<> callee(F &&f) { f(); co_return; }"),
            CallableFate::Unknown);
}

TEST(Callables, AnExecutorSaysWhere) {
  const std::string Asio = "#include <fake/asio.hpp>\nasio::io_context io; asio::thread_pool pool;"
                           "asio::any_io_executor any;";
  EXPECT_EQ(fateIn(Asio, "asio::post(io, [] {});"), CallableFate::LoopLater);
  EXPECT_EQ(fateIn(Asio, "asio::dispatch(io.get_executor(), [] {});"), CallableFate::LoopLater);
  EXPECT_EQ(fateIn(Asio, "asio::post(pool, [] {});"), CallableFate::OtherThread);
  EXPECT_EQ(fateIn(Asio, "asio::post(asio::strand(pool.get_executor()), [] {});"),
            CallableFate::OtherThread);
  EXPECT_EQ(fateIn(Asio, "asio::post(any, [] {});"), CallableFate::Unknown);
}

TEST(Callables, AnnotationsSpeak) {
  EXPECT_EQ(
      fateIn("[[clang::annotate(\"async::loop_callback\")]] void callee(std::function<void()>);"),
      CallableFate::LoopLater);
  EXPECT_EQ(fateIn("struct loop { [[clang::annotate(\"async::other_loop\")]] void "
                   "post(std::function<void()>); };",
                   "loop().post([] {});"),
            CallableFate::OtherLoop);
}

} // namespace
