// A coroutine that is called, but neither awaited nor spawned, never runs.
#include <abide/abide.hpp>

#include <iostream>

abide::task<> test() {
  std::cout << "never scheduled" << std::endl;
  co_return;
}

abide::task<> main_task() {
  (void)test();
  co_return;
}

int main() { abide::run(main_task()); }
