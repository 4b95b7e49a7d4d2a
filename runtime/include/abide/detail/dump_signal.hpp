// The signal that asks a process what its tasks are doing.
#pragma once

#include <abide/poller.hpp>

#include <atomic>

namespace abide::detail {

/// Counts the signals. A loop that sees it move writes its tasks to the log.
inline constinit std::atomic<unsigned> dumps_asked{0};

/// Installs the handler that the environment asks for, the first time in a process.
void begin_dump_signal() noexcept;

/// While it lives, the signal wakes the poller of a running loop.
class dump_bell {
public:
  explicit dump_bell(poller &waits) noexcept;
  ~dump_bell();
  dump_bell(const dump_bell &) = delete;
  dump_bell &operator=(const dump_bell &) = delete;

private:
  std::atomic<poller *> *slot_ = nullptr; // where the handler finds it
};

} // namespace abide::detail
