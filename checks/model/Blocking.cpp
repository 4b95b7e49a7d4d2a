//===- Blocking.cpp - Which calls block, and by which chain ---------------===//

#include "model/Blocking.h"
#include "ClangCompat.h"
#include "model/BlockingConditions.h"
#include "model/Threads.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "llvm/ADT/STLExtras.h"
#include <deque>

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

enum class Promise { None, Blocks, NeverBlocks };

/// What is said without regard to the policy: [[clang::blocking]], [[clang::nonblocking]], our
/// annotations, and the vocabulary's exceptions.
Promise promiseOf(const NameLookup &Names, const FunctionDecl *F, const CXXRecordDecl *Object) {
  if (annotatedAs(*F, "blocking"))
    return Promise::Blocks;
  if (Names.has(*F, Object, Role::NonBlocking))
    return Promise::NeverBlocks;
  for (const auto &Effect : FunctionEffectsRef::get(F->getType())) {
    if (Effect.Effect.kind() == FunctionEffect::Kind::Blocking)
      return Promise::Blocks;
    if (Effect.Effect.kind() == FunctionEffect::Kind::NonBlocking)
      return Promise::NeverBlocks;
  }
  return Promise::None;
}

/// Whether the program ends after the call on every path: nobody is left who would wait.
bool endsProgram(const TuModel &Model, const FunctionFacts &F, const CallSite &Site) {
  auto Ends = [](const CallSite &Other) { return Other.Callee->isNoReturn(); };
  const FunctionFlow *Flow = Site.Expr && any_of(F.Calls, Ends) ? Model.flow(F) : nullptr;
  if (!Flow || !Flow->contains(Site.Expr))
    return false;
  bool GoesOn = false;
  auto Visit = [&](PathSearch::State S, const FlowEvent &Event) {
    GoesOn |= Event.What == FlowEvent::Return || Event.What == FlowEvent::Throw ||
              (Event.What == FlowEvent::Evaluated &&
               (Event.S == Site.Expr || isa<CoroutineSuspendExpr>(Event.S)));
    return GoesOn ? std::nullopt : std::optional(S);
  };
  PathSearch(*Flow, Exceptions::None).after(Site.Expr, 0, Visit);
  return !GoesOn;
}

} // namespace

Blocking::Blocking(const TuModel &Model, BlockingPolicy P) : Model(Model), Policy(std::move(P)) {
  link();
}

bool Blocking::listed(const std::set<std::string> &Names, const CallSite &Site) const {
  return !Names.empty() && Names.count(qualifiedName(*Site.Callee));
}

bool Blocking::counts(const BlockingFunction &F) const {
  switch (F.Kind) {
  case BlockKind::Lock:
    return Policy.Locks;
  case BlockKind::Disk:
    return Policy.Disk;
  case BlockKind::Heavy:
    return Policy.Heavy;
  case BlockKind::Log:
    return Policy.Logging;
  default:
    return true;
  }
}

Blocking::Direct Blocking::direct(const FunctionFacts &Caller, const CallSite &Site) const {
  constexpr Direct No = {nullptr, BlockFamily::Other};
  Promise Said = promiseOf(Model.names(), Site.Callee, Site.Object);
  if (Said == Promise::NeverBlocks || listed(Policy.Never, Site))
    return No;
  const BlockingFunction *F = Model.names().blocking(*Site.Callee, Site.Object);
  bool Waits = (F && F->Kind == BlockKind::Loop) ||
               Model.names().has(*Site.Callee, Site.Object, Role::SyncWait);
  BlockFamily Family = Waits ? BlockFamily::SyncWait : BlockFamily::Other;
  if (listed(Policy.Extra, Site))
    return {&ByAnnotation, Policy.ExtraFamily};
  // What is only said to wait for a task blocks all the same.
  if (Said == Promise::Blocks || (Waits && !F))
    return {&ByAnnotation, Family};
  if (!F || !counts(*F) || doesNotBlock(Model, Caller, Site, *F, Policy.AssumeBlockingFds))
    return No;
  return {F, Family};
}

SmallVector<const FunctionFacts *, 2> Blocking::runs(const CallSite &Site) const {
  SmallVector<const FunctionFacts *, 2> Bodies = bodiesRunBy(Model, Site);
  // What the table describes, and an option leaves out, is not found again by its body.
  const BlockingFunction *Known = Model.names().blocking(*Site.Callee, Site.Object);
  const FunctionFacts *LeftOut =
      Known && !counts(*Known) ? Model.functions().of(Site.Callee) : nullptr;
  erase_if(Bodies, [&](const FunctionFacts *F) {
    return F == LeftOut || promiseOf(Model.names(), F->Decl, Site.Object) == Promise::NeverBlocks ||
           (!Policy.Never.empty() && Policy.Never.count(qualifiedName(*F->Decl)));
  });
  return Bodies;
}

/// Breadth first from the calls that block, against the direction of calls: the first step that
/// reaches a function is on a shortest chain.
void Blocking::link() {
  struct Edge {
    const FunctionFacts *Caller;
    const CallSite *Site;
  };
  DenseMap<const FunctionFacts *, SmallVector<Edge, 2>> Callers;
  std::deque<const FunctionFacts *> Reached[NumBlockFamilies];
  for (const FunctionFacts &F : Model.functions().all()) {
    for (const CallSite &Site : F.Calls) {
      if (Direct Found = direct(F, Site); Found.What) {
        unsigned Family = unsigned(Found.Family);
        if (!Steps[Family].count(&F) && !endsProgram(Model, F, Site)) {
          Steps[Family][&F] = Step{&Site, nullptr, Found.What};
          Reached[Family].push_back(&F);
        }
        continue;
      }
      for (const FunctionFacts *Callee : runs(Site))
        Callers[Callee].push_back({&F, &Site});
    }
  }
  for (unsigned Family = 0; Family < NumBlockFamilies; ++Family) {
    for (std::deque<const FunctionFacts *> &Next = Reached[Family]; !Next.empty();
         Next.pop_front()) {
      const FunctionFacts *F = Next.front();
      if (F->isCoroutine())
        continue;
      for (const Edge &E : Callers.lookup(F))
        if (!Steps[Family].count(E.Caller) && !endsProgram(Model, *E.Caller, *E.Site)) {
          Steps[Family][E.Caller] = Step{E.Site, F, nullptr};
          Next.push_back(E.Caller);
        }
    }
  }
}

BlockingPath Blocking::path(const FunctionFacts &Caller, const CallSite &Site,
                            BlockFamily Family) const {
  if (Direct Found = direct(Caller, Site); Found.What)
    return Found.Family == Family && !endsProgram(Model, Caller, Site)
               ? BlockingPath{{&Site}, Found.What}
               : BlockingPath();
  const StepMap &Known = Steps[unsigned(Family)];
  // Of several bodies that the call runs, the first that blocks.
  for (const FunctionFacts *Callee : runs(Site)) {
    auto At = Known.find(Callee);
    if (Callee == &Caller || At == Known.end() || endsProgram(Model, Caller, Site))
      continue;
    BlockingPath Chain{{&Site, At->second.Site}, At->second.What};
    while (At->second.Next) {
      At = Known.find(At->second.Next);
      Chain.Sites.push_back(At->second.Site);
      Chain.What = At->second.What;
    }
    return Chain;
  }
  return {};
}

} // namespace abide
