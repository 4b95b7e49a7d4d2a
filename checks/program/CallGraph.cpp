//===- CallGraph.cpp - What all translation units say together ------------===//
//
// Breadth first from the calls that block, against the direction of calls: the first step that
// reaches a body is on a shortest chain. Each body and each call is looked at once per way to
// block.
//
//===----------------------------------------------------------------------===//

#include "program/CallGraph.h"
#include "llvm/ADT/STLExtras.h"
#include <set>

using namespace llvm;

namespace abide {

CallGraph::CallGraph(ArrayRef<UnitSummary> Units) {
  std::vector<const FunctionSummary *> All;
  for (const UnitSummary &Unit : Units)
    for (const FunctionSummary &F : Unit.Functions)
      All.push_back(&F);
  llvm::sort(All, [](const auto *A, const auto *B) { return *A < *B; });
  const FunctionSummary *Last = nullptr;
  std::set<std::pair<std::uint8_t, std::uint8_t>> Kinds;
  for (const FunctionSummary *F : All) {
    if (Last && *Last == *F)
      continue; // An inline function, in the next unit that includes it.
    if (!Last || Last->Key != F->Key || Last->Path != F->Path || Last->Line != F->Line) {
      Function &Of = Functions[F->Key];
      Bodies.push_back({&Of, {}});
      Of.Bodies.push_back(&Bodies.back());
    }
    Bodies.back().Seen.push_back(F);
    for (const BlockFact &Fact : F->Blocks)
      Kinds.insert({Fact.Family, Fact.Kind});
    Last = F;
  }
  connect();
  for (auto [Family, Kind] : Kinds) {
    Way &W = Ways.emplace_back();
    W.Family = Family;
    W.Kind = Kind;
    follow(W);
  }
}

void CallGraph::connect() {
  for (const Body &B : Bodies)
    for (const FunctionSummary *F : B.Seen)
      for (const CallEdge &Edge : F->Calls)
        if (auto Callee = Functions.find(Edge.Callee); Callee != Functions.end())
          Callee->second.Callers.push_back({&B, &Edge});
}

bool CallGraph::blocks(const Way &W, const Function &F) {
  return all_of(F.Bodies, [&](const Body *B) { return W.Steps.count(B); });
}

void CallGraph::follow(Way &W) const {
  std::deque<const Function *> Reached;
  auto Reach = [&](const Body &B, Step By) {
    if (W.Steps.try_emplace(&B, By).second && blocks(W, *B.Of))
      Reached.push_back(B.Of);
  };
  for (const Body &B : Bodies)
    for (const FunctionSummary *F : B.Seen)
      for (const BlockFact &Fact : F->Blocks)
        if (Fact.Family == W.Family && Fact.Kind == W.Kind)
          Reach(B, {&Fact.Chain.front(), nullptr, &Fact});
  for (; !Reached.empty(); Reached.pop_front())
    for (const Caller &C : Reached.front()->Callers)
      if (C.Edge->Families >> W.Family & 1)
        Reach(*C.By, {&C.Edge->Call, Reached.front(), nullptr});
}

BlockFact CallGraph::chain(const Way &W, const Function &F) {
  BlockFact Fact{W.Family, W.Kind, "", {}};
  for (const Function *At = &F; At;) {
    const Step &By = W.Steps.find(At->Bodies.front())->second;
    Fact.Chain.push_back(*By.Call);
    if (By.End)
      Fact.Instead = By.End->Instead;
    At = By.Next;
  }
  return Fact;
}

std::vector<BlockFact> CallGraph::blocks(StringRef Key) const {
  std::vector<BlockFact> Result;
  if (auto F = Functions.find(Key); F != Functions.end())
    for (const Way &W : Ways)
      if (blocks(W, F->second))
        Result.push_back(chain(W, F->second));
  // Who asks whether it blocks at all takes the first.
  llvm::stable_sort(Result, [](const BlockFact &A, const BlockFact &B) {
    return A.Chain.size() < B.Chain.size();
  });
  return Result;
}

Facts CallGraph::factsFor(ArrayRef<Question> Asked) const {
  Facts Result;
  for (const Question &Q : Asked)
    for (BlockFact &Fact : blocks(Q.Key))
      if (std::vector<BlockFact> &Of = Result[Q.Key];
          Fact.Family == Q.Family && Q.Kinds >> Fact.Kind & 1 && !is_contained(Of, Fact))
        Of.push_back(std::move(Fact));
  std::erase_if(Result, [](const auto &Entry) { return Entry.second.empty(); });
  return Result;
}

Facts CallGraph::publicFacts() const {
  Facts Result;
  for (const auto &Entry : Functions)
    if (Entry.getKey().starts_with("c:")) // See keyOf().
      if (std::vector<BlockFact> Found = blocks(Entry.getKey()); !Found.empty())
        Result.emplace(Entry.getKey().str(), std::move(Found));
  return Result;
}

} // namespace abide
