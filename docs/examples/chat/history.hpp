// What was said: the last lines in memory, all of them in a file that survives a power cut.
#pragma once

#include "asio.hpp"

#include <deque>
#include <filesystem>
#include <string>
#include <vector>

namespace chat {

class history {
public:
  /// Opens `file` for appending; throws std::system_error.
  explicit history(const std::filesystem::path& file);
  history(const history&) = delete;
  history& operator=(const history&) = delete;
  ~history();

  awaitable<void> append(std::string line);
  std::vector<std::string> recent() const { return {recent_.begin(), recent_.end()}; }

private:
  void write_line(const std::string& line);
  void commit();

  int file_;
  std::deque<std::string> recent_;
};

} // namespace chat
