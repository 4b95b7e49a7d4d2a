//===- Threads.cpp - Which thread runs which body -------------------------===//

#include "model/Threads.h"
#include "model/Callables.h"
#include "model/Whereabouts.h"
#include "clang/AST/ASTContext.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// The class of an argument or of what it points to.
const CXXRecordDecl *argumentClass(const Expr *E) {
  QualType T = E->getType().getNonReferenceType();
  return classOf(T->isPointerType() ? T->getPointeeType() : T);
}

std::optional<ThreadKind> kindOf(const TuModel &Model, const CallSite &Site, unsigned Index) {
  if (Model.names().has(*Site.Callee, Site.Object, Role::InstallsSignalHandler))
    return ThreadKind::SignalHandler;
  switch (fateOfCallable(Model, Site, Index)) {
  case CallableFate::OtherThread:
    return ThreadKind::OtherThread;
  case CallableFate::OtherLoop:
    return ThreadKind::OtherLoop;
  case CallableFate::LoopLater:
    return ThreadKind::Loop;
  case CallableFate::Unknown:
    break;
  case CallableFate::RunsNow:
  case CallableFate::Kept:
    return std::nullopt;
  }
  // An operation of an object of the loop calls its handler there.
  auto OfLoop = [&](const CXXRecordDecl *Class) { return Class && belongsToLoop(Model, Class); };
  if (OfLoop(Site.Object) ||
      any_of(argumentsOf(Site), [&](const Expr *E) { return OfLoop(argumentClass(E)); }))
    return ThreadKind::Loop;
  return std::nullopt;
}

} // namespace

SmallVector<const FunctionFacts *, 2> bodiesRunBy(const TuModel &Model, const CallSite &Site) {
  SmallVector<const FunctionFacts *, 2> Bodies;
  auto Add = [&](const FunctionDecl *F) {
    const FunctionFacts *Facts = Model.functions().of(F);
    if (Facts && !Facts->isCoroutine())
      Bodies.push_back(Facts);
  };
  Add(Site.Callee);
  for (const CallableArgument &Given : Site.Callables)
    if (fateOfCallable(Model, Site, Given.Index) == CallableFate::RunsNow)
      Add(Given.Function);
  return Bodies;
}

bool isResumedByConsumer(const TuModel &Model, const FunctionFacts &F) {
  const CXXRecordDecl *Type = F.Decl ? classOf(F.Decl->getReturnType()) : nullptr;
  if (!Type)
    return false;
  const CoroutineType &Facts = Model.types().of(Type);
  // The promise of a task may yield, too: `co_yield co_error(...)`.
  return Facts.Generator && !Facts.AsyncGenerator && !Model.names().has(*Type, Role::LazyTask) &&
         !Model.names().has(*Type, Role::EagerTask);
}

bool belongsToLoop(const TuModel &Model, const CXXRecordDecl *Class) {
  if (Model.names().has(*Class, Role::LoopAffine))
    return true;
  const CXXRecordDecl *Definition = Class->getDefinition();
  return Definition && any_of(Definition->methods(), [](const CXXMethodDecl *M) {
           return annotatedAs(*M, roleKey(Role::ThreadSafe));
         });
}

bool runsLoop(const TuModel &Model, const CallSite &Site) {
  const NameLookup &Names = Model.names();
  auto IsLoop = [&](const CXXRecordDecl *Class) {
    return Class && Names.has(*Class, Role::EventLoop);
  };
  if (!Names.has(*Site.Callee, Site.Object, Role::SyncWait) &&
      !Names.blocking(*Site.Callee, Site.Object))
    return false;
  return IsLoop(Site.Object) || IsLoop(dyn_cast<CXXRecordDecl>(Site.Callee->getDeclContext())) ||
         any_of(argumentsOf(Site), [&](const Expr *E) { return IsLoop(argumentClass(E)); });
}

bool waitsForOther(const TuModel &Model, const CallSite &Site) {
  const BlockingFunction *Waits = Model.names().blocking(*Site.Callee, Site.Object);
  // What a timer replaces waits for time alone.
  return Waits && Waits->Kind == BlockKind::Wait &&
         StringRef(Waits->Instead).find("{sleep}") == StringRef::npos && !runsLoop(Model, Site);
}

Threads::Threads(const TuModel &Model) : Model(Model) {
  for (const FunctionFacts &F : Model.functions().all()) {
    collect(F);
    collectOverride(F);
    collectAssignedHandlers(F);
  }
  // A coroutine that nobody starts on another thread runs on a loop.
  DenseSet<const FunctionFacts *> Elsewhere;
  for (const ThreadStart &Start : Starts)
    if (Start.Kind != ThreadKind::Loop)
      Elsewhere.insert(Start.Body);
  for (const FunctionFacts &F : Model.functions().all())
    if (F.isCoroutine() && F.Decl && !Elsewhere.count(&F) && !isResumedByConsumer(Model, F))
      Starts.push_back({ThreadKind::Loop, &F, nullptr, nullptr, 0});
  link();
}

void Threads::add(ThreadKind Kind, const FunctionDecl *Body, const FunctionFacts *Giver,
                  const CallSite *Site, unsigned Index) {
  if (const FunctionFacts *Facts = Model.functions().of(Body))
    Starts.push_back({Kind, Facts, Giver, Site, Index});
}

void Threads::collect(const FunctionFacts &F) {
  for (const CallSite &Site : F.Calls) {
    for (const CallableArgument &Given : Site.Callables)
      if (std::optional<ThreadKind> Kind = kindOf(Model, Site, Given.Index))
        add(*Kind, Given.Function, &F, &Site, Given.Index);
    // `co_spawn(pool, coroutine())`: the call makes the task that the pool runs.
    if (!Site.Expr || !Model.names().has(*Site.Callee, Site.Object, Role::Spawn))
      continue;
    ArrayRef<const Expr *> Arguments = argumentsOf(Site);
    if (none_of(Arguments, [&](const Expr *E) { return isBlockingPool(Model.names(), E); }))
      continue;
    for (unsigned I = 0; I < Arguments.size(); ++I)
      if (const auto *Made = dyn_cast<CallExpr>(withoutWrappers(Arguments[I])))
        if (const FunctionFacts *Body = Model.functions().of(Made->getDirectCallee());
            Body && Body->isCoroutine())
          add(ThreadKind::OtherThread, Body->Decl, &F, &Site, I);
  }
}

/// `void run() override` of a QThread or QRunnable.
void Threads::collectOverride(const FunctionFacts &F) {
  SmallVector<const CXXMethodDecl *, 4> Pending;
  if (const auto *Method = dyn_cast_or_null<CXXMethodDecl>(F.Decl))
    append_range(Pending, Method->overridden_methods());
  while (!Pending.empty()) {
    const CXXMethodDecl *Method = Pending.pop_back_val();
    if (Model.names().has(*Method, nullptr, Role::Offload))
      return add(ThreadKind::OtherThread, F.Decl, nullptr, nullptr, 0);
    append_range(Pending, Method->overridden_methods());
  }
}

/// `action.sa_handler = onSignal;`
void Threads::collectAssignedHandlers(const FunctionFacts &F) {
  SmallVector<const Stmt *, 32> Pending{F.Body};
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (!S || isa<LambdaExpr>(S))
      continue;
    append_range(Pending, S->children());
    const auto *Assigns = dyn_cast<BinaryOperator>(S);
    if (!Assigns || Assigns->getOpcode() != BO_Assign)
      continue;
    const auto *Member = dyn_cast<MemberExpr>(withoutWrappers(Assigns->getLHS()));
    if (!Member || !Model.names().has(*Member->getMemberDecl(), Role::InstallsSignalHandler))
      continue;
    const Expr *Right = withoutWrappers(Assigns->getRHS());
    if (const auto *Address = dyn_cast<UnaryOperator>(Right))
      Right = withoutWrappers(Address->getSubExpr());
    if (const auto *Ref = dyn_cast<DeclRefExpr>(Right))
      add(ThreadKind::SignalHandler, dyn_cast<FunctionDecl>(Ref->getDecl()), &F, nullptr, 0);
  }
}

/// Breadth first along the calls: the first step that reaches a body is on a shortest way.
void Threads::link() {
  std::deque<std::pair<const FunctionFacts *, ThreadKind>> Reached;
  for (const ThreadStart &Start : Starts)
    if (Steps.try_emplace({Start.Body, Start.Kind}, Step{&Start, nullptr, nullptr}).second)
      Reached.push_back({Start.Body, Start.Kind});
  while (!Reached.empty()) {
    auto [F, Kind] = Reached.front();
    Reached.pop_front();
    const ThreadStart *Start = Steps.at({F, Kind}).Start;
    for (const CallSite &Site : F->Calls)
      for (const FunctionFacts *Callee : bodiesRunBy(Model, Site))
        if (Steps.try_emplace({Callee, Kind}, Step{Start, F, &Site}).second)
          Reached.push_back({Callee, Kind});
  }
}

std::optional<ThreadWay> Threads::way(const FunctionFacts &F, ThreadKind Kind) const {
  auto At = Steps.find({&F, Kind});
  if (At == Steps.end())
    return std::nullopt;
  ThreadWay Way{At->second.Start, {}};
  for (; At->second.Caller; At = Steps.find({At->second.Caller, Kind}))
    Way.Calls.push_back(At->second.Site);
  std::reverse(Way.Calls.begin(), Way.Calls.end());
  return Way;
}

} // namespace abide
