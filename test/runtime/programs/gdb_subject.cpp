// Some tasks that wait for each other, for test/debug/GdbTest.cpp to look at.
#include <abide/event.hpp>
#include <abide/mutex.hpp>
#include <abide/run.hpp>
#include <abide/sleep.hpp>

using namespace std::chrono_literals;

extern "C" [[gnu::noinline]] void stop_here() { asm volatile(""); }

static abide::task<int> query() {
  co_await abide::sleep(1h);
  co_return 1;
}
static abide::task<int> load() { co_return co_await query(); }
static abide::task<> serve(abide::spawned<int> loading) { co_await loading; }

int main() {
  auto main = []() -> abide::task<> {
    auto loading = abide::create_task(load(), {.name = "loader"});
    auto serving = abide::create_task(serve(loading), {.name = "server"});
    co_await abide::sleep(1ms);
    stop_here();
    loading.cancel();
    co_await abide::sleep(0s);
  };
  abide::run(main());
}
