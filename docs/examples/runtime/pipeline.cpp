// Two child processes, one feeding the other: sort | uniq -c, with our input.

#include <abide/abide.hpp>

#include <iostream>
#include <sstream>

using namespace abide;

task<> copy(stream_reader from, stream_writer to) {
  for (std::string some; !(some = co_await from.read(65536)).empty();) {
    to.write(some);
    co_await to.drain();
  }
  co_await to.aclose();
}

task<> pipeline() {
  process sort =
      create_subprocess_exec({"sort"}, {.in = redirect::pipe(), .out = redirect::pipe()});
  process count =
      create_subprocess_exec({"uniq", "-c"}, {.in = redirect::pipe(), .out = redirect::pipe()});
  sort.in.write("pear\napple\npear\nfig\napple\npear\n");
  sort.in.close();
  auto both =
      gather(copy(sort.out, std::move(count.in)), count.out.read(), sort.wait(), count.wait());
  const auto [copied, text, sort_code, count_code] = co_await std::move(both);
  std::istringstream words(text);
  for (std::string number, fruit; words >> number >> fruit;)
    std::cout << number << " " << fruit << "\n";
  std::cout << "exit codes " << sort_code << " and " << count_code << "\n";
}

int main() { run(pipeline()); }
