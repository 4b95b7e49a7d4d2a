//===- CommandsCommand.cpp - abide commands -------------------------------===//
//
// A build system that runs one action per source wants it to depend on the command of that source,
// not on a file that changes with every other.
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "CompileCommands.h"
#include "Console.h"
#include "Paths.h"
#include "RecordFiles.h"
#include <nlohmann/json.hpp>

using namespace llvm;
using nlohmann::json;

namespace abide {

int runCommands(const CliOptions &Options) {
  Console Term(/*Quiet=*/false);
  Expected<Program> P = loadProgram(Options);
  if (!P) {
    int Code = P.errorIsA<UsageError>() ? ExitUsage : ExitIncomplete;
    Term.error(toString(P.takeError()));
    return Code;
  }
  std::map<std::string, json> Files;
  for (const std::string &Source : Options.Operands)
    Files[absolutePath(Source)] = json::array();
  for (const TranslationUnit &Unit : P->Units)
    Files[Unit.File].push_back(
        {{"directory", Unit.Directory}, {"file", Unit.File}, {"arguments", Unit.Args}});
  int Code = ExitClean;
  for (const Failure &F : P->Failures) {
    Term.error("'" + F.File + "': " + F.Message);
    Code = ExitIncomplete;
  }
  for (const auto &[Source, Entries] : Files)
    // Bytes of paths that are no UTF-8 are lost to JSON, as in any compilation database.
    if (Error E = writeFileIfNew(derivedName(Source, Options.Output, ".json"),
                                 Entries.dump(1, ' ', false, json::error_handler_t::replace))) {
      Term.error(toString(std::move(E)));
      Code = ExitIncomplete;
    }
  return Code;
}

} // namespace abide
