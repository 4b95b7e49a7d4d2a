// Reports in words, apart from their exceptions: these are asked on the thread that threw.
#pragma once

#include <abide/report.hpp>

#include <string>
#include <string_view>

namespace abide::detail {

/// What the exception says; empty when there is none.
std::string thrown_by(const report &what);
/// As to_string() and to_json(), with `thrown` in place of the exception.
std::string text_of(const report &what, const std::string &thrown);
std::string json_of(const report &what, const std::string &thrown);
/// The text as a string of JSON, with its quotes.
std::string json_string(std::string_view text);

} // namespace abide::detail
