// The wire protocol: lines of text. The first line logs in, every later one is a command or a
// message.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

struct credentials {
  std::string name;
  std::string password;
};

enum class command { say, who, history, quit };

/// "login NAME PASSWORD", or nothing.
std::optional<credentials> parse_login(std::string_view line);

command parse_command(std::string_view line);

/// Without the line end, and without what a terminal would obey.
std::string printable(std::string_view line);

std::string join(const std::vector<std::string>& words, std::string_view separator);

} // namespace chat
