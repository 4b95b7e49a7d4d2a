//===- LspClient.cpp - The editor's side of a language server -------------===//

#include "LspClient.h"
#include <algorithm>

using namespace std::chrono_literals;
using nlohmann::json;

namespace abide::test {
namespace {

constexpr auto AnswerTime = 60s;

/// Takes one message off the front of the stream; discarded when it is not complete yet.
json takeMessage(std::string &Stream) {
  static constexpr std::string_view Length = "Content-Length: ";
  size_t HeaderEnd = Stream.find("\r\n\r\n");
  size_t At = Stream.find(Length);
  if (HeaderEnd == Stream.npos || At > HeaderEnd)
    return json::value_t::discarded;
  size_t Size = std::strtoul(Stream.c_str() + At + Length.size(), nullptr, 10);
  if (Stream.size() < HeaderEnd + 4 + Size)
    return json::value_t::discarded;
  json Message = json::parse(Stream.substr(HeaderEnd + 4, Size), nullptr, false);
  Stream.erase(0, HeaderEnd + 4 + Size);
  return Message;
}

size_t offsetOf(const std::string &Text, const json &Position) {
  size_t Offset = 0;
  for (int Line = Position.value("line", 0); Line > 0; --Line)
    Offset = Text.find('\n', Offset) + 1;
  return Offset + Position.value("character", size_t(0));
}

} // namespace

LspClient::LspClient(const std::vector<std::string> &Argv, const ProcessOptions &Options)
    : Server(Argv, Options) {}

json LspClient::initialize(const fs::path &Root) {
  json Capabilities = {
      {"textDocument",
       {{"publishDiagnostics", {{"relatedInformation", true}, {"versionSupport", true}}},
        {"codeAction",
         {{"codeActionLiteralSupport",
           {{"codeActionKind", {{"valueSet", {"quickfix", "refactor"}}}}}}}}}},
      {"offsetEncoding", {"utf-8"}}};
  json Answer =
      request("initialize",
              {{"processId", nullptr}, {"rootUri", uriOf(Root)}, {"capabilities", Capabilities}});
  notify("initialized", json::object());
  return Answer;
}

json LspClient::request(const std::string &Method, json Params) {
  int Id = ++LastId;
  send({{"jsonrpc", "2.0"}, {"id", Id}, {"method", Method}, {"params", std::move(Params)}});
  Deadline Until = in(AnswerTime);
  while (!Answers.contains(Id) && pump(Until)) {
  }
  return Answers.contains(Id) ? Answers[Id] : json();
}

void LspClient::notify(const std::string &Method, json Params) {
  send({{"jsonrpc", "2.0"}, {"method", Method}, {"params", std::move(Params)}});
}

void LspClient::open(const fs::path &File, const std::string &Text, int Version) {
  notify("textDocument/didOpen",
         {{"textDocument",
           {{"uri", uriOf(File)}, {"languageId", "cpp"}, {"version", Version}, {"text", Text}}}});
}

void LspClient::change(const fs::path &File, const std::string &Text, int Version) {
  notify("textDocument/didChange", {{"textDocument", {{"uri", uriOf(File)}, {"version", Version}}},
                                    {"contentChanges", json::array({{{"text", Text}}})}});
}

void LspClient::close(const fs::path &File) {
  notify("textDocument/didClose", {{"textDocument", {{"uri", uriOf(File)}}}});
}

json LspClient::diagnostics(const fs::path &File, int Version) {
  auto Key = std::pair(uriOf(File), Version);
  Deadline Until = in(AnswerTime);
  while (!Published.contains(Key) && pump(Until)) {
  }
  return Published.contains(Key) ? Published[Key] : json();
}

json LspClient::codeActions(const fs::path &File, const json &Diagnostic) {
  return request("textDocument/codeAction",
                 {{"textDocument", {{"uri", uriOf(File)}}},
                  {"range", Diagnostic.value("range", json())},
                  {"context", {{"diagnostics", json::array({Diagnostic})}}}});
}

int LspClient::shutdown() {
  request("shutdown", nullptr);
  notify("exit", nullptr);
  Server.closeInput();
  while (Server.read(Out, Err, in(5s))) {
  }
  return Server.wait(in(10s)).value_or(-1);
}

void LspClient::send(json Message) {
  std::string Body = Message.dump();
  Server.write("Content-Length: " + std::to_string(Body.size()) + "\r\n\r\n" + Body);
}

bool LspClient::pump(Deadline Until) {
  for (;;) {
    json Message = takeMessage(Out);
    if (!Message.is_discarded()) {
      handle(Message);
      return true;
    }
    if (!Server.read(Out, Err, Until))
      return false;
  }
}

void LspClient::handle(const json &Message) {
  std::string Method = Message.value("method", "");
  if (Method == "textDocument/publishDiagnostics") {
    const json &Params = Message["params"];
    Published[{Params.value("uri", ""), Params.value("version", 0)}] = Params["diagnostics"];
  } else if (!Method.empty() && Message.contains("id")) {
    // The server asks for something (progress, refresh): agree, so that it goes on.
    send({{"jsonrpc", "2.0"}, {"id", Message["id"]}, {"result", nullptr}});
  } else if (Message.contains("id")) {
    Answers[Message.value("id", 0)] = Message.value("result", json());
  }
}

std::string applyEdits(std::string Text, const json &TextEdits) {
  struct Edit {
    size_t Begin, End;
    std::string NewText;
  };
  std::vector<Edit> Edits;
  for (const json &E : TextEdits)
    Edits.push_back({offsetOf(Text, E["range"]["start"]), offsetOf(Text, E["range"]["end"]),
                     E.value("newText", "")});
  // From the back, so that the offsets of the rest stay true.
  std::stable_sort(Edits.begin(), Edits.end(),
                   [](const Edit &A, const Edit &B) { return A.Begin > B.Begin; });
  for (const Edit &E : Edits)
    Text.replace(E.Begin, E.End - E.Begin, E.NewText);
  return Text;
}

} // namespace abide::test
