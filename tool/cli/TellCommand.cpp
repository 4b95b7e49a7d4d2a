//===- TellCommand.cpp - abide tell ---------------------------------------===//

#include "Commands.h"
#include "Console.h"
#include "Paths.h"
#include "RecordFiles.h"
#include "program/CallGraph.h"

using namespace llvm;

namespace abide {

int runTell(const CliOptions &Options) {
  Console Term(/*Quiet=*/false);
  Records All = readRecordFiles(Options.Operands);
  for (const Failure &F : All.Lost)
    Term.error(F.Message);
  std::vector<UnitSummary> Shown;
  for (Record &R : All.Read)
    for (RecordedUnit &Unit : R.Units)
      Shown.push_back(std::move(Unit.Result.Shows));
  const CallGraph Whole(Shown);
  int Code = All.Lost.empty() ? ExitClean : ExitIncomplete;
  auto Next = Shown.begin();
  for (size_t I = 0; I != All.Read.size(); ++I) {
    std::vector<Facts> Told;
    for (size_t Unit = 0; Unit != All.Read[I].Units.size(); ++Unit)
      Told.push_back(Whole.factsFor((Next++)->Asked));
    if (Error E = writeFileIfNew(derivedName(All.Paths[I], Options.Output, ".facts"),
                                 writeTold(Told, absolutePath(".")))) {
      Term.error(toString(std::move(E)));
      Code = ExitIncomplete;
    }
  }
  return Code;
}

} // namespace abide
