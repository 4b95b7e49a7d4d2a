//===- LoopCode.cpp - Which functions an event loop runs ------------------===//

#include "model/LoopCode.h"
#include "model/Callables.h"
#include "model/Whereabouts.h"
#include "llvm/ADT/STLExtras.h"
#include <memory>

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

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

LoopCode::LoopCode(const TuModel &Model) {
  giveCallables(Model);
  findPoolCoroutines(Model);
  for (const FunctionFacts &F : Model.functions().all()) {
    if (F.isCoroutine()) {
      if (!Elsewhere.contains(&F))
        All.push_back({&F, LoopEntry::Coroutine});
    } else if (isAwaiterMethod(F, Model.types())) {
      All.push_back({&F, LoopEntry::Awaiter});
    } else if (Callbacks.count(&F)) {
      All.push_back({&F, LoopEntry::Callback});
    }
  }
}

ArrayRef<const CallSite *> LoopCode::givenBy(const FunctionFacts &Callback) const {
  auto Found = Callbacks.find(&Callback);
  return Found == Callbacks.end() ? ArrayRef<const CallSite *>() : Found->second;
}

void LoopCode::giveCallables(const TuModel &Model) {
  for (const FunctionFacts &F : Model.functions().all())
    for (const CallSite &Site : F.Calls)
      for (const CallableArgument &Given : Site.Callables) {
        const FunctionFacts *Body = Model.functions().of(Given.Function);
        if (!Body || Given.Function == Site.Callee) // `work(pool)` calls it here.
          continue;
        CallableFate Fate = fateOfCallable(Model, Site, Given.Index);
        bool OnPool = any_of(argumentsOf(Site),
                             [&](const Expr *A) { return isBlockingPool(Model.names(), A); });
        if (Fate == CallableFate::OtherThread || (Body->isCoroutine() && OnPool))
          Elsewhere.insert(Body);
        else if (Fate == CallableFate::LoopLater || Fate == CallableFate::OtherLoop)
          Callbacks[Body].push_back(&Site);
      }
}

/// A coroutine runs on a pool when all calls that this TU shows start it there: spawned onto it, or
/// called by code that is on it itself.
void LoopCode::findPoolCoroutines(const TuModel &Model) {
  struct Start {
    const FunctionFacts *Caller;
    const CallSite *Site;
    bool OnPool;
  };
  DenseMap<const FunctionFacts *, SmallVector<Start, 2>> Starts;
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
      auto [Slot, New] = Starts.try_emplace(Callee);
      Slot->second.push_back({&F, &Site, Spawned || !Where->onLoop(Site)});
      if (New)
        Called.push_back(Callee);
    }
    if (F.isCoroutine() && startsOnPool(Model.names(), *F.Decl))
      Elsewhere.insert(&F);
  }
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (const FunctionFacts *F : Called)
      if (auto IsOther = [&](const Start &S) { return S.Caller != F; };
          !Elsewhere.contains(F) && any_of(Starts[F], IsOther) &&
          all_of(Starts[F], [&](const Start &S) {
            return S.OnPool || !IsOther(S) || Elsewhere.contains(S.Caller);
          })) {
        Elsewhere.insert(F);
        Changed = true;
      }
  }
}

} // namespace abide
