// The signal that asks a process what its tasks are doing.
#pragma once

#include <abide/poller.hpp>

#include <atomic>

namespace abide::detail {

/// Counts the signals. A loop that sees it move writes its tasks to the log.
inline constinit std::atomic<unsigned> dumps_asked{0};

/// Installs the handler that the environment asks for, the first time in a process.
void begin_dump_signal() noexcept;

/// Wakes one loop when the signal comes; on the thread of that loop.
class dump_bell final : watcher {
public:
  /// When there is no descriptor left it stays silent: the loop answers when it wakes by itself.
  explicit dump_bell(poller &waits) noexcept;
  ~dump_bell();
  dump_bell(const dump_bell &) = delete;
  dump_bell &operator=(const dump_bell &) = delete;

private:
  void ready(interest what) noexcept override;

  poller &waits_;
  int fd_ = -1;
  std::atomic<int> *slot_ = nullptr; // where the handler finds fd_
};

} // namespace abide::detail
