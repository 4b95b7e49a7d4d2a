//===- StackTest.cpp - A million awaits do not grow the stack -------------===//

#include "Files.h"
#include "Process.h"
#include "Virtual.h"
#include "gtest/gtest.h"

using namespace std::chrono_literals;

namespace abide::test {
namespace {

task<int> number(int n) { co_return n; }

TEST(Stack, AMillionReadyAwaits) {
  VirtualLoop l;
  auto sum = []() -> task<int> {
    int total = 0;
    for (int i = 0; i < 1000000; ++i)
      total += co_await number(1);
    co_return total;
  };
  EXPECT_EQ(l.run(sum()), 1000000);
}

TEST(Stack, AMillionReadyFutures) {
  VirtualLoop l;
  auto sum = []() -> task<int> {
    auto ready = make_future<int>();
    ready.set_result(1);
    int total = 0;
    for (int i = 0; i < 1000000; ++i)
      total += co_await ready;
    co_return total;
  };
  EXPECT_EQ(l.run(sum()), 1000000);
}

TEST(Stack, AMillionAwaitsThatSuspend) {
  VirtualLoop l;
  l.loop.set_poll_interval(64);
  auto pause = []() -> task<int> {
    co_await sleep(0s);
    co_return 1;
  };
  auto sum = [&]() -> task<int> {
    int total = 0;
    for (int i = 0; i < 1000000; ++i)
      total += co_await pause();
    co_return total;
  };
  EXPECT_EQ(l.run(sum()), 1000000);
}

task<int> failing() {
  throw std::runtime_error("no");
  co_return 0;
}

TEST(Stack, ManyAwaitsThatThrow) {
  VirtualLoop l;
  auto count = []() -> task<int> {
    int caught = 0;
    for (int i = 0; i < 20000; ++i) {
      try {
        co_await failing();
      } catch (const std::runtime_error &) {
        ++caught;
      }
    }
    co_return caught;
  };
  EXPECT_EQ(l.run(count()), 20000);
}

// The program is compiled anew: what g++ and clang make of a coroutine differs from level to level.
// The library is that of the build.
class ReadyAwaits : public testing::TestWithParam<std::tuple<const char *, const char *>> {};

TEST_P(ReadyAwaits, AreFlat) {
  const auto [compiler, flag] = GetParam();
  if (std::string_view(ABIDE_SANITIZE) != "")
    GTEST_SKIP() << "the library of this build cannot be linked without its sanitizers";
  if (test::run({"sh", "-c", std::string("command -v ") + compiler}).ExitCode != 0)
    GTEST_SKIP() << compiler << " is not installed";
  const fs::path source = ABIDE_SOURCE_DIR;
  const TempDir dir;
  const fs::path program = dir.path() / "ready";
  const ProcessResult compiled =
      test::run({compiler, "-std=c++20", flag, "-I" + (source / "runtime/include").string(),
                 (source / "test/runtime/stack/Ready.cpp").string(),
                 ABIDE_BUILD_DIR "/lib/libabide-runtime.a", "-lpthread", "-o", program.string()});
  ASSERT_EQ(compiled.ExitCode, 0) << compiled.Err;
  const ProcessResult result = test::run({program.string()});
  EXPECT_EQ(result.ExitCode, 0) << result.Out << result.Err;
}

INSTANTIATE_TEST_SUITE_P(Stack, ReadyAwaits,
                         testing::Combine(testing::Values("g++", "clang++-22"),
                                          testing::Values("-O0", "-O1", "-O2",
                                                          "-fsanitize=address")));

} // namespace
} // namespace abide::test
