//===- Bench.cpp - The analyser's speed against its goals -----------------===//
//
// Every figure is a ratio of user CPU seconds taken in one run: the two sides alternate, round by
// round, and the median of the rounds' ratios counts. So a busy or a slow machine hurts both.
//
// usage: abide-bench [ROUNDS]
//
//===----------------------------------------------------------------------===//

#include "Clangd.h"
#include "Process.h"
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using bench::userSeconds;
using Command = std::vector<std::string>;

const std::string Example = BENCH_EXAMPLE;
const std::string Database = BENCH_DATABASE;

struct Comparison {
  const char *Name;
  const char *Ours, *Theirs;
  std::function<double()> RunOurs, RunTheirs;
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
    // Who goes first alternates too: the second finds warmer caches.
    if (Round % 2) {
      Theirs.push_back(C.RunTheirs());
      Ours.push_back(C.RunOurs());
    } else {
      Ours.push_back(C.RunOurs());
      Theirs.push_back(C.RunTheirs());
    }
    Ratios.push_back(Ours.back() / Theirs.back());
  }
  return {median(Ours), median(Theirs), median(Ratios)};
}

/// The commands of the compilation database, for a shell.
struct Unit {
  std::string File, Directory, Line;
};

std::vector<Unit> unitsOfExample() {
  std::ifstream In(Database + "/compile_commands.json");
  const auto All = nlohmann::json::parse(In, nullptr, /*allow_exceptions=*/false);
  if (!All.is_array() || All.empty())
    throw std::runtime_error("cannot read " + Database + "/compile_commands.json");
  std::vector<Unit> Units;
  for (const auto &Entry : All)
    Units.push_back({Entry["file"], Entry["directory"], Entry["command"]});
  return Units;
}

/// clang -fsyntax-only with the flags of each unit; the first word, the compiler, is exchanged.
double parseAll(const std::vector<Unit> &Units) {
  double Sum = 0;
  for (const Unit &U : Units)
    Sum += userSeconds({"sh", "-c",
                        "cd \"$1\" && compiler=$2 && eval \"set -- $3\" && shift && "
                        "exec \"$compiler\" \"$@\" -fsyntax-only",
                        "sh", U.Directory, BENCH_CLANG, U.Line},
                       0);
  return Sum;
}

double check(const std::string &Checks) {
  Command C{BENCH_ABIDE, "check", "-j1", "-p", Database, "--quiet", Example};
  if (!Checks.empty())
    C.insert(C.begin() + 2, "--checks=" + Checks);
  return userSeconds(C, 1);
}

double tidy(const std::vector<Unit> &Units, const std::string &Checks, bool Plugin) {
  Command C{BENCH_CLANG_TIDY, "--quiet", "--checks=-*," + Checks, "-p", Database};
  if (Plugin)
    C.insert(C.begin() + 1, "--load=" BENCH_PLUGIN);
  for (const Unit &U : Units)
    C.push_back(U.File);
  return userSeconds(C, 1);
}

/// Rebuilds of an open file's AST, with or without the checks.
double rebuild(bool Checks) {
  constexpr int Rebuilds = 20;
  bench::Editor Editor({BENCH_CLANGD, "--compile-commands-dir=" + Database, "--log=error",
                        "--background-index=false", "-j=1",
                        Checks ? "--clang-tidy" : "--clang-tidy=false"},
                       Example + "/session.cpp");
  const double Start = Editor.userSeconds();
  std::size_t Found = 0;
  for (int I = 0; I < Rebuilds; ++I)
    Found += Editor.change();
  if ((Found > 0) != Checks)
    throw std::runtime_error(Checks ? "abide-clangd has no findings in session.cpp"
                                    : "abide-clangd has findings without its checks");
  return Editor.userSeconds() - Start;
}

std::vector<Comparison> comparisons(const std::vector<Unit> &Units) {
  return {
      {"parse", "abide check -j1", "clang -fsyntax-only", [] { return check(""); },
       [&Units] { return parseAll(Units); }, 0.65},
      {"plugin", "clang-tidy, 2 of ours", "clang-tidy, 2 of its own",
       [&Units] { return tidy(Units, "async-never-awaited,async-blocking-call", true); },
       [&Units] {
         return tidy(Units,
                     "cppcoreguidelines-avoid-capturing-lambda-coroutines,"
                     "misc-coroutine-hostile-raii",
                     false);
       },
       1.00},
      {"checks", "abide check -j1", "the same, no checks", [] { return check(""); },
       [] { return check("-*"); }, 1.05},
      {"editor", "abide-clangd rebuild", "the same, no checks", [] { return rebuild(true); },
       [] { return rebuild(false); }, 1.10},
  };
}

int run(int Rounds) {
  const std::vector<Unit> Units = unitsOfExample();
  bool AllGood = true;
  std::printf("%-8s %-24s %8s   %-26s %8s %7s %6s\n", "", "ours", "s", "compared with", "s",
              "ratio", "goal");
  for (const Comparison &C : comparisons(Units)) {
    const Result R = measure(C, Rounds);
    const bool Good = R.Ratio <= C.Goal;
    AllGood &= Good;
    std::printf("%-8s %-24s %8.2f   %-26s %8.2f %7.3f %6.2f  %s\n", C.Name, C.Ours, R.Ours,
                C.Theirs, R.Theirs, R.Ratio, C.Goal, Good ? "met" : "MISSED");
    std::fflush(stdout);
  }
  std::printf("user CPU seconds over %zu units, medians of %d rounds\n", Units.size(), Rounds);
  return AllGood ? 0 : 1;
}

} // namespace

int main(int Argc, char **Argv) {
  const int Rounds = Argc > 1 ? std::atoi(Argv[1]) : 7;
  if (Rounds < 1) {
    std::fprintf(stderr, "usage: abide-bench [ROUNDS]\n");
    return 64;
  }
  try {
    return run(Rounds);
  } catch (const std::exception &E) {
    std::fprintf(stderr, "abide-bench: %s\n", E.what());
    return 2;
  }
}
