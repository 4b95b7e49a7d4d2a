//===- Ready.cpp - Millions of awaits that need not suspend ---------------===//
// Ends with 0 when the stack has not overflowed and every sum is right. StackTest compiles it with
// several compilers and levels of optimisation.

#include <abide/abide.hpp>

#include <cstdio>

using namespace abide;

namespace {

constexpr int Million = 1000000;

task<int> one() { co_return 1; }
task<int> nested() { co_return co_await one(); }
async_generator<int> ones(int count) {
  for (int i = 0; i < count; ++i)
    co_yield 1;
}

task<int> tasks() {
  int sum = 0;
  for (int i = 0; i < Million; ++i)
    sum += co_await nested();
  co_return sum;
}
task<int> futures() {
  auto ready = make_future<int>();
  ready.set_result(1);
  int sum = 0;
  for (int i = 0; i < Million; ++i)
    sum += co_await ready;
  co_return sum;
}
task<int> generators() {
  int sum = 0;
  auto all = ones(Million);
  while (const auto value = co_await all.next())
    sum += *value;
  co_return sum;
}
task<int> queues() {
  queue<int> items;
  int sum = 0;
  for (int i = 0; i < Million; ++i) {
    co_await items.put(1);
    sum += co_await items.get();
  }
  co_return sum;
}
task<int> locks() {
  semaphore permits(1);
  mutex door;
  event open;
  open.set();
  int sum = 0;
  for (int i = 0; i < Million; ++i) {
    const auto permit = co_await permits.lock();
    const auto held = co_await door.lock();
    co_await open.wait();
    ++sum;
  }
  co_return sum;
}
task<int> spawned_ones() {
  const auto ended = create_task(one());
  co_await ended;
  int sum = 0;
  for (int i = 0; i < Million; ++i)
    sum += co_await ended;
  co_return sum;
}

} // namespace

int main() {
  for (task<int> (*const each)() : {tasks, futures, generators, queues, locks, spawned_ones})
    if (const int sum = run(each()); sum != Million) {
      std::printf("%d\n", sum);
      return 1;
    }
}
