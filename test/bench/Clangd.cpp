//===- Clangd.cpp - Just enough of an editor ------------------------------===//

#include "Clangd.h"
#include <algorithm>
#include <fstream>
#include <iterator>

using nlohmann::json;

namespace bench {

Editor::Editor(const std::vector<std::string> &Clangd, const std::filesystem::path &File)
    : Server(Clangd), Uri("file://" + File.string()) {
  std::ifstream In(File);
  Text.assign(std::istreambuf_iterator<char>(In), {});
  send({{"id", 1},
        {"method", "initialize"},
        {"params",
         {{"processId", nullptr}, {"rootUri", nullptr}, {"capabilities", json::object()}}}});
  while (!receive().contains("result")) {
  }
  send({{"method", "initialized"}, {"params", json::object()}});
  send({{"method", "textDocument/didOpen"},
        {"params",
         {{"textDocument",
           {{"uri", Uri}, {"languageId", "cpp"}, {"version", Version}, {"text", Text}}}}}});
  diagnosticsOfVersion();
}

std::size_t Editor::change() {
  ++Version;
  json Whole = {{"text", Text + "// version " + std::to_string(Version) + "\n"}};
  send({{"method", "textDocument/didChange"},
        {"params",
         {{"textDocument", {{"uri", Uri}, {"version", Version}}},
          {"contentChanges", json::array({Whole})},
          {"wantDiagnostics", true}}}});
  return diagnosticsOfVersion();
}

void Editor::send(json Message) const {
  Message["jsonrpc"] = "2.0";
  const std::string Body = Message.dump();
  Server.send("Content-Length: " + std::to_string(Body.size()) + "\r\n\r\n" + Body);
}

json Editor::receive() const {
  const std::string Header = Server.readUntil("\r\n\r\n");
  const std::string Name = "Content-Length: ";
  return json::parse(Server.read(std::stoul(Header.substr(Header.find(Name) + Name.size()))));
}

std::size_t Editor::diagnosticsOfVersion() {
  for (;;) {
    const json Message = receive();
    if (Message.value("method", "") != "textDocument/publishDiagnostics" ||
        Message["params"].value("version", 0) != Version)
      continue;
    const json &All = Message["params"]["diagnostics"];
    return static_cast<std::size_t>(std::ranges::count_if(All, [](const json &Diagnostic) {
      return Diagnostic.contains("code") && Diagnostic["code"].is_string() &&
             Diagnostic["code"].get<std::string>().starts_with("async-");
    }));
  }
}

} // namespace bench
