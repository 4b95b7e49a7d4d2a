// Reports in words, apart from their exceptions: these are asked on the thread that threw.
#pragma once

#include <abide/report.hpp>

#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace abide::detail {

/// What the exception says; empty when there is none.
std::string thrown_by(const report &what);
/// As to_string() and to_json(), with `thrown` in place of the exception.
std::string text_of(const report &what, const std::string &thrown);
std::string json_of(const report &what, const std::string &thrown);
/// The text as a string of JSON, with its quotes.
std::string json_string(std::string_view text);
/// {"function":...,"file":...,"line":...}, and an array of these.
std::string json_of(const std::source_location &where);
std::string json_of(const std::vector<std::source_location> &places);

} // namespace abide::detail
