#include <abide/trace.hpp>

#include <abide/detail/report_text.hpp>
#include <abide/detail/task_core.hpp>
#include <abide/detail/tracer.hpp>
#include <abide/detail/unwind.hpp>

#include <cstdio>
#include <map>
#include <ostream>

namespace abide {
namespace detail {

std::uint64_t tracer::number(const task_core &task) noexcept { return task.number(); }

void tracer::spawned(const task_core &task, const task_core *by) {
  note({step::spawned, task.number(), by ? by->number() : 0, clock::now(), task.spawned_at()});
  if (events_.size() < limit_)
    names_[task.number()] = task.name();
}

void tracer::suspended(const task_core &task) {
  event what{step::suspended, task.number(), 0, clock::now()};
  for (const promise_base *at = task.root(); at; at = at->awaiting)
    what.where = at->where;
  if (const wait_point *on = task.waiting_on()) {
    what.on = &typeid(*on);
    if (const auto *other = dynamic_cast<const task_core *>(on))
      what.other = other->number();
  }
  note(what);
}

const std::string &tracer::name_of(std::uint64_t task) const {
  static const std::string unknown = "a task of before";
  const auto found = names_.find(task);
  return found == names_.end() ? unknown : found->second;
}

} // namespace detail

namespace {

using detail::tracer;

std::string place(const std::source_location &where) {
  std::string_view file = where.file_name();
  file.remove_prefix(file.find_last_of('/') + 1);
  return std::string(file) + ":" + std::to_string(where.line());
}

// "sleep" for abide::detail::sleep_awaiter, "future" for abide::detail::value_state<int>.
std::string kind_of_wait(const std::type_info &type) {
  std::string name = detail::demangled(type.name());
  name.resize(std::min(name.find('<'), name.size()));
  name.erase(0, name.rfind(':') + 1);
  if (name == "value_state")
    return "future";
  constexpr std::string_view suffix = "_awaiter";
  if (name.ends_with(suffix))
    name.resize(name.size() - suffix.size());
  return name;
}

/// Writes events; the commas between them are its business.
class writer {
public:
  writer(std::ostream &to, time_point begin) : to_(to), begin_(begin) {}

  void meta(std::uint64_t track, const char *what, std::string_view name) {
    open("M", track, what) << ",\"args\":{\"name\":" << detail::json_string(name) << "}}";
  }
  void slice(std::uint64_t track, const char *category, std::string_view name, time_point from,
             time_point to, const std::string &arguments) {
    open("X", track, name) << ",\"cat\":\"" << category << "\",\"ts\":" << micros(from - begin_)
                           << ",\"dur\":" << micros(to - from) << ",\"args\":{" << arguments
                           << "}}";
  }
  void arrow(const char *phase, std::uint64_t track, std::uint64_t id, time_point at) {
    open(phase, track, "spawns") << ",\"cat\":\"spawn\",\"bp\":\"e\",\"id\":" << id
                                 << ",\"ts\":" << micros(at - begin_) << "}";
  }
  void mark(std::string_view message, std::string_view text, time_point at) {
    open("i", 0, message) << ",\"cat\":\"report\",\"s\":\"g\",\"ts\":" << micros(at - begin_)
                          << ",\"args\":{\"report\":" << detail::json_string(text) << "}}";
  }

private:
  std::ostream &open(const char *phase, std::uint64_t track, std::string_view name) {
    to_ << (first_ ? "\n" : ",\n");
    first_ = false;
    return to_ << "{\"ph\":\"" << phase << "\",\"pid\":1,\"tid\":" << track
               << ",\"name\":" << detail::json_string(name);
  }
  static std::string micros(duration time) {
    char text[40];
    std::snprintf(text, sizeof text, "%.3f",
                  std::chrono::duration<double, std::micro>(time).count());
    return text;
  }

  std::ostream &to_;
  time_point begin_;
  bool first_ = true;
};

/// One task while its events go by.
struct track {
  const tracer::event *last = nullptr;
  bool spawn_told = false;
  std::uint64_t by = 0;
};

void write_slice(writer &out, const tracer &all, const tracer::event &from, time_point to) {
  using step = tracer::step;
  const std::string where = from.where.line() ? place(from.where) : "";
  if (from.what == step::resumed) {
    out.slice(from.task, "step", "runs", from.at, to, "");
  } else if (from.what == step::spawned) {
    out.slice(from.task, "ready", "ready", from.at, to,
              "\"spawned\":" + detail::json_string(where));
  } else if (from.what == step::suspended) {
    std::string on = from.other ? "task '" + all.name_of(from.other) + "'"
                     : from.on  ? kind_of_wait(*from.on)
                                : "yield";
    std::string arguments =
        "\"on\":" + detail::json_string(on) + ",\"where\":" + detail::json_string(where);
    if (from.other)
      arguments += ",\"task\":" + std::to_string(from.other);
    out.slice(from.task, "suspended", on + " at " + where, from.at, to, arguments);
  }
}

void write_tasks(writer &out, const tracer &all, time_point end) {
  using step = tracer::step;
  std::map<std::uint64_t, track> tracks;
  for (const tracer::event &now : all.events()) {
    track &task = tracks[now.task];
    if (!task.last)
      out.meta(now.task, "thread_name", all.name_of(now.task));
    else
      write_slice(out, all, *task.last, now.at);
    if (now.what == step::spawned && now.other) {
      task.by = now.other;
      out.arrow("s", now.other, now.task, now.at);
    } else if (now.what == step::resumed && task.by && !std::exchange(task.spawn_told, true)) {
      out.arrow("f", now.task, now.task, now.at);
    }
    task.last = &now;
  }
  for (const auto &[number, task] : tracks)
    if (task.last->what != step::finished)
      write_slice(out, all, *task.last, end);
}

} // namespace

trace::trace(loop &traced, std::size_t max_events)
    : core_(&traced.core()), tracer_(std::make_unique<detail::tracer>(max_events)),
      begin_(clock::now()) {
  if (core_->traced)
    throw invalid_state("abide: this loop has a trace already");
  core_->traced = tracer_.get();
}

trace::~trace() { core_->traced = nullptr; }

void trace::add(const report &what) {
  const std::lock_guard guard(lock_);
  marks_.push_back({clock::now(), what.message, to_string(what)});
}

void trace::write(std::ostream &to) const {
  to << "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[";
  writer out(to, begin_);
  out.meta(0, "process_name", "abide");
  out.meta(0, "thread_name", "reports");
  write_tasks(out, *tracer_, clock::now());
  {
    const std::lock_guard guard(lock_);
    for (const mark &one : marks_)
      out.mark(one.message, one.text, one.at);
  }
  to << "\n],\"otherData\":{\"dropped\":\"" << tracer_->dropped() << "\"}}\n";
}

} // namespace abide
