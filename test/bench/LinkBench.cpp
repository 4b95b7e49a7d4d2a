//===- LinkBench.cpp - What it costs to link a program ---------------------===//
//
// Layers of functions, each calling four of the layer below; one in a thousand of the lowest
// blocks. Time must grow as the number of functions does.
//
//===----------------------------------------------------------------------===//

#include "program/CallGraph.h"
#include <benchmark/benchmark.h>
#include <random>

namespace abide {
namespace {

std::vector<UnitSummary> program(unsigned Functions) {
  constexpr unsigned PerUnit = 100, Layers = 8;
  std::mt19937 Random(1);
  const unsigned Layer = Functions / Layers;
  std::vector<UnitSummary> Units(Functions / PerUnit);
  for (unsigned I = 0; I != Functions; ++I) {
    FunctionSummary F;
    F.Key = "c:@N@program@F@function" + std::to_string(I) + "#I#";
    F.Path = "/source/unit" + std::to_string(I / PerUnit) + ".cpp";
    F.Line = I % PerUnit;
    if (I < Layer && I % 1000 == 0)
      F.Does.push_back({Trait::Blocks, 2, 0, "", {{F.Path, F.Line, 1, "'fsync'"}}});
    for (unsigned Call = 0; I >= Layer && Call != 4; ++Call) {
      unsigned Callee = (I / Layer - 1) * Layer + Random() % Layer;
      F.Calls.push_back({"c:@N@program@F@function" + std::to_string(Callee) + "#I#",
                         {F.Path, F.Line, Call, "'function'"}});
    }
    Units[std::min<size_t>(I / PerUnit, Units.size() - 1)].Functions.push_back(std::move(F));
  }
  return Units;
}

void link(benchmark::State &State) {
  const std::vector<UnitSummary> Units = program(State.range(0));
  for (auto _ : State)
    benchmark::DoNotOptimize(CallGraph(Units).publicFacts());
  State.SetComplexityN(State.range(0));
}

BENCHMARK(link)
    ->Arg(10'000)
    ->Arg(30'000)
    ->Arg(100'000)
    ->Arg(300'000)
    ->Unit(benchmark::kMillisecond)
    ->Complexity();

} // namespace
} // namespace abide

BENCHMARK_MAIN();
