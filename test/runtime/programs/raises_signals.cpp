// Raises SIGUSR2 and then SIGUSR1 while its loop waits; see DumpSignalTest.cpp.
#include <abide/abide.hpp>

#include <csignal>

int main() {
  std::signal(SIGWINCH, [](int) {});
  auto raiser = []() -> abide::task<> {
    for (const int number : {SIGUSR2, SIGUSR1}) {
      abide::running_loop().call_soon([number] {
        abide::flush_log();
        std::raise(number);
      });
      co_await abide::sleep(std::chrono::milliseconds(1));
    }
  };
  abide::loop loop;
  loop.run_until_complete(loop.create_task(raiser(), {.name = "raiser"}));
}
