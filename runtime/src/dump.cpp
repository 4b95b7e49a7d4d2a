// Tasks in words: the tree of who waits for whom, and what is stuck.
#include <abide/detail/descriptors.hpp>
#include <abide/detail/report_text.hpp>
#include <abide/detail/signals.hpp>
#include <abide/detail/task_core.hpp>

#include <algorithm>
#include <cstdio>
#include <unordered_map>
#include <unordered_set>

namespace abide::detail {
namespace {

/// A pending task and why it waits.
struct node {
  const task_core *task;
  wait_facts facts;
  bool shown = false;
};

class graph {
public:
  explicit graph(const loop_core &core) {
    core.tasks.each([&](task_core &task) {
      if (&task != core.current)
        nodes_.push_back({&task, facts_of(task)});
    });
    for (node &one : nodes_)
      index_.emplace(one.task, &one);
    // A task that has ended, or whatever stands at its address now, is nobody to wait for.
    for (node &one : nodes_)
      std::erase_if(one.facts.tasks, [&](auto *task) { return !index_.contains(task); });
  }

  std::vector<node> &nodes() noexcept { return nodes_; }

  /// Who waits for whom in a circle; empty when there is none.
  std::vector<const node *> cycle() {
    std::unordered_set<const node *> finished;
    std::vector<const node *> path;
    for (const node &one : nodes_)
      if (walk(one, path, finished))
        return path;
    return {};
  }

  /// Those whom nobody in the graph waits for come first, those they wait for below them.
  std::string tree() {
    std::unordered_set<const task_core *> awaited;
    for (const node &one : nodes_)
      awaited.insert(one.facts.tasks.begin(), one.facts.tasks.end());
    std::string text;
    for (node &one : nodes_)
      if (!awaited.contains(one.task))
        show(one, 0, text);
    for (node &one : nodes_)
      show(one, 0, text); // circles, which nothing stands above
    return text;
  }

private:
  static wait_facts facts_of(const task_core &task) {
    wait_facts facts;
    facts.what = "nothing: it is ready";
    if (const wait_point *point = task.waiting_on()) {
      facts.what = "something";
      point->explain(facts);
    }
    return facts;
  }

  // Depth first, in a stack of its own: chains may be long.
  bool walk(const node &from, std::vector<const node *> &path,
            std::unordered_set<const node *> &finished) {
    std::vector<std::size_t> next;
    path.clear();
    auto enter = [&](const node &one) {
      path.push_back(&one);
      next.push_back(0);
    };
    if (!finished.contains(&from))
      enter(from);
    while (!path.empty()) {
      const node &at = *path.back();
      if (next.back() == at.facts.tasks.size()) {
        finished.insert(&at);
        path.pop_back();
        next.pop_back();
        continue;
      }
      const node &target = *index_.at(at.facts.tasks[next.back()++]);
      const auto met = std::find(path.begin(), path.end(), &target);
      if (met != path.end()) {
        path.erase(path.begin(), met);
        return true;
      }
      if (!finished.contains(&target))
        enter(target);
    }
    return false;
  }

  void show(node &from, unsigned depth, std::string &text) {
    constexpr unsigned deepest = 32;
    if (std::exchange(from.shown, true))
      return;
    text += line_of(from, std::string(2 * static_cast<std::size_t>(depth), ' '));
    if (depth < deepest)
      for (const task_core *one : from.facts.tasks)
        show(*index_.at(one), depth + 1, text);
  }

public:
  static std::string line_of(const node &of, const std::string &indent) {
    const auto awaits = of.task->awaits();
    std::string text = indent + "task '" + of.task->name() + "' waits for " + of.facts.what;
    text += of.facts.hopeless ? ", which nobody can end any more\n" : "\n";
    for (std::size_t i = awaits.size(); i-- > 0;)
      text += indent + "    in " + to_string(awaits[i]) + "\n";
    return text + indent + "    spawned in " + to_string(of.task->spawned_at()) + "\n";
  }

  static std::string json_of(const node &of) {
    std::string text = json_begin(*of.task) + ",\"waits_for\":" + json_string(of.facts.what) +
                       ",\"hopeless\":" + (of.facts.hopeless ? "true" : "false") +
                       ",\"awaits\":" + detail::json_of(of.task->awaits()) + ",\"tasks\":[";
    for (const task_core *one : of.facts.tasks)
      text.append(one == of.facts.tasks.front() ? "" : ",").append(std::to_string(one->number()));
    return text + "]}";
  }
  static std::string json_begin(const task_core &task) {
    return "{\"number\":" + std::to_string(task.number()) +
           ",\"name\":" + json_string(task.name()) +
           ",\"spawned\":" + detail::json_of(task.spawned_at());
  }

private:
  std::vector<node> nodes_;
  std::unordered_map<const task_core *, node *> index_;
};

// Those of this process; 0 when that cannot be found out.
unsigned count_threads() {
  std::FILE *file = std::fopen("/proc/self/status", "re");
  if (!file)
    return 0;
  unsigned count = 0;
  for (char line[256]; std::fgets(line, sizeof line, file);)
    if (std::sscanf(line, "Threads: %u", &count) == 1)
      break;
  std::fclose(file);
  return count;
}

report stuck(report_kind kind, std::string message, std::string details) {
  report result{severity::error, std::move(message), "<loop>", nullptr, kind};
  result.details = std::move(details);
  return result;
}

} // namespace

std::string loop_core::dump() const {
  graph waits(*this);
  const std::size_t count = task_count();
  std::string text = std::to_string(count) + (count == 1 ? " task\n" : " tasks\n");
  if (current)
    text += "task '" + current->name() + "' runs\n";
  return text + waits.tree();
}

std::string loop_core::dump_json() const {
  graph waits(*this);
  std::string text = "{\"tasks\":[";
  if (current)
    text.append("\n").append(graph::json_begin(*current)).append(",\"runs\":true}");
  for (const node &one : waits.nodes())
    text.append(text.ends_with('[') ? "\n" : ",\n").append(graph::json_of(one));
  return text + "\n]}\n";
}

std::uint64_t loop_core::task_count() const noexcept {
  std::uint64_t count = 0;
  tasks.each([&](task_core &) { ++count; });
  return count;
}

// Whether something that this loop does not know of might set a future or cancel a task.
bool loop_core::may_be_woken() const {
  if (!poller_->knows_all() || !outside.empty())
    return true;
  if ((descriptors_ && !descriptors_->empty()) || (signals_ && signals_->any_of_the_program()))
    return true;
  // In this order: a thread may post and end.
  return count_threads() != 1 + own_threads.load(std::memory_order_relaxed) || mail_->has_mail();
}

// What waits costs time by their number: at most once per so many callbacks.
void loop_core::check_stuck() {
  if (shown.sequence - stuck_checked_ < task_count() || tasks.empty())
    return;
  stuck_checked_ = shown.sequence;
  graph waits(*this);
  if (const auto cycle = waits.cycle(); !cycle.empty()) {
    std::string text;
    for (const node *one : cycle)
      text += graph::line_of(*one, "");
    return tell(stuck(report_kind::deadlock,
                      "deadlock: " + std::to_string(cycle.size()) +
                          (cycle.size() == 1 ? " task waits for itself"
                                             : " tasks wait for each other in a circle"),
                      text));
  }
  for (const node &one : waits.nodes())
    if (one.facts.hopeless)
      return tell(stuck(report_kind::never_resumed,
                        "a task waits for a future that nobody can set any more",
                        graph::line_of(one, "")));
  if (!may_be_woken())
    tell(stuck(report_kind::deadlock,
               "deadlock: nothing is ready, no timer, descriptor or job is left, and tasks wait",
               waits.tree()));
}

} // namespace abide::detail
