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

  /// Returns at once; the file gets the line a little later, in the order of the calls.
  void append(std::string line);
  std::vector<std::string> recent() const { return {recent_.begin(), recent_.end()}; }

private:
  void write_line(const std::string& line);
  void commit();

  int file_;
  std::deque<std::string> recent_;
  asio::thread_pool writer_{1}; // The disk may take its time: not the event loop's.
};

} // namespace chat
