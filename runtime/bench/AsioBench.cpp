// The same with Boost.Asio: a single-threaded io_context (concurrency hint 1) and its awaitables.
#include <benchmark/benchmark.h>
#include <boost/asio.hpp>

#include <thread>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

void done(benchmark::State &state, std::int64_t items) {
  state.SetItemsProcessed(state.iterations() * items);
  state.counters["per_item"] =
      benchmark::Counter(static_cast<double>(state.iterations() * items),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

asio::awaitable<int> ready() { co_return 1; }

void asio_spawn_join(benchmark::State &state) {
  asio::io_context context(1);
  constexpr int batch = 1000;
  for (auto _ : state) {
    int sum = 0;
    for (int i = 0; i < batch; ++i)
      asio::co_spawn(context, ready(), [&](std::exception_ptr, int n) { sum += n; });
    context.run();
    context.restart();
    benchmark::DoNotOptimize(sum);
  }
  done(state, batch);
}
BENCHMARK(asio_spawn_join);

void asio_await_ready(benchmark::State &state) {
  asio::io_context context(1);
  constexpr int batch = 10000;
  auto main = []() -> asio::awaitable<int> {
    int sum = 0;
    for (int i = 0; i < batch; ++i)
      sum += co_await ready();
    co_return sum;
  };
  for (auto _ : state) {
    int sum = 0;
    asio::co_spawn(context, main(), [&](std::exception_ptr, int n) { sum = n; });
    context.run();
    context.restart();
    benchmark::DoNotOptimize(sum);
  }
  done(state, batch);
}
BENCHMARK(asio_await_ready);

void asio_yield(benchmark::State &state) {
  asio::io_context context(1);
  constexpr int each = 1000;
  auto yields = []() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    for (int i = 0; i < each; ++i)
      co_await asio::post(executor, asio::use_awaitable);
  };
  const int tasks = static_cast<int>(state.range(0));
  for (auto _ : state) {
    for (int i = 0; i < tasks; ++i)
      asio::co_spawn(context, yields(), asio::detached);
    context.run();
    context.restart();
  }
  done(state, static_cast<std::int64_t>(each) * tasks);
}
BENCHMARK(asio_yield)->Arg(2)->Arg(100);

struct chain {
  asio::io_context &context;
  int &left;
  void operator()() {
    if (--left > 0)
      asio::post(context, *this);
  }
};

void asio_call_soon(benchmark::State &state) {
  asio::io_context context(1);
  // A program with timers or sockets has a reactor, as our loop always has.
  asio::steady_timer timer(context, 1h);
  constexpr int calls = 10000;
  for (auto _ : state) {
    int left = calls;
    asio::post(context, chain{context, left});
    context.run();
    context.restart();
  }
  done(state, calls);
}
BENCHMARK(asio_call_soon);

void asio_call_soon_batch(benchmark::State &state) {
  asio::io_context context(1);
  constexpr int calls = 100;
  int count = 0;
  for (auto _ : state) {
    for (int i = 0; i < calls; ++i)
      asio::post(context, [&count] { ++count; });
    context.run();
    context.restart();
  }
  benchmark::DoNotOptimize(count);
  done(state, calls);
}
BENCHMARK(asio_call_soon_batch);

template <class F> void set_and_cancel(benchmark::State &state, F between) {
  asio::io_context context(1);
  const int timers = static_cast<int>(state.range(0));
  std::vector<asio::steady_timer> all;
  for (int i = 0; i < timers; ++i)
    all.emplace_back(context);
  unsigned random = 1;
  for (auto _ : state) {
    for (auto &one : all) {
      random = random * 1664525 + 1013904223;
      one.expires_after(std::chrono::microseconds(1000000 + random % 1000000));
      one.async_wait([](boost::system::error_code) {});
    }
    between(context);
    for (auto &one : all)
      one.cancel();
    context.run();
    context.restart();
  }
  done(state, timers);
}

void asio_timer_cancel(benchmark::State &state) {
  set_and_cancel(state, [](asio::io_context &) {});
}
BENCHMARK(asio_timer_cancel)->Arg(100000)->Arg(1000000)->Unit(benchmark::kMillisecond);

void asio_timer_round_cancel(benchmark::State &state) {
  set_and_cancel(state, [](asio::io_context &context) { context.poll(); });
}
BENCHMARK(asio_timer_round_cancel)->Arg(100000)->Arg(1000000)->Unit(benchmark::kMillisecond);

void asio_timer_fire(benchmark::State &state) {
  asio::io_context context(1);
  const int timers = static_cast<int>(state.range(0));
  std::vector<asio::steady_timer> all;
  for (int i = 0; i < timers; ++i)
    all.emplace_back(context);
  unsigned random = 1;
  for (auto _ : state) {
    for (auto &one : all) {
      random = random * 1664525 + 1013904223;
      one.expires_after(std::chrono::nanoseconds(random % 1000));
      one.async_wait([](boost::system::error_code) {});
    }
    context.run();
    context.restart();
  }
  done(state, timers);
}
BENCHMARK(asio_timer_fire)->Arg(100000)->Arg(1000000)->Unit(benchmark::kMillisecond);

void asio_threadsafe(benchmark::State &state) {
  asio::io_context context; // a thread-safe one
  constexpr int posts = 100000;
  for (auto _ : state) {
    auto work = asio::make_work_guard(context);
    int left = posts;
    std::thread producer([&] {
      for (int i = 0; i < posts; ++i)
        asio::post(context, [&] {
          if (--left == 0)
            work.reset();
        });
    });
    context.run();
    context.restart();
    producer.join();
  }
  done(state, posts);
}
BENCHMARK(asio_threadsafe)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

} // namespace
