//===- Options.cpp - The command line of abide ----------------------------===//
//
// A table rather than llvm::cl: linking LLVM brings its own options into llvm::cl, and an unknown
// option of ours would be "near" to one of theirs.
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/CommandLine.h"

using namespace llvm;

namespace abide {
namespace {

Error usage(const Twine &Message) { return createStringError(inconvertibleErrorCode(), Message); }

/// Which commands take an option: bit N for Command N.
constexpr unsigned of(Command C) { return 1u << unsigned(C); }
constexpr unsigned OfCheck = of(Command::Check), OfReports = OfCheck | of(Command::Link),
                   OfAnalysis = OfCheck | of(Command::Summarize),
                   OfSummarize = of(Command::Summarize), OfCommands = of(Command::Commands),
                   OfTell = of(Command::Tell), OfCache = of(Command::Cache),
                   OfTrace = of(Command::Trace), OfAll = ~0u;

struct OptionSpec {
  StringRef Name;
  StringRef Value; ///< Empty for a switch.
  unsigned Commands;
  StringRef Help;
  Error (*Set)(CliOptions &, StringRef Name, StringRef Value);
};

template <auto Member, unsigned Least, unsigned Most>
Error setNumber(CliOptions &O, StringRef Name, StringRef Value) {
  if (Value.getAsInteger(10, O.*Member) || O.*Member < Least || O.*Member > Most)
    return usage("'" + Name + "' takes a number from " + Twine(Least) + " to " + Twine(Most) +
                 ", not '" + Value + "'");
  return Error::success();
}

Error setFormat(CliOptions &O, StringRef, StringRef Value) {
  auto Format = StringSwitch<std::optional<OutputFormat>>(Value)
                    .Case("text", OutputFormat::Text)
                    .Case("json", OutputFormat::Json)
                    .Case("sarif", OutputFormat::Sarif)
                    .Default(std::nullopt);
  if (!Format)
    return usage("'--format' is one of text, json and sarif, not '" + Value + "'" +
                 didYouMean(Value, {"text", "json", "sarif"}));
  O.Format = *Format;
  return Error::success();
}

template <auto Member> Error assign(CliOptions &O, StringRef, StringRef Value) {
  O.*Member = Value.str();
  return Error::success();
}

template <auto Member> Error append(CliOptions &O, StringRef, StringRef Value) {
  (O.*Member).push_back(Value.str());
  return Error::success();
}

template <auto Member> Error raise(CliOptions &O, StringRef, StringRef) {
  O.*Member = true;
  return Error::success();
}

constexpr OptionSpec Specs[] = {
    {"-p", "BUILD_DIR", OfAnalysis | OfCommands | OfCache,
     "directory with compile_commands.json, or that file", assign<&CliOptions::BuildDir>},
    {"--checks", "GLOBS", OfAnalysis,
     "comma-separated globs, applied after those of .clang-tidy; '-' removes",
     assign<&CliOptions::Checks>},
    {"--header-filter", "RE", OfAnalysis,
     "report only headers whose path matches; default: all of yours",
     assign<&CliOptions::HeaderFilter>},
    {"--format", "FORMAT", OfReports, "text (default), json or sarif", setFormat},
    {"-o", "FILE", OfReports | OfSummarize | OfTell | OfCommands | OfTrace,
     "where to write: the report, the record, or, in that directory, what is made of each file",
     assign<&CliOptions::Output>},
    {"-j", "N", OfCheck, "number of parallel workers; default: one per hardware thread",
     setNumber<&CliOptions::Jobs, 1, 4096>},
    {"--timeout", "SECONDS", OfAnalysis,
     "give up a translation unit after so long; default: 600, 0: never",
     setNumber<&CliOptions::Timeout, 0, 1000000>},
    {"--memory", "MIB", OfAnalysis,
     "give up a translation unit whose worker needs more; default: no limit",
     setNumber<&CliOptions::Memory, 1, 1 << 24>},
    {"--third-party", "DIR", OfAnalysis,
     "treat headers below DIR as the system's: nothing is reported there; may be repeated",
     append<&CliOptions::ThirdParty>},
    {"--no-shared-headers", "", OfCheck,
     "parse system headers in every translation unit, not once for all that have them in common",
     raise<&CliOptions::NoSharedHeaders>},
    {"--cache-dir", "DIR", OfCheck | OfCache,
     "where results are kept for the next run; default: .abide-cache in BUILD_DIR",
     assign<&CliOptions::CacheDir>},
    {"--cache-size", "MIB", OfCheck, "how large that directory may become; default: 2048",
     setNumber<&CliOptions::CacheSize, 1, 1 << 24>},
    {"--no-cache", "", OfCheck, "neither use nor keep results", raise<&CliOptions::NoCache>},
    {"--stat", "", OfCache, "show how much is kept", raise<&CliOptions::ShowCache>},
    {"--clear", "", OfCache, "remove what is kept", raise<&CliOptions::ClearCache>},
    {"--diff", "REV", OfCheck, "report only findings that were not there in this revision of git",
     assign<&CliOptions::DiffBase>},
    {"--baseline", "FILE", OfReports, "report only findings that FILE does not know",
     assign<&CliOptions::BaselineFile>},
    {"--write-baseline", "FILE", OfReports, "write the findings to FILE in place of reporting them",
     assign<&CliOptions::WriteBaselineFile>},
    {"--write-facts", "FILE", OfReports,
     "write what editors need to know of the whole program to FILE",
     assign<&CliOptions::FactsFile>},
    {"--depfile", "FILE", OfSummarize, "name all files that were read in FILE, for Make and Ninja",
     assign<&CliOptions::DepFile>},
    {"--again", "RECORD", OfSummarize,
     "look again at the source of RECORD, knowing what 'abide tell' wrote",
     assign<&CliOptions::Again>},
    {"--facts", "FILE", OfSummarize, "what 'abide tell' wrote, when that is not RECORD.facts",
     assign<&CliOptions::Told>},
    {"--exit-zero", "", OfReports, "findings alone do not make the exit code 1",
     raise<&CliOptions::ExitZero>},
    {"--fix", "", OfCheck, "apply the fixes that findings offer", raise<&CliOptions::Fix>},
    {"--quiet", "", OfReports | OfSummarize | OfTrace,
     "no progress, no remarks on commands, no summary; only findings and errors",
     raise<&CliOptions::Quiet>},
    {"--help", "", OfAll, "show this text", raise<&CliOptions::WantHelp>},
    {"--version", "", OfAll, "show the version", raise<&CliOptions::WantVersion>},
};

struct CommandSpec {
  Command Cmd;
  StringRef Name;
  StringRef Usage;
  StringRef Help;
};

constexpr CommandSpec Commands[] = {
    {Command::Check, "check", "abide check [OPTIONS] [FILES or DIRS...] [-- COMPILER FLAGS...]",
     "analyse the program that compile_commands.json describes"},
    {Command::Summarize, "summarize",
     "abide summarize -o RECORD [OPTIONS] SOURCE [-- COMPILER FLAGS...]",
     "analyse one source alone and write what there is to say of it"},
    {Command::Tell, "tell", "abide tell [-o DIR] RECORDS...",
     "write beside each record, or in DIR, as RECORD.facts what the others tell it"},
    {Command::Link, "link", "abide link [OPTIONS] RECORDS...",
     "report what 'abide check' would of the sources of the records"},
    {Command::Commands, "commands", "abide commands -o DIR [-p BUILD_DIR] SOURCES...",
     "write how each source is compiled to DIR/SOURCE.json, for 'abide summarize -p'"},
    {Command::Cache, "cache", "abide cache --stat | --clear [-p BUILD_DIR] [--cache-dir=DIR]",
     "show or remove the results that 'abide check' keeps"},
    {Command::ListChecks, "list-checks", "abide list-checks", "list every check"},
    {Command::Explain, "explain", "abide explain CHECK", "show the documentation of a check"},
    {Command::Trace, "trace", "abide trace FILE.json -o FILE.html",
     "turn a trace or a dump of tasks into a page for a browser"},
};

const OptionSpec *findOption(StringRef Name) {
  if (Name == "-h" || Name == "-help")
    Name = "--help";
  for (const OptionSpec &Spec : Specs)
    // "-checks" as clang-tidy's users write it.
    if (Spec.Name == Name || (Spec.Name.starts_with("--") && Spec.Name.drop_front() == Name))
      return &Spec;
  return nullptr;
}

Error unknownOption(StringRef Name) {
  SmallVector<StringRef> Names;
  for (const OptionSpec &Spec : Specs)
    Names.push_back(Spec.Name);
  return usage("unknown option '" + Name + "'" + didYouMean(Name, Names) +
               "; 'abide check --help' lists the options");
}

/// Splits "--name=value", and "-j4" and "-oFILE" of the one-letter options.
std::pair<StringRef, std::optional<StringRef>> splitOption(StringRef Arg) {
  bool OneLetter = Arg.size() > 2 && Arg[1] != '-' && StringRef("pjo").contains(Arg[1]) &&
                   !findOption(Arg.split('=').first);
  if (OneLetter) {
    StringRef Value = Arg.drop_front(2);
    Value.consume_front("=");
    return {Arg.take_front(2), Value};
  }
  auto [Name, Value] = Arg.split('=');
  if (Name.size() == Arg.size())
    return {Name, std::nullopt};
  return {Name, Value};
}

Error parseOption(CliOptions &O, ArrayRef<const char *> &Rest, StringRef Arg,
                  SmallVectorImpl<const OptionSpec *> &Used) {
  auto [Name, Value] = splitOption(Arg);
  const OptionSpec *Spec = findOption(Name);
  if (!Spec)
    return unknownOption(Name);
  Used.push_back(Spec);
  if (Spec->Value.empty()) {
    if (Value)
      return usage("'" + Spec->Name + "' takes no value");
    return Spec->Set(O, Spec->Name, "");
  }
  if (!Value) {
    if (Rest.empty())
      return usage("'" + Spec->Name + "' needs a value: " + Spec->Value + ", " + Spec->Help);
    Value = Rest.front();
    Rest = Rest.drop_front();
  }
  return Spec->Set(O, Spec->Name, *Value);
}

Error parseCommand(CliOptions &O, StringRef Word) {
  if (Word == "help") {
    O.WantHelp = true;
    return Error::success();
  }
  SmallVector<StringRef> Names;
  for (const CommandSpec &Spec : Commands) {
    if (Spec.Name == Word) {
      O.Cmd = Spec.Cmd;
      return Error::success();
    }
    Names.push_back(Spec.Name);
  }
  StringRef Near = nearest(Word, Names);
  if (Near.empty())
    return usage("unknown command '" + Word + "'; to analyse it: 'abide check " + Word + "'");
  return usage("unknown command '" + Word + "'; did you mean '" + Near + "'?");
}

Error checkFlags(const CliOptions &O) {
  if (!O.CompilerFlags)
    return Error::success();
  if (!(OfAnalysis & of(*O.Cmd)))
    return usage("'--' and compiler flags belong to 'abide check' and 'abide summarize'");
  if (!O.BuildDir.empty())
    return usage("'-p' and flags after '--' exclude each other: each says how to compile");
  if (O.Operands.empty())
    return usage("name the files before '--', as in 'abide check FILE -- -std=c++20'");
  return Error::success();
}

Error checkOperands(const CliOptions &O) {
  switch (*O.Cmd) {
  case Command::Check:
    return Error::success();
  case Command::Summarize:
    if (O.Operands.size() != 1)
      return usage("'abide summarize' takes one source, as in 'abide summarize -o a.record a.cpp'");
    if (O.Output.empty())
      return usage("'abide summarize' needs '-o RECORD': where to write the record");
    return Error::success();
  case Command::Commands:
    if (O.Operands.empty() || O.Output.empty())
      return usage("'abide commands' needs sources, and '-o DIR': where to write their commands");
    return Error::success();
  case Command::Tell:
  case Command::Link:
    if (O.Operands.empty())
      return usage("name the records: what 'abide summarize' wrote, or '@FILE' with their names");
    return Error::success();
  case Command::ListChecks:
    if (!O.Operands.empty())
      return usage("'abide list-checks' takes no operands");
    return Error::success();
  case Command::Explain:
    if (O.Operands.size() != 1)
      return usage("'abide explain' takes one check, as in 'abide explain async-never-awaited'");
    return Error::success();
  case Command::Cache:
    if (!O.Operands.empty() || O.ShowCache == O.ClearCache)
      return usage("'abide cache' takes '--stat' or '--clear'");
    return Error::success();
  case Command::Trace:
    if (O.Operands.size() != 1)
      return usage("'abide trace' takes one file, as in 'abide trace trace.json -o trace.html'");
    return Error::success();
  }
  return Error::success();
}

/// Every option that was used belongs to the command.
Error checkOptions(const CliOptions &O, ArrayRef<const OptionSpec *> Used) {
  for (const OptionSpec *Spec : Used)
    if (!(Spec->Commands & of(*O.Cmd))) {
      const CommandSpec &Cmd = *find_if(Commands, [&](auto &C) { return C.Cmd == *O.Cmd; });
      return usage("'abide " + Cmd.Name + "' has no option '" + Spec->Name + "'; 'abide " +
                   Cmd.Name + " --help' lists its options");
    }
  return Error::success();
}

/// Command lines of build systems are longer than the system allows: "@FILE" stands for what FILE
/// holds, one word a line or quoted as for a shell.
Error expandWords(SmallVectorImpl<const char *> &Words, BumpPtrAllocator &Memory) {
  cl::ExpansionContext Context(Memory, cl::TokenizeGNUCommandLine);
  return Context.expandResponseFiles(Words);
}

} // namespace

StringRef nearest(StringRef Word, ArrayRef<StringRef> Candidates) {
  StringRef Best;
  unsigned BestDistance = std::max<unsigned>(2, Word.size() / 3) + 1;
  for (StringRef Candidate : Candidates) {
    unsigned Distance = Word.edit_distance_insensitive(Candidate);
    if (Distance < BestDistance) {
      Best = Candidate;
      BestDistance = Distance;
    }
  }
  return Best;
}

std::string didYouMean(StringRef Word, ArrayRef<StringRef> Candidates) {
  StringRef Near = nearest(Word, Candidates);
  return Near.empty() ? "" : ("; did you mean '" + Near + "'?").str();
}

Expected<CliOptions> parseCommandLine(ArrayRef<const char *> Given) {
  CliOptions O;
  auto Flags = find(Given, StringRef("--"));
  if (Flags != Given.end())
    O.CompilerFlags.emplace(std::next(Flags), Given.end());
  SmallVector<const char *, 32> Words(Given.begin(), Flags);
  BumpPtrAllocator Memory;
  if (Error E = expandWords(Words, Memory))
    return E;
  SmallVector<const OptionSpec *> Used;
  for (ArrayRef<const char *> Args = Words; !Args.empty();) {
    StringRef Arg = Args.front();
    Args = Args.drop_front();
    if (Arg.size() > 1 && Arg.starts_with("-")) {
      if (Error E = parseOption(O, Args, Arg, Used))
        return E;
    } else if (!O.Cmd) {
      if (Error E = parseCommand(O, Arg))
        return E;
    } else {
      O.Operands.push_back(Arg.str());
    }
  }
  if (O.WantHelp || O.WantVersion)
    return O;
  if (!O.Cmd)
    return usage("a command is missing, as in 'abide check'; see 'abide --help'");
  if (Error E = checkOptions(O, Used))
    return E;
  if (Error E = checkFlags(O))
    return E;
  if (Error E = checkOperands(O))
    return E;
  return O;
}

std::string helpText(std::optional<Command> Cmd) {
  std::string Text;
  raw_string_ostream OS(Text);
  auto Row = [&](const Twine &Left, StringRef Right) {
    std::string L = Left.str();
    OS << "  " << left_justify(L, 24) << Right << "\n";
  };
  if (!Cmd) {
    OS << "abide: finds the traps of asynchronous C++\n\nUsage: abide COMMAND [OPTIONS]\n\n";
    for (const CommandSpec &Spec : Commands)
      Row(Spec.Name, Spec.Help);
    OS << "\n  'abide COMMAND --help' tells more.\n\nOptions:\n";
  } else {
    const CommandSpec &Spec = *find_if(Commands, [&](auto &S) { return S.Cmd == *Cmd; });
    OS << "Usage: " << Spec.Usage << "\n\n  " << Spec.Help << "\n\nOptions:\n";
  }
  for (const OptionSpec &Spec : Specs)
    if (Spec.Commands == OfAll || (Cmd && Spec.Commands & of(*Cmd))) {
      StringRef Between = Spec.Value.empty() ? "" : Spec.Name.size() == 2 ? " " : "=";
      Row(Spec.Name + Between + Spec.Value, Spec.Help);
    }
  if (Cmd == Command::Check)
    OS << "\nWithout files, every translation unit of compile_commands.json is analysed. It is\n"
          "looked for upward from the current directory, and in 'build' beside each.\n"
          "Checks, options, NOLINT and header filters come from .clang-tidy files as for "
          "clang-tidy. Flags after '--' compile the files in place of a compilation database.\n"
          "\nExit code: 0 clean, 1 findings, 2 something could not be analysed, 64 bad usage.\n";
  if (Cmd == Command::Summarize || Cmd == Command::Tell || Cmd == Command::Link)
    OS << "\n'abide check' in steps, for build systems and many machines; in any order, at once:\n"
          "  abide summarize a.cpp -o a.record              and so for each source\n"
          "  abide tell a.record b.record ...\n"
          "  abide summarize a.cpp -o a.final --again=a.record   and so for each source\n"
          "  abide link a.final b.final ...\n"
          "Equal inputs give equal records, in whatever directory they lie. '@FILE' stands for "
          "the\n"
          "words in FILE.\n";
  if (Cmd == Command::Trace)
    OS << "\nFILE.json is what a program of abide's runtime writes when ABIDE_TRACE names it, or\n"
          "what loop.dump_tasks_json() gives; '-' is standard input. Traces of other programs in\n"
          "Chrome's format are drawn too. The page needs no network and no other file.\n"
          "\nExit code: 0 all is shown, 2 something could not be read or written, 64 bad usage.\n";
  return Text;
}

} // namespace abide
