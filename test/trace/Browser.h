//===- Browser.h - Chromium, driven by a test ------------------*- C++ -*-===//

#ifndef ABIDE_TEST_TRACE_BROWSER_H
#define ABIDE_TEST_TRACE_BROWSER_H

#include "Process.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace abide::test {

/// A headless Chromium behind chromedriver: a session of WebDriver, spoken through curl.
class Browser {
public:
  Browser()
      : Driver({"chromedriver", "--port=" + std::to_string(Port)}, {}),
        Session("/session/" + begin()) {}
  ~Browser() { send("DELETE", Session); }

  void open(const std::string &File) {
    send("POST", Session + "/url", {{"url", "file://" + File}});
  }

  /// What the function body Script returns.
  nlohmann::json js(const std::string &Script) {
    return send("POST", Session + "/execute/sync",
                {{"script", Script}, {"args", nlohmann::json::array()}});
  }

  /// Presses keys, as a user does, wherever the focus is.
  void type(const std::string &Keys) {
    nlohmann::json Actions = nlohmann::json::array();
    for (char Key : Keys)
      for (const char *What : {"keyDown", "keyUp"})
        Actions.push_back({{"type", What}, {"value", std::string(1, Key)}});
    act({{"type", "key"}, {"id", "keys"}, {"actions", Actions}});
  }
  void wheel(int X, int Y, int By) {
    act({{"type", "wheel"},
         {"id", "wheel"},
         {"actions", nlohmann::json::array({{{"type", "scroll"},
                                             {"x", X},
                                             {"y", Y},
                                             {"deltaX", 0},
                                             {"deltaY", By},
                                             {"duration", 0}}})}});
  }
  void click(int X, int Y) {
    nlohmann::json Actions = nlohmann::json::array({{{"type", "pointerMove"}, {"x", X}, {"y", Y}},
                                                    {{"type", "pointerDown"}, {"button", 0}},
                                                    {{"type", "pointerUp"}, {"button", 0}}});
    act({{"type", "pointer"}, {"id", "mouse"}, {"actions", Actions}});
  }

  /// What stands in the console of the page.
  nlohmann::json console() { return send("POST", Session + "/se/log", {{"type", "browser"}}); }

private:
  void act(nlohmann::json Device) {
    send("POST", Session + "/actions", {{"actions", nlohmann::json::array({std::move(Device)})}});
  }

  nlohmann::json send(const char *Method, const std::string &Path,
                      const nlohmann::json &Body = nlohmann::json::object()) {
    ProcessOptions Options;
    Options.Input = Body.dump();
    ProcessResult Answer =
        run({"curl", "-sS", "--noproxy", "*", "--retry", "20", "--retry-delay", "1",
             "--retry-connrefused", "-X", Method, "-H", "Content-Type: application/json", "-d",
             "@-", "http://127.0.0.1:" + std::to_string(Port) + Path},
            Options);
    nlohmann::json Value = nlohmann::json::parse(Answer.Out, nullptr, false);
    EXPECT_TRUE(Value.is_object() &&
                !(Value["value"].is_object() && Value["value"].contains("error")))
        << Path << ": " << Answer.Out << Answer.Err;
    return Value.is_object() ? Value["value"] : nlohmann::json();
  }

  std::string begin() {
    nlohmann::json Chrome = {
        {"args", {"--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,800"}}};
    nlohmann::json Answer =
        send("POST", "/session",
             {{"capabilities",
               {{"alwaysMatch",
                 {{"goog:chromeOptions", Chrome}, {"goog:loggingPrefs", {{"browser", "ALL"}}}}}}}});
    return Answer.value("sessionId", "");
  }

  const int Port = 20000 + ::getpid() % 20000; // tests run side by side
  Process Driver;
  std::string Session;
};

} // namespace abide::test

#endif
