#include "protocol.hpp"

#include <algorithm>
#include <sstream>

namespace chat {

std::optional<credentials> parse_login(std::string_view line) {
  std::istringstream words{std::string(line)};
  std::string verb;
  credentials given;
  if (!(words >> verb >> given.name >> given.password) || verb != "login")
    return std::nullopt;
  return given;
}

command parse_command(std::string_view line) {
  if (line == "/who")
    return command::who;
  if (line == "/history")
    return command::history;
  if (line == "/quit")
    return command::quit;
  return command::say;
}

std::string printable(std::string_view line) {
  std::string kept;
  std::copy_if(line.begin(), line.end(), std::back_inserter(kept),
               [](unsigned char c) { return c >= ' ' && c != 127; });
  return kept;
}

std::string join(const std::vector<std::string>& words, std::string_view separator) {
  std::string joined;
  for (const std::string& word : words) {
    if (!joined.empty())
      joined += separator;
    joined += word;
  }
  return joined;
}

} // namespace chat
