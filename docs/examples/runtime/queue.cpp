// Two producers, three consumers, one queue between them that holds up who is too fast.

#include <abide/abide.hpp>

#include <iostream>

using namespace abide;
using namespace std::chrono_literals;

task<> produce(queue<int>& items, int from, int to) {
  for (int n = from; n < to; ++n)
    co_await items.put(n);
}

task<> consume(queue<int>& items, long& sum) {
  for (;;) {
    int n = 0;
    try {
      n = co_await items.get();
    } catch (const queue_shutdown&) {
      co_return;
    }
    co_await sleep(100us); // the work
    sum += n;
    items.task_done();
  }
}

task<> work() {
  queue<int> items(4);
  long sum = 0;
  co_await task_group().run([&](task_group& workers) -> task<> {
    for (int i = 0; i < 3; ++i)
      workers.create_task(consume(items, sum));
    co_await task_group().run([&](task_group& producers) -> task<> {
      producers.create_task(produce(items, 0, 50));
      producers.create_task(produce(items, 50, 101));
      co_return;
    });
    co_await items.join();
    items.shutdown();
  });
  std::cout << "the sum is " << sum << "\n";
}

int main() { run(work()); }
