//===- TraceFormatTest.cpp - What Perfetto asks of a trace ----------------===//
//
// The rules by which Perfetto's importer takes an event of the JSON format; what breaks them it
// drops, or draws beside its place. The file cannot be opened there by a test.
//
//===----------------------------------------------------------------------===//

#include "gtest/gtest.h"
#include <abide/gather.hpp>
#include <abide/run.hpp>
#include <abide/sleep.hpp>
#include <abide/task_group.hpp>
#include <abide/trace.hpp>
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

using namespace std::chrono_literals;
using json = nlohmann::json;

namespace abide::test {
namespace {

task<int> leaf(int n) {
  co_await sleep(std::chrono::microseconds(n));
  co_return n;
}

task<> branch(int n) {
  co_await gather(leaf(n), leaf(2 * n), create_task(leaf(3 * n), {.eager = true}));
}

// Every kind of event, on many tasks.
task<> tree() {
  co_await task_group().run([](task_group &all) -> task<> {
    for (int n = 0; n < 20; ++n)
      all.create_task(branch(n), {.name = "branch \"" + std::to_string(n) + "\"\n"});
    co_return;
  });
  const auto cancelled = create_task(leaf(1000000));
  co_await sleep(0s);
  cancelled.cancel();
}

const json &events() {
  static const json all = [] {
    abide::loop loop;
    loop.set_exception_handler([](abide::loop &, const report &) {});
    abide::trace traced(loop);
    loop.run_until_complete(tree());
    traced.add({severity::warning, "a report", "<a task>", nullptr});
    std::ostringstream text;
    traced.write(text);
    return json::parse(text.str(), nullptr, false);
  }();
  return all["traceEvents"];
}

double begin_of(const json &event) { return event["ts"]; }
double end_of(const json &event) { return begin_of(event) + event["dur"].get<double>(); }

TEST(TraceFormat, EveryEventHasWhatItsPhaseNeeds) {
  std::map<std::string, int> seen;
  for (const json &event : events()) {
    const std::string phase = event.value("ph", "");
    ++seen[phase];
    EXPECT_TRUE(event["pid"].is_number_integer() && event["tid"].is_number_integer()) << event;
    EXPECT_TRUE(event["name"].is_string()) << event;
    if (phase == "M") {
      EXPECT_TRUE(event["args"]["name"].is_string()) << event;
      continue;
    }
    EXPECT_TRUE(event["cat"].is_string()) << event;
    EXPECT_TRUE(event["ts"].is_number() && begin_of(event) >= 0) << event;
    if (phase == "X") {
      EXPECT_TRUE(event["dur"].is_number() && event["dur"] >= 0) << event;
    }
    if (phase == "s" || phase == "f") {
      EXPECT_TRUE(event["id"].is_number_integer()) << event;
    }
    if (phase == "i") {
      EXPECT_EQ(event["s"], "g") << event;
    }
  }
  std::set<std::string> phases;
  for (const auto &[phase, count] : seen)
    phases.insert(phase);
  EXPECT_EQ(phases, (std::set<std::string>{"M", "X", "f", "i", "s"}));
}

TEST(TraceFormat, SlicesOfATrackDoNotOverlap) {
  std::map<int, std::vector<json>> tracks;
  for (const json &event : events())
    if (event["ph"] == "X")
      tracks[event["tid"]].push_back(event);
  EXPECT_GT(tracks.size(), 60u);
  for (auto &[track, slices] : tracks) {
    std::ranges::stable_sort(slices, {}, begin_of);
    for (std::size_t i = 1; i < slices.size(); ++i)
      EXPECT_LE(end_of(slices[i - 1]), begin_of(slices[i]) + 0.0005) << slices[i];
  }
}

// An arrow ends at the slice that the importer has opened last: in the order of time, and of the
// file where times are equal.
TEST(TraceFormat, ArrowsArePairsBetweenSlices) {
  std::vector<json> sorted;
  for (const json &event : events())
    if (event["ph"] != "M")
      sorted.push_back(event);
  std::ranges::stable_sort(sorted, {}, begin_of);
  std::map<int, json> open; // by track
  std::set<int> begun, ended;
  for (const json &event : sorted) {
    if (event["ph"] == "X")
      open[event["tid"]] = event;
    if (event["ph"] != "s" && event["ph"] != "f")
      continue;
    const json &slice = open[event["tid"]];
    ASSERT_FALSE(slice.is_null()) << event;
    EXPECT_EQ(slice["cat"], "step") << event;
    EXPECT_LE(begin_of(event), end_of(slice) + 0.0005) << event;
    EXPECT_TRUE((event["ph"] == "s" ? begun : ended).insert(event["id"].get<int>()).second)
        << event;
    EXPECT_TRUE(begun.contains(event["id"].get<int>())) << event;
  }
  EXPECT_EQ(begun, ended);
  EXPECT_GT(begun.size(), 60u);
}

TEST(TraceFormat, EveryTrackHasAName) {
  std::set<int> named, used;
  for (const json &event : events())
    (event["name"] == "thread_name" ? named : used).insert(event["tid"].get<int>());
  EXPECT_EQ(named, used);
}

} // namespace
} // namespace abide::test
