//===- TraceCommand.cpp - abide trace -------------------------------------===//

#include "Commands.h"
#include "Console.h"
#include "Output.h"
#include "Page.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace abide {

int runTrace(const CliOptions &Options) {
  Console Term(Options.Quiet);
  const std::string &File = Options.Operands.front();
  bool Same = false;
  if (!Options.Output.empty() && !sys::fs::equivalent(File, Options.Output, Same) && Same) {
    Term.error("'-o' names the trace itself, '" + File + "': give the page another name");
    return ExitUsage;
  }
  auto Buffer = MemoryBuffer::getFileOrSTDIN(File, /*IsText=*/false,
                                             /*RequiresNullTerminator=*/false);
  if (!Buffer) {
    Term.error("cannot read '" + File + "': " + Buffer.getError().message() +
               "; a program of abide's runtime writes one when ABIDE_TRACE names it");
    return ExitUsage;
  }
  // Names of tasks are bytes; a stray one must not cost all that follows.
  StringRef Text = (*Buffer)->getBuffer();
  std::string Fixed;
  if (!json::isUTF8(Text))
    Text = Fixed = json::fixUTF8(Text);
  Expected<Trace> Read = readTrace(Text);
  if (!Read) {
    Term.error("'" + File + "': " + toString(Read.takeError()) +
               "; 'abide trace --help' says what it takes");
    return ExitIncomplete;
  }
  Expected<Output> Out = Output::open(Options.Output);
  if (!Out) {
    Term.error(toString(Out.takeError()));
    return ExitUsage;
  }
  if (Error E = Out->write(tracePage(*Read, sys::path::filename(File)))) {
    Term.error(toString(std::move(E)));
    return ExitIncomplete;
  }
  for (const std::string &Note : Read->Notes)
    Term.note("'" + File + "': " + Note);
  if (!Read->Whole)
    Term.error("'" + File + "' is not whole: the page shows what could be read");
  return Read->Whole ? ExitClean : ExitIncomplete;
}

} // namespace abide
