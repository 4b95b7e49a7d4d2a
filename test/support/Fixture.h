//===- Fixture.h - test/fixtures/<slug>/<name>.cpp -------------*- C++ -*-===//
//
// A fixture is a source file that says on its own lines what a check finds there:
//
//   flush(); // warn: blocks the event loop
//   flush(); // warn: one finding // warn: another on the same line // note: a note of one of them
//   later(); // todo-warn: a finding that we should have: fails when it starts to work
//
// A line without a marker must be silent; notes are compared only where a marker asks for one.
// Markers hold a part of the message. Comments at the top of the file are directives:
//
//   // flags: -std=c++23 -isystem %S/inc       replaces -std=c++20; %S is the fixture's directory
//   // options: async-never-awaited.Foo=bar    several with blanks between them
//   // requires: boost/asio.hpp                skip where the header is not installed
//
// NAME.fixed.cpp beside NAME.cpp is what remains after every fix-it: it compiles and is silent.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TEST_SUPPORT_FIXTURE_H
#define ABIDE_TEST_SUPPORT_FIXTURE_H

#include "Files.h"
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace abide::test {

/// A note or finding as a door shows it, in the file that it was asked about.
struct Shown {
  unsigned Line = 0;
  std::string Message;
  std::string Check; ///< Empty for notes.
  std::vector<Shown> Notes;
  bool Error = false; ///< The file does not compile.
};

struct Marker {
  enum Kind { Warn, TodoWarn, Note } K;
  unsigned Line;
  std::string Text;
};

struct Fixture {
  std::string Slug;
  std::string Name; ///< The file without ".cpp"; docs blocks: "line-12".
  fs::path Path;
  std::string Text;
  std::vector<std::string> Flags; ///< For the compiler, -std and include directories too.
  std::map<std::string, std::string> Options;
  std::vector<std::string> Requires;
  std::vector<Marker> Markers;
  std::optional<std::string> Fixed; ///< The text of NAME.fixed.cpp.

  std::string checkId() const { return "async-" + Slug; }
};

/// Reads markers and directives of a text.
Fixture parseFixture(std::string Slug, std::string Name, fs::path Path, std::string Text);

/// All of test/fixtures, sorted.
const std::vector<Fixture> &allFixtures();

/// Empty when the findings are those of the markers, else one line per difference.
std::string differences(const Fixture &F, const std::vector<Shown> &Findings);

/// Empty when a message is as all of ours: lower case at the start, no full stop, one line.
std::string styleFault(const std::string &Message);

/// The text without markers, so that a fixture and its fixed form differ in the fixes alone.
std::string withoutMarkers(const std::string &Text);

/// Reads "PATH:LINE:COLUMN: warning: MESSAGE [CHECK]" and the notes that follow, as clang-tidy and
/// abide print them, keeping what is about File. Relative paths start at Directory.
std::vector<Shown> parseDiagnostics(const std::string &Output, const fs::path &File,
                                    const fs::path &Directory);

/// A directory outside of the source tree with every fixture in its own subdirectory, configured as
/// a user's project: compile_commands.json at the top, .clang-tidy files that name the check.
class Workspace {
public:
  explicit Workspace(const std::vector<Fixture> &Fixtures);

  const fs::path &root() const { return Dir.path(); }
  fs::path fileOf(const Fixture &F) const;
  /// XDG_CONFIG_HOME for language servers: shields them from the user's configuration.
  fs::path userConfig() const { return root() / "user"; }

private:
  TempDir Dir;
};

} // namespace abide::test

#endif
