//===- Blocking.cpp - Which calls block, and by which chain ---------------===//

#include "model/Blocking.h"
#include "ClangCompat.h"
#include "model/BlockingConditions.h"
#include "model/Callables.h"
#include "model/Elsewhere.h"
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

/// The documented name: not of a base or function object that only the implementation knows.
std::string nameOfCall(const CallSite &Site) {
  if (!Site.Expr)
    return "the destructor of '" + Site.Object->getNameAsString() + "'";
  std::string Name =
      Site.FunctionObject ? Site.FunctionObject->getNameAsString() : shownName(*Site.Callee);
  if (StringRef(Name).starts_with("_") && Site.Object && Site.Callee->getIdentifier())
    Name = (Site.Object->getName() + "::" + Site.Callee->getName()).str();
  return Name == "a lambda" ? Name : "'" + Name + "'";
}

Blocking::Blocking(const TuModel &Model, BlockingPolicy P) : Model(Model), Policy(std::move(P)) {}

static Trait traitOf(BlockFamily Family) {
  return Family == BlockFamily::SyncWait ? Trait::SyncWaits : Trait::Blocks;
}

bool Blocking::listed(const std::set<std::string> &Names, const CallSite &Site) const {
  return !Names.empty() && Names.count(qualifiedName(*Site.Callee));
}

bool BlockingPolicy::counts(BlockKind Kind) const {
  switch (Kind) {
  case BlockKind::Lock:
    return Locks;
  case BlockKind::Disk:
    return Disk;
  case BlockKind::Heavy:
    return Heavy;
  case BlockKind::Log:
    return Logging;
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
  if (!F || !Policy.counts(F->Kind) ||
      doesNotBlock(Model, Caller, Site, *F, Policy.AssumeBlockingFds))
    return No;
  return {F, Family};
}

SmallVector<const FunctionFacts *, 2> Blocking::runs(const CallSite &Site) const {
  SmallVector<const FunctionFacts *, 2> Bodies = bodiesRunBy(Model, Site);
  // What the table describes, and an option leaves out, is not found again by its body.
  const BlockingFunction *Known = Model.names().blocking(*Site.Callee, Site.Object);
  const FunctionFacts *LeftOut =
      Known && !Policy.counts(Known->Kind) ? Model.functions().of(Site.Callee) : nullptr;
  erase_if(Bodies, [&](const FunctionFacts *F) {
    return F == LeftOut || promiseOf(Model.names(), F->Decl, Site.Object) == Promise::NeverBlocks ||
           (!Policy.Never.empty() && Policy.Never.count(qualifiedName(*F->Decl)));
  });
  return Bodies;
}

/// Breadth first from the calls that block, against the direction of calls: the first step that
/// reaches a function is on a shortest chain.
void Blocking::link() const {
  Linked = true;
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
      for (unsigned Family = 0; Family < NumBlockFamilies; ++Family)
        if (const Fact *Known = elsewhere(Site, BlockFamily(Family));
            Known && !Steps[Family].count(&F) && !endsProgram(Model, F, Site)) {
          Steps[Family][&F] = Step{&Site, nullptr, entryFor(*Known), Known};
          Reached[Family].push_back(&F);
        }
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
  if (!Linked)
    link();
  const StepMap &Known = Steps[unsigned(Family)];
  // Of several bodies that the call runs, the first that blocks.
  for (const FunctionFacts *Callee : runs(Site)) {
    auto At = Known.find(Callee);
    if (Callee == &Caller || At == Known.end() || endsProgram(Model, Caller, Site))
      continue;
    BlockingPath Chain{{&Site, At->second.Site}, nullptr};
    while (At->second.Next) {
      At = Known.find(At->second.Next);
      Chain.Sites.push_back(At->second.Site);
    }
    Chain.What = At->second.What;
    Chain.Elsewhere = At->second.Elsewhere;
    return Chain;
  }
  if (const Fact *Known = elsewhere(Site, Family); Known && !endsProgram(Model, Caller, Site))
    return {{&Site}, entryFor(*Known), Known};
  return {};
}

//--- Other units --------------------------------------------------------------

std::string Blocking::missing(const CallSite &Site) const {
  if (Model.names().blocking(*Site.Callee, Site.Object) || listed(Policy.Never, Site) ||
      promiseOf(Model.names(), Site.Callee, Site.Object) == Promise::NeverBlocks)
    return "";
  return elsewhereKey(Model, Site);
}

/// The call that Site makes of a function that it is given.
static CallSite callOf(const CallSite &Site, const CallableArgument &Given) {
  return {nullptr, Given.Function, nullptr, Site.Loc, {}, nullptr};
}

const Fact *Blocking::elsewhere(const CallSite &Site, BlockFamily Family) const {
  if (!Model.hasFacts())
    return nullptr;
  auto Find = [&](const std::string &Key) {
    const auto *Found = find_if(Model.factsOf(Key), [&](const Fact &Known) {
      return Known.What == traitOf(Family) && Policy.counts(BlockKind(Known.Kind));
    });
    return Found == Model.factsOf(Key).end() ? nullptr : Found;
  };
  if (const Fact *Known = Find(missing(Site)))
    return Known;
  for (const CallableArgument &Given : Site.Callables)
    if (const Fact *Known = Find(missing(callOf(Site, Given)));
        Known && fateOfCallable(Model, Site, Given.Index) == CallableFate::RunsNow)
      return Known;
  return nullptr;
}

const BlockingFunction *Blocking::entryFor(const Fact &Known) const {
  BlockingFunction &Entry = Entries[{Known.Kind, Known.Detail}];
  Entry.Kind = BlockKind(Known.Kind);
  Entry.Instead = Known.Detail;
  return &Entry;
}

void Blocking::summarizeCall(const FunctionFacts &F, const CallSite &Site, Trait What,
                             FunctionSummary &Out) const {
  const ChainCall Call = placed(Model, Site.Loc, nameOfCall(Site));
  auto Add = [&](std::string Callee, std::string Runner = "", unsigned Argument = 0) {
    if (!Callee.empty())
      Out.Calls.push_back(
          {std::move(Callee), Call, What, 0, 0, std::move(Runner), std::uint8_t(Argument)});
  };
  for (const FunctionFacts *Callee : runs(Site))
    Add(keyOf(*Callee->Decl));
  const std::string Key = missing(Site);
  Add(Key);
  for (const CallableArgument &Given : Site.Callables)
    if (const unsigned Argument = askableArgument(Model, Site, Given.Index);
        Argument && !Key.empty())
      Add(keyOf(*Given.Function), Key, Argument);
    else if (fateOfCallable(Model, Site, Given.Index) == CallableFate::RunsNow)
      Add(missing(callOf(Site, Given)));
}

FunctionSummary Blocking::summaryOf(const FunctionFacts &F, BlockFamily Family) const {
  FunctionSummary Out = summaryHead(Model, F);
  if (Out.Key.empty())
    return Out;
  for (const CallSite &Site : F.Calls) {
    if (endsProgram(Model, F, Site))
      continue;
    if (Direct Found = direct(F, Site); !Found.What)
      summarizeCall(F, Site, traitOf(Family), Out);
    else if (Found.Family == Family)
      Out.Does.push_back({traitOf(Family),
                          std::uint8_t(Found.What->Kind),
                          0,
                          Found.What->Instead,
                          {placed(Model, Site.Loc, nameOfCall(Site))}});
  }
  return Out;
}

void Blocking::summarize(BlockFamily Family, const BlockingPolicy &Wanted, UnitSummary &Out) const {
  for (const FunctionFacts &F : Model.functions().all()) {
    if (!F.Decl || F.Dependent || F.isCoroutine())
      continue;
    FunctionSummary Shown = summaryOf(F, Family);
    if (!Shown.Does.empty() || !Shown.Calls.empty())
      Out.Functions.push_back(std::move(Shown));
  }
  ask(Family, Wanted, Out);
}

void Blocking::ask(BlockFamily Family, const BlockingPolicy &Wanted, UnitSummary &Out) const {
  std::uint16_t Kinds = 0;
  for (unsigned Kind = 0; Kind <= unsigned(BlockKind::Loop); ++Kind)
    Kinds |= Wanted.counts(BlockKind(Kind)) << Kind;
  llvm::DenseSet<const FunctionFacts *> Reached;
  SmallVector<const FunctionFacts *> Pending;
  for (const LoopFunction &Entry : Model.threads().loopFunctions())
    Pending.push_back(Entry.Facts);
  while (!Pending.empty()) {
    const FunctionFacts *F = Pending.pop_back_val();
    if (!Reached.insert(F).second)
      continue;
    for (const CallSite &Site : F->Calls) {
      append_range(Pending, runs(Site));
      auto Ask = [&](std::string Key) {
        if (!Key.empty())
          Out.Asked.push_back({std::move(Key), traitOf(Family), Kinds});
      };
      Ask(missing(Site));
      for (const CallableArgument &Given : Site.Callables) {
        const bool Askable = askableArgument(Model, Site, Given.Index);
        if (Askable)
          Out.Asked.push_back(
              {elsewhereKey(Model, Site), Trait::HandlesCallable, 1u << RunsNowKind});
        else if (fateOfCallable(Model, Site, Given.Index) != CallableFate::RunsNow)
          continue;
        const FunctionFacts *Body = Model.functions().of(Given.Function);
        if (!Body)
          Ask(missing(callOf(Site, Given)));
        else if (Askable && !Body->isCoroutine())
          Pending.push_back(Body);
      }
    }
  }
}

} // namespace abide
