#include <abide/detail/report_text.hpp>
#include <abide/detail/unwind.hpp>
#include <abide/error.hpp>
#include <abide/time.hpp>

#include <cxxabi.h>
#include <iterator>
#include <typeinfo>

namespace abide {
namespace {

struct kind_facts {
  std::string_view name;
  std::string_view check;
};

// In the order of report_kind.
constexpr kind_facts kinds[] = {
    {"custom", ""},
    {"callback_failed", ""},
    {"lost_exception", "async-unretrieved-exception"},
    {"never_awaited", "async-never-awaited"},
    {"pending_task", "async-dropped-task-handle"},
    {"slow_callback", "async-loop-starvation"},
    {"slow_poll", ""},
    {"long_iteration", "async-loop-starvation"},
    {"wrong_thread", "async-cross-thread-access"},
    {"unclosed", "async-unclosed-resource"},
    {"generator", "async-generator-outside-loop"},
    {"shutdown", ""},
    {"deadlock", "async-lock-across-suspend"},
    {"never_resumed", "async-unchecked-completion"},
    {"lock_held", "async-lock-across-suspend"},
    {"blocked", "async-blocking-call"},
    {"blocking_call", "async-blocking-call"},
    {"handler_failed", ""},
    {"task_dump", ""},
};
static_assert(std::size(kinds) == report_kinds);

const kind_facts &facts_of(report_kind kind) noexcept {
  return kinds[static_cast<std::size_t>(kind)];
}

std::string page_of(std::string_view check) {
  return "docs/checks/" + std::string(check.substr(check.find('-') + 1)) + ".md";
}

std::string_view name_of(severity level) {
  constexpr std::string_view names[] = {"info", "warning", "error"};
  return names[static_cast<std::size_t>(level)];
}

// "(anonymous namespace)" would look like the begin of arguments.
std::string plain(std::string name) {
  constexpr std::string_view unnamed = "(anonymous namespace)";
  for (std::size_t at; (at = name.find(unnamed)) != name.npos;)
    name.replace(at, unnamed.size(), "{anonymous}");
  return name;
}

// Without arguments, and without "(coroutine)".
std::string function_in_words(std::uintptr_t address) {
  const std::string name = plain(detail::function_at(address + 1));
  const std::string bare = name.substr(0, name.find('('));
  return bare.substr(0, bare.find_last_not_of(' ') + 1);
}

std::string_view base_name(std::string_view file) {
  return file.substr(file.find_last_of('/') + 1);
}

// The compilers give "task<int> ns::f(int)", "main()::<lambda(int)>", or the like.
std::string short_function(std::string_view decorated) {
  const std::string name = plain(std::string(decorated));
  std::string_view pretty = name;
  const bool lambda = pretty.find("lambda") != pretty.npos;
  pretty = pretty.substr(0, pretty.find('('));
  int depth = 0;
  std::size_t begin = pretty.size();
  for (; begin > 0; --begin) {
    const char c = pretty[begin - 1];
    depth += c == '>' ? 1 : c == '<' ? -1 : 0;
    if (c == ' ' && depth == 0)
      break;
  }
  return (lambda ? "lambda in " : "") + std::string(pretty.substr(begin));
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string indented(std::string_view text, std::string_view by) {
  std::string result;
  for (const std::string &line : lines_of(text))
    result.append("\n").append(by).append(line);
  return result;
}

// Frames of this library and of what started the thread are no news.
bool of_the_program(std::string_view frame) {
  frame = frame.substr(0, frame.find(" at "));
  const std::string name = short_function(frame.substr(0, frame.rfind(" (coroutine)")));
  for (const std::string_view known :
       {"abide::detail::", "abide::loop::", "abide::runner::", "abide::run<", "abide::create_task<",
        "std::", "__libc_start", "_start", "start_thread", "clone"})
    if (name.starts_with(known))
      return false;
  return true;
}

/// The program's frames, with new numbers; further out than the loop nothing is news.
std::string program_frames(std::string_view all) {
  std::string text;
  unsigned number = 0;
  for (const std::string &line : lines_of(all)) {
    const std::string frame = line.substr(line.find(' ') + 1);
    if (frame.starts_with("abide::detail::loop_core::run_"))
      break;
    if (of_the_program(frame))
      text.append("#").append(std::to_string(number++)).append(" ").append(frame).append("\n");
  }
  return text;
}

// All frames if none is the program's.
std::string calls_text(const abide::stack &calls) {
  const std::string all = calls.empty() ? "" : calls.to_string();
  const std::string text = program_frames(all);
  return indented(text.empty() ? all : text, "    ");
}

// Who let go of a failure; nothing when that was the loop, at the end of the task.
std::string dropped_text(const abide::stack &calls) {
  const std::string text = program_frames(calls.to_string());
  return text.empty() ? "" : "\n  dropped:" + indented(text, "    ");
}

std::string birth_text(const birth &one, bool first) {
  std::string text = first ? "\n  made: " : "\n  by ";
  text += one.what;
  if (one.spawned.line())
    text += ", spawned in " + to_string(one.spawned);
  // Where the innermost one stood is known by its last co_await: it may have gone on.
  const char *later = " or later";
  for (std::size_t i = one.awaits.size(); i-- > 0; later = "")
    if (const std::string place = to_string(one.awaits[i]); !place.starts_with("abide::detail::"))
      text += "\n    while its maker was in " + place + later;
  return text + calls_text(one.stack);
}

// --- JSON -------------------------------------------------------------------

class object {
public:
  void add(std::string_view key, std::string_view text) {
    if (!text.empty())
      add_raw(key, detail::json_string(text));
  }
  void add_raw(std::string_view key, const std::string &json) {
    text_.append(text_.empty() ? "" : ",")
        .append(detail::json_string(key))
        .append(":")
        .append(json);
  }
  std::string str() const { return "{" + text_ + "}"; }

private:
  std::string text_;
};

template <class All, class F> std::string array(const All &all, F each) {
  std::string text = "[";
  for (const auto &one : all)
    text.append(text.size() > 1 ? "," : "").append(each(one));
  return text.append("]");
}

std::string json_of_stack(const abide::stack &calls) {
  return array(lines_of(calls.to_string()), detail::json_string);
}

std::string json_of_birth(const birth &one) {
  object result;
  result.add("what", one.what);
  if (one.spawned.line())
    result.add_raw("spawned", detail::json_of(one.spawned));
  if (!one.awaits.empty())
    result.add_raw("awaits", detail::json_of(one.awaits));
  if (!one.stack.empty())
    result.add_raw("stack", json_of_stack(one.stack));
  return result.str();
}

} // namespace

std::string_view to_string(report_kind kind) noexcept { return facts_of(kind).name; }

std::string_view check_of(report_kind kind) noexcept { return facts_of(kind).check; }

std::string to_string(const std::source_location &where) {
  return short_function(where.function_name()) + " at " +
         std::string(base_name(where.file_name())) + ":" + std::to_string(where.line());
}

std::string to_string(const std::exception_ptr &thrown) {
  if (!thrown)
    return "none";
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception &e) {
    return detail::demangled(typeid(e).name()) + ": " + e.what();
  } catch (const cancelled_error &) {
    return "abide::cancelled_error";
  } catch (const fatal &e) {
    return detail::demangled(typeid(e).name()) + ": " + e.what();
  } catch (...) {
    const std::type_info *type = abi::__cxa_current_exception_type();
    return type ? detail::demangled(type->name()) : "an unknown exception";
  }
}

std::string to_string(const report &what) { return detail::text_of(what, detail::thrown_by(what)); }

std::string to_json(const report &what) { return detail::json_of(what, detail::thrown_by(what)); }

namespace detail {

std::string json_string(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      (result += '\\') += c;
    else if (c == '\n')
      result += "\\n";
    else if (byte < 0x20)
      ((result += "\\u00") += digits[byte >> 4]) += digits[byte & 15];
    else
      result += c;
  }
  return result + "\"";
}

std::string json_of(const std::source_location &where) {
  object result;
  result.add("function", short_function(where.function_name()));
  result.add("file", where.file_name());
  result.add_raw("line", std::to_string(where.line()));
  return result.str();
}

std::string json_of(const std::vector<std::source_location> &places) {
  return array(places, [](const std::source_location &one) { return json_of(one); });
}

std::string thrown_by(const report &what) {
  return what.exception ? to_string(what.exception) : std::string();
}

std::string text_of(const report &what, const std::string &thrown) {
  std::string text = what.message;
  if (!what.subject.empty())
    text += "\n  subject: " + what.subject;
  if (!thrown.empty())
    text += "\n  exception: " + thrown;
  if (what.function)
    text += "\n  function: " + function_in_words(what.function);
  const bool runs = what.kind == report_kind::blocked; // then the innermost co_await may be over
  for (std::size_t i = what.suspended.size(); i-- > 0;)
    text += (runs ? "\n  last co_await in " : "\n  suspended in ") + to_string(what.suspended[i]);
  text += indented(what.details, "  ");
  if (!what.stack.empty())
    text += what.kind == report_kind::lost_exception ? dropped_text(what.stack)
                                                     : "\n  calls:" + calls_text(what.stack);
  for (const birth &one : what.made)
    text += birth_text(one, &one == &what.made.front());
  if (const std::string_view check = check_of(what.kind); !check.empty())
    text += "\n  check: " + std::string(check) + ", see " + page_of(check);
  return text;
}

std::string json_of(const report &what, const std::string &thrown) {
  object result;
  result.add("level", name_of(what.level));
  result.add("kind", to_string(what.kind));
  result.add("message", what.message);
  result.add("subject", what.subject);
  result.add("exception", thrown);
  if (what.function)
    result.add("function", function_in_words(what.function));
  result.add("task", what.task);
  if (!what.suspended.empty())
    result.add_raw("suspended", json_of(what.suspended));
  result.add("details", what.details);
  if (!what.stack.empty())
    result.add_raw("stack", json_of_stack(what.stack));
  if (!what.made.empty())
    result.add_raw("made", array(what.made, json_of_birth));
  if (const std::string_view check = check_of(what.kind); !check.empty()) {
    result.add("check", check);
    result.add("page", page_of(check));
  }
  return result.str();
}

void throw_not_a_number() {
  throw invalid_argument("abide: a delay is not a number (NaN): give a duration, or a negative one "
                         "for at once");
}

} // namespace detail
} // namespace abide
