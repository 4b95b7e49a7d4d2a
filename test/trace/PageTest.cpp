//===- PageTest.cpp - The page of a trace in a browser --------------------===//
//
// What users see, in a headless Chromium, of traces that programs wrote a moment before.
//
//===----------------------------------------------------------------------===//

#include "Browser.h"
#include "Files.h"
#include <fstream>

namespace abide::test {
namespace {

using nlohmann::json;

class TracePage : public testing::Test {
protected:
  static void SetUpTestSuite() { Chromium = new Browser; }
  static void TearDownTestSuite() {
    delete Chromium;
    Chromium = nullptr;
  }
  void TearDown() override { EXPECT_EQ(Chromium->console(), json::array()); }

  json js(const std::string &Script) { return Chromium->js(Script); }
  std::string text(const std::string &Id) {
    return js("return document.getElementById('" + Id + "').innerText").get<std::string>();
  }
  std::vector<std::string> rows() {
    return js("return [...document.querySelectorAll('.row')].map(one => one.textContent)");
  }

  /// Shows the page of a file.
  void show(const fs::path &File) {
    ProcessOptions Options;
    Options.Directory = Dir.path().string();
    ProcessResult Result =
        run({ABIDE_BIN "/abide", "trace", File.string(), "-o", "page.html"}, Options);
    ASSERT_EQ(Result.ExitCode, 0) << Result.describe();
    Chromium->open((Dir.path() / "page.html").string());
    settle();
  }
  /// Waits until what was asked for is drawn.
  void settle() {
    Chromium->js("return new Promise(done => requestAnimationFrame(() => "
                 "requestAnimationFrame(() => done(true))))");
  }
  void showText(std::string_view Text) { show(Dir.write("in.json", Text)); }

  /// Runs one of our examples with a trace, and shows it.
  void showRunOf(const std::string &Program, const std::string &Watchdog) {
    ProcessOptions Options;
    const std::string File = (Dir.path() / "trace.json").string();
    Options.Environment = {"ABIDE_TRACE=" + File, "ABIDE_WATCHDOG=" + Watchdog};
    ASSERT_EQ(run({ABIDE_BIN "/" + Program}, Options).ExitCode, 0);
    show(File);
  }

  TempDir Dir;
  static inline Browser *Chromium = nullptr;
};

bool has(const std::string &Text, std::string_view Part) { return Text.find(Part) != Text.npos; }

TEST_F(TracePage, ShowsTheTasksOfAProgramAndWhoSpawnedThem) {
  showRunOf("runtime-example-queue", "");
  std::vector<std::string> Rows = rows();
  ASSERT_GE(Rows.size(), 6u) << "main, three consumers, two producers";
  EXPECT_EQ(Rows[0], "Task-1");
  EXPECT_TRUE(has(text("facts"), std::to_string(Rows.size()) + " tasks")) << text("facts");
  EXPECT_EQ(js("return document.title"), "trace.json - abide trace");
  json Arrows = js("return [...document.querySelectorAll('#paths path')].map(p => p.dataset.from + "
                   "'>' + p.dataset.to)");
  EXPECT_TRUE(std::find(Arrows.begin(), Arrows.end(), "Task-1>Task-2") != Arrows.end()) << Arrows;
}

TEST_F(TracePage, ShowsAStallWithItsStack) {
  showRunOf("runtime-debug-slow_callback", "40");
  std::string Reports = text("reports");
  EXPECT_TRUE(has(Reports, "blocks blocked the loop for 15")) << Reports;
  EXPECT_TRUE(has(Reports, "nanosleep")) << Reports;
  EXPECT_TRUE(has(Reports, "blocks (coroutine)")) << Reports;
  EXPECT_TRUE(has(Reports, "async-blocking-call")) << Reports;
  js("document.getElementById('tab-tree').click()");
  std::string Tree = text("tree");
  EXPECT_TRUE(has(Tree, "task 'blocks'")) << Tree;
  EXPECT_LT(Tree.find("Task-1"), Tree.find("blocks the loop")) << Tree;
}

/// A parent that waits for its child, which has an evil name.
constexpr std::string_view Two = R"({"traceEvents":[
{"ph":"M","pid":1,"tid":0,"name":"process_name","args":{"name":"abide"}},
{"ph":"M","pid":1,"tid":1,"name":"thread_name","args":{"name":"parent"}},
{"ph":"M","pid":1,"tid":2,"name":"thread_name","args":{"name":"</script><b id='evil'>child"}},
{"ph":"X","pid":1,"tid":1,"name":"ready","cat":"ready","ts":0,"dur":10,"args":{"spawned":"a.cpp:1"}},
{"ph":"X","pid":1,"tid":1,"name":"runs","cat":"step","ts":10,"dur":10,"args":{}},
{"ph":"X","pid":1,"tid":1,"name":"task 'child' at a.cpp:9","cat":"suspended","ts":20,"dur":980,
 "args":{"on":"task 'child'","where":"a.cpp:9","task":2,"awaits":["outer at a.cpp:5","inner at a.cpp:9"]}},
{"ph":"X","pid":1,"tid":2,"name":"ready","cat":"ready","ts":15,"dur":10,"args":{"spawned":"a.cpp:3","by":1}},
{"ph":"X","pid":1,"tid":2,"name":"runs","cat":"step","ts":25,"dur":5,"args":{}},
{"ph":"X","pid":1,"tid":2,"name":"sleep at b.cpp:2","cat":"suspended","ts":30,"dur":970,
 "args":{"on":"sleep","where":"b.cpp:2"}}
]})";

TEST_F(TracePage, TakesNamesForText) {
  showText(Two);
  EXPECT_EQ(rows()[1], "</script><b id='evil'>child");
  EXPECT_EQ(js("return document.getElementById('evil')"), nullptr);
}

TEST_F(TracePage, ShowsWhoWaitsForWhomAtTheEnd) {
  showText(Two);
  std::string Tree = text("tree");
  EXPECT_TRUE(has(Tree, "At 1.00 ms: 2 tasks")) << Tree;
  EXPECT_TRUE(has(Tree, "outer at a.cpp:5\ninner at a.cpp:9")) << Tree;
  EXPECT_TRUE(has(Tree, "sleep at b.cpp:2 for 970 µs")) << Tree;
  EXPECT_EQ(js("return document.querySelectorAll('#tree > ul > li > ul > li').length"), 1);
}

TEST_F(TracePage, FindsTasksByName) {
  showText(Two);
  Chromium->type("/PAR");
  settle();
  EXPECT_EQ(rows(), (std::vector<std::string>{"parent"}));
  EXPECT_EQ(text("found"), "1 of 2 tasks");
}

TEST_F(TracePage, ZoomsByWheelButtonAndKey) {
  showText(Two);
  auto Span = [&] { return js("return view.to - view.from").get<double>(); };
  double All = Span();
  Chromium->wheel(600, 250, -300);
  double Wheeled = Span();
  EXPECT_LT(Wheeled, All * 0.9);
  js("document.getElementById('in').click()");
  double Clicked = Span();
  EXPECT_LT(Clicked, Wheeled * 0.9);
  Chromium->type("+");
  EXPECT_LT(Span(), Clicked * 0.9);
  Chromium->type("0");
  EXPECT_EQ(Span(), All);
}

TEST_F(TracePage, ShowsATaskThatIsClickedOn) {
  showText(Two);
  json Row = js("const box = document.getElementById('task-1').getBoundingClientRect();"
                "return [Math.round(box.x + 100), Math.round(box.y + 12)]");
  Chromium->click(Row[0], Row[1]);
  js("document.getElementById('tab-task').click()");
  std::string Task = text("task");
  EXPECT_TRUE(has(Task, "in a.cpp:3")) << Task;
  EXPECT_TRUE(has(Task, "parent")) << Task;
  EXPECT_TRUE(has(Task, "not ended in this trace")) << Task;
}

TEST_F(TracePage, ShowsADump) {
  showText(R"({"tasks":[
    {"number":1,"name":"first","spawned":{"function":"f","file":"/x/a.cpp","line":3},
     "waits_for":"<mutex>","hopeless":false,"tasks":[2],"awaits":[]},
    {"number":2,"name":"second","spawned":{"function":"g","file":"a.cpp","line":4},
     "waits_for":"<mutex>","hopeless":false,"tasks":[1],
     "awaits":[{"function":"h","file":"/x/b.cpp","line":7}]}]})");
  std::string Tree = text("tree");
  EXPECT_TRUE(has(Tree, "waits in a circle")) << Tree;
  EXPECT_TRUE(has(Tree, "h at b.cpp:7")) << Tree;
  EXPECT_TRUE(has(Tree, "spawned in f at a.cpp:3")) << Tree;
}

TEST_F(TracePage, MakesOnlyTheRowsInSightOfTenThousandTasks) {
  std::ofstream Big(Dir.path() / "big.json");
  Big << R"({"traceEvents":[{"ph":"M","pid":1,"tid":0,"name":"process_name","args":{"name":"abide"}})";
  for (int Task = 1; Task <= 10000; ++Task) {
    Big << ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":" << Task
        << R"(,"name":"thread_name","args":{"name":"worker )" << Task << "\"}}";
    for (int Step = 0; Step < 20; ++Step)
      Big << ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":" << Task << ",\"name\":\""
          << (Step % 2 ? "sleep at a.cpp:1" : "runs") << "\",\"cat\":\""
          << (Step % 2 ? "suspended" : "step") << "\",\"ts\":" << Task * 10 + Step * 1000
          << ",\"dur\":1000,\"args\":{}}";
  }
  Big << "]}" << std::flush;
  show(Dir.path() / "big.json");
  EXPECT_TRUE(has(text("facts"), "10,000 tasks · 200,000 steps")) << text("facts");
  EXPECT_LT(js("return document.querySelectorAll('*').length"), 3000);
  RecordProperty("milliseconds", js("return Math.round(performance.timing.loadEventEnd - "
                                    "performance.timing.navigationStart)")
                                     .dump());
  js("document.getElementById('search').focus()");
  Chromium->type("worker 9999");
  settle();
  EXPECT_EQ(rows(), (std::vector<std::string>{"worker 9999"}));
}

} // namespace
} // namespace abide::test
