//===- FootprintTest.cpp - What a pending task takes ----------------------===//

#include <abide/abide.hpp>
#include <gtest/gtest.h>

#include <malloc.h>

namespace abide::test {
namespace {

constexpr std::size_t Million = 1000000;

/// Bytes in use, with what malloc adds to each block.
std::size_t bytesInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

task<> waitFor(event &end) { co_await end.wait(); }

task<std::size_t> bytesOfFrame(event &end) {
  std::vector<task<>> all;
  all.reserve(Million);
  const std::size_t before = bytesInUse();
  for (std::size_t i = 0; i < Million; ++i)
    all.push_back(waitFor(end));
  co_return (bytesInUse() - before) / Million;
}

task<std::size_t> bytesOfPendingTask(event &end) {
  const std::size_t before = bytesInUse();
  for (std::size_t i = 0; i < Million; ++i)
    create_task(waitFor(end));
  co_await sleep(std::chrono::seconds(0));
  EXPECT_EQ(end.waiting(), Million);
  const std::size_t after = bytesInUse();
  end.set();
  co_return (after - before) / Million;
}

task<> measure() {
  event end;
  const std::size_t frame = co_await bytesOfFrame(end);
  const std::size_t whole = co_await bytesOfPendingTask(end);
  testing::Test::RecordProperty("frame", static_cast<int>(frame));
  testing::Test::RecordProperty("whole", static_cast<int>(whole));
  std::printf("a million pending tasks: %zu bytes each, %zu of them the frame\n", whole, frame);
  EXPECT_GT(frame, 0u);
  EXPECT_LE(whole - frame, 400u);
}

TEST(Footprint, OfAMillionPendingTasks) { run(measure()); }

} // namespace
} // namespace abide::test
