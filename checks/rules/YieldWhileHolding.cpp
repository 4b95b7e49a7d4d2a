//===- YieldWhileHolding.cpp - async-yield-while-holding ------------------===//
//
// Law: at a co_yield a generator hands control to its consumer, who may take any time, await
// anything, and never come back. What the generator holds there it holds for that long, and it is
// let go in whichever thread and task destroys the generator.
//
// Reported: a co_yield of a generator that some path reaches with a lock guard (of a mutex or of an
// async lock) held, inside of a timeout scope, or with tasks in a scope that nobody has joined.
//
// Locks that block threads are followed as by async-lock-across-suspend, which leaves the co_yield
// of a generator to this check.
//
// Not reported: what was unlocked, reset, moved, joined or has gone out of scope before, what
// comes after, locks that were not taken; guards that the caller gave the generator.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/LockState.h"
#include "model/OpenPaths.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

enum class Held : unsigned char { Nothing, Lock, Timeout, Tasks };

class YieldWhileHolding {
public:
  explicit YieldWhileHolding(RuleContext &Context)
      : Context(Context), Model(Context.model()), Rules(Model), Locks(Model) {}

  void run() {
    for (const LocalFacts &Local : Model.functions().locals())
      if (isGenerator(*Local.Function) && isa<VarDecl>(Local.Decl) && !isa<ParmVarDecl>(Local.Decl))
        local(Local);
    for (const FunctionFacts &F : Model.functions().all())
      if (isGenerator(F))
        locks(F);
  }

private:
  bool isGenerator(const FunctionFacts &F) const {
    return any_of(F.Suspensions, [](const Suspension &S) { return S.Yield; }) &&
           yieldsToConsumer(Model, F);
  }

  Held kindOf(const LocalFacts &Local) const {
    const CXXRecordDecl *Class = classOf(Local.Decl->getType());
    if (!Class || Local.Decl->getType()->isReferenceType())
      return Held::Nothing;
    if (Model.names().has(*Class, Role::TimeoutScope))
      return Held::Timeout;
    if (Model.names().has(*Class, Role::TaskScope))
      return Held::Tasks;
    return Held::Nothing;
  }

  /// Each guard and lock once, where it is first yielded under.
  void locks(const FunctionFacts &F) {
    SmallPtrSet<const NamedDecl *, 4> Seen;
    for (const HeldLock &Lock : Locks.in(F))
      if (Lock.At->Yield && Lock.How != HeldBy::Parameter && Lock.How != HeldBy::Temporary &&
          Seen.insert(Lock.Of).second)
        report(Held::Lock, *Lock.Of, Lock.Since, Lock.At->Expr, Lock.Way);
  }

  void local(const LocalFacts &Local) {
    Held Kind = kindOf(Local);
    std::optional<YieldPath> Path;
    if (Kind == Held::Tasks)
      Path = yieldWhileOpen(Model, Rules, Local);
    else if (Kind == Held::Timeout)
      Path = yieldWhileHeld(Model, Rules, Local);
    if (Path)
      report(Kind, *Local.Decl, Local.Decl->getLocation(), Path->Yield, Path->Way);
  }

  void report(Held Kind, const NamedDecl &Of, SourceLocation Since, const Stmt *Yield,
              ArrayRef<FlowStep> Way) {
    const std::string Name = "'" + Of.getNameAsString() + "'";
    Diag D;
    D.Loc = Yield->getBeginLoc();
    D.Message = "'co_yield' while " + what(Kind, Name);
    D.Notes.push_back(
        {Since, Name + (Since == Of.getLocation() ? " is declared here" : " is locked here")});
    addPath(D, Way);
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
  HeldLocks Locks;
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
