//===- OutOfMemoryTest.cpp - Each allocation fails once -------------------===//
//
// A program of its own, because malloc() and operator new are its own.
//
//===----------------------------------------------------------------------===//

#include <abide/run.hpp>
#include <abide/sleep.hpp>

#include "gtest/gtest.h"
#include <cstdlib>
#include <new>

namespace {

// How many allocations succeed before one fails; negative: all.
int Left = -1;

bool fails() { return Left >= 0 && Left-- == 0; }

} // namespace

extern "C" {
void *__real_malloc(std::size_t Size);
// The linker sends here the calls of malloc() in this program and in the library.
void *__wrap_malloc(std::size_t Size) { return fails() ? nullptr : __real_malloc(Size); }
}
void *operator new(std::size_t Size) {
  if (void *Memory = fails() ? nullptr : __real_malloc(Size))
    return Memory;
  throw std::bad_alloc();
}
void operator delete(void *Memory) noexcept { std::free(Memory); }
void operator delete(void *Memory, std::size_t) noexcept { std::free(Memory); }

namespace abide::test {
namespace {

struct Counted {
  explicit Counted(int &Count) : Count(Count) { ++Count; }
  Counted(const Counted &Other) : Count(Other.Count) { ++Count; }
  ~Counted() { --Count; }
  int &Count;
};

task<int> child(Counted) {
  co_await sleep(std::chrono::seconds(0));
  co_return 7;
}
task<int> parent(Counted Mine) { co_return co_await child(Mine); }

/// Runs `body` with each of its allocations failing in turn, until none does.
template <class F> void failEachAllocation(F body) {
  for (int Nth = 0;; ++Nth) {
    ASSERT_LT(Nth, 1000);
    bool Failed = false;
    Left = Nth;
    try {
      body();
    } catch (const std::bad_alloc &) {
      Failed = true;
    }
    const bool Reached = Left < 0;
    Left = -1;
    if (!Failed && !Reached)
      return;
    EXPECT_TRUE(Failed) << "allocation " << Nth << " has failed, and nobody says so";
  }
}

TEST(OutOfMemory, WhileSpawningLeavesNothingBehind) {
  loop l;
  int Count = 0;
  failEachAllocation([&] {
    l.create_task(child(Counted(Count)), {.name = "a name that needs memory of its own"});
  });
  EXPECT_EQ(l.all_tasks().size(), 1u); // that of the last attempt
  l.run_until_complete([](Counted Mine) -> task<> { co_await child(Mine); }(Counted(Count)));
  EXPECT_EQ(Count, 0);
}

TEST(OutOfMemory, WithinATaskIsItsException) {
  loop l;
  int Count = 0;
  const Counted Mine(Count);
  for (int Nth = 0; Nth < 20; ++Nth) {
    auto main = [&]() -> task<int> {
      Left = Nth;
      int Result = 0;
      try {
        Result = co_await parent(Mine);
      } catch (const std::bad_alloc &) {
        Result = -1;
      }
      Left = -1;
      co_return Result;
    };
    const int Result = l.run_until_complete(main());
    EXPECT_TRUE(Result == 7 || Result == -1) << Result;
    EXPECT_EQ(Count, 1);
  }
}

TEST(OutOfMemory, WhileSchedulingLeavesTheLoopAlive) {
  loop l;
  int Count = 0, Ran = 0;
  failEachAllocation([&] { l.call_soon([&Ran, Mine = Counted(Count)] { ++Ran; }); });
  failEachAllocation(
      [&] { l.call_later(std::chrono::seconds(-1), [&Ran, Mine = Counted(Count)] { ++Ran; }); });
  failEachAllocation([&] { (void)l.create_future<Counted>(); });
  l.stop();
  l.run_forever();
  EXPECT_EQ(Ran, 2);
  EXPECT_EQ(Count, 0);
}

} // namespace
} // namespace abide::test
