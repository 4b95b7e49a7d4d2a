// Reports on their way into a trace.
#pragma once

#include <abide/report.hpp>
#include <abide/time.hpp>

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace abide::detail {

/// The reports about one loop that its trace shows, while there is one. Any thread.
class marks {
public:
  struct mark {
    time_point at;
    std::function<report()> words; // asked for when the trace is written: names take long
    std::string thrown;            // what its exception said
  };

  void open(std::size_t limit) {
    const std::lock_guard guard(lock_);
    limit_ = limit;
  }
  void close() {
    const std::lock_guard guard(lock_);
    limit_ = dropped_ = 0;
    all_.clear();
  }
  bool wanted() const {
    const std::lock_guard guard(lock_);
    return limit_ > 0;
  }
  void add(mark one) {
    const std::lock_guard guard(lock_);
    if (all_.size() < limit_)
      all_.push_back(std::move(one));
    else
      ++dropped_;
  }

  std::vector<mark> all() const {
    const std::lock_guard guard(lock_);
    return all_;
  }
  std::size_t dropped() const {
    const std::lock_guard guard(lock_);
    return dropped_;
  }

private:
  mutable std::mutex lock_;
  std::vector<mark> all_;
  std::size_t limit_ = 0; // 0: there is no trace
  std::size_t dropped_ = 0;
};

/// A report as it is, apart from its exception, which would else live as long as the trace.
marks::mark mark_of(const report &what);

} // namespace abide::detail
