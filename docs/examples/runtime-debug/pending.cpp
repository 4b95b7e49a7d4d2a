// A loop that is closed while tasks are pending destroys them.
#include <abide/abide.hpp>

abide::task<> waits() { co_await abide::make_future(); }

abide::task<> main_task() {
  abide::create_task(waits(), {.name = "waits"});
  co_await abide::sleep(std::chrono::seconds(0));
}

int main() {
  abide::loop loop;
  loop.run_until_complete(main_task());
  loop.close();
}
