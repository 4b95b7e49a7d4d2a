//===- LogPipe.h - What the log writes, as text ---------------------------===//

#pragma once

#include "gtest/gtest.h"
#include <abide/log.hpp>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace abide::test {

inline bool has(const std::string &text, std::string_view part) {
  return text.find(part) != text.npos;
}

/// The log goes into a pipe, and comes back as text.
class LogPipe {
public:
  LogPipe() {
    EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
    log_settings ours = before;
    ours.fd = fds[1];
    ours.fatal = false;
    set_log_settings(ours);
  }
  ~LogPipe() {
    text();
    set_log_settings(before);
    ::close(fds[0]);
    ::close(fds[1]);
  }
  std::string text() {
    ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
    std::string all;
    while (!flush_log(std::chrono::milliseconds(1)))
      read_into(all);
    read_into(all);
    return all;
  }
  void read_into(std::string &all) {
    char buffer[65536];
    for (ssize_t count; (count = ::read(fds[0], buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(count));
  }
  int fds[2];
  const log_settings before = get_log_settings();
};

} // namespace abide::test
