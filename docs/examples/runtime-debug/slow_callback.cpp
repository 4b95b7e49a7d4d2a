// Blocking code holds up every other task of the loop.
#include <abide/abide.hpp>

#include <thread>

abide::task<> blocks() {
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  co_return;
}

abide::task<> main_task() { co_await abide::create_task(blocks(), {.name = "blocks"}); }

int main() { abide::run(main_task()); }
