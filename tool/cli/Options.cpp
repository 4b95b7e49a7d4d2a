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

using namespace llvm;

namespace abide {
namespace {

Error usage(const Twine &Message) { return createStringError(inconvertibleErrorCode(), Message); }

struct OptionSpec {
  StringRef Name;
  StringRef Value; ///< Empty for a switch.
  enum { All, Check, CheckAndTrace } Of;
  StringRef Help;
  Error (*Set)(CliOptions &, StringRef);
};

Error setJobs(CliOptions &O, StringRef Value) {
  if (Value.getAsInteger(10, O.Jobs) || O.Jobs == 0 || O.Jobs > 4096)
    return usage("'-j' takes a number of workers from 1 to 4096, not '" + Value + "'");
  return Error::success();
}

Error setFormat(CliOptions &O, StringRef Value) {
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

template <auto Member> Error assign(CliOptions &O, StringRef Value) {
  O.*Member = Value.str();
  return Error::success();
}

template <auto Member> Error raise(CliOptions &O, StringRef) {
  O.*Member = true;
  return Error::success();
}

constexpr OptionSpec Specs[] = {
    {"-p", "BUILD_DIR", OptionSpec::Check, "directory with compile_commands.json, or that file",
     assign<&CliOptions::BuildDir>},
    {"--checks", "GLOBS", OptionSpec::Check,
     "comma-separated globs, applied after those of .clang-tidy; '-' removes",
     assign<&CliOptions::Checks>},
    {"--header-filter", "RE", OptionSpec::Check,
     "report only headers whose path matches; default: all of yours",
     assign<&CliOptions::HeaderFilter>},
    {"--format", "FORMAT", OptionSpec::Check, "text (default), json or sarif", setFormat},
    {"-o", "FILE", OptionSpec::CheckAndTrace, "write the report to FILE instead of standard output",
     assign<&CliOptions::Output>},
    {"-j", "N", OptionSpec::Check, "number of parallel workers; default: one per hardware thread",
     setJobs},
    {"--baseline", "FILE", OptionSpec::Check, "report only findings that FILE does not know",
     assign<&CliOptions::BaselineFile>},
    {"--write-baseline", "FILE", OptionSpec::Check,
     "write the findings to FILE in place of reporting them",
     assign<&CliOptions::WriteBaselineFile>},
    {"--write-facts", "FILE", OptionSpec::Check,
     "write what editors need to know of the whole program to FILE",
     assign<&CliOptions::FactsFile>},
    {"--fix", "", OptionSpec::Check, "apply the fixes that findings offer",
     raise<&CliOptions::Fix>},
    {"--quiet", "", OptionSpec::CheckAndTrace,
     "no progress, no remarks on commands, no summary; only findings and errors",
     raise<&CliOptions::Quiet>},
    {"--help", "", OptionSpec::All, "show this text", raise<&CliOptions::WantHelp>},
    {"--version", "", OptionSpec::All, "show the version", raise<&CliOptions::WantVersion>},
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

Error parseOption(CliOptions &O, ArrayRef<const char *> &Rest, StringRef Arg) {
  auto [Name, Value] = splitOption(Arg);
  const OptionSpec *Spec = findOption(Name);
  if (!Spec)
    return unknownOption(Name);
  if (Spec->Value.empty()) {
    if (Value)
      return usage("'" + Spec->Name + "' takes no value");
    return Spec->Set(O, "");
  }
  if (!Value) {
    if (Rest.empty())
      return usage("'" + Spec->Name + "' needs a value: " + Spec->Value + ", " + Spec->Help);
    Value = Rest.front();
    Rest = Rest.drop_front();
  }
  return Spec->Set(O, *Value);
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

Error checkOperands(const CliOptions &O) {
  if (O.WantHelp || O.WantVersion)
    return Error::success();
  if (O.CompilerFlags && O.Cmd != Command::Check)
    return usage("'--' and compiler flags belong to 'abide check'");
  if (O.CompilerFlags && !O.BuildDir.empty())
    return usage("'-p' and flags after '--' exclude each other: each says how to compile");
  if (O.CompilerFlags && O.Operands.empty())
    return usage("name the files before '--', as in 'abide check FILE -- -std=c++20'");
  if (O.Cmd == Command::Check)
    return Error::success();
  if (O.Cmd == Command::ListChecks && !O.Operands.empty())
    return usage("'abide list-checks' takes no operands");
  if (O.Cmd == Command::Explain && O.Operands.size() != 1)
    return usage("'abide explain' takes one check, as in 'abide explain async-never-awaited'");
  if (O.Cmd == Command::Trace && O.Operands.size() != 1)
    return usage("'abide trace' takes one file, as in 'abide trace trace.json -o trace.html'");
  return Error::success();
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

Expected<CliOptions> parseCommandLine(ArrayRef<const char *> Args) {
  CliOptions O;
  while (!Args.empty()) {
    StringRef Arg = Args.front();
    Args = Args.drop_front();
    if (Arg == "--") {
      O.CompilerFlags.emplace(Args.begin(), Args.end());
      break;
    }
    if (Arg.size() > 1 && Arg.starts_with("-")) {
      if (Error E = parseOption(O, Args, Arg))
        return E;
    } else if (!O.Cmd) {
      if (Error E = parseCommand(O, Arg))
        return E;
    } else {
      O.Operands.push_back(Arg.str());
    }
  }
  if (!O.Cmd && !O.WantHelp && !O.WantVersion)
    return usage("a command is missing: check, list-checks, explain or trace; see 'abide --help'");
  if (Error E = checkOperands(O))
    return E;
  return O;
}

static bool belongsTo(const OptionSpec &Spec, std::optional<Command> Cmd) {
  return Spec.Of == OptionSpec::All || Cmd == Command::Check ||
         (Spec.Of == OptionSpec::CheckAndTrace && Cmd == Command::Trace);
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
    if (belongsTo(Spec, Cmd)) {
      StringRef Between = Spec.Value.empty() ? "" : Spec.Name.size() == 2 ? " " : "=";
      Row(Spec.Name + Between + Spec.Value, Spec.Help);
    }
  if (Cmd == Command::Check)
    OS << "\nWithout files, every translation unit of compile_commands.json is analysed. It is\n"
          "looked for upward from the current directory, and in 'build' beside each.\n"
          "Checks, options, NOLINT and header filters come from .clang-tidy files as for "
          "clang-tidy. Flags after '--' compile the files in place of a compilation database.\n"
          "\nExit code: 0 clean, 1 findings, 2 something could not be analysed, 64 bad usage.\n";
  if (Cmd == Command::Trace)
    OS << "\nFILE.json is what a program of abide's runtime writes when ABIDE_TRACE names it, or\n"
          "what loop.dump_tasks_json() gives; '-' is standard input. Traces of other programs in\n"
          "Chrome's format are drawn too. The page needs no network and no other file.\n"
          "\nExit code: 0 all is shown, 2 something could not be read or written, 64 bad usage.\n";
  return Text;
}

} // namespace abide
