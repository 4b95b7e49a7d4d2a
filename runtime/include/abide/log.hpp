// Where reports go that no exception handler takes: the logger "abide".
#pragma once

#include <abide/report.hpp>
#include <abide/time.hpp>

namespace abide {

/// How the logger of the process writes. It begins with the environment: ABIDE_LOG (info, warning,
/// error or off), ABIDE_LOG_FORMAT (text or json), ABIDE_DEBUG_FATAL (not empty: fatal).
struct log_settings {
  enum class format : std::uint8_t { text, json };

  severity least = severity::warning; // what is below is not written, but for dumps of tasks
  bool off = false;                   // nothing is
  format as = format::text;
  bool fatal = false;       // a report that is written ends the process, by abort()
  unsigned per_second = 50; // so many reports of one kind; the others are only counted. 0: all
  int fd = 2;
};
log_settings get_log_settings();
void set_log_settings(const log_settings &settings);

/// Writes a report. Any thread, also during static destruction. Never waits for the descriptor: a
/// thread of its own names the addresses and writes; when it cannot keep up, reports are dropped
/// and counted. In a child of fork() it begins anew.
void log_report(const report &what) noexcept;

/// Waits until everything is written, at most `patience`; false when it is not. The end of the
/// process does so for a second, or ten while names are looked up.
bool flush_log(duration patience = std::chrono::seconds(5));

} // namespace abide
