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

Blocking::Blocking(const TuModel &Model, BlockingPolicy P) : Model(Model), Policy(std::move(P)) {
  link();
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
      for (unsigned Family = 0; Family < NumBlockFamilies; ++Family)
        if (const BlockFact *Fact = elsewhere(Site, BlockFamily(Family));
            Fact && !Steps[Family].count(&F) && !endsProgram(Model, F, Site)) {
          Steps[Family][&F] = Step{&Site, nullptr, entryFor(*Fact), Fact};
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
  if (const BlockFact *Fact = elsewhere(Site, Family); Fact && !endsProgram(Model, Caller, Site))
    return {{&Site}, entryFor(*Fact), Fact};
  return {};
}

//--- Other units --------------------------------------------------------------

std::string Blocking::missing(const CallSite &Site) const {
  const FunctionDecl *F = Site.Callee;
  const SourceManager &Sources = Model.ast().getSourceManager();
  const auto *Method = dyn_cast<CXXMethodDecl>(F);
  // Of a virtual function any overrider may be meant, and none of them need be in this program.
  if (Model.functions().of(F) || F->getBuiltinID() || (F->isDefined() && !F->hasSkippedBody()) ||
      (Method && Method->isVirtual() && !Method->getParent()->isEffectivelyFinal() &&
       !Method->hasAttr<FinalAttr>()) ||
      Sources.isInSystemHeader(Sources.getExpansionLoc(F->getLocation())) ||
      Model.names().blocking(*F, Site.Object) || listed(Policy.Never, Site) ||
      promiseOf(Model.names(), F, Site.Object) == Promise::NeverBlocks)
    return "";
  return keyOf(*F);
}

const BlockFact *Blocking::elsewhere(const CallSite &Site, BlockFamily Family) const {
  if (!Model.hasFacts())
    return nullptr;
  for (const BlockFact &Fact : Model.factsOf(missing(Site)))
    if (BlockFamily(Fact.Family) == Family && Policy.counts(BlockKind(Fact.Kind)))
      return &Fact;
  return nullptr;
}

const BlockingFunction *Blocking::entryFor(const BlockFact &Fact) const {
  BlockingFunction &Entry = Entries[{Fact.Kind, Fact.Instead}];
  Entry.Kind = BlockKind(Fact.Kind);
  Entry.Instead = Fact.Instead;
  return &Entry;
}

static ChainCall placed(const TuModel &Model, SourceLocation Loc, std::string Name) {
  const SourceManager &Sources = Model.ast().getSourceManager();
  const SourceLocation At = Sources.getExpansionLoc(Loc);
  auto File = Sources.getFileEntryRefForID(Sources.getFileID(At));
  return {File ? File->getFileEntry().tryGetRealPathName().str() : "",
          Sources.getExpansionLineNumber(At), Sources.getExpansionColumnNumber(At),
          std::move(Name)};
}

FunctionSummary Blocking::summaryOf(const FunctionFacts &F, BlockFamily Family) const {
  FunctionSummary Out;
  for (const CallSite &Site : F.Calls) {
    if (Direct Found = direct(F, Site); Found.What) {
      if (Found.Family == Family && !endsProgram(Model, F, Site))
        Out.Blocks.push_back({std::uint8_t(Family),
                              std::uint8_t(Found.What->Kind),
                              Found.What->Instead,
                              {placed(Model, Site.Loc, nameOfCall(Site))}});
      continue;
    }
    SmallVector<std::string, 2> Keys;
    for (const FunctionFacts *Callee : runs(Site))
      Keys.push_back(keyOf(*Callee->Decl));
    Keys.push_back(missing(Site));
    erase_if(Keys, [](const std::string &Key) { return Key.empty(); });
    if (!Keys.empty() && !endsProgram(Model, F, Site))
      for (std::string &Key : Keys)
        Out.Calls.push_back({std::move(Key), placed(Model, Site.Loc, nameOfCall(Site)),
                             std::uint8_t(1u << unsigned(Family))});
  }
  return Out;
}

void Blocking::summarize(BlockFamily Family, const BlockingPolicy &Wanted, UnitSummary &Out) const {
  for (const FunctionFacts &F : Model.functions().all()) {
    if (!F.Decl || F.Dependent || F.isCoroutine())
      continue;
    FunctionSummary Facts = summaryOf(F, Family);
    if (Facts.Blocks.empty() && Facts.Calls.empty())
      continue;
    const ChainCall Body = placed(Model, F.Decl->getLocation(), keyOf(*F.Decl));
    Facts.Key = Body.Name;
    Facts.Path = Body.Path;
    Facts.Line = Body.Line;
    if (!Facts.Key.empty())
      Out.Functions.push_back(std::move(Facts));
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
      if (std::string Key = missing(Site); !Key.empty())
        Out.Asked.push_back({std::move(Key), std::uint8_t(Family), Kinds});
    }
  }
}

} // namespace abide
