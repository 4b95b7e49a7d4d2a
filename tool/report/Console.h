//===- Console.h - What a person at the terminal sees ----------*- C++ -*-===//

#ifndef ABIDE_TOOL_REPORT_CONSOLE_H
#define ABIDE_TOOL_REPORT_CONSOLE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <set>
#include <string>

namespace abide {

/// Colours are for terminals, and NO_COLOR (https://no-color.org) switches them off.
bool wantsColour(int FileDescriptor);

/// Standard error: messages and the progress line, so that neither tears the other. There is no
/// progress line unless standard error is a terminal.
class Console {
public:
  explicit Console(bool Quiet);
  ~Console() { clearProgress(); }

  void error(const llvm::Twine &Message);
  /// Suppressed by --quiet; the same words come once.
  void note(const llvm::Twine &Message);
  /// A line of its own; suppressed by --quiet.
  void summary(const llvm::Twine &Message);

  /// "[ 3/12, about 40 s left] src/foo.cpp", cut to the width of the terminal. The clock starts
  /// when nothing is done.
  void progress(unsigned Done, unsigned Total, llvm::StringRef What);
  void clearProgress();

private:
  void print(llvm::raw_ostream::Colors Colour, llvm::StringRef Label, const llvm::Twine &Message);

  std::string timeLeft(unsigned Done, unsigned Total);

  bool Quiet, Colour, Terminal;
  std::chrono::steady_clock::time_point ProgressSince;
  bool ProgressShown = false;
  std::set<std::string> Noted;
};

} // namespace abide

#endif
