//===- LspClient.h - The editor's side of a language server ----*- C++ -*-===//

#ifndef ABIDE_TEST_SUPPORT_LSPCLIENT_H
#define ABIDE_TEST_SUPPORT_LSPCLIENT_H

#include "Files.h"
#include "Process.h"
#include <map>
#include <nlohmann/json.hpp>

namespace abide::test {

/// Speaks the Language Server Protocol with a child over its pipes, as an editor does. Calls block
/// until the answer has come; an answer that never comes is null.
class LspClient {
public:
  /// Starts the server; initialize() is the caller's next step.
  explicit LspClient(const std::vector<std::string> &Argv, const ProcessOptions &Options = {});

  /// The capabilities of the server. Announces what our tests look at: related information, code
  /// actions as literals, versions of diagnostics.
  nlohmann::json initialize(const fs::path &Root);
  nlohmann::json request(const std::string &Method, nlohmann::json Params);
  void notify(const std::string &Method, nlohmann::json Params);

  void open(const fs::path &File, const std::string &Text, int Version = 1);
  void change(const fs::path &File, const std::string &Text, int Version);
  void close(const fs::path &File);
  /// The diagnostics that the server publishes for this version of a file.
  nlohmann::json diagnostics(const fs::path &File, int Version = 1);
  /// The quick fixes offered for one of those diagnostics.
  nlohmann::json codeActions(const fs::path &File, const nlohmann::json &Diagnostic);
  /// shutdown and exit; the exit code of the server.
  int shutdown();

  /// What the server wrote to its log so far.
  const std::string &log() const { return Err; }
  /// User CPU time of the server so far.
  double userSeconds() const { return Server.userSeconds(); }

  static std::string uriOf(const fs::path &File) { return "file://" + File.string(); }

private:
  void send(nlohmann::json Message);
  /// Handles one message of the server; false when none comes before the deadline.
  bool pump(Deadline Until);
  void handle(const nlohmann::json &Message);

  Process Server;
  std::string Out, Err;
  int LastId = 0;
  std::map<int, nlohmann::json> Answers;
  std::map<std::pair<std::string, int>, nlohmann::json> Published; ///< By URI and version.
};

/// The text after the edits of a code action or workspace edit to one file.
std::string applyEdits(std::string Text, const nlohmann::json &TextEdits);

} // namespace abide::test

#endif
