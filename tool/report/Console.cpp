//===- Console.cpp - What a person at the terminal sees -------------------===//

#include "Console.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Process.h"
#include <cmath>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace llvm;

namespace abide {

namespace {

size_t terminalWidth() {
  winsize Size = {};
  bool Known = ioctl(STDERR_FILENO, TIOCGWINSZ, &Size) == 0 && Size.ws_col >= 20;
  return Known ? Size.ws_col : 80;
}

} // namespace

bool wantsColour(int FileDescriptor) {
  const char *NoColour = std::getenv("NO_COLOR");
  return sys::Process::FileDescriptorHasColors(FileDescriptor) && !(NoColour && *NoColour);
}

Console::Console(bool Quiet)
    : Quiet(Quiet), Colour(wantsColour(STDERR_FILENO)),
      Terminal(sys::Process::FileDescriptorIsDisplayed(STDERR_FILENO)) {}

void Console::error(const Twine &Message) { print(raw_ostream::RED, "error: ", Message); }

void Console::note(const Twine &Message) {
  if (!Quiet && Noted.insert(Message.str()).second)
    print(raw_ostream::CYAN, "note: ", Message);
}

void Console::summary(const Twine &Message) {
  clearProgress();
  if (!Quiet)
    errs() << Message << "\n";
}

void Console::print(raw_ostream::Colors C, StringRef Label, const Twine &Message) {
  clearProgress();
  errs() << "abide: ";
  if (Colour)
    errs().changeColor(C, /*Bold=*/true);
  errs() << Label;
  if (Colour)
    errs().resetColor();
  errs() << Message << "\n";
}

void Console::progress(unsigned Done, unsigned Total, StringRef What) {
  if (!Terminal || Quiet)
    return;
  unsigned Width = utostr(Total).size();
  std::string Line;
  raw_string_ostream(Line) << "[" << right_justify(utostr(Done), Width) << "/" << Total
                           << timeLeft(Done, Total) << "] " << What;
  // The last column would wrap on some terminals.
  size_t Columns = terminalWidth();
  if (Line.size() >= Columns)
    Line.resize(Columns - 1);
  errs() << "\r\x1b[K" << Line;
  ProgressShown = true;
}

std::string Console::timeLeft(unsigned Done, unsigned Total) {
  const auto Now = std::chrono::steady_clock::now();
  if (Done == 0)
    ProgressSince = Now;
  const double Passed = std::chrono::duration<double>(Now - ProgressSince).count();
  // The first units say little of the rest.
  constexpr double Enough = 3;
  if (Done == 0 || Passed < Enough || Done == Total)
    return "";
  const unsigned Left = std::lround(Passed / Done * (Total - Done));
  constexpr unsigned Minutes = 120;
  return Left > Minutes ? ", about " + utostr((Left + 30) / 60) + " min left"
                        : ", about " + utostr(Left) + " s left";
}

void Console::clearProgress() {
  if (ProgressShown)
    errs() << "\r\x1b[K";
  ProgressShown = false;
}

} // namespace abide
