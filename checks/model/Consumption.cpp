//===- Consumption.cpp - Whether anybody gets the value of a local --------===//

#include "model/Consumption.h"
#include "model/TaskValues.h"
#include "llvm/ADT/STLExtras.h"

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

/// `t = then(std::move(t))` names t first, reads it next, and sets it last.
static const Stmt *assignmentOf(const FunctionFlow &Flow, const Stmt *Target) {
  const Stmt *Outer = Flow.parent(Target);
  while (isa_and_nonnull<ParenExpr, ImplicitCastExpr>(Outer))
    Outer = Flow.parent(Outer);
  return Outer && Flow.contains(Outer) ? Outer : Target;
}

Fate fateOf(const TuModel &Model, const LocalFacts &Local, const TaskDefinition &Definition) {
  if (none_of(Local.Uses, consumes))
    return Fate::Lost;
  // A use in the body of a lambda, or of another one of several bindings, is on no path of ours.
  const auto *Var = dyn_cast<VarDecl>(Local.Decl);
  const FunctionFlow *Flow = Var && !Var->isInitCapture() ? Model.flow(*Local.Function) : nullptr;
  if (!Flow || !Flow->contains(Definition.Made))
    return Fate::Consumed;
  DenseMap<const Stmt *, ValueUse> Uses;
  for (const VarUse &Use : Local.Uses)
    if (Use.Ref != Definition.At)
      Uses[Use.How == ValueUse::Assigned ? assignmentOf(*Flow, Use.Ref) : Use.Ref] = Use.How;
  bool Consumed = false, Overwritten = false, Forgotten = false;
  PathSearch(*Flow, Exceptions::Calls)
      .after(Definition.Made, 0, [&](PathSearch::State S, const FlowEvent &Event) {
        Forgotten |= Event.What == FlowEvent::Return;
        auto Use = Event.What == FlowEvent::Evaluated ? Uses.find(Event.S) : Uses.end();
        if (Use == Uses.end())
          return std::optional(S);
        Consumed |= Use->second == ValueUse::Used;
        Overwritten |= Use->second == ValueUse::Assigned;
        bool Ends = Use->second == ValueUse::Used || Use->second == ValueUse::Assigned;
        return Ends ? std::nullopt : std::optional(S);
      });
  if (!Consumed)
    return Fate::Lost;
  return Overwritten || Forgotten ? Fate::LostOnSomePath : Fate::Consumed;
}

} // namespace abide
