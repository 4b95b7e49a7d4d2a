//===- SummarizeCommand.cpp - abide summarize -----------------------------===//
//
// The map step of a distributed run: a function of its inputs. It reads what the compile command
// reads, .clang-tidy files and what they name; it writes the record and the depfile, whole or not
// at all.
//
//===----------------------------------------------------------------------===//

#include "AnalyseTu.h"
#include "Commands.h"
#include "Console.h"
#include "Paths.h"
#include "RecordFiles.h"
#include "Workers.h"
#include "clang/Basic/MakeSupport.h"
#include "llvm/ADT/STLExtras.h"
#include <set>

using namespace llvm;

namespace abide {
namespace {

class Summarize {
public:
  explicit Summarize(const CliOptions &Options)
      : Options(Options), Config(Options), Term(Options.Quiet) {}

  int run() {
    if (Error E = Configuration::validate(Options))
      return fail(std::move(E), ExitUsage);
    Expected<Record> R = Options.Again.empty() ? first() : again();
    if (!R)
      return fail(R.takeError(), R.errorIsA<UsageError>() ? ExitUsage : ExitIncomplete);
    for (const std::string &Note : R->Notes)
      Term.note(Note);
    if (Error E = writeFile(Options.Output, writeRecord(*R, absolutePath("."))))
      return fail(std::move(E), ExitIncomplete);
    if (Options.DepFile.empty())
      return ExitClean;
    if (Error E = writeFile(Options.DepFile, rule()))
      return fail(std::move(E), ExitIncomplete);
    return ExitClean;
  }

private:
  int fail(Error E, int Code) {
    Term.error(toString(std::move(E)));
    return Code;
  }

  Expected<Record> first() {
    Expected<Program> P = load();
    if (!P)
      return P.takeError();
    Record R{{}, std::move(P->Failures), Config.mistakes(), std::move(P->Notes)};
    for (const TranslationUnit &Unit : P->Units)
      R.Units.push_back({Unit.File, Config.anyCheckFor(Unit.File), {}, ""});
    std::vector<Facts> Nothing(P->Units.size());
    std::vector<unsigned> Wanted;
    for (unsigned I = 0; I != R.Units.size(); ++I)
      if (R.Units[I].Wanted)
        Wanted.push_back(I);
    if (Error E = analyseThese(Wanted, P->Units, Nothing, R))
      return E;
    return R;
  }

  /// The record as it is when the others have nothing to tell: then nothing is parsed.
  Expected<Record> again() {
    Expected<Record> R = readRecordFile(Options.Again);
    if (!R)
      return R;
    const std::string FactsFile = Options.Told.empty() ? Options.Again + ".facts" : Options.Told;
    Expected<std::vector<Facts>> Told = readToldFile(FactsFile);
    if (!Told)
      return Told.takeError();
    if (Told->size() != R->Units.size())
      return createStringError(inconvertibleErrorCode(),
                               "'" + FactsFile + "' was written for another record than '" +
                                   Options.Again + "'; write it again: 'abide tell'");
    Inputs.insert({Options.Again, FactsFile});
    std::vector<unsigned> These;
    for (unsigned I = 0; I != Told->size(); ++I)
      if (!(*Told)[I].empty())
        These.push_back(I);
    if (These.empty())
      return R;
    Expected<Program> P = load();
    if (!P)
      return P.takeError();
    if (!equal(P->Units, R->Units, [](auto &A, auto &B) { return A.File == B.File; }))
      return createStringError(inconvertibleErrorCode(),
                               "'" + Options.Again +
                                   "' is the record of other compile commands; "
                                   "write it again: abide summarize");
    for (unsigned I : These)
      R->Units[I].Told = digestOf((*Told)[I], absolutePath("."));
    if (Error E = analyseThese(These, P->Units, *Told, *R))
      return E;
    return R;
  }

  Expected<Program> load() {
    Expected<Program> P = loadProgram(Options);
    if (!P)
      return P;
    for (const TranslationUnit &Unit : P->Units)
      Config.load(Unit.File);
    Inputs.insert(Config.files().begin(), Config.files().end());
    if (!P->Database.empty())
      Inputs.insert(P->Database);
    return P;
  }

  /// In a process of its own: if that crashes, the record says so.
  Error analyseThese(ArrayRef<unsigned> These, ArrayRef<TranslationUnit> Units,
                     ArrayRef<Facts> Told, Record &R) {
    PoolEvents Events{[](unsigned) {},
                      [&](unsigned I, TuResult Result) {
                        TuResult &Of = R.Units[These[I]].Result;
                        for (const Input &I : Result.DependsOn)
                          if (I.What == Input::Kind::Read)
                            Inputs.insert(I.Path);
                        if (!Told[These[I]].empty())
                          Result.Shows = std::move(Of.Shows); // It has told them already.
                        Of = std::move(Result);
                        Of.DependsOn.clear();
                      }};
    if (analyseInParallel(
            These.size(), /*Jobs=*/1, {Options.Timeout, Options.Memory},
            [&](unsigned I) {
              return analyse(Units[These[I]], Config, std::make_shared<const Facts>(Told[These[I]]),
                             vfs::createPhysicalFileSystem(), /*SharedHeader=*/"");
            },
            Events))
      return Error::success();
    return createStringError(inconvertibleErrorCode(), "interrupted: no record was written");
  }

  /// A rule of Make. No name with the end of a line in it can be said there.
  std::string rule() {
    std::string Text;
    raw_string_ostream OS(Text);
    auto Say = [&](StringRef File) {
      SmallString<256> Quoted;
      clang::quoteMakeTarget(File, Quoted);
      OS << Quoted;
    };
    Say(Options.Output);
    OS << ":";
    for (const std::string &File : Inputs)
      if (File.find('\n') == std::string::npos) {
        OS << " \\\n  ";
        Say(File);
      }
    OS << "\n";
    return Text;
  }

  const CliOptions &Options;
  Configuration Config;
  Console Term;
  std::set<std::string> Inputs;
};

} // namespace

int runSummarize(const CliOptions &Options) { return Summarize(Options).run(); }

} // namespace abide
