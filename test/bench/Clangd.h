//===- Clangd.h - Just enough of an editor ---------------------*- C++ -*-===//

#ifndef ABIDE_TEST_BENCH_CLANGD_H
#define ABIDE_TEST_BENCH_CLANGD_H

#include "Process.h"
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bench {

/// An editor with one file open, over a clangd of its own.
class Editor {
public:
  Editor(const std::vector<std::string> &Clangd, const std::filesystem::path &File);

  /// Adds a comment at the end of the file, which leaves the preamble valid, and waits for the
  /// diagnostics of the new AST. Gives the number of findings of ours among them.
  std::size_t change();

  double userSeconds() const { return Server.userSeconds(); }

private:
  void send(nlohmann::json Message) const;
  nlohmann::json receive() const;
  std::size_t diagnosticsOfVersion();

  Conversation Server;
  std::string Uri;
  std::string Text;
  int Version = 1;
};

} // namespace bench

#endif
