// Random orders of ready tasks.
#pragma once

#include <abide/detail/work.hpp>
#include <abide/schedule.hpp>

#include <random>

namespace abide::detail {

class shuffler {
public:
  /// Prints the seed to stderr.
  explicit shuffler(const schedule_options &options);

  /// Leaves at least one of what is `ready`, the tasks in a random order, and puts what is behind
  /// them into `rest`, which is empty. May cancel tasks among them.
  void deal(work_list &ready, work_list &rest);
  void stop_cancelling() noexcept { cancel_one_in_ = 0; }

private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  std::mt19937_64 random_; // its numbers are the same everywhere, those of distributions are not
  unsigned cancel_one_in_;
};

} // namespace abide::detail
