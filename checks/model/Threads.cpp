//===- Threads.cpp - Which thread runs which body -------------------------===//

#include "model/Threads.h"
#include "model/Callables.h"
#include "model/Whereabouts.h"
#include "clang/AST/ASTContext.h"
#include "llvm/ADT/STLExtras.h"
#include <memory>

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// The class of an argument or of what it points to.
const CXXRecordDecl *argumentClass(const Expr *E) {
  QualType T = E->getType().getNonReferenceType();
  return classOf(T->isPointerType() ? T->getPointeeType() : T);
}

std::optional<ThreadKind> kindOf(const TuModel &Model, const CallSite &Site, CallableFate Fate) {
  // Some loops take signals themselves, and call what is installed as any callback.
  if (Fate != CallableFate::LoopLater &&
      Model.names().has(*Site.Callee, Site.Object, Role::InstallsSignalHandler))
    return ThreadKind::SignalHandler;
  switch (Fate) {
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

bool isAwaiterMethod(const FunctionFacts &F, const CoroutineTypes &Types) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(F.Decl);
  const IdentifierInfo *Name = Method ? Method->getIdentifier() : nullptr;
  return Name && Name->getName().starts_with("await_") && Types.of(Method->getParent()).Awaitable;
}

/// `result<> f(executor_tag, std::shared_ptr<thread_pool_executor>)` starts on the pool.
bool startsOnPool(const NameLookup &Names, const FunctionDecl &F) {
  auto IsTag = [&](const ParmVarDecl *P) {
    const CXXRecordDecl *Class = classOf(P->getType());
    return Class && Names.has(*Class, Role::SwitchToPool);
  };
  return any_of(F.parameters(), IsTag) && any_of(F.parameters(), [&](const ParmVarDecl *P) {
           return isBlockingPool(Names, P->getType());
         });
}

/// `co_spawn(pool, work(), detached)`: the coroutine made by Made starts on a pool.
bool spawnsOnPool(const NameLookup &Names, const CallSite &Spawn, const Expr *Made) {
  const auto *Member = dyn_cast_or_null<CXXMemberCallExpr>(Spawn.Expr);
  ArrayRef<const Expr *> Arguments = argumentsOf(Spawn);
  bool Given = any_of(Arguments, [&](const Expr *A) { return withoutWrappers(A) == Made; });
  return Given && (any_of(Arguments, [&](const Expr *A) { return isBlockingPool(Names, A); }) ||
                   (Member && isBlockingPool(Names, Member->getImplicitObjectArgument())));
}

} // namespace

/// The constructor that `std::make_unique<T>(a, b)` runs: the only one of T that takes so many
/// arguments, in a body that can be seen. The library's own body would name it, but an editor does
/// not read that.
static const CXXConstructorDecl *constructorRunBy(const TuModel &Model, const CallSite &Site) {
  const TemplateArgumentList *Given = Site.Callee->getTemplateSpecializationArgs();
  if (!Given || !Given->size() || Given->get(0).getKind() != TemplateArgument::Type ||
      !Model.names().has(*Site.Callee, Role::MakesObject))
    return nullptr;
  const CXXRecordDecl *Class = classOf(Given->get(0).getAsType());
  const CXXRecordDecl *Definition = Class ? Class->getDefinition() : nullptr;
  const ArrayRef<const Expr *> Arguments = argumentsOf(Site);
  const unsigned N = Arguments.size();
  const CXXRecordDecl *First = N ? classOf(Arguments[0]->getType()) : nullptr;
  if (!Definition || (First && (First == Class || First->isDerivedFrom(Class))))
    return nullptr; // A copy.
  const CXXConstructorDecl *Only = nullptr;
  for (const CXXConstructorDecl *C : Definition->ctors()) {
    if (C->isCopyOrMoveConstructor() || C->isDeleted() || N < C->getMinRequiredArguments() ||
        (N > C->getNumParams() && !C->isVariadic()))
      continue;
    if (Only)
      return nullptr;
    Only = C;
  }
  return Only;
}

SmallVector<const FunctionFacts *, 2> bodiesRunBy(const TuModel &Model, const CallSite &Site) {
  SmallVector<const FunctionFacts *, 2> Bodies;
  auto Add = [&](const FunctionDecl *F) {
    const FunctionFacts *Facts = Model.functions().of(F);
    if (Facts && !Facts->isCoroutine())
      Bodies.push_back(Facts);
  };
  Add(Site.Callee);
  if (const CXXConstructorDecl *Made = constructorRunBy(Model, Site))
    Add(Made);
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
  findPoolCoroutines();
  enterLoops();
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
      collectCallable(F, Site, Given);
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

void Threads::collectCallable(const FunctionFacts &F, const CallSite &Site,
                              const CallableArgument &Given) {
  const FunctionFacts *Body = Model.functions().of(Given.Function);
  if (!Body || Given.Function == Site.Callee) // `work(pool)` calls it here.
    return;
  const CallableFate Fate = fateOfCallable(Model, Site, Given.Index);
  if (std::optional<ThreadKind> Kind = kindOf(Model, Site, Fate))
    Starts.push_back({*Kind, Body, &F, &Site, Given.Index});
  if (Fate == CallableFate::OtherThread ||
      (Body->isCoroutine() &&
       any_of(argumentsOf(Site), [&](const Expr *E) { return isBlockingPool(Model.names(), E); })))
    OnPool.insert(Body);
  else if (Fate == CallableFate::LoopLater || Fate == CallableFate::OtherLoop)
    Callbacks[Body].push_back(&Site);
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

/// A coroutine runs on a pool when all calls that this TU shows start it there: spawned onto it, or
/// called by code that is on it itself.
void Threads::findPoolCoroutines() {
  struct CallOf {
    const FunctionFacts *Caller;
    bool FromPool;
  };
  DenseMap<const FunctionFacts *, SmallVector<CallOf, 2>> Calls;
  std::vector<const FunctionFacts *> Called;
  for (const FunctionFacts &F : Model.functions().all()) {
    std::unique_ptr<Whereabouts> Where;
    for (const CallSite &Site : F.Calls) {
      const FunctionFacts *Callee = Model.functions().of(Site.Callee);
      if (!Callee || !Callee->isCoroutine())
        continue;
      if (!Where)
        Where = std::make_unique<Whereabouts>(Model, F);
      bool Spawned = any_of(F.Calls, [&](const CallSite &Other) {
        return spawnsOnPool(Model.names(), Other, Site.Expr);
      });
      auto [Slot, New] = Calls.try_emplace(Callee);
      Slot->second.push_back({&F, Spawned || !Where->onLoop(Site)});
      if (New)
        Called.push_back(Callee);
    }
    if (F.isCoroutine() && startsOnPool(Model.names(), *F.Decl))
      OnPool.insert(&F);
  }
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (const FunctionFacts *F : Called)
      if (auto IsOther = [&](const CallOf &S) { return S.Caller != F; };
          !OnPool.contains(F) && any_of(Calls[F], IsOther) &&
          all_of(Calls[F], [&](const CallOf &S) {
            return S.FromPool || !IsOther(S) || OnPool.contains(S.Caller);
          })) {
        OnPool.insert(F);
        Changed = true;
      }
  }
}

void Threads::enterLoops() {
  DenseSet<const FunctionFacts *> Elsewhere = OnPool;
  for (const ThreadStart &Start : Starts)
    if (Start.Kind != ThreadKind::Loop)
      Elsewhere.insert(Start.Body);
  for (const FunctionFacts &F : Model.functions().all()) {
    if (F.isCoroutine()) {
      if (!OnPool.contains(&F))
        Entered.push_back({&F, LoopEntry::Coroutine});
      if (F.Decl && !Elsewhere.contains(&F) && !isResumedByConsumer(Model, F))
        Starts.push_back({ThreadKind::Loop, &F, nullptr, nullptr, 0});
    } else if (isAwaiterMethod(F, Model.types())) {
      Entered.push_back({&F, LoopEntry::Awaiter});
    } else if (Callbacks.count(&F)) {
      Entered.push_back({&F, LoopEntry::Callback});
    }
  }
}

ArrayRef<const CallSite *> Threads::givenBy(const FunctionFacts &Callback) const {
  auto Found = Callbacks.find(&Callback);
  return Found == Callbacks.end() ? ArrayRef<const CallSite *>() : Found->second;
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
