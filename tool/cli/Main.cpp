//===- Main.cpp - The standalone door -------------------------------------===//

#include "Commands.h"
#include "Console.h"
#include "clang/Basic/Version.h"
#include "llvm/Support/raw_ostream.h"

using namespace abide;

int main(int Argc, char **Argv) {
  llvm::ArrayRef<const char *> Arguments(Argv + 1, Argv + std::max(Argc, 1));
  llvm::Expected<CliOptions> Options = parseCommandLine(Arguments);
  if (!Options) {
    Console(/*Quiet=*/false).error(llvm::toString(Options.takeError()));
    return ExitUsage;
  }
  if (Options->WantHelp) {
    llvm::outs() << helpText(Options->Cmd);
    return finishOutput();
  }
  if (Options->WantVersion) {
    llvm::outs() << "abide " ABIDE_VERSION " (" << clang::getClangToolFullVersion("clang") << ")\n";
    return finishOutput();
  }
  switch (*Options->Cmd) {
  case Command::Check:
  case Command::Link:
    return runCheckCommand(*Options, {Arguments.begin(), Arguments.end()});
  case Command::Cache:
    return runCache(*Options);
  case Command::Summarize:
    return runSummarize(*Options);
  case Command::Tell:
    return runTell(*Options);
  case Command::Commands:
    return runCommands(*Options);
  case Command::ListChecks:
    return runListChecks();
  case Command::Explain:
    return runExplain(*Options);
  case Command::Trace:
    return runTrace(*Options);
  }
  return ExitUsage;
}
