//===- CaptureTest.cpp - Stacks: taken, printed, of stripped programs -----===//

#include "Process.h"
#include "gtest/gtest.h"
#include <abide/detail/unwind.hpp>
#include <abide/stack.hpp>
#include <csignal>
#include <regex>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace abide::test {

// Not static, so that their names are known in every build.
[[gnu::noinline]] stack captured_below(int depth, unsigned skip) {
  if (depth == 0)
    return stack::capture(skip);
  stack deeper = captured_below(depth - 1, skip);
  asm volatile("");
  return deeper;
}

namespace {

std::size_t count_of(const std::string &part, const std::string &text) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

TEST(Capture, BeginsWithTheCaller) {
  const stack taken = captured_below(3, 0);
  ASSERT_GE(taken.addresses().size(), 5u);
  EXPECT_NE(detail::function_at(taken.addresses()[0]).find("captured_below"), std::string::npos)
      << taken.to_string();
  EXPECT_EQ(count_of("captured_below", taken.to_string()), 4u) << taken.to_string();
}

TEST(Capture, SkipsTheInnermost) {
  EXPECT_EQ(count_of("captured_below", captured_below(3, 3).to_string()), 1u);
}

TEST(Capture, KeepsTheInnermostOfADeepStack) {
  const stack taken = captured_below(100, 0);
  EXPECT_EQ(taken.addresses().size(), stack::max_frames);
  EXPECT_EQ(count_of("captured_below", taken.to_string()), stack::max_frames);
}

// After some captures frame pointers are believed, where they are there: nothing may change.
TEST(Capture, IsTheSameWhenRepeated) {
  std::vector<stack> all;
  for (int i = 0; i < 30; ++i)
    all.push_back(captured_below(4, 0));
  for (const stack &one : all) {
    ASSERT_GE(one.addresses().size(), 5u);
    EXPECT_TRUE(std::ranges::equal(one.addresses().first(5), all[0].addresses().first(5)));
  }
}

TEST(Capture, WorksInAThread) {
  std::string text;
  std::thread([&] { text = captured_below(2, 0).to_string(); }).join();
  EXPECT_EQ(count_of("captured_below", text), 3u) << text;
}

TEST(Capture, AnEmptyStackHasNoLines) {
  EXPECT_TRUE(stack().empty());
  EXPECT_EQ(stack().to_string(), "");
  EXPECT_FALSE(captured_below(0, 0).empty());
}

TEST(Capture, AnAddressOfNoModuleIsPrintedAsItIs) {
  const std::uintptr_t nowhere[] = {0x11};
  EXPECT_EQ(detail::describe_frames(nowhere), "#0 0x10\n");
}

// The unwinder stands in the handler, the thread inside of libc, which has no frame pointers.
std::uintptr_t interrupted[32];
volatile std::sig_atomic_t interrupted_count = 0;
void take_interrupted(int, siginfo_t *, void *context) {
  interrupted_count = static_cast<int>(detail::unwind_interrupted(interrupted, context));
}

TEST(Capture, InASignalHandlerGoesThroughLibc) {
  detail::prepare_unwinding();
  struct sigaction action{}, before{};
  action.sa_sigaction = take_interrupted;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGUSR1, &action, &before);
  raise(SIGUSR1);
  sigaction(SIGUSR1, &before, nullptr);
  const std::string text =
      detail::describe_frames({interrupted, static_cast<std::size_t>(interrupted_count)});
  EXPECT_NE(text.find("raise"), std::string::npos) << text;
  EXPECT_NE(text.find("InASignalHandlerGoesThroughLibc"), std::string::npos) << text;
  EXPECT_EQ(text.find("take_interrupted"), std::string::npos) << text;
}

TEST(Capture, IsPrintedInAChildToo) {
  const stack taken = captured_below(2, 0);
  const std::string here = taken.to_string();
  const pid_t child = fork();
  if (child == 0)
    _exit(taken.to_string() == here ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

// What addr2line needs: the module, the offset in it, its build id.
TEST(Capture, OfAStrippedProgramNamesModuleOffsetAndBuildId) {
  const std::string whole = std::string(ABIDE_BIN) + "/runtime-stack-printer";
  const ProcessResult stripped = run({whole + "-stripped"});
  ASSERT_EQ(stripped.ExitCode, 0) << stripped.describe();
  static const std::regex line(
      "#0 .*/runtime-stack-printer-stripped\\+(0x[0-9a-f]+) \\(build id ([0-9a-f]+)\\)\n"
      "[^]*");
  std::smatch found;
  ASSERT_TRUE(std::regex_match(stripped.Out, found, line)) << stripped.Out;
  EXPECT_EQ(run({"addr2line", "-Cfse", whole, found.str(1)}).Out.find("innermost()\nstack_"), 0u);
  const ProcessResult notes = run({"readelf", "-n", whole});
  EXPECT_NE(notes.Out.find("Build ID: " + found.str(2)), std::string::npos) << notes.Out;
}

} // namespace
} // namespace abide::test
