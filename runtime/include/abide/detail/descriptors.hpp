// The readers and writers of a loop.
#pragma once

#include <abide/handle.hpp>

#include <functional>
#include <unordered_map>

namespace abide::detail {

class descriptors {
public:
  explicit descriptors(loop_core &owner) : core_(owner) {}
  ~descriptors();
  /// Throws os_error; then nothing has changed.
  void set(int fd, interest side, std::function<void()> call);
  bool remove(int fd, interest side) noexcept;
  bool empty() const noexcept { return entries_.empty(); }

private:
  struct entry final : watcher {
    void ready(interest what) noexcept override;
    interest wanted() const noexcept;
    ref<callback> reader;
    ref<callback> writer;
  };
  loop_core &core_;
  std::unordered_map<int, std::unique_ptr<entry>> entries_;
};

} // namespace abide::detail
