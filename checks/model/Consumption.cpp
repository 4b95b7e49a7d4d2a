//===- Consumption.cpp - Whether anybody gets the value of a local --------===//

#include "model/Consumption.h"
#include "model/TaskValues.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {

SmallVector<TaskDefinition, 2> taskDefinitions(const CoroutineTypes &Types,
                                               const LocalFacts &Local) {
  SmallVector<TaskDefinition, 2> All;
  if (isa<BindingDecl>(Local.Decl) ? carriesTask(Types, Local.Init) : makesTask(Local.Init))
    All.push_back({Local.Init, nullptr});
  for (const VarUse &Use : Local.Uses)
    if (Use.How == ValueUse::Assigned && makesTask(Use.Value))
      All.push_back({Use.Value, Use.Ref});
  return All;
}

/// The CFG has no edges into catch blocks: what happens there is on no path that it shows.
static bool usedOffThePaths(const FunctionFlow &Flow, const LocalFacts &Local) {
  SmallPtrSet<const Stmt *, 32> Seen;
  Flow.fromEntry([&](const Stmt *S) {
    Seen.insert(S);
    return Path::Continue;
  });
  return any_of(Local.Uses,
                [&](const VarUse &Use) { return consumes(Use) && !Seen.count(Use.Ref); });
}

Fate Consumption::fateOf(const LocalFacts &Local, const TaskDefinition &Definition) {
  if (none_of(Local.Uses, consumes))
    return Fate::Lost;
  // A use in the body of a lambda, or of another one of several bindings, is on no path of ours.
  const auto *Var = dyn_cast<VarDecl>(Local.Decl);
  const FunctionFlow *Flow = Var && !Var->isInitCapture() ? flowOf(*Local.Function) : nullptr;
  if (!Flow || !Flow->contains(Definition.Made))
    return Fate::Consumed;
  DenseMap<const Stmt *, ValueUse> Uses;
  for (const VarUse &Use : Local.Uses)
    if (Use.Ref != Definition.At)
      Uses[Use.Ref] = Use.How;
  bool Consumed = false, Overwritten = false;
  bool Forgotten = Flow->forward(Definition.Made, [&](const Stmt *S) {
    auto Use = Uses.find(S);
    if (Use == Uses.end())
      return Path::Continue;
    Consumed |= Use->second == ValueUse::Used;
    Overwritten |= Use->second == ValueUse::Assigned;
    bool Ends = Use->second == ValueUse::Used || Use->second == ValueUse::Assigned;
    return Ends ? Path::Stop : Path::Continue;
  });
  if (!Consumed)
    return usedOffThePaths(*Flow, Local) ? Fate::Consumed : Fate::Lost;
  return Overwritten || Forgotten ? Fate::LostOnSomePath : Fate::Consumed;
}

const FunctionFlow *Consumption::flowOf(const FunctionFacts &F) {
  auto [Slot, Inserted] = Flows.try_emplace(&F);
  if (Inserted)
    Slot->second = FunctionFlow::build(F, Ast);
  return Slot->second.get();
}

} // namespace abide
