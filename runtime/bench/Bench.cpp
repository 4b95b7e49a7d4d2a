// What the runtime's primitives cost. The names are those of AsioBench.cpp, which does the same
// with Boost.Asio: `abide-runtime-bench --benchmark_filter=spawn_join`.
#include <abide/abide.hpp>
#include <abide/watchdog.hpp>

#include <benchmark/benchmark.h>

#include <thread>

using namespace std::chrono_literals;

namespace {

// Adds what a benchmark has done in this round to its items: the report gives time per item.
void done(benchmark::State &state, std::int64_t items) {
  state.SetItemsProcessed(state.iterations() * items);
  state.counters["per_item"] =
      benchmark::Counter(static_cast<double>(state.iterations() * items),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

abide::task<int> ready() { co_return 1; }

void abide_spawn_join(benchmark::State &state) {
  abide::loop loop;
  constexpr int batch = 1000;
  auto main = []() -> abide::task<int> {
    std::vector<abide::spawned<int>> all;
    all.reserve(batch);
    for (int i = 0; i < batch; ++i)
      all.push_back(abide::create_task(ready()));
    int sum = 0;
    for (auto &one : all)
      sum += co_await one;
    co_return sum;
  };
  for (auto _ : state)
    benchmark::DoNotOptimize(loop.run_until_complete(main()));
  done(state, batch);
}
BENCHMARK(abide_spawn_join);

void abide_await_ready(benchmark::State &state) {
  abide::loop loop;
  constexpr int batch = 10000;
  auto main = []() -> abide::task<int> {
    int sum = 0;
    for (int i = 0; i < batch; ++i)
      sum += co_await ready();
    co_return sum;
  };
  for (auto _ : state)
    benchmark::DoNotOptimize(loop.run_until_complete(main()));
  done(state, batch);
}
BENCHMARK(abide_await_ready);

void abide_yield(benchmark::State &state) {
  abide::loop loop;
  constexpr int each = 1000;
  auto yields = []() -> abide::task<> {
    for (int i = 0; i < each; ++i)
      co_await abide::sleep(0s);
  };
  const int tasks = static_cast<int>(state.range(0));
  auto main = [&]() -> abide::task<> {
    std::vector<abide::spawned<>> all;
    for (int i = 0; i < tasks; ++i)
      all.push_back(abide::create_task(yields()));
    for (auto &one : all)
      co_await one;
  };
  for (auto _ : state)
    loop.run_until_complete(main());
  done(state, static_cast<std::int64_t>(each) * tasks);
}
BENCHMARK(abide_yield)->Arg(2)->Arg(100);

// The same under a watchdog, which looks every 12 ms.
void abide_yield_watched(benchmark::State &state) {
  const abide::watchdog dog;
  abide_yield(state);
}
BENCHMARK(abide_yield_watched)->Arg(2)->Arg(100);

// A callback that schedules the next one.
struct chain {
  abide::loop &loop;
  int &left;
  void operator()() {
    if (--left > 0)
      loop.call_soon(*this);
    else
      loop.stop();
  }
};

void abide_call_soon(benchmark::State &state) {
  abide::loop loop;
  constexpr int calls = 10000;
  for (auto _ : state) {
    int left = calls;
    loop.call_soon(chain{loop, left});
    loop.run_forever();
  }
  done(state, calls);
}
BENCHMARK(abide_call_soon);

void abide_call_soon_batch(benchmark::State &state) {
  abide::loop loop;
  constexpr int calls = 100;
  int count = 0;
  for (auto _ : state) {
    for (int i = 0; i < calls; ++i)
      loop.call_soon([&count] { ++count; });
    loop.stop();
    loop.run_forever();
  }
  benchmark::DoNotOptimize(count);
  done(state, calls);
}
BENCHMARK(abide_call_soon_batch);

// `between` is what the loop does when all are set.
template <class F> void set_and_cancel(benchmark::State &state, F between) {
  abide::loop loop;
  const int timers = static_cast<int>(state.range(0));
  std::vector<abide::handle> all(static_cast<std::size_t>(timers));
  unsigned random = 1;
  for (auto _ : state) {
    for (auto &one : all) {
      random = random * 1664525 + 1013904223;
      one = loop.call_later(std::chrono::microseconds(1000000 + random % 1000000), [] {});
    }
    between(loop);
    for (auto &one : all)
      one.cancel();
  }
  done(state, timers);
}

void abide_timer_cancel(benchmark::State &state) {
  set_and_cancel(state, [](abide::loop &) {});
}
BENCHMARK(abide_timer_cancel)->Arg(100000)->Arg(1000000)->Unit(benchmark::kMillisecond);

void abide_timer_round_cancel(benchmark::State &state) {
  set_and_cancel(state, [](abide::loop &loop) {
    loop.stop();
    loop.run_forever();
  });
}
BENCHMARK(abide_timer_round_cancel)->Arg(100000)->Arg(1000000)->Unit(benchmark::kMillisecond);

void abide_timer_fire(benchmark::State &state) {
  abide::loop loop;
  const int timers = static_cast<int>(state.range(0));
  unsigned random = 1;
  for (auto _ : state) {
    int left = timers;
    for (int i = 0; i < timers; ++i) {
      random = random * 1664525 + 1013904223;
      loop.call_later(std::chrono::nanoseconds(random % 1000), [&] {
        if (--left == 0)
          loop.stop();
      });
    }
    loop.run_forever();
  }
  done(state, timers);
}
BENCHMARK(abide_timer_fire)->Arg(100000)->Arg(1000000)->Unit(benchmark::kMillisecond);

void abide_threadsafe(benchmark::State &state) {
  abide::loop loop;
  constexpr int posts = 100000;
  for (auto _ : state) {
    int left = posts;
    std::thread producer([&] {
      for (int i = 0; i < posts; ++i)
        loop.call_soon_threadsafe([&] {
          if (--left == 0)
            loop.stop();
        });
    });
    loop.run_forever();
    producer.join();
  }
  done(state, posts);
}
BENCHMARK(abide_threadsafe)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

} // namespace

BENCHMARK_MAIN();
