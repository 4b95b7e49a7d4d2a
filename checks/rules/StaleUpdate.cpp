//===- StaleUpdate.cpp - async-stale-update -------------------------------===//
//
// Law: what was read before a suspension is old after it. Who writes back what he computed from it,
// or acts on what he found then, undoes what others did meanwhile.
//
// Reported: a member or global that is written after a suspension from a value of it that was read
// before: `n = n + co_await f()`, a copy in a local; or that is replaced after a suspension because
// a condition was true before it. Only when another function of the TU writes it too.
//
// Not reported: `n += co_await f()`, whose left side C++ reads last; what is read or tested again
// after the suspension, or was claimed by a write before it; a value that is put back as it was;
// flags that get a constant; suspensions under a lock, with units or in a gate.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/LockState.h"
#include "model/SharedStorage.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// `Storage = Value;`
struct Write {
  const Expr *At;
  const Expr *Target;
  const Expr *Value;
  const ValueDecl *Storage;
};

/// What the write goes by, read before the suspension.
enum class Basis : unsigned char { Operand, Copy, Condition };

class StaleUpdates {
public:
  explicit StaleUpdates(RuleContext &Context)
      : Context(Context), Model(Context.model()), Locks(Model) {}

  void run() {
    for (const FunctionFacts &F : Model.functions().all())
      if (F.isCoroutine() && !F.Dependent && !F.Suspensions.empty())
        function(F);
  }

private:
  void function(const FunctionFacts &F) {
    const SmallVector<Write, 4> Writes = writesOf(F);
    if (Writes.empty() || Locks.keepsOthersAway(F))
      return;
    const FunctionFlow *Flow = Model.flow(F);
    if (!Flow)
      return;
    for (const Write &W : Writes)
      if (Flow->contains(W.At))
        write(F, *Flow, W);
  }

  SmallVector<Write, 4> writesOf(const FunctionFacts &F) const {
    SmallVector<Write, 4> Found;
    anyStatement(F.Body, [&](const Stmt *S) {
      const Expr *Target = nullptr, *Value = nullptr;
      if (const auto *Binary = dyn_cast<BinaryOperator>(S);
          Binary && Binary->getOpcode() == BO_Assign) {
        Target = Binary->getLHS();
        Value = Binary->getRHS();
      } else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(S);
                 Operator && Operator->getOperator() == OO_Equal && Operator->getNumArgs() == 2) {
        Target = Operator->getArg(0);
        Value = Operator->getArg(1);
      }
      const Expr *Plain = Target ? withoutWrappers(Target)->IgnoreParenCasts() : nullptr;
      const ValueDecl *Storage =
          isa_and_nonnull<MemberExpr, DeclRefExpr>(Plain) ? sharedStorage(Model, Plain) : nullptr;
      if (Storage)
        Found.push_back({cast<Expr>(S), Plain, Value, Storage});
      return false;
    });
    return Found;
  }

  static bool names(const Stmt *S, const ValueDecl *D) {
    if (const auto *Member = dyn_cast<MemberExpr>(S))
      return Member->getMemberDecl() == D;
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    return Ref && Ref->getDecl() == D;
  }

  static SmallVector<const Expr *, 2> mentions(const Stmt *In, const ValueDecl *D) {
    SmallVector<const Expr *, 2> Found;
    anyStatement(In, [&](const Stmt *S) {
      if (names(S, D))
        Found.push_back(cast<Expr>(S));
      return false;
    });
    return Found;
  }

  //--- What a write goes by -------------------------------------------------

  void write(const FunctionFacts &F, const FunctionFlow &Flow, const Write &W) {
    // A class is an operand by reference, and read when the operator runs.
    if (W.Target->getType()->isScalarType())
      for (const Expr *Read : mentions(W.Value, W.Storage))
        if (follow(F, Flow, W, Read, Basis::Operand, nullptr))
          return;
    for (const LocalFacts *Local : copiesIn(W))
      for (const Expr *Read : mentions(Local->Init, W.Storage))
        if (Flow.parent(Read) && follow(F, Flow, W, Read, Basis::Copy, Local))
          return;
    if (isConstant(W.Value))
      return;
    for (const Expr *Read : testsBefore(Flow, W))
      if (follow(F, Flow, W, Read, Basis::Condition, nullptr))
        return;
  }

  /// Locals by value in what is written, which hold something computed from the storage. One that
  /// is put back as it is restores what was there.
  SmallVector<const LocalFacts *, 2> copiesIn(const Write &W) const {
    SmallVector<const LocalFacts *, 2> Found;
    if (isa<DeclRefExpr>(withoutWrappers(W.Value)->IgnoreParenCasts()))
      return Found;
    anyStatement(W.Value, [&](const Stmt *S) {
      const auto *Ref = dyn_cast<DeclRefExpr>(S);
      const LocalFacts *Local = Ref ? Model.functions().local(Ref->getDecl()) : nullptr;
      if (Local && Local->Init && isa<VarDecl>(Local->Decl) &&
          Local->Decl->getType()->isArithmeticType() && !is_contained(Found, Local))
        Found.push_back(Local);
      return false;
    });
    return Found;
  }

  static bool leaves(const Stmt *S) {
    if (const auto *Block = dyn_cast_or_null<CompoundStmt>(S))
      S = Block->body_empty() ? nullptr : Block->body_back();
    return isa_and_nonnull<ReturnStmt, CoreturnStmt>(S);
  }

  /// `if (owns_) throw ...;`: the caller has made a mistake.
  static bool throws(const Stmt *S) {
    if (const auto *Block = dyn_cast_or_null<CompoundStmt>(S))
      S = Block->body_empty() ? nullptr : Block->body_back();
    const auto *E = dyn_cast_or_null<Expr>(S);
    return E && isa<CXXThrowExpr>(withoutWrappers(E));
  }

  /// Reads in the conditions that decide whether the write happens: those around it, and of
  /// `if (connection_) co_return;` right before in the same block.
  SmallVector<const Expr *, 2> testsBefore(const FunctionFlow &Flow, const Write &W) const {
    SmallVector<const Expr *, 2> Found;
    const Stmt *Child = W.At;
    for (const Stmt *P = Flow.parent(Child); P; Child = P, P = Flow.parent(P)) {
      if (const auto *If = dyn_cast<IfStmt>(P);
          If && Child != If->getCond() && !(Child == If->getElse() && throws(If->getThen())))
        append_range(Found, mentions(If->getCond(), W.Storage));
      if (const auto *Block = dyn_cast<CompoundStmt>(P))
        for (const Stmt *Before : Block->body()) {
          if (Before == Child)
            break;
          if (const auto *If = dyn_cast<IfStmt>(Before); If && leaves(If->getThen()))
            append_range(Found, mentions(If->getCond(), W.Storage));
        }
    }
    return Found;
  }

  //--- The path -------------------------------------------------------------

  /// Whether the read reaches the write over a suspension, with no look at the storage in between.
  bool follow(const FunctionFacts &F, const FunctionFlow &Flow, const Write &W, const Expr *Read,
              Basis By, const LocalFacts *Local) {
    if (!Flow.contains(Read))
      return false;
    const StorageChange *Other = nullptr;
    bool Found = false;
    PathSearch Search(Flow, Exceptions::Awaits);
    // The state is 0 before a suspension, then its number.
    Search.after(Read, 0,
                 [&](PathSearch::State S, const FlowEvent &E) -> std::optional<PathSearch::State> {
                   if (Found || E.What == FlowEvent::Caught)
                     return std::nullopt;
                   if (E.What != FlowEvent::Evaluated)
                     return S;
                   if (!S)
                     if (const Suspension *Sleep = Locks.sleep(F, E.S))
                       return Sleep - F.Suspensions.data() + 1;
                   if (E.S == W.At && S && (Other = otherWriter(F, W, By))) {
                     Found = true;
                     report(W, Read, By, Local, F.Suspensions[S - 1], *Other, Search.witness());
                     return std::nullopt;
                   }
                   const bool Again = names(E.S, W.Storage) && E.S != W.Target;
                   return E.S == W.At || Again ? std::nullopt : std::optional(S);
                 });
    return Found;
  }

  /// Somebody whose work is lost. Who empties a member loses nothing when it is filled again.
  const StorageChange *otherWriter(const FunctionFacts &F, const Write &W, Basis By) {
    if (!Storage)
      Storage.emplace(Model);
    for (const StorageChange *Change : Storage->changes(W.Storage, F))
      if (By != Basis::Condition || (!Change->Simple && Change->How != Disturbance::Removes &&
                                     !takesPart(*Change, W.Storage)))
        return Change;
    return nullptr;
  }

  /// `left_ = left_.subspan(n);`: of a member that is empty nothing is taken.
  static bool takesPart(const StorageChange &Change, const ValueDecl *Storage) {
    const auto *Assigns = dyn_cast<CXXOperatorCallExpr>(Change.At);
    return Assigns && Assigns->getOperator() == OO_Equal && Assigns->getNumArgs() == 2 &&
           !mentions(Assigns->getArg(1), Storage).empty();
  }

  void report(const Write &W, const Expr *Read, Basis By, const LocalFacts *Local,
              const Suspension &Sleep, const StorageChange &Other, ArrayRef<FlowStep> Way) {
    const std::string Name = "'" + W.Storage->getNameAsString() + "'";
    const std::string Who =
        Other.In->Decl ? "'" + shownName(*Other.In->Decl) + "'" : std::string("other code");
    Diag D;
    D.Loc = W.At->getBeginLoc();
    D.Message = By == Basis::Condition
                    ? Name + " was tested before the suspension and is replaced after it: what " +
                          Who + " put there meanwhile is lost"
                    : Name + " is written from a value that was read before the suspension: what " +
                          Who + " wrote meanwhile is lost";
    D.note(Read->getExprLoc(),
           By == Basis::Condition ? Name + " is tested here"
           : Local ? Name + " is copied to '" + Local->Decl->getNameAsString() + "' here"
                   : Name + " is read here, perhaps before the right operand");
    D.note(Sleep.Expr->getBeginLoc(), "the coroutine is suspended here, and other code runs");
    D.note(Other.At->getExprLoc(), Who + " changes " + Name + " here, perhaps meanwhile");
    addPath(D, Way);
    D.note(D.Loc, By == Basis::Condition
                      ? "test it again after the suspension, or claim it before"
                      : "await into a local first, then read and write without a suspension");
    Context.report(D);
  }

  RuleContext &Context;
  const TuModel &Model;
  HeldLocks Locks;
  std::optional<SharedStorage> Storage; ///< Built when somebody updates a member so.
};

void run(RuleContext &Context) { StaleUpdates(Context).run(); }

} // namespace

extern constexpr Check StaleUpdateCheck = {
    "stale-update",
    "a member is written after a suspension by what was read or tested before it",
    Severity::Warning,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
