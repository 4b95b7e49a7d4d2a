// What the loop has to say that nobody can catch: lost exceptions, slow callbacks, pending tasks.
#pragma once

#include <exception>
#include <string>

namespace abide {

class loop;

enum class severity { warning, error };

/// The argument of an exception handler.
struct report {
  severity level = severity::error;
  std::string message;            // one line
  std::string subject;            // the task, future or callback concerned, in printable form
  std::exception_ptr exception{}; // null when none was thrown
};

/// "message", then "subject: ..." and "exception: ..." on lines of their own.
std::string to_string(const report &what);
/// What an exception says: its type and its what().
std::string to_string(const std::exception_ptr &thrown);

} // namespace abide
