//===- Told.h - What a watchdog tells, and what to be stuck in ------------===//

#pragma once

#include <abide/watchdog.hpp>
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace abide::test {

inline bool has(const std::string &text, const std::string &part) {
  return text.find(part) != text.npos;
}

/// Keeps the reports, which come on another thread.
class Told {
public:
  watchdog_options options(duration threshold = std::chrono::milliseconds(50)) {
    return {.threshold = threshold, .handler = [this](const report &what) {
              const std::lock_guard guard(lock_);
              all_.push_back(what);
              more_.notify_all();
            }};
  }
  /// Waits for at least so many.
  std::vector<report> wait_for(std::size_t count) {
    std::unique_lock guard(lock_);
    more_.wait_for(guard, std::chrono::seconds(20), [&] { return all_.size() >= count; });
    return all_;
  }

  /// Waits for the end of a stall; empty when it does not come.
  std::vector<report> until_over() {
    std::unique_lock guard(lock_);
    std::vector<report>::iterator end;
    const auto over = [&] {
      end = std::ranges::find_if(all_, [](const auto &one) { return has(one.message, "in all"); });
      return end != all_.end();
    };
    if (!more_.wait_for(guard, std::chrono::seconds(20), over))
      return {};
    return {all_.begin(), end + 1};
  }

private:
  std::mutex lock_;
  std::condition_variable more_;
  std::vector<report> all_;
};

/// Sleeps for a quarter of a second. Not static, so that its name is known in every build.
void slow_parse();

} // namespace abide::test
