//===- Bench.cpp - The analyser's speed against its goals -----------------===//
//
// Every figure is a ratio of user CPU seconds taken in one run: the two sides alternate, round by
// round, and the median of the rounds' ratios counts. So a busy or a slow machine hurts both.
//
// usage: abide-bench [ROUNDS [NAME...]]
//
//===----------------------------------------------------------------------===//

#include "AsioProject.h"
#include "Files.h"
#include "LspClient.h"
#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace abide::test;
using Command = std::vector<std::string>;

const std::string Example = BENCH_EXAMPLE;
const std::string Database = BENCH_DATABASE;

/// What a command and the children that it waited for took.
struct Cost {
  double Seconds = 0; ///< User CPU, all together.
  double PeakMiB = 0; ///< Resident memory of the largest process.
};

/// Runs a command to its end, without input and output. Throws when it cannot be run or ends with a
/// code above LargestCode: a linter that finds something says so with its exit code.
Cost costOf(const Command &C, int LargestCode) {
  std::vector<char *> Argv;
  std::string Line;
  for (const std::string &Word : C) {
    Argv.push_back(const_cast<char *>(Word.c_str()));
    Line += " '" + Word + "'";
  }
  Argv.push_back(nullptr);
  const pid_t Pid = fork();
  if (Pid == 0) {
    const int Null = open("/dev/null", O_RDWR);
    for (int Standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      dup2(Null, Standard);
    execvp(Argv[0], Argv.data());
    _exit(127);
  }
  int Status = 0;
  rusage Usage{};
  if (Pid < 0 || wait4(Pid, &Status, 0, &Usage) < 0 || !WIFEXITED(Status) ||
      WEXITSTATUS(Status) > LargestCode)
    throw std::runtime_error("this command failed, run it by hand to see why:" + Line);
  return {double(Usage.ru_utime.tv_sec) + double(Usage.ru_utime.tv_usec) * 1e-6,
          double(Usage.ru_maxrss) / 1024};
}

double userSeconds(const Command &C, int LargestCode) { return costOf(C, LargestCode).Seconds; }

/// User CPU seconds of both sides in one round, or what else a comparison is about.
struct Pair {
  double Ours, Theirs;
};

struct Comparison {
  const char *Name;
  const char *Ours, *Theirs;
  std::function<Pair(bool OursFirst)> Round;
  double Goal; ///< The largest ratio that is good.
};

struct Result {
  double Ours, Theirs, Ratio;
};

double median(std::vector<double> Values) {
  std::ranges::sort(Values);
  const std::size_t Middle = Values.size() / 2;
  return Values.size() % 2 ? Values[Middle] : (Values[Middle - 1] + Values[Middle]) / 2;
}

Result measure(const Comparison &C, int Rounds) {
  std::vector<double> Ours, Theirs, Ratios;
  for (int Round = 0; Round < Rounds; ++Round) {
    // Who goes first alternates: the second finds warmer caches.
    const Pair Seconds = C.Round(Round % 2 == 0);
    Ours.push_back(Seconds.Ours);
    Theirs.push_back(Seconds.Theirs);
    Ratios.push_back(Seconds.Ours / Seconds.Theirs);
  }
  return {median(Ours), median(Theirs), median(Ratios)};
}

/// A round that is one command against another.
std::function<Pair(bool)> against(std::function<double()> Ours, std::function<double()> Theirs) {
  return [=](bool OursFirst) {
    Pair Seconds{};
    if (OursFirst)
      Seconds.Ours = Ours();
    Seconds.Theirs = Theirs();
    if (!OursFirst)
      Seconds.Ours = Ours();
    return Seconds;
  };
}

/// The commands of the compilation database, for a shell.
struct Unit {
  std::string File, Directory, Line;
};

std::vector<Unit> unitsOf(const std::string &Database) {
  const auto All = nlohmann::json::parse(readFile(Database + "/compile_commands.json"), nullptr,
                                         /*allow_exceptions=*/false);
  if (!All.is_array() || All.empty())
    throw std::runtime_error("cannot read " + Database + "/compile_commands.json");
  std::vector<Unit> Units;
  for (const auto &Entry : All)
    Units.push_back({Entry["file"], Entry["directory"], Entry["command"]});
  return Units;
}

/// A program of the size at which whole runs are compared.
class GeneratedProgram {
public:
  GeneratedProgram() {
    writeAsioProject(Root.path(), 60);
    Units = unitsOf(path());
  }

  std::string path() const { return Root.path().string(); }

  std::vector<Unit> Units;

private:
  TempDir Root;
};

const GeneratedProgram &generated() {
  static const GeneratedProgram Program;
  return Program;
}

/// clang -fsyntax-only with the flags of each unit; the first word, the compiler, is exchanged.
Cost parseAll(const std::vector<Unit> &Units) {
  Cost Sum;
  for (const Unit &U : Units) {
    const Cost One = costOf({"sh", "-c",
                             "cd \"$1\" && compiler=$2 && eval \"set -- $3\" && shift && "
                             "exec \"$compiler\" \"$@\" -fsyntax-only",
                             "sh", U.Directory, BENCH_CLANG, U.Line},
                            0);
    Sum.Seconds += One.Seconds;
    Sum.PeakMiB = std::max(Sum.PeakMiB, One.PeakMiB);
  }
  return Sum;
}

const Command CheckExample{BENCH_ABIDE, "check",   "-j1",        "-p",
                           Database,    "--quiet", "--no-cache", Example};

double check() { return userSeconds(CheckExample, 1); }

double checkGenerated() {
  return userSeconds(
      {BENCH_ABIDE, "check", "-j1", "-p", generated().path(), "--quiet", "--no-cache"}, 1);
}

/// A run after one source has changed, and the parse of that source.
Pair oneChanged(bool) {
  const GeneratedProgram &Program = generated();
  const Command Again{BENCH_ABIDE, "check", "-j1", "-p", Program.path(), "--quiet"};
  userSeconds(Again, 1); // All that is known before the change.
  const Unit &Changed = Program.Units.front();
  std::ofstream(fs::path(Changed.Directory) / Changed.File, std::ios::app) << "// changed\n";
  const double Ours = userSeconds(Again, 1);
  return {Ours, parseAll({Changed}).Seconds};
}

Command tidyCommand(const std::vector<Unit> &Units, const std::string &Checks) {
  Command C{BENCH_CLANG_TIDY, "--quiet", "--checks=-*," + Checks};
  if (Checks.starts_with("async-"))
    C.push_back("--load=" BENCH_PLUGIN);
  C.insert(C.end(), {"-p", Units.front().Directory});
  for (const Unit &U : Units)
    C.push_back((fs::path(U.Directory) / U.File).string());
  return C;
}

double tidy(const std::vector<Unit> &Units, const std::string &Checks) {
  return userSeconds(tidyCommand(Units, Checks), 1);
}

/// What model and rules take, by clang-tidy's own clock around them; the parse is not in it.
double rulesAlone(const std::vector<Unit> &Units) {
  const TempDir Profiles;
  Command C = tidyCommand(Units, "async-*");
  C.push_back("--enable-check-profile");
  C.push_back("--store-check-profile=" + Profiles.path().string());
  userSeconds(C, 1);
  double Sum = 0;
  for (const fs::path &File : filesUnder(Profiles.path(), {".json"})) {
    const auto Profile = nlohmann::json::parse(readFile(File))["profile"];
    for (const auto &[Key, Seconds] : Profile.items())
      if (Key.find(".async-") != std::string::npos && Key.ends_with(".user"))
        Sum += Seconds.get<double>();
  }
  if (Sum == 0)
    throw std::runtime_error("clang-tidy gave no profile of our checks");
  return Sum;
}

/// A run of the CLI against the same without the time of model and rules.
Pair withoutRules(const std::vector<Unit> &Units) {
  const double Whole = check();
  return {Whole, Whole - rulesAlone(Units)};
}

/// An editor with one file of the example open.
class OpenFile {
public:
  /// Folder has the file to open and the .clang-tidy that goes with it.
  explicit OpenFile(const fs::path &Folder)
      : File(Folder / "session.cpp"), Text(readFile(File)),
        Editor({BENCH_CLANGD, "--log=error", "--background-index=false", "-j=1"}) {
    Editor.initialize(Folder);
    Editor.open(File, Text);
    Last = Editor.diagnostics(File, Version);
  }

  /// Changes a comment at the end of the file, so that the preamble stays, waits for the
  /// diagnostics of the new AST, and gives the seconds that it took.
  double rebuild() {
    const double Start = Editor.userSeconds();
    ++Version;
    Editor.change(File, Text + "// " + std::to_string(Version) + "\n", Version);
    Last = Editor.diagnostics(File, Version);
    return Editor.userSeconds() - Start;
  }

  void expect(bool Findings) const {
    if ((Last.dump().find("async-") != std::string::npos) != Findings)
      throw std::runtime_error(std::string("abide-clangd should have ") + (Findings ? "" : "no ") +
                               "findings in session.cpp; it says: " + Last.dump());
  }

private:
  fs::path File;
  std::string Text;
  LspClient Editor;
  int Version = 1;
  nlohmann::json Last;
};

/// A copy of the example whose .clang-tidy has these checks.
fs::path copyOfExample(const TempDir &Root, const std::string &Name, const std::string &Checks) {
  const fs::path Folder = Root.path() / Name;
  fs::copy(Example, Folder, fs::copy_options::recursive);
  Root.write(Name + "/.clang-tidy", "Checks: '" + Checks + "'\n");
  std::string Commands = readFile(Database + "/compile_commands.json");
  for (size_t At = 0; (At = Commands.find(Example, At)) != Commands.npos;
       At += Folder.string().size())
    Commands.replace(At, Example.size(), Folder.string());
  Root.write(Name + "/compile_commands.json", Commands);
  return Folder;
}

/// Rebuilds with and without our checks, step by step in turn.
Pair rebuilds(bool OursFirst) {
  const TempDir Root;
  OpenFile Ours(copyOfExample(Root, "ours", "")), None(copyOfExample(Root, "none", "-async-*"));
  for (OpenFile *Warm : {&Ours, &None})
    Warm->rebuild();
  Pair Seconds{};
  for (int Step = 0; Step < 40; ++Step) {
    if ((Step % 2 == 0) == OursFirst)
      Seconds.Ours += Ours.rebuild();
    else
      Seconds.Theirs += None.rebuild();
  }
  Ours.expect(true);
  None.expect(false);
  return Seconds;
}

std::vector<Comparison> comparisons(const std::vector<Unit> &Units) {
  return {
      {"parse", "abide check -j1", "clang -fsyntax-only",
       against(check, [&Units] { return parseAll(Units).Seconds; }), 0.65},
      {"plugin", "clang-tidy, 2 of ours", "clang-tidy, 2 of its own",
       against([&Units] { return tidy(Units, "async-never-awaited,async-blocking-call"); },
               [&Units] {
                 return tidy(Units, "cppcoreguidelines-avoid-capturing-lambda-coroutines,"
                                    "misc-coroutine-hostile-raii");
               }),
       1.00},
      {"checks", "abide check -j1", "the same, no checks",
       [&Units](bool) { return withoutRules(Units); }, 1.05},
      {"cold", "abide check, 60 units", "clang -fsyntax-only",
       against(checkGenerated, [] { return parseAll(generated().Units).Seconds; }), 0.35},
      {"peers", "abide check, 60 units", "clang-tidy, 5 of its own",
       against(checkGenerated,
               [] {
                 return tidy(generated().Units,
                             "cppcoreguidelines-avoid-capturing-lambda-coroutines,"
                             "cppcoreguidelines-avoid-reference-coroutine-parameters,"
                             "cppcoreguidelines-no-suspend-with-lock,misc-coroutine-hostile-raii,"
                             "bugprone-use-after-move");
               }),
       0.20},
      {"changed", "abide check, 1 of 60 new", "clang -fsyntax-only of it", oneChanged, 1.30},
      {"memory", "abide check, MiB", "clang -fsyntax-only",
       against([] { return costOf(CheckExample, 1).PeakMiB; },
               [&Units] { return parseAll(Units).PeakMiB; }),
       1.00},
      {"editor", "abide-clangd rebuild", "the same, no checks", rebuilds, 1.10},
  };
}

int run(int Rounds, const std::set<std::string> &Names) {
  const std::vector<Unit> Units = unitsOf(Database);
  const std::vector<Comparison> All = comparisons(Units);
  std::string Known;
  for (const Comparison &C : All)
    Known += std::string(" ") + C.Name;
  if (Rounds < 1 ||
      !std::ranges::all_of(
          Names,
          [&](const std::string &Name) {
            return std::ranges::any_of(All, [&](const Comparison &C) { return C.Name == Name; });
          })) {
    std::fprintf(stderr, "usage: abide-bench [ROUNDS [NAME...]]; names:%s\n", Known.c_str());
    return 64;
  }
  bool AllGood = true;
  std::printf("%-8s %-24s %8s   %-26s %8s %7s %6s\n", "", "ours", "s", "compared with", "s",
              "ratio", "goal");
  for (const Comparison &C : All) {
    if (!Names.empty() && !Names.contains(C.Name))
      continue;
    const Result R = measure(C, Rounds);
    const bool Good = R.Ratio <= C.Goal;
    AllGood &= Good;
    std::printf("%-8s %-24s %8.2f   %-26s %8.2f %7.3f %6.2f  %s\n", C.Name, C.Ours, R.Ours,
                C.Theirs, R.Theirs, R.Ratio, C.Goal, Good ? "met" : "MISSED");
    std::fflush(stdout);
  }
  std::printf("user CPU seconds, medians of %d rounds; %zu units where no number is given\n",
              Rounds, Units.size());
  return AllGood ? 0 : 1;
}

} // namespace

int main(int Argc, char **Argv) {
  const int Rounds = Argc > 1 ? std::atoi(Argv[1]) : 7;
  const std::set<std::string> Names(Argv + std::min(Argc, 2), Argv + Argc);
  try {
    return run(Rounds, Names);
  } catch (const std::exception &E) {
    std::fprintf(stderr, "abide-bench: %s\n", E.what());
    return 2;
  }
}
