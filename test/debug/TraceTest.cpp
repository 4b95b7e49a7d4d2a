//===- TraceTest.cpp - What tasks did, as JSON for Chrome and Perfetto ----===//

#include "gtest/gtest.h"
#include <abide/gather.hpp>
#include <abide/run.hpp>
#include <abide/sleep.hpp>
#include <abide/task_group.hpp>
#include <abide/trace.hpp>
#include <abide/watchdog.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace std::chrono_literals;
using json = nlohmann::json;

namespace abide::test {
namespace {

const std::string in_child = "TraceTest.cpp:" + std::to_string(__LINE__ + 2);
task<int> child() {
  co_await sleep(2ms);
  co_return 1;
}

const std::string in_parent = "TraceTest.cpp:" + std::to_string(__LINE__ + 3);
task<> parent() {
  auto spawned = create_task(child(), {.name = "the \"child\""});
  co_await spawned;
}

json traced(task<> main, std::size_t max_events = 1000) {
  abide::loop loop;
  loop.set_exception_handler([](abide::loop &, const report &) {});
  abide::trace all(loop, max_events);
  loop.run_until_complete(std::move(main));
  all.add({severity::warning, "a stall", "<a task>", nullptr});
  std::ostringstream text;
  all.write(text);
  return json::parse(text.str(), nullptr, false);
}

json traced(std::size_t max_events = 1000) { return traced(parent(), max_events); }

std::vector<json> events_of(const json &trace, const std::string &key, const std::string &value) {
  std::vector<json> found;
  for (const json &one : trace["traceEvents"])
    if (one.value(key, "") == value)
      found.push_back(one);
  return found;
}

TEST(Trace, EachTaskIsATrackWithItsName) {
  const json all = traced();
  ASSERT_FALSE(all.is_discarded());
  std::map<int, std::string> names;
  for (const json &one : events_of(all, "name", "thread_name"))
    names[one["tid"]] = one["args"]["name"];
  EXPECT_EQ(names[1], "Task-1");
  EXPECT_EQ(names[2], "the \"child\"");
}

TEST(Trace, SlicesFillTheTimeOfATask) {
  std::map<int, double> ends;
  for (const json &one : events_of(traced(), "ph", "X")) {
    const double begin = one["ts"];
    if (ends.contains(one["tid"])) {
      EXPECT_NEAR(begin, ends[one["tid"]], 0.01);
    }
    EXPECT_GE(one["dur"].get<double>(), 0);
    ends[one["tid"]] = begin + one["dur"].get<double>();
  }
  EXPECT_EQ(ends.size(), 2u);
}

TEST(Trace, SaysOnWhatATaskIsSuspendedAndWhere) {
  const auto all = events_of(traced(), "cat", "suspended");
  ASSERT_EQ(all.size(), 2u);
  std::map<int, json> of;
  for (const json &one : all)
    of[one["tid"]] = one;
  EXPECT_EQ(of[1]["args"]["on"], "task 'the \"child\"'");
  EXPECT_EQ(of[1]["args"]["task"], 2);
  EXPECT_EQ(of[1]["args"]["where"], in_parent);
  EXPECT_EQ(of[2]["args"]["on"], "sleep");
  EXPECT_EQ(of[2]["name"], "sleep at " + in_child);
  EXPECT_GE(of[2]["dur"].get<double>(), 1900);
}

TEST(Trace, ArrowsGoFromTheSpawningStepToTheFirstOne) {
  const json all = traced();
  const auto from = events_of(all, "ph", "s"), to = events_of(all, "ph", "f");
  ASSERT_EQ(from.size(), 1u);
  ASSERT_EQ(to.size(), 1u);
  EXPECT_EQ(from[0]["tid"], 1);
  EXPECT_EQ(to[0]["tid"], 2);
  EXPECT_EQ(from[0]["id"], to[0]["id"]);
  EXPECT_EQ(events_of(all, "cat", "ready")[1]["args"]["by"], 1);
  EXPECT_LE(from[0]["ts"].get<double>(), to[0]["ts"].get<double>());
}

TEST(Trace, HasReportsAsMarks) {
  const auto marks = events_of(traced(), "cat", "report");
  ASSERT_EQ(marks.size(), 1u);
  EXPECT_EQ(marks[0]["name"], "a stall");
  EXPECT_EQ(marks[0]["args"]["subject"], "<a task>");
}

task<> in_pieces() {
  auto fails = []() -> task<> {
    co_await sleep(1ms);
    throw std::runtime_error("lost");
  };
  create_task(fails(), {.name = "fails"});
  auto waits = []() -> task<> { co_await sleep(1h); };
  const auto cancelled = create_task(waits(), {.name = "cancelled"});
  co_await sleep(5ms);
  cancelled.cancel();
  co_await sleep(0s);
}

TEST(Trace, SaysHowATaskEnded) {
  const json all = traced(in_pieces());
  std::map<int, std::string> ends;
  for (const json &one : events_of(all, "cat", "step"))
    if (one["args"].contains("ended"))
      ends[one["tid"]] = one["args"]["ended"];
  EXPECT_EQ(ends, (std::map<int, std::string>{{1, "done"}, {2, "failed"}, {3, "cancelled"}}));
}

TEST(Trace, HasTheReportsOfTheLoop) {
  const auto marks = events_of(traced(in_pieces()), "cat", "report");
  ASSERT_EQ(marks.size(), 2u);
  EXPECT_EQ(marks[0]["args"]["kind"], "lost_exception");
  EXPECT_EQ(marks[0]["args"]["exception"], "std::runtime_error: lost");
}

TEST(Trace, HasTheStallsThatTheWatchdogSees) {
  auto stuck = []() -> task<> {
    co_await sleep(1ms);
    const auto end = clock::now() + 200ms;
    while (clock::now() < end)
      asm volatile("");
  };
  const watchdog dog({.threshold = 20ms, .handler = [](const report &) {}});
  const json all = traced(stuck());
  const auto marks = events_of(all, "cat", "report");
  ASSERT_GE(marks.size(), 2u);
  EXPECT_EQ(marks[0]["args"]["kind"], "blocked");
  EXPECT_EQ(marks[0]["args"]["task"], "Task-1");
  EXPECT_GE(marks[0]["args"]["stack"].size(), 1u);
  for (const json &step : events_of(all, "cat", "step"))
    if (step["dur"] > 150'000) {
      EXPECT_GT(marks[0]["ts"], step["ts"]);
      EXPECT_LT(marks[0]["ts"].get<double>(), step["ts"].get<double>() + step["dur"].get<double>());
    }
}

const std::string in_outer = "TraceTest.cpp:" + std::to_string(__LINE__ + 3);
task<> outer() {
  auto inner = []() -> task<> { co_await sleep(1ms); };
  co_await inner();
}

TEST(Trace, HasTheChainOfAwaits) {
  const auto all = events_of(traced(outer()), "cat", "suspended");
  ASSERT_EQ(all.size(), 1u);
  ASSERT_EQ(all[0]["args"]["awaits"].size(), 2u);
  EXPECT_EQ(all[0]["args"]["awaits"][0], "abide::test::{anonymous}::outer at " + in_outer);
}

TEST(Trace, CountsWhatItDrops) {
  const json all = traced(3);
  EXPECT_GT(std::stoi(all["otherData"]["dropped"].get<std::string>()), 0);
  EXPECT_LE(events_of(all, "ph", "X").size(), 3u);
}

TEST(Trace, TheEnvironmentAsksForOne) {
  const std::string file = testing::TempDir() + "abide-trace.json";
  setenv("ABIDE_TRACE", file.c_str(), 1);
  abide::run(parent());
  unsetenv("ABIDE_TRACE");
  std::ifstream written(file);
  const json all = json::parse(written, nullptr, false);
  std::remove(file.c_str());
  ASSERT_FALSE(all.is_discarded());
  EXPECT_EQ(events_of(all, "cat", "suspended").size(), 2u);
}

TEST(Trace, ThereIsOnePerLoop) {
  abide::loop loop;
  {
    const abide::trace one(loop);
    EXPECT_THROW(abide::trace(loop, 10), invalid_state);
  }
  const abide::trace another(loop);
}

} // namespace
} // namespace abide::test
