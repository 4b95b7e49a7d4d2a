//===- YieldWhileHolding.cpp - async-yield-while-holding ------------------===//
//
// Law: at a co_yield a generator hands control to its consumer, who may take any time, await
// anything, and never come back. What the generator holds there it holds for that long, and it is
// let go in whichever thread and task destroys the generator.
//
// Reported: a co_yield of a generator that some path reaches with a lock guard (of a mutex or of an
// async lock) held, inside of a timeout scope, or with tasks in a scope that nobody has joined.
//
// Not reported: what was unlocked, reset, moved, joined or has gone out of scope before, what
// comes after, locks that were not taken; guards that the caller gave the generator.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/OpenPaths.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

enum class Held : unsigned char { Nothing, Lock, Timeout, Tasks };

class YieldWhileHolding {
public:
  explicit YieldWhileHolding(RuleContext &Context)
      : Context(Context), Model(Context.model()), Rules(Model) {}

  void run() {
    for (const LocalFacts &Local : Model.functions().locals())
      if (yields(*Local.Function) && isa<VarDecl>(Local.Decl) && !isa<ParmVarDecl>(Local.Decl))
        local(Local);
  }

private:
  /// A promise may have yield_value for other purposes; a task is no generator.
  bool yields(const FunctionFacts &F) const {
    if (!F.isCoroutine() || !F.Decl ||
        none_of(F.Suspensions, [](const Suspension &S) { return S.Yield; }))
      return false;
    const CoroutineType &Type = Model.types().of(F.Decl->getReturnType());
    return Type.AsyncGenerator || (Type.Generator && !Type.Awaitable);
  }

  Held kindOf(const LocalFacts &Local) const {
    const CXXRecordDecl *Class = classOf(Local.Decl->getType());
    if (!Class || Local.Decl->getType()->isReferenceType())
      return Held::Nothing;
    if (Model.names().has(*Class, Role::TimeoutScope))
      return Held::Timeout;
    if (Model.names().has(*Class, Role::TaskScope))
      return Held::Tasks;
    if (Model.names().has(*Class, Role::Hostile) || Class->hasAttr<ScopedLockableAttr>() ||
        guardsAsyncLock(Local.Init, Class))
      return Held::Lock;
    return Held::Nothing;
  }

  /// `auto guard = co_await mutex.lock();`, `co_await get_units(semaphore, 1)`.
  bool guardsAsyncLock(const Expr *Init, const CXXRecordDecl *Class) const {
    const auto *Await =
        Init ? dyn_cast<CoawaitExpr>(withoutWrappers(Init)->IgnoreParenCasts()) : nullptr;
    const auto *Call = Await ? dyn_cast<CallExpr>(withoutWrappers(Await->getOperand())) : nullptr;
    if (!Call || !Class->hasDefinition() || Class->hasTrivialDestructor())
      return false;
    auto IsLock = [&](const Expr *E) {
      const CXXRecordDecl *Object = E ? classOf(E->IgnoreParenCasts()->getType()) : nullptr;
      return Object && Model.names().has(*Object, Role::AsyncLock);
    };
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call))
      return IsLock(Member->getImplicitObjectArgument());
    return any_of(Call->arguments(), IsLock);
  }

  void local(const LocalFacts &Local) {
    Held Kind = kindOf(Local);
    std::optional<YieldPath> Path;
    if (Kind == Held::Tasks)
      Path = yieldWhileOpen(Model, Rules, Local);
    else if (Kind != Held::Nothing)
      Path = yieldWhileHeld(Model, Rules, Local);
    if (!Path)
      return;
    const std::string Name = "'" + Local.Decl->getNameAsString() + "'";
    Diag D;
    D.Loc = Path->Yield->getBeginLoc();
    D.Message = "'co_yield' while " + what(Kind, Name);
    D.Notes.push_back({Local.Decl->getLocation(), Name + " is declared here"});
    addPath(D, Path->Way);
    D.Notes.push_back({D.Loc, cure(Kind, Name)});
    Context.report(D);
  }

  static std::string what(Held Kind, const std::string &Name) {
    switch (Kind) {
    case Held::Timeout:
      return "the time of " + Name +
             " runs: the time of the consumer counts, and it is the "
             "consumer who is cancelled";
    case Held::Tasks:
      return "tasks of " + Name + " run: nobody awaits them when the consumer stops here";
    default:
      return Name + " is held: it stays held for as long as the consumer likes";
    }
  }

  static std::string cure(Held Kind, const std::string &Name) {
    switch (Kind) {
    case Held::Timeout:
      return "end the scope of " + Name + " before the value is yielded";
    case Held::Tasks:
      return "join " + Name + " first, or keep it outside of the generator";
    default:
      return "take what is needed under " + Name + ", let it go, then yield";
    }
  }

  RuleContext &Context;
  const TuModel &Model;
  Closing Rules;
};

void run(RuleContext &Context) { YieldWhileHolding(Context).run(); }

} // namespace

extern constexpr Check YieldWhileHoldingCheck = {
    "yield-while-holding",
    "a generator yields while it holds a lock, a timeout or running tasks",
    Severity::Warning,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
