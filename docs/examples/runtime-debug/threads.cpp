// The functions of a loop are for its own thread, but for those named threadsafe.
#include <abide/abide.hpp>

#include <iostream>
#include <thread>

void say() { std::cout << "called" << std::endl; }

void other_thread(abide::loop& loop) {
  try {
    loop.call_soon(say);
  } catch (const abide::wrong_loop& e) {
    std::cout << e.what() << std::endl;
  }
  loop.call_soon_threadsafe(say);
}

abide::task<int> answer() { co_return co_await abide::sleep(std::chrono::milliseconds(1), 42); }

abide::task<> main_task() {
  abide::loop& loop = abide::running_loop();
  std::thread other([&] {
    other_thread(loop);
    std::cout << abide::run_coroutine_threadsafe(answer(), loop).get() << std::endl;
  });
  co_await abide::sleep(std::chrono::milliseconds(100));
  other.join();
}

int main() { abide::run(main_task()); }
