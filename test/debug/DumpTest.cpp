//===- DumpTest.cpp - The tasks of a loop as JSON -------------------------===//

#include "gtest/gtest.h"
#include <abide/mutex.hpp>
#include <abide/run.hpp>
#include <abide/sleep.hpp>
#include <map>
#include <nlohmann/json.hpp>

using namespace std::chrono_literals;
using json = nlohmann::json;

namespace abide::test {
namespace {

json dumped() { return json::parse(dump_tasks_json(), nullptr, false)["tasks"]; }

TEST(DumpJson, SaysWhoWaitsForWhomAndWhere) {
  mutex shared;
  auto holds = [&]() -> task<> {
    const auto held = co_await shared.lock();
    co_await sleep(5ms);
  };
  const int wait_line = __LINE__ + 1;
  auto takes = [&]() -> task<> { co_await shared.lock(); };
  auto wants = [&]() -> task<> { co_await takes(); };
  auto main = [&]() -> task<json> {
    const auto first = create_task(holds());
    const auto second = create_task(wants(), {.name = "the \"second\""});
    co_await sleep(1ms);
    json all = dumped();
    co_await second;
    co_return all;
  };
  const json all = abide::run(main(), {.debug = true}); // it knows who holds a lock
  ASSERT_EQ(all.size(), 3u) << all;
  EXPECT_EQ(all[0]["runs"], true);
  EXPECT_EQ(all[0]["name"], "Task-1");
  const json &waits = all[2];
  EXPECT_EQ(waits["name"], "the \"second\"");
  EXPECT_EQ(waits["waits_for"], "<mutex, locked, 1 waiting>");
  EXPECT_EQ(waits["tasks"], json::array({all[1]["number"]}));
  EXPECT_EQ(waits["hopeless"], false);
  ASSERT_EQ(waits["awaits"].size(), 2u);
  EXPECT_EQ(waits["awaits"][1]["line"], wait_line);
  EXPECT_TRUE(waits["spawned"]["file"].get<std::string>().ends_with("DumpTest.cpp"));
}

TEST(DumpJson, OfNoTaskIsAnEmptyList) {
  const abide::loop loop;
  EXPECT_EQ(json::parse(loop.dump_tasks_json(), nullptr, false), json({{"tasks", json::array()}}));
}

} // namespace
} // namespace abide::test
