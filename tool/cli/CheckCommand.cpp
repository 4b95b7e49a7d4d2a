//===- CheckCommand.cpp - abide check -------------------------------------===//

#include "AnalyseTu.h"
#include "ApplyFixes.h"
#include "Baseline.h"
#include "Commands.h"
#include "CompileCommands.h"
#include "Configuration.h"
#include "Console.h"
#include "FactsJson.h"
#include "Fingerprint.h"
#include "GitDiff.h"
#include "Json.h"
#include "Output.h"
#include "RecordFiles.h"
#include "Sarif.h"
#include "SharedHeaders.h"
#include "Text.h"
#include "UnitCache.h"
#include "Workers.h"
#include "program/CallGraph.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Threading.h"
#include <chrono>
#include <set>
#include <unistd.h>

using namespace llvm;

namespace abide {
namespace {

std::string currentDirectory() {
  SmallString<256> Cwd;
  sys::fs::current_path(Cwd);
  return Cwd.str().str();
}

/// The top of the repository around Cwd, or Cwd: what code hosts call the root of the sources.
std::string sourceRoot(const std::string &Cwd) {
  for (StringRef At = Cwd; !At.empty(); At = sys::path::parent_path(At)) {
    SmallString<256> Git(At);
    sys::path::append(Git, ".git");
    if (sys::fs::exists(Git))
      return At.str();
  }
  return Cwd;
}

class CheckRun {
public:
  CheckRun(const CliOptions &Options, std::vector<std::string> Arguments)
      : Options(Options), Config(Options), Term(Options.Quiet), Started(Clock::now()) {
    Result.Arguments = std::move(Arguments);
    Result.ToolVersion = ABIDE_VERSION;
    Result.WorkingDirectory = currentDirectory();
    Result.SourceRoot = sourceRoot(Result.WorkingDirectory);
    Result.Rules = ruleInfos();
  }

  /// The same run with the files as they were.
  CheckRun(const CheckRun &Now, const GitDiff &Then) : CheckRun(Now.Options, Now.Result.Arguments) {
    this->Then = &Then;
    Units = Now.Units;
    IntrusiveRefCntPtr<vfs::FileSystem> Old = Then.oldFiles();
    erase_if(Units, [&](const TranslationUnit &U) { return !Old->exists(U.File); });
    for (const TranslationUnit &Unit : Units)
      Config.load(Unit.File);
    Store = Now.Store;
    if (Store)
      Store->lookAt([&Then](const Input &I) { return Then.held(I); });
  }

  int run() {
    if (Error E = Configuration::validate(Options))
      return usage(std::move(E));
    Expected<Output> Out = Output::open(Options.Output);
    if (!Out)
      return usage(Out.takeError());
    Expected<Output> FactsOut = Output::open(Options.FactsFile);
    if (!FactsOut)
      return usage(FactsOut.takeError());
    Expected<Output> BaselineOut = Output::open(Options.WriteBaselineFile);
    if (!BaselineOut)
      return usage(BaselineOut.takeError());
    if (Error E = loadBaseline())
      return usage(std::move(E));
    if (Options.Cmd == Command::Link)
      takeRecords();
    else if (Error E = analyseProgram())
      return refuse(std::move(E));
    Result.Seconds = std::chrono::duration<double>(Clock::now() - Started).count();
    if (Error E = settleKnown(*BaselineOut)) {
      Term.error(toString(std::move(E)));
      return ExitIncomplete;
    }
    return finish(*Out, *FactsOut);
  }

private:
  using Clock = std::chrono::system_clock;

  int usage(Error E) {
    Term.error(toString(std::move(E)));
    return ExitUsage;
  }

  int refuse(Error E) {
    int Code = E.isA<UsageError>() ? ExitUsage : ExitIncomplete;
    Term.error(toString(std::move(E)));
    return Code;
  }

  Error loadBaseline() {
    if (Options.BaselineFile.empty())
      return Error::success();
    auto Text = MemoryBuffer::getFile(Options.BaselineFile);
    if (!Text)
      return createStringError(Text.getError(), "cannot read '" + Options.BaselineFile +
                                                    "': " + Text.getError().message() +
                                                    "; '--write-baseline=" + Options.BaselineFile +
                                                    "' makes it");
    Expected<Baseline> Read = readBaseline((*Text)->getBuffer(), Options.BaselineFile);
    if (!Read)
      return Read.takeError();
    Known = std::move(*Read);
    return Error::success();
  }

  /// What is written to a baseline is known from now on.
  Error settleKnown(Output &BaselineOut) {
    if (Options.WriteBaselineFile.empty()) {
      KnownFindings = dropKnown(Result, Known);
      return Error::success();
    }
    KnownFindings = Result.Findings.size();
    Error Unwritten = BaselineOut.write(writeBaseline(Result));
    Result.Findings.clear();
    return Unwritten;
  }

  Error analyseProgram() {
    Expected<Program> Loaded = loadProgram(Options);
    if (!Loaded)
      return Loaded.takeError();
    Units = std::move(Loaded->Units);
    Result.Failures = std::move(Loaded->Failures);
    for (const std::string &Note : Loaded->Notes)
      Term.note(Note);
    if (Error E = openDiff())
      return make_error<UsageError>(toString(std::move(E)));
    configure();
    Store = openCache(Options, Loaded->BuildDir);
    if (Store && Diff)
      Store->remember();
    analyseAll();
    if (Diff && !Result.Interrupted)
      lookBack();
    closeCache();
    return Error::success();
  }

  /// What analyseProgram() comes to when 'abide summarize' has looked at the units already.
  void takeRecords() {
    Records All = readRecordFiles(Options.Operands);
    Result.Failures = std::move(All.Lost);
    std::vector<Failure> Mistakes;
    size_t Unwanted = 0;
    for (Record &R : All.Read) {
      append_range(Result.Failures, std::move(R.Unreadable));
      append_range(Mistakes, std::move(R.Mistakes));
      for (const std::string &Note : R.Notes)
        Term.note(Note);
      for (RecordedUnit &Unit : R.Units) {
        Unwanted += !Unit.Wanted;
        Units.push_back({Unit.File, "", {}});
        Results.push_back(std::move(Unit.Result));
        Told.push_back(std::move(Unit.Told));
      }
    }
    count(Units.size(), Unwanted, Mistakes);
    Earlier = std::make_unique<UnitCache>(nullptr, Units, Config, /*ReadOnly=*/true);
    link();
    collectAll();
  }

  /// Reads the configuration of every unit before the workers start, so that they share it.
  void configure() {
    for (const TranslationUnit &Unit : Units)
      Config.load(Unit.File);
    size_t Before = Units.size();
    erase_if(Units, [&](const TranslationUnit &U) { return !Config.anyCheckFor(U.File); });
    size_t Unwanted = Before - Units.size();
    // Where the user switched everything off there is nothing left to analyse.
    Result.UnitsAnalysed += Unwanted;
    count(Before, Unwanted, Config.mistakes());
  }

  /// Of All units that can be read the user wants no check for Unwanted.
  void count(size_t All, size_t Unwanted, const std::vector<Failure> &Mistakes) {
    Result.UnitsTotal = All + Result.Failures.size();
    bool Any = Result.UnitsTotal != 0;
    append_range(Result.Failures, Mistakes);
    if (!Any)
      fail("no C++ translation unit to analyse");
    else if (All && All == Unwanted)
      fail("no check is enabled for any file: 'Checks' in .clang-tidy, or '--checks', removes them "
           "all; --checks='async-*' switches them on");
  }

  void fail(StringRef Message) {
    Result.Failures.push_back({Failure::Kind::Configuration, "", {}, Message.str(), {}});
  }

  void analyseAll() {
    Results.resize(Units.size());
    Earlier = std::make_unique<UnitCache>(Store, Units, Config, /*ReadOnly=*/Then != nullptr);
    auto Nothing = std::make_shared<const Facts>();
    const std::vector<unsigned> Left = Earlier->recall(Results);
    Result.Interrupted = !shareHeaders(Left) ||
                         !analyseThese(
                             Left, [&](unsigned) { return Nothing; },
                             [&](unsigned Unit, const TuResult &R) { Earlier->keep(Unit, R); });
    if (!Result.Interrupted)
      link();
    Term.clearProgress();
    collectAll();
  }

  void collectAll() {
    for (size_t I = 0; I != Units.size(); ++I)
      if (Results[I])
        collect(Units[I], std::move(*Results[I]));
    normalise(Result);
  }

  Error openDiff() {
    if (!Options.DiffBase)
      return Error::success();
    Expected<GitDiff> Asked = GitDiff::since(*Options.DiffBase, Result.WorkingDirectory);
    if (!Asked)
      return Asked.takeError();
    Diff = std::move(*Asked);
    for (const std::string &Note : Diff->notes())
      Term.note(Note);
    return Error::success();
  }

  /// What the same program gave when the files were those of then is known.
  void lookBack() {
    CheckRun Before(*this, *Diff);
    Before.analyseAll();
    Result.Interrupted = Before.Result.Interrupted;
    for (std::string &Print : fingerprints(Before.Result, SourceText(Diff->oldFiles())))
      Known.insert(std::move(Print));
  }

  void closeCache() {
    if (!Store)
      return;
    Store->close();
    for (const std::string &Note : Store->notes())
      Term.note(Note);
  }

  using FactsOf = function_ref<std::shared_ptr<const Facts>(unsigned Unit)>;
  using Keep = function_ref<void(unsigned Unit, const TuResult &)>;

  /// Returns false when the user ended the run early.
  bool shareHeaders(ArrayRef<unsigned> These) {
    if (Options.NoSharedHeaders || Then)
      return true;
    Shared.emplace(Units, These, Config);
    PoolEvents Events{[&](unsigned) { Term.progress(0, Units.size(), "common headers"); },
                      [](unsigned, TuResult) {}};
    bool Done = analyseInParallel(
        Shared->size(), jobs(), {Options.Timeout, Options.Memory},
        [&](unsigned I) {
          Shared->build(I);
          return TuResult();
        },
        Events);
    Shared->settle();
    return Done;
  }

  unsigned jobs() const {
    return Options.Jobs ? Options.Jobs : heavyweight_hardware_concurrency().compute_thread_count();
  }

  /// Returns false when the user ended the run early.
  bool analyseThese(ArrayRef<unsigned> These, FactsOf Others, Keep Keep) {
    unsigned Done = 0;
    auto Show = [&](unsigned Unit) {
      Term.progress(Done, These.size(), displayPath(Units[Unit].File, Result.WorkingDirectory));
    };
    PoolEvents Events{[&](unsigned I) { Show(These[I]); },
                      [&](unsigned I, TuResult R) {
                        ++Done;
                        Keep(These[I], R);
                        R.DependsOn.clear(); // There are thousands, of thousands of units.
                        Results[These[I]] = std::move(R);
                        Show(These[I]);
                      }};
    return analyseInParallel(
        These.size(), jobs(), {Options.Timeout, Options.Memory},
        [&](unsigned I) {
          const unsigned Unit = These[I];
          return analyse(Units[Unit], Config, Others(Unit),
                         Then ? Then->oldFiles() : vfs::createPhysicalFileSystem(),
                         Shared ? Shared->of(Unit) : "");
        },
        Events);
  }

  void link() {
    if (Options.FactsFile.empty() && Earlier->recallLinked(Results))
      return;
    std::vector<UnitSummary> Shown;
    for (unsigned I = 0; I != Units.size(); ++I)
      Shown.push_back(Earlier->shown(I, *Results[I]));
    const CallGraph Whole(Shown);
    if (Options.Cmd == Command::Link)
      checkTold(Shown, Whole);
    else
      lookAgain(Shown, Whole);
    if (!Options.FactsFile.empty())
      NewFacts = writeFacts(Whole.publicFacts());
  }

  /// Looks again at the units for which other units know something, so that options, NOLINT and
  /// fixes hold for what they find as for anything else.
  void lookAgain(ArrayRef<UnitSummary> Shown, const CallGraph &Whole) {
    std::vector<std::shared_ptr<const Facts>> Others(Units.size());
    for (unsigned I = 0; I != Units.size(); ++I)
      Others[I] = std::make_shared<const Facts>(Whole.factsFor(Shown[I].Asked));
    Earlier->linked(Others);
    std::vector<unsigned> Again;
    for (unsigned I = 0; I != Units.size(); ++I)
      if (!Others[I]->empty() && !Earlier->recallAgain(I, Results[I]))
        Again.push_back(I);
    Result.Interrupted = !analyseThese(
        Again, [&](unsigned I) { return Others[I]; },
        [&](unsigned Unit, const TuResult &R) { Earlier->keepAgain(Unit, R); });
  }

  /// A record whose unit was not told, or not of this program, would lack findings in silence.
  void checkTold(ArrayRef<UnitSummary> Shown, const CallGraph &Whole) {
    for (unsigned I = 0; I != Units.size(); ++I)
      if (digestOf(Whole.factsFor(Shown[I].Asked), Result.WorkingDirectory) != Told[I])
        Results[I]->Failures.push_back(
            {Failure::Kind::NotAnalysed,
             Units[I].File,
             {},
             "its record does not know what the other records tell it: run 'abide tell' with these "
             "records, then 'abide summarize --again' for this file",
             {}});
  }

  void collect(const TranslationUnit &Unit, TuResult R) {
    Result.UnitsAnalysed +=
        none_of(R.Failures, [](const Failure &F) { return F.What == Failure::Kind::NotAnalysed; });
    for (const std::string &Note : R.Notes)
      if (!Then)
        Term.note(Note);
    for (Failure &F : R.Failures) {
      if (F.File.empty() && F.What != Failure::Kind::Configuration)
        F.File = Unit.File;
      Result.Failures.push_back(std::move(F));
    }
    append_range(Result.Findings, std::move(R.Findings));
  }

  std::string render(bool ToFile) {
    std::string Text;
    raw_string_ostream OS(Text);
    switch (Options.Format) {
    case OutputFormat::Text:
      writeText(Result, OS, !ToFile && wantsColour(STDOUT_FILENO));
      break;
    case OutputFormat::Json:
      writeJson(Result, OS);
      break;
    case OutputFormat::Sarif:
      writeSarif(Result, OS);
      break;
    }
    return Text;
  }

  int finish(Output &Out, Output &FactsOut) {
    Error Unwritten = Out.write(render(Out.isFile()));
    if (!NewFacts.empty())
      Unwritten = joinErrors(std::move(Unwritten), FactsOut.write(NewFacts));
    if (Unwritten) {
      Term.error(toString(std::move(Unwritten)));
      return ExitIncomplete;
    }
    if (Out.isFile() || Options.Format != OutputFormat::Text)
      writeFailures(Result, errs(), wantsColour(STDERR_FILENO));
    FixOutcome Fixes;
    if (Options.Fix)
      Fixes = fix();
    if (Result.Interrupted)
      Term.error(interruptedMessage(Result));
    summarise(Fixes);
    if (Result.Interrupted || !Result.Failures.empty() || !Fixes.Errors.empty())
      return ExitIncomplete;
    return Result.Findings.size() > Fixes.Fixed && !Options.ExitZero ? ExitFindings : ExitClean;
  }

  FixOutcome fix() {
    FixOutcome Fixes = applyFixes(Result.Findings, Started);
    for (const std::string &Skipped : Fixes.Skipped)
      Term.note(Skipped);
    for (const std::string &Message : Fixes.Errors)
      Term.error(Message);
    for (const std::string &File : Fixes.Files)
      Term.note("fixed '" + displayPath(File, Result.WorkingDirectory) + "'");
    return Fixes;
  }

  void summarise(const FixOutcome &Fixes) {
    std::set<std::string> Files, Broken;
    for (const Finding &F : Result.Findings)
      Files.insert(F.Where.Path);
    for (const Failure &F : Result.Failures)
      if (!F.File.empty())
        Broken.insert(F.File);
    if (Units.empty() && Broken.empty()) // The error has said that nothing was looked at.
      return;
    std::string Line = Result.Findings.empty() ? "no findings"
                                               : counted(Result.Findings.size(), "finding") +
                                                     " in " + counted(Files.size(), "file");
    if (KnownFindings)
      Line += ", " + std::to_string(KnownFindings) + " known";
    if (Options.Fix)
      Line += ", " + std::to_string(Fixes.Fixed) + " fixed";
    Line += "; " + counted(Result.UnitsTotal, "translation unit");
    if (!Broken.empty())
      Line += ", " + std::to_string(Broken.size()) + " not fully analysed";
    if (size_t Unchanged = Earlier->unchanged())
      Line += ", " + std::to_string(Unchanged) + " unchanged";
    raw_string_ostream(Line) << " in " << format("%.1f", Result.Seconds) << " s";
    Term.summary(Line);
  }

  const CliOptions &Options;
  Configuration Config;
  Console Term;
  Clock::time_point Started;
  std::vector<TranslationUnit> Units;
  std::shared_ptr<Cache> Store;
  std::unique_ptr<UnitCache> Earlier;
  std::optional<GitDiff> Diff;                  ///< What --diff asks for.
  const GitDiff *Then = nullptr;                ///< The files are those of then.
  std::vector<std::optional<TuResult>> Results; ///< Of the units; nothing for one not looked at.
  std::optional<SharedHeaders> Shared;
  std::vector<std::string> Told; ///< Of recorded units: RecordedUnit::Told.
  std::string NewFacts;          ///< For the facts file.
  Baseline Known;
  size_t KnownFindings = 0;
  Report Result;
};

} // namespace

int runCheckCommand(const CliOptions &Options, std::vector<std::string> Arguments) {
  return CheckRun(Options, std::move(Arguments)).run();
}

} // namespace abide
