// An exception of a task that nobody awaits goes nowhere, but into a report.
#include <abide/abide.hpp>

#include <stdexcept>

abide::task<> bug() {
  throw std::runtime_error("not consumed");
  co_return;
}

abide::task<> main_task() {
  abide::create_task(bug());
  co_await abide::sleep(std::chrono::seconds(0));
}

int main() { abide::run(main_task()); }
