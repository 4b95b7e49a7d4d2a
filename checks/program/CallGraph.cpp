//===- CallGraph.cpp - What all translation units say together ------------===//
//
// Breadth first from the bodies that do something themselves, against the direction of calls: the
// first step that reaches a body is on a shortest chain. Each body and each call is looked at once
// per thing to do.
//
//===----------------------------------------------------------------------===//

#include "program/CallGraph.h"
#include "llvm/ADT/STLExtras.h"
#include <set>

using namespace llvm;

namespace abide {

CallGraph::CallGraph(ArrayRef<UnitSummary> Units) {
  collect(Units);
  dispatch(Units);
  connect();
  std::set<std::pair<Trait, std::uint8_t>> Kinds;
  for (const Body &B : Bodies)
    for (const FunctionSummary *F : B.Seen)
      for (const Fact &Done : F->Does)
        Kinds.insert({Done.What, Done.Kind});
  for (auto [What, Kind] : Kinds)
    follow(Ways.emplace_back(Way{What, Kind}));
}

void CallGraph::collect(ArrayRef<UnitSummary> Units) {
  std::vector<const FunctionSummary *> All;
  for (const UnitSummary &Unit : Units)
    for (const FunctionSummary &F : Unit.Functions)
      All.push_back(&F);
  llvm::sort(All, [](const auto *A, const auto *B) { return *A < *B; });
  const FunctionSummary *Last = nullptr;
  for (const FunctionSummary *F : All) {
    if (Last && *Last == *F)
      continue; // An inline function, in the next unit that includes it.
    if (!Last || Last->Key != F->Key || Last->Path != F->Path || Last->Line != F->Line) {
      Function &Of = Functions[F->Key];
      Bodies.push_back({&Of, {}});
      Of.Bodies.push_back(&Bodies.back());
    }
    Bodies.back().Seen.push_back(F);
    Last = F;
  }
}

void CallGraph::dispatch(ArrayRef<UnitSummary> Units) {
  std::vector<const Dispatch *> All;
  for (const UnitSummary &Unit : Units)
    for (const Dispatch &D : Unit.Dispatches)
      All.push_back(&D);
  llvm::sort(All, [](const auto *A, const auto *B) { return *A < *B; });
  const Dispatch *Last = nullptr;
  for (const Dispatch *D : All) {
    if (Last && *Last == *D)
      continue;
    Last = D;
    Function &Of = Functions[D->Through];
    Bodies.push_back({&Of, {}});
    Of.Bodies.push_back(&Bodies.back());
    // A target whose body nobody shows never does anything, and with it whoever calls it so.
    Functions[D->To].Callers.push_back({&Bodies.back(), nullptr});
  }
}

void CallGraph::connect() {
  for (const Body &B : Bodies)
    for (const FunctionSummary *F : B.Seen)
      for (const CallEdge &Edge : F->Calls)
        if (auto Callee = Functions.find(Edge.Callee); Callee != Functions.end())
          Callee->second.Callers.push_back({&B, &Edge});
}

bool CallGraph::does(const Way &W, const Function &F, unsigned Argument) {
  return !F.Bodies.empty() &&
         all_of(F.Bodies, [&](const Body *B) { return W.Steps.count({B, Argument}); });
}

/// What runs callables is known before what they do: the ways are sorted.
bool CallGraph::counts(const Way &W, const CallEdge &Edge) const {
  if (Edge.What != W.What)
    return false;
  if (Edge.Runner.empty())
    return true;
  auto Runner = Functions.find(Edge.Runner);
  return Runner != Functions.end() && any_of(Runner->second.Does, [&](const auto &Done) {
           return Done.first->What == Trait::HandlesCallable && Done.first->Kind == RunsNowKind &&
                  Done.second == Edge.RunnerArgument;
         });
}

void CallGraph::follow(Way &W) {
  std::deque<std::pair<Function *, std::uint8_t>> Reached;
  DenseMap<Place, unsigned> Missing; // Where all have to say so: how many have not yet.
  if (needsAll(W.What))
    for (const Body &B : Bodies)
      for (const FunctionSummary *F : B.Seen) {
        for (const Fact &Done : F->Does)
          Missing[{&B, Done.Argument}] += Done.What == W.What;
        for (const CallEdge &Edge : F->Calls)
          Missing[{&B, Edge.Argument}] += Edge.What == W.What;
      }
  auto Reach = [&](const Body &B, std::uint8_t Argument, Step By) {
    if (needsAll(W.What) && B.Seen.size() && --Missing[{&B, Argument}])
      return;
    if (W.Steps.try_emplace({&B, Argument}, By).second && does(W, *B.Of, Argument)) {
      B.Of->Does.push_back({&W, Argument});
      Reached.push_back({B.Of, Argument});
    }
  };
  for (const Body &B : Bodies)
    for (const FunctionSummary *F : B.Seen)
      for (const Fact &Done : F->Does)
        if (Done.What == W.What && Done.Kind == W.Kind)
          Reach(B, Done.Argument, {nullptr, nullptr, 0, &Done});
  for (; !Reached.empty(); Reached.pop_front()) {
    auto [F, Argument] = Reached.front();
    for (const Caller &C : F->Callers)
      if (!C.Edge)
        Reach(*C.By, Argument, {nullptr, F, Argument});
      else if (C.Edge->Theirs == Argument && counts(W, *C.Edge))
        Reach(*C.By, C.Edge->Argument, {&C.Edge->Call, F, Argument});
  }
}

Fact CallGraph::chain(const Way &W, const Function &F, std::uint8_t Argument) {
  Fact Result{W.What, W.Kind, Argument, "", {}};
  for (const Function *At = &F; At;) {
    const Step &By = W.Steps.find({At->Bodies.front(), Argument})->second;
    if (By.Call)
      Result.Chain.push_back(*By.Call);
    if (By.End) {
      append_range(Result.Chain, By.End->Chain);
      Result.Detail = By.End->Detail;
    }
    At = By.Next;
    Argument = By.Argument;
  }
  return Result;
}

std::vector<Fact> CallGraph::factsOf(const Function &F) {
  std::vector<Fact> Result;
  for (auto [W, Argument] : F.Does)
    Result.push_back(chain(*W, F, Argument));
  // Who asks whether it blocks at all takes the first.
  llvm::stable_sort(Result,
                    [](const Fact &A, const Fact &B) { return A.Chain.size() < B.Chain.size(); });
  return Result;
}

std::vector<Fact> CallGraph::facts(StringRef Key) const {
  auto F = Functions.find(Key);
  return F == Functions.end() ? std::vector<Fact>() : factsOf(F->second);
}

Facts CallGraph::factsFor(ArrayRef<Question> Asked) const {
  Facts Result;
  for (const Question &Q : Asked)
    for (Fact &Known : facts(Q.Key))
      if (Known.What == Q.What && Q.Kinds >> Known.Kind & 1)
        if (std::vector<Fact> &Of = Result[Q.Key]; !is_contained(Of, Known))
          Of.push_back(std::move(Known));
  return Result;
}

Facts CallGraph::publicFacts() const {
  Facts Result;
  for (const auto &Entry : Functions) {
    StringRef Key = Entry.getKey();
    Key.consume_front(DispatchPrefix);
    if (Key.starts_with("c:") && !Entry.second.Does.empty()) // See keyOf().
      Result.emplace(Entry.getKey().str(), factsOf(Entry.second));
  }
  return Result;
}

} // namespace abide
