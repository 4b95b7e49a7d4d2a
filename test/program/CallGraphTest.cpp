//===- CallGraphTest.cpp - Which functions of a program block -------------===//

#include "program/CallGraph.h"
#include <algorithm>
#include <gtest/gtest.h>

namespace abide {
namespace {

constexpr std::uint8_t Disk = 2, Wait = 0;
constexpr Trait Other = Trait::Blocks;

ChainCall call(const std::string &Name) { return {"/" + Name + ".cpp", 1, 1, "'" + Name + "'"}; }

/// A function in a file of its own that calls others, and maybe blocks.
FunctionSummary function(const std::string &Name, std::vector<std::string> Calls,
                         const std::string &Blocks = "", std::uint8_t Kind = Disk) {
  FunctionSummary F;
  F.Key = "c:" + Name;
  F.Path = "/" + Name + ".cpp";
  F.Line = 1;
  for (const std::string &Callee : Calls)
    F.Calls.push_back({"c:" + Callee, call(Callee), Other});
  if (!Blocks.empty())
    F.Does.push_back({Other, Kind, 0, "", {call(Blocks)}});
  return F;
}

UnitSummary unit(std::vector<FunctionSummary> Functions) { return {std::move(Functions), {}, {}}; }

std::string names(const std::vector<Fact> &Facts) {
  std::string Text;
  for (const Fact &F : Facts) {
    Text += Text.empty() ? "" : " | ";
    for (const ChainCall &C : F.Chain)
      Text += C.Name;
  }
  return Text;
}

std::string chains(std::vector<UnitSummary> Units, const std::string &Name) {
  std::string First = names(CallGraph(Units).facts("c:" + Name));
  std::reverse(Units.begin(), Units.end());
  EXPECT_EQ(names(CallGraph(Units).facts("c:" + Name)), First) << "the order of units matters";
  return First;
}

TEST(CallGraph, FollowsCallsThroughUnits) {
  std::vector<UnitSummary> Units = {unit({function("a", {"b"})}), unit({function("b", {"c"})}),
                                    unit({function("c", {}, "fsync")})};
  EXPECT_EQ(chains(Units, "a"), "'b''c''fsync'");
  EXPECT_EQ(chains(Units, "c"), "'fsync'");
  EXPECT_EQ(chains(Units, "nobody"), "");
}

TEST(CallGraph, TakesTheShortestChain) {
  std::vector<UnitSummary> Units = {
      unit({function("a", {"b", "c"}), function("b", {"c"}), function("c", {}, "read")})};
  EXPECT_EQ(chains(Units, "a"), "'c''read'");
}

TEST(CallGraph, EndsInRecursion) {
  std::vector<UnitSummary> Units = {
      unit({function("even", {"odd"})}), unit({function("odd", {"even", "sleep"})}),
      unit({function("sleep", {}, "nanosleep")}), unit({function("loop", {"loop"})})};
  EXPECT_EQ(chains(Units, "even"), "'odd''sleep''nanosleep'");
  EXPECT_EQ(chains(Units, "loop"), "");
}

TEST(CallGraph, KeepsWaysToBlockApart) {
  FunctionSummary F = function("f", {"g"}, "fsync");
  std::vector<UnitSummary> Units = {unit({F}), unit({function("g", {}, "sleep", Wait)})};
  EXPECT_EQ(chains(Units, "f"), "'fsync' | 'g''sleep'");
}

TEST(CallGraph, ACallCountsForItsFamilyAlone) {
  FunctionSummary F = function("f", {"g"});
  F.Calls[0].What = Trait::SyncWaits;
  EXPECT_EQ(chains({unit({F}), unit({function("g", {}, "fsync")})}, "f"), "");
}

TEST(CallGraph, SeesAnInlineFunctionOnce) {
  FunctionSummary Inline = function("inline", {"g"});
  std::vector<UnitSummary> Units = {unit({Inline}), unit({Inline}),
                                    unit({function("g", {}, "fsync")})};
  EXPECT_EQ(chains(Units, "inline"), "'g''fsync'");
}

TEST(CallGraph, AnInlineFunctionDoesWhatAnyUnitSees) {
  std::vector<UnitSummary> Units = {unit({function("inline", {})}),
                                    unit({function("inline", {}, "fsync")})};
  EXPECT_EQ(chains(Units, "inline"), "'fsync'");
}

TEST(CallGraph, TwoProgramsWithOneNameMustAgree) {
  FunctionSummary Blocks = function("setup", {}, "fsync"), Quiet = function("setup", {});
  Quiet.Path = "/elsewhere.cpp";
  EXPECT_EQ(chains({unit({Blocks}), unit({Quiet})}, "setup"), "");
  EXPECT_EQ(chains({unit({Blocks}), unit({Quiet}), unit({function("a", {"setup"})})}, "a"), "");
  Quiet.Does.push_back({Other, Disk, 0, "", {call("sync")}});
  EXPECT_EQ(chains({unit({Blocks}), unit({Quiet}), unit({function("a", {"setup"})})}, "a"),
            "'setup''sync'");
}

TEST(CallGraph, FactsAreOfTheAskedThatBlock) {
  const UnitSummary Unit =
      unit({function("a", {"b"}), function("b", {}, "fsync"), function("c", {})});
  const CallGraph Graph(Unit);
  const std::uint16_t All = 0xffff;
  Facts Found =
      Graph.factsFor({{"c:b", Other, All}, {"c:c", Other, All}, {"c:nobody", Other, All}});
  ASSERT_EQ(Found.size(), 1u);
  EXPECT_EQ(names(Found.at("c:b")), "'fsync'");
  EXPECT_TRUE(Graph.factsFor(Question{"c:b", Other, 1u << Wait}).empty()) << "files do not count";
  EXPECT_TRUE(Graph.factsFor(Question{"c:b", Trait::SyncWaits, All}).empty())
      << "of the other family";
  EXPECT_EQ(Graph.factsFor({{"c:b", Other, All}, {"c:b", Trait::SyncWaits, All}}).at("c:b").size(),
            1u);
}

std::vector<UnitSummary> withDispatches(std::vector<UnitSummary> Units,
                                        std::vector<Dispatch> Dispatches) {
  Units.push_back({{}, std::move(Dispatches), {}});
  return Units;
}

TEST(CallGraph, AVirtualCallDoesWhatEveryOverriderDoes) {
  FunctionSummary Caller = function("caller", {});
  Caller.Calls.push_back({"virtual c:put", call("put"), Other});
  const std::vector<Dispatch> Dispatches = {{"virtual c:put", "c:disk"},
                                            {"virtual c:put", "c:net"}};
  auto Chains = [&](FunctionSummary Net, const std::string &Of) {
    return chains(withDispatches({unit({Caller, function("disk", {}, "fsync"), Net})}, Dispatches),
                  Of);
  };
  EXPECT_EQ(Chains(function("net", {}, "send"), "caller"), "'put''fsync'");
  EXPECT_EQ(Chains(function("net", {"disk"}), "caller"), "'put''fsync'");
  EXPECT_EQ(Chains(function("net", {}), "caller"), "");
  EXPECT_EQ(Chains(function("other", {}), "caller"), "") << "a body that nobody shows";
}

TEST(CallGraph, ACallableRunsWhereItIsRun) {
  FunctionSummary Caller = function("caller", {});
  Caller.Calls.push_back({"c:lambda", call("each"), Other, 0, 0, "c:each", 2});
  FunctionSummary Each = function("each", {});
  auto Chains = [&] {
    return chains({unit({Caller, function("lambda", {}, "fsync")}), unit({Each})}, "caller");
  };
  EXPECT_EQ(Chains(), "");
  Each.Does.push_back({Trait::HandlesCallable, RunsNowKind, 1, "", {call("f")}});
  EXPECT_EQ(Chains(), "") << "another argument";
  Each.Does.push_back({Trait::HandlesCallable, RunsNowKind, 2, "", {call("f")}});
  EXPECT_EQ(Chains(), "'each''fsync'");
}

TEST(CallGraph, OfSomeTraitsEveryUseHasToSaySo) {
  FunctionSummary F = function("f", {});
  F.Calls.push_back({"c:g", call("g"), Trait::LeavesOpen, 1, 2});
  F.Calls.push_back({"c:h", call("h"), Trait::LeavesOpen, 1, 1});
  FunctionSummary G = function("g", {}), H = function("h", {});
  G.Does.push_back({Trait::LeavesOpen, 0, 2, "", {call("g")}});
  auto Known = [&] {
    const UnitSummary Unit = unit({F, G, H});
    return CallGraph(Unit).facts("c:f").size();
  };
  EXPECT_EQ(Known(), 0u);
  H.Does.push_back({Trait::LeavesOpen, 0, 1, "", {call("h")}});
  EXPECT_EQ(Known(), 1u);
  H.Does.push_back({Trait::LeavesOpen, 0, 2, "", {call("h")}});
  EXPECT_EQ(Known(), 1u);
}

TEST(CallGraph, ArgumentsKeepTheirPlaces) {
  FunctionSummary F = function("f", {});
  F.Calls.push_back({"c:g", call("g"), Trait::UsesLater, 3, 1});
  FunctionSummary G = function("g", {});
  G.Does.push_back({Trait::UsesLater, 0, 1, "", {call("sleep"), call("use")}});
  const std::vector<UnitSummary> Units = {unit({F}), unit({G})};
  const std::vector<Fact> Found = CallGraph(Units).facts("c:f");
  ASSERT_EQ(Found.size(), 1u);
  EXPECT_EQ(Found[0].Argument, 3u);
  EXPECT_EQ(names(Found), "'g''sleep''use'");
}

TEST(CallGraph, PublicFactsLeaveOutWhatOneUnitCanCall) {
  FunctionSummary Hidden = function("hidden", {}, "fsync");
  Hidden.Key = "/a.cpp#c:hidden";
  const UnitSummary Unit = unit({Hidden, function("shown", {}, "fsync")});
  const CallGraph Graph(Unit);
  EXPECT_EQ(Graph.publicFacts().size(), 1u);
  EXPECT_EQ(Graph.publicFacts().count("c:shown"), 1u);
}

} // namespace
} // namespace abide
