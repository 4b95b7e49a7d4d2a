// What the loop has to say that nobody can catch: lost exceptions, slow callbacks, pending tasks.
#pragma once

#include <abide/stack.hpp>

#include <cstdint>
#include <exception>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace abide {

class loop;

enum class severity : std::uint8_t { info, warning, error };

/// What a report is about. Its name in JSON lines is the name here.
enum class report_kind : std::uint8_t {
  custom,          // of the program itself
  callback_failed, // an exception left a callback or a handler
  lost_exception,  // nobody asked a task or future for its exception
  never_awaited,   // a coroutine was dropped before it ran
  pending_task,    // a task was destroyed before its end
  slow_callback,   // a callback, or one step of a task, took long
  slow_poll,       // the poller came back late
  long_iteration,  // many callbacks together took long
  wrong_thread,    // a loop was used from a foreign thread
  unclosed,        // a stream, server, process, generator or loop was dropped open
  generator,       // an async generator was begun or dropped where nobody closes it
  shutdown,        // something went wrong while closing
  deadlock,        // tasks wait for each other
  never_resumed,   // a task waits for what nobody can end
  lock_held,       // a lock was held for long
  blocked,         // the loop is stuck in a callback right now
  blocking_call,   // a system call blocked the thread of a loop
  handler_failed,  // an exception handler threw
  task_dump,       // somebody has asked for the tasks by a signal
};
std::string_view to_string(report_kind kind) noexcept;
inline constexpr std::size_t report_kinds = static_cast<std::size_t>(report_kind::task_dump) + 1;

/// The check of the static analyser that can find the cause before run time, such as
/// "async-never-awaited"; empty when there is none.
std::string_view check_of(report_kind kind) noexcept;

/// How something came into being.
struct birth {
  std::string what;                         // such as "task 'Task-3'" or "coroutine"
  std::source_location spawned{};           // of create_task(); line 0 when unknown
  abide::stack stack{};                     // the calls; empty below debug level 2
  std::vector<std::source_location> awaits; // where its maker stood: its co_awaits, outermost first
};

/// The argument of an exception handler.
struct report {
  severity level = severity::error;
  std::string message;            // one line
  std::string subject;            // the task, future or callback concerned, in printable form
  std::exception_ptr exception{}; // null when none was thrown
  report_kind kind = report_kind::custom;
  std::string task{};                            // the name of the task concerned
  std::vector<std::source_location> suspended{}; // its co_awaits, outermost first
  std::vector<birth> made{};                     // the subject, then its maker, and so on
  abide::stack stack{};                          // where it happened
  std::uintptr_t function = 0; // its coroutine's or callback's; named when the report is printed
  std::string details{};       // more lines, such as a graph of waits
};

/// "message", then "subject: ..." and "exception: ..." on lines of their own, then what else is
/// known; of stacks only the frames of the program. Names their addresses, which may take long.
std::string to_string(const report &what);
/// The same as one JSON object on one line. Keys: level, kind, message, subject, exception,
/// function, task, suspended, made, stack, details, check, page; those without a value are left
/// out.
std::string to_json(const report &what);
/// What an exception says: its type and its what().
std::string to_string(const std::exception_ptr &thrown);
/// "function at file:line".
std::string to_string(const std::source_location &where);

} // namespace abide
