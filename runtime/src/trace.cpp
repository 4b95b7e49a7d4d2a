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
  std::vector<std::source_location> awaits = task.awaits();
  if (!awaits.empty())
    what.where = awaits.back();
  if (awaits.size() > 1 && events_.size() < limit_)
    what.awaits = kept(std::move(awaits));
  if (const wait_point *on = task.waiting_on()) {
    what.on = &typeid(*on);
    if (const auto *other = dynamic_cast<const task_core *>(on))
      what.other = other->number();
  }
  note(what);
}

const std::vector<std::source_location> *tracer::kept(std::vector<std::source_location> awaits) {
  std::vector<std::pair<const char *, unsigned>> key;
  for (const std::source_location &one : awaits)
    key.emplace_back(one.function_name(), one.line());
  return &chains_.try_emplace(std::move(key), std::move(awaits)).first->second;
}

const std::string &tracer::name_of(std::uint64_t task) const {
  static const std::string unknown = "a task of before";
  const auto found = names_.find(task);
  return found == names_.end() ? unknown : found->second;
}

marks::mark mark_of(const report &what) {
  report kept = what;
  kept.exception = nullptr;
  return {clock::now(), [kept = std::move(kept)] { return kept; }, thrown_by(what)};
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
  void mark(const report &what, const std::string &thrown, time_point at) {
    open("i", 0, what.message) << ",\"cat\":\"report\",\"s\":\"g\",\"ts\":" << micros(at - begin_)
                               << ",\"args\":" << detail::json_of(what, thrown) << "}";
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

bool is_end(tracer::step what) { return what >= tracer::step::finished; }

std::string_view word_for(tracer::step end) {
  constexpr std::string_view words[] = {"done", "failed", "cancelled"};
  return words[static_cast<std::size_t>(end) - static_cast<std::size_t>(tracer::step::finished)];
}

std::string array_of(const std::vector<std::source_location> &places) {
  std::string text = "[";
  for (const std::source_location &one : places)
    text.append(text.size() > 1 ? "," : "").append(detail::json_string(to_string(one)));
  return text + "]";
}

void write_suspension(writer &out, const tracer &all, const tracer::event &from, time_point to) {
  const std::string where = from.where.line() ? place(from.where) : "";
  const std::string on = from.other ? "task '" + all.name_of(from.other) + "'"
                         : from.on  ? kind_of_wait(*from.on)
                                    : "yield";
  std::string arguments =
      "\"on\":" + detail::json_string(on) + ",\"where\":" + detail::json_string(where);
  if (from.other)
    arguments += ",\"task\":" + std::to_string(from.other);
  if (from.awaits)
    arguments += ",\"awaits\":" + array_of(*from.awaits);
  out.slice(from.task, "suspended", on + " at " + where, from.at, to, arguments);
}

/// What lasted from one event of a task to the next; the last one has none, and lasts.
void write_slice(writer &out, const tracer &all, const tracer::event &from,
                 const tracer::event *next, time_point end) {
  using step = tracer::step;
  const time_point to = next ? next->at : end;
  if (from.what == step::resumed) {
    const bool last = next && is_end(next->what);
    out.slice(from.task, "step", "runs", from.at, to,
              last ? "\"ended\":" + detail::json_string(word_for(next->what)) : "");
  } else if (from.what == step::spawned) {
    const std::string by = from.other ? ",\"by\":" + std::to_string(from.other) : "";
    out.slice(from.task, "ready", "ready", from.at, to,
              "\"spawned\":" + detail::json_string(place(from.where)) + by);
  } else if (from.what == step::suspended) {
    write_suspension(out, all, from, to);
  }
}

/// An arrow binds to the slice that was begun last: those of the same moment must stand before it.
void write_arrows(writer &out, const tracer &all) {
  using step = tracer::step;
  std::map<std::uint64_t, const tracer::event *> spawned; // and not begun yet
  for (const tracer::event &now : all.events()) {
    if (now.what == step::spawned && now.other) {
      spawned[now.task] = &now;
    } else if (const auto found = spawned.find(now.task); found != spawned.end()) {
      out.arrow("s", found->second->other, now.task, found->second->at);
      out.arrow("f", now.task, now.task, now.at);
      spawned.erase(found);
    }
  }
}

void write_tasks(writer &out, const tracer &all, time_point end) {
  std::map<std::uint64_t, const tracer::event *> last;
  for (const tracer::event &now : all.events()) {
    if (const tracer::event *before = std::exchange(last[now.task], &now))
      write_slice(out, all, *before, &now, end);
    else
      out.meta(now.task, "thread_name", all.name_of(now.task));
  }
  for (const auto &[number, event] : last)
    if (!is_end(event->what))
      write_slice(out, all, *event, nullptr, end);
  write_arrows(out, all);
}

} // namespace

trace::trace(loop &traced, std::size_t max_events)
    : core_(&traced.core()), tracer_(std::make_unique<detail::tracer>(max_events)),
      begin_(clock::now()) {
  if (core_->traced)
    throw invalid_state("abide: this loop has a trace already");
  core_->traced = tracer_.get();
  core_->marked.open(max_events);
}

trace::~trace() {
  core_->traced = nullptr;
  core_->marked.close();
}

void trace::add(const report &what) { core_->marked.add(detail::mark_of(what)); }

void trace::write(std::ostream &to) const {
  to << "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[";
  writer out(to, begin_);
  out.meta(0, "process_name", "abide");
  out.meta(0, "thread_name", "reports");
  write_tasks(out, *tracer_, clock::now());
  for (const detail::marks::mark &one : core_->marked.all())
    out.mark(one.words(), one.thrown, one.at);
  to << "\n],\"otherData\":{\"writer\":\"abide\",\"dropped\":\""
     << tracer_->dropped() + core_->marked.dropped() << "\"}}\n";
}

} // namespace abide
