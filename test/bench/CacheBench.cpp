//===- CacheBench.cpp - A run in which nothing has changed ----------------===//
//
// A generated program: headers in layers, each including some of the layer below, and units that
// include some of the top layer. Every unit calls helpers of other units. The cold run and the warm
// runs that follow are of one program on one machine.
//
// usage: abide-cache-bench [UNITS]
//
//===----------------------------------------------------------------------===//

#include "../tool/Project.h"
#include <cstdio>

namespace {

using namespace abide::test;
using Seconds = std::chrono::duration<double>;

constexpr int Headers = 400, Layers = 8, PerUnit = 12;

std::string name(const char *What, int Number) { return What + std::to_string(Number); }

void writeHeaders(const TempDir &Root) {
  constexpr int PerLayer = Headers / Layers;
  for (int I = 0; I != Headers; ++I) {
    std::string Text = "#pragma once\n#include <coroutine>\n";
    for (int Below = 0; I >= PerLayer && Below != 4; ++Below)
      Text += "#include \"" +
              name("h", (I / PerLayer - 1) * PerLayer + (I * 7 + Below * 13) % PerLayer) + ".h\"\n";
    Text += "struct " + name("type", I) + " { int value; int get() const { return value; } };\n";
    Root.write("include/" + name("h", I) + ".h", Text);
  }
  Root.write("include/task.h", TaskHeader);
}

void writeUnits(const TempDir &Root, int Units) {
  nlohmann::json Commands = nlohmann::json::array();
  for (int I = 0; I != Units; ++I) {
    const int Next = (I + 1) % Units;
    std::string Text = "#include \"task.h\"\n";
    for (int H = 0; H != PerUnit; ++H)
      Text +=
          "#include \"" + name("h", Headers - 1 - (I * 5 + H * 3) % (Headers / Layers)) + ".h\"\n";
    Text += "void " + name("helper", Next) + "();\nextern \"C\" int usleep(unsigned);\n";
    Text += "void " + name("helper", I) + "() { " +
            (I % 50 ? name("helper", Next) + "()" : std::string("usleep(1)")) + "; }\n";
    Text += "task " + name("run", I) + "() { " + name("helper", Next) + "(); co_await task(); }\n";
    Root.write(name("u", I) + ".cpp", Text);
    Commands.push_back(
        {{"directory", Root.path().string()},
         {"file", name("u", I) + ".cpp"},
         {"arguments",
          {"c++", "-std=c++20", "-Ifirst", "-Isecond", "-Iinclude", "-c", name("u", I) + ".cpp"}}});
  }
  // Directories in which every header is looked for and not found.
  Root.write("first/README", "");
  Root.write("second/README", "");
  Root.write("compile_commands.json", Commands.dump(1));
}

double check(const TempDir &Root) {
  const auto Start = std::chrono::steady_clock::now();
  ProcessResult R = run({BENCH_ABIDE, "check", "-o", "report.txt"},
                        {.Directory = Root.path().string(), .Timeout = std::chrono::seconds(7200)});
  const double Wall = Seconds(std::chrono::steady_clock::now() - Start).count();
  std::printf("%8.2f s   %s", Wall, R.Err.c_str());
  std::fflush(stdout);
  if (R.ExitCode != 0 && R.ExitCode != 1)
    std::exit(2);
  return Wall;
}

} // namespace

int main(int Argc, char **Argv) {
  const int Units = Argc > 1 ? std::atoi(Argv[1]) : 1000;
  if (Argc > 2 || Units < 1) {
    std::fprintf(stderr, "usage: abide-cache-bench [UNITS]\n");
    return 64;
  }
  const TempDir Root;
  writeHeaders(Root);
  writeUnits(Root, Units);
  const double Cold = check(Root);
  check(Root); // Files that were made a moment before the cold run are compared by content once.
  double Warm = check(Root);
  for (int Round = 0; Round != 4; ++Round)
    Warm = std::min(Warm, check(Root));
  const bool Good = Warm <= 1 && Warm / Cold <= 0.02;
  std::printf("cold %.2f s, warm %.2f s, ratio %.4f; goals: 1 s and 0.02: %s\n", Cold, Warm,
              Warm / Cold, Good ? "met" : "MISSED");
  return Good ? 0 : 1;
}
