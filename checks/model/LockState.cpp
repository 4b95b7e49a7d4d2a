//===- LockState.cpp - Which locks are held where a coroutine sleeps ------===//

#include "model/LockState.h"
#include "model/AwaitKind.h"
#include "model/OpenPaths.h"
#include <map>

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// What happens to one lock when a statement has been evaluated.
struct Change {
  enum Kind : unsigned char { Acquires, Tries, Releases, TakesOver, Swaps };
  Kind What;
  unsigned Lock;
  unsigned From = 0; ///< Of TakesOver: the guard that gives; of Swaps: the other one.
};

struct TrackedLock {
  const ValueDecl *Decl;                  ///< The guard, or the last part of the mutex's path.
  SmallVector<const ValueDecl *, 3> Path; ///< Of a mutex locked by hand: `this->a.m` is a, m.
  HeldBy How;
  bool Async;
  SmallVector<const ValueDecl *, 1> Mutexes = {}; ///< That the guard was made of.
};

/// `m`, `this->m`, `p->a.m`, `*m`, `&m`: the declarations on the way. Empty: no fixed place.
SmallVector<const ValueDecl *, 3> pathOf(const Expr *E) {
  SmallVector<const ValueDecl *, 3> Path;
  while (true) {
    E = withoutWrappers(E)->IgnoreParenCasts();
    if (const auto *Unary = dyn_cast<UnaryOperator>(E);
        Unary && (Unary->getOpcode() == UO_AddrOf || Unary->getOpcode() == UO_Deref)) {
      E = Unary->getSubExpr();
    } else if (const auto *Member = dyn_cast<MemberExpr>(E)) {
      Path.insert(Path.begin(), Member->getMemberDecl());
      E = Member->getBase();
    } else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(E);
               Call && (Call->getOperator() == OO_Arrow || Call->getOperator() == OO_Star) &&
               Call->getNumArgs() == 1) {
      E = Call->getArg(0);
    } else if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
      Path.insert(Path.begin(), Ref->getDecl());
      return Path;
    } else {
      return isa<CXXThisExpr>(E) ? Path : SmallVector<const ValueDecl *, 3>();
    }
  }
}

const CallExpr *asMove(const Stmt *S) {
  const auto *Call = dyn_cast_or_null<CallExpr>(S);
  return Call && Call->isCallToStdMove() ? Call : nullptr;
}

bool isTag(const Expr *E, StringRef Name) {
  const CXXRecordDecl *Tag = classOf(E->getType());
  return Tag && identifierOf(*Tag) == Name;
}

ArrayRef<const Expr *> argumentsOf(const Expr *Init) {
  const Expr *E = withoutWrappers(Init)->IgnoreParenCasts();
  if (const auto *Made = dyn_cast<CXXConstructExpr>(E))
    return {Made->getArgs(), Made->getNumArgs()};
  if (const auto *List = dyn_cast<InitListExpr>(E))
    return {List->getInits(), List->getNumInits()};
  if (const auto *Call = dyn_cast<CallExpr>(E))
    return {Call->getArgs(), Call->getNumArgs()};
  return {};
}

/// All locks of one function and what changes them.
class LockReader {
public:
  LockReader(const TuModel &Model, const LockTypes &Types, const FunctionFacts &F,
             const FunctionFlow &Flow, ArrayRef<const LocalFacts *> Locals)
      : Model(Model), Types(Types), F(F), Flow(Flow) {
    for (const LocalFacts *Local : Locals)
      addGuard(*Local);
    for (const CallSite &Site : F.Calls)
      if (Site.Expr && Flow.parent(Site.Expr))
        addCall(Site);
    for (const LocalFacts *Guard : Guards)
      if (!isa<ParmVarDecl>(Guard->Decl))
        initialised(*Guard);
    for (const LocalFacts *Guard : Guards)
      for (const VarUse &Use : Guard->Uses)
        addUse(*Guard, Use);
    for (const LambdaExpr *Lambda : F.Lambdas)
      if (Flow.parent(Lambda))
        addLambda(Lambda);
  }

  std::vector<TrackedLock> Locks;
  DenseMap<const Stmt *, SmallVector<Change, 1>> Changes;
  DenseMap<const ValueDecl *, SmallVector<Change, 1>> Declared; ///< When the variable is made.
  DenseMap<const ValueDecl *, SmallVector<Change, 1>> Ended;    ///< When it is destroyed.
  SmallPtrSet<const Stmt *, 2> Tests;                           ///< Calls of try_lock.

  /// Whether what is awaited gets the lock: it may let go of it meanwhile.
  bool isGiven(unsigned Lock, const Suspension &S) const {
    return anyStatement(S.Operand, [&](const Stmt *At) {
      const auto *Ref = dyn_cast<DeclRefExpr>(At);
      const auto *Member = dyn_cast<MemberExpr>(At);
      const ValueDecl *Named = Ref ? Ref->getDecl() : Member ? Member->getMemberDecl() : nullptr;
      return Named && (Named == Locks[Lock].Decl || is_contained(Locks[Lock].Mutexes, Named));
    });
  }

private:
  //--- Guards ---------------------------------------------------------------

  void addGuard(const LocalFacts &Local) {
    const auto *Var = dyn_cast<VarDecl>(Local.Decl);
    const auto *Parameter = dyn_cast_or_null<ParmVarDecl>(Var);
    if (!Var || !Var->hasLocalStorage() || Var->isInitCapture() || Var->isExceptionVariable())
      return;
    QualType T = Var->getType();
    if (T->isReferenceType()) {
      // A reference may keep a temporary; others name the guard of somebody else.
      const Expr *Init = Local.Init;
      if (const auto *Full = dyn_cast_or_null<ExprWithCleanups>(Init))
        Init = Full->getSubExpr();
      if (Parameter || !isa_and_nonnull<MaterializeTemporaryExpr>(Init))
        return;
      T = T->getPointeeType();
    }
    const QualType Held = LockTypes::heldGuard(T.getUnqualifiedType());
    const CXXRecordDecl *Class = classOf(Held);
    const bool Thread = Types.isGuard(Held) || (!Parameter && Types.hasGuardMember(T));
    const bool Async = !Thread && Class && Types.guardsAsyncLock(Local.Init, Class);
    if ((!Thread && !Async) || (Parameter && Held != T.getUnqualifiedType()))
      return;
    const unsigned Index = Locks.size();
    Locks.push_back({Var, {}, Parameter ? HeldBy::Parameter : HeldBy::Guard, Async});
    Guards.push_back(&Local);
    IndexOf[Var] = Index;
    Ended[Var].push_back({Change::Releases, Index});
  }

  /// Held from the start, unless it is made empty or of a guard that may be.
  void initialised(const LocalFacts &Local) {
    const unsigned Index = IndexOf.lookup(Local.Decl);
    const QualType T = Local.Decl->getType().getNonReferenceType().getUnqualifiedType();
    const bool InHolder = LockTypes::heldGuard(T) != T;
    auto &At = Declared[Local.Decl];
    const auto Arguments = Local.Init ? argumentsOf(Local.Init) : ArrayRef<const Expr *>();
    const Expr *Init = Local.Init ? withoutWrappers(Local.Init)->IgnoreParenCasts() : nullptr;
    const auto *Made = dyn_cast_or_null<CXXConstructExpr>(Init);
    if (!Init || (Made && Arguments.empty() && (InHolder || mayBeEmpty(Made))))
      return;
    auto Has = [&](StringRef Tag) {
      return any_of(Arguments, [&](const Expr *A) { return isTag(A, Tag); });
    };
    if (Has("defer_lock_t") || Has("nullopt_t") || isa<CXXNullPtrLiteralExpr>(Init))
      return;
    if (Arguments.size() == 1)
      if (const CallExpr *Moved = asMove(withoutWrappers(Arguments[0])))
        if (auto From = IndexOf.find(pathEnd(Moved->getArg(0))); From != IndexOf.end())
          return At.push_back({Change::TakesOver, Index, From->second});
    // It adopts what was locked by hand: taking that again would wait for ever.
    for (const Expr *A : Arguments) {
      if (auto Mutex = find(pathOf(A)))
        At.push_back({Change::Releases, *Mutex});
      if (const ValueDecl *Mutex = pathEnd(A))
        Locks[Index].Mutexes.push_back(Mutex);
    }
    At.push_back({Change::Acquires, Index});
  }

  /// Whether a guard that is made of nothing holds nothing: it does not lock in its constructor.
  static bool mayBeEmpty(const CXXConstructExpr *Made) {
    const CXXConstructorDecl *C = Made->getConstructor();
    if (!C->isDefaultConstructor() || C->getParent()->hasAttr<ScopedLockableAttr>())
      return false;
    const Stmt *Body = C->getBody();
    if (!Body) // The only way to make one locks something.
      return any_of(C->getParent()->ctors(), [](const CXXConstructorDecl *Other) {
        return !Other->isDefaultConstructor() && !Other->isCopyOrMoveConstructor();
      });
    SmallVector<const Stmt *, 8> Pending{Body};
    while (!Pending.empty()) {
      const Stmt *S = Pending.pop_back_val();
      if (const auto *Call = dyn_cast_or_null<CallExpr>(S); Call && Call->getDirectCallee())
        return false;
      if (S)
        append_range(Pending, S->children());
    }
    return true;
  }

  static const ValueDecl *pathEnd(const Expr *E) {
    const auto Path = pathOf(E);
    return Path.empty() ? nullptr : Path.back();
  }

  void addUse(const LocalFacts &Guard, const VarUse &Use) {
    const unsigned Index = IndexOf.lookup(Guard.Decl);
    const Stmt *Child = Use.Ref;
    const Stmt *P = Flow.parent(Child);
    if (!P) // In the body of a lambda, which addLambda reads.
      return;
    bool Moved = false;
    for (; P; Child = P, P = Flow.parent(P)) {
      if (isa<ImplicitCastExpr, ParenExpr, ExprWithCleanups, MaterializeTemporaryExpr,
              CXXBindTemporaryExpr>(P))
        continue;
      if (asMove(P)) {
        Moved = true;
        continue;
      }
      if (const auto *Member = dyn_cast<MemberExpr>(P))
        return memberUse(Index, Member, Moved);
      if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(P)) {
        if (Operator->getOperator() == OO_Equal)
          return assigned(Index, Operator, Child);
        if (Operator->getOperator() == OO_Arrow || Operator->getOperator() == OO_Star)
          return holderUse(Index, Operator);
        if (Operator->getOperator() == OO_Call && Operator->getArg(0) != Child)
          break; // A lambda gets it.
        return;
      }
      break;
    }
    const auto *E = dyn_cast_or_null<Expr>(P);
    if (!E || isa<LambdaExpr>(E))
      return;
    if (Moved) {
      // A new guard in this function takes it over where it is declared.
      if (isa<CXXConstructExpr>(E) && isa_and_nonnull<DeclStmt>(statementOf(E)) && takenOver(Index))
        return;
      return change(E, {Change::Releases, Index});
    }
    if (const auto Pair = swappedBy(E)) {
      if (Pair->first == Index)
        change(E, {Change::Swaps, Index, Pair->second});
      return;
    }
    if (isa<CallExpr, CXXConstructExpr>(E) && mayUnlock(E, Child))
      change(E, {Change::Releases, Index});
    else if (const auto *Unary = dyn_cast<UnaryOperator>(E);
             Unary && Unary->getOpcode() == UO_AddrOf)
      change(E, {Change::Releases, Index});
  }

  /// `a.swap(b)`, `std::swap(a, b)` of two guards that are both followed.
  std::optional<std::pair<unsigned, unsigned>> swappedBy(const Expr *E) const {
    const auto *Call = dyn_cast<CallExpr>(E);
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    if (!Callee || identifierOf(*Callee) != "swap")
      return std::nullopt;
    SmallVector<const Expr *, 2> Sides(Call->arguments());
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call))
      Sides.insert(Sides.begin(), Member->getImplicitObjectArgument());
    if (Sides.size() != 2)
      return std::nullopt;
    const auto First = IndexOf.find(pathEnd(Sides[0])), Second = IndexOf.find(pathEnd(Sides[1]));
    if (First == IndexOf.end() || Second == IndexOf.end())
      return std::nullopt;
    return std::pair(First->second, Second->second);
  }

  bool takenOver(unsigned Index) const {
    return any_of(Declared, [&](const auto &Entry) {
      return any_of(Entry.second, [&](const Change &C) {
        return C.What == Change::TakesOver && C.From == Index;
      });
    });
  }

  const Stmt *statementOf(const Stmt *S) const {
    while (S && isa<Expr>(S))
      S = Flow.parent(S);
    return S;
  }

  void memberUse(unsigned Index, const MemberExpr *Member, bool Moved) {
    const auto *M = dyn_cast<CXXMethodDecl>(Member->getMemberDecl());
    const Stmt *Call = Flow.parent(Member);
    while (isa_and_nonnull<ParenExpr>(Call))
      Call = Flow.parent(Call);
    if (!M || !isa_and_nonnull<CXXMemberCallExpr>(Call))
      return;
    if (const auto Pair = swappedBy(cast<Expr>(Call)))
      return change(Call, {Change::Swaps, Pair->first, Pair->second});
    const StringRef Name = identifierOf(*M);
    static const StringRef Frees[] = {"release",      "reset", "return_all",
                                      "return_units", "swap",  "Release"};
    const LockCall Does = LockTypes::ofMember(*M);
    if (Does == LockCall::Unlocks || is_contained(Frees, Name) || Moved)
      change(Call, {Change::Releases, Index});
    else if (Does == LockCall::Locks || Does == LockCall::Tries || Name == "emplace")
      change(Call, {Change::Acquires, Index});
  }

  /// `holder->unlock()`, `(*holder).unlock()`.
  void holderUse(unsigned Index, const Stmt *Reached) {
    const Stmt *P = Flow.parent(Reached);
    while (isa_and_nonnull<ImplicitCastExpr, ParenExpr>(P))
      P = Flow.parent(P);
    if (const auto *Member = dyn_cast_or_null<MemberExpr>(P))
      memberUse(Index, Member, false);
  }

  void assigned(unsigned Index, const CXXOperatorCallExpr *Operator, const Stmt *Child) {
    if (Operator->getArg(0) != Child || Operator->getNumArgs() != 2)
      return change(Operator, {Change::Releases, Index}); // Moved into another one.
    const Expr *Value = withoutWrappers(Operator->getArg(1))->IgnoreParenCasts();
    if (const CallExpr *Moved = asMove(Value)) {
      auto From = IndexOf.find(pathEnd(Moved->getArg(0)));
      return From == IndexOf.end() ? change(Operator, {Change::Acquires, Index})
                                   : change(Operator, {Change::TakesOver, Index, From->second});
    }
    const ArrayRef<const Expr *> Arguments = argumentsOf(Value);
    const bool Empty = (isa<CXXConstructExpr, InitListExpr>(Value) && Arguments.empty()) ||
                       isa<CXXScalarValueInitExpr, CXXNullPtrLiteralExpr>(Value) ||
                       any_of(Arguments, [](const Expr *A) { return isTag(A, "defer_lock_t"); }) ||
                       isTag(Value, "nullopt_t");
    change(Operator, {Empty ? Change::Releases : Change::Acquires, Index});
  }

  /// Whether a function that gets the guard or mutex may unlock it for good. One that waits on a
  /// condition has it again when it returns.
  bool mayUnlock(const Expr *Call, const Stmt *Argument) const {
    const auto *C = dyn_cast<CallExpr>(Call);
    const auto *Made = dyn_cast<CXXConstructExpr>(Call);
    const FunctionDecl *Callee = C ? C->getDirectCallee() : Made->getConstructor();
    ArrayRef<const Expr *> Arguments =
        C ? ArrayRef<const Expr *>(C->getArgs(), C->getNumArgs())
          : ArrayRef<const Expr *>(Made->getArgs(), Made->getNumArgs());
    if (isa<CXXOperatorCallExpr>(Call) && isa_and_nonnull<CXXMethodDecl>(Callee))
      Arguments = Arguments.drop_front(); // The object.
    const unsigned Index = llvm::find(Arguments, Argument) - Arguments.begin();
    if (!Callee || Index >= Callee->getNumParams())
      return true;
    const ParmVarDecl *Parameter = Callee->getParamDecl(Index);
    const QualType T = Parameter->getType();
    if (!T->isReferenceType() || T->getPointeeType().isConstQualified() ||
        (C && Types.ofFunction(*Callee) == LockCall::Locks)) // `std::lock(first, second)`
      return false;
    if (const auto *M = dyn_cast<CXXMethodDecl>(Callee);
        M && identifierOf(*M->getParent()).contains_insensitive("cond"))
      return false;
    const FunctionFacts *Body = Model.functions().of(Callee);
    return !Body || any_of(Body->Calls, [](const CallSite &Site) {
      return LockTypes::ofMember(*Site.Callee) == LockCall::Unlocks;
    });
  }

  //--- Mutexes locked by hand -----------------------------------------------

  std::optional<unsigned> find(ArrayRef<const ValueDecl *> Path) const {
    for (unsigned I = 0; I < Locks.size() && !Path.empty(); ++I)
      if (ArrayRef(Locks[I].Path) == Path)
        return I;
    return std::nullopt;
  }

  /// The mutex of a call `m.lock()`, `pthread_mutex_lock(&m)`.
  std::optional<unsigned> mutexOf(const Expr *Object, bool Add) {
    auto Path = pathOf(Object);
    if (Path.empty() || IndexOf.count(Path.back()))
      return std::nullopt;
    if (auto Known = find(Path))
      return Known;
    if (!Add)
      return std::nullopt;
    Locks.push_back({Path.back(), Path, HeldBy::Hand, false});
    return Locks.size() - 1;
  }

  void addCall(const CallSite &Site) {
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Site.Expr)) {
      const LockCall Does = LockTypes::ofMember(*Site.Callee);
      if (Does == LockCall::Nothing || !Site.Object || !Types.isMutex(Site.Object))
        return calls(Site);
      return byHand(Does, Site.Expr, Member->getImplicitObjectArgument());
    }
    const auto *Call = dyn_cast<CallExpr>(Site.Expr);
    if (!Call || isa<CXXOperatorCallExpr>(Call) || isa<CXXMethodDecl>(Site.Callee))
      return;
    const LockCall Does = Types.ofFunction(*Site.Callee);
    if (Does == LockCall::Nothing)
      return calls(Site);
    // `std::lock(a, b)` takes mutexes and deferred guards; in C the first argument is the lock.
    for (const Expr *Argument : abide::argumentsOf(Site)) {
      if (auto Guard = IndexOf.find(pathEnd(Argument)); Guard != IndexOf.end())
        change(Site.Expr,
               {Does == LockCall::Locks ? Change::Acquires : Change::Releases, Guard->second});
      else
        byHand(Does, Site.Expr, Argument);
      if (Site.Callee->isExternC())
        break;
    }
  }

  void byHand(LockCall Does, const Expr *Call, const Expr *Object) {
    const auto Index = mutexOf(Object, Does != LockCall::Unlocks);
    if (!Index)
      return;
    if (Does == LockCall::Tries)
      Tests.insert(Call);
    change(Call, {Does == LockCall::Locks   ? Change::Acquires
                  : Does == LockCall::Tries ? Change::Tries
                                            : Change::Releases,
                  *Index});
  }

  /// A helper with a visible body that unlocks the same member.
  void calls(const CallSite &Site) {
    const FunctionFacts *Body = Model.functions().of(Site.Callee);
    if (!Body || Body == &F)
      return;
    for (const CallSite &Inner : Body->Calls)
      if (const auto *Member = dyn_cast_or_null<CXXMemberCallExpr>(Inner.Expr);
          Member && LockTypes::ofMember(*Inner.Callee) == LockCall::Unlocks)
        for (unsigned I = 0; I < Locks.size(); ++I)
          if (!Locks[I].Path.empty() &&
              Locks[I].Path.back() == pathEnd(Member->getImplicitObjectArgument()))
            change(Site.Expr, {Change::Releases, I});
  }

  /// A lambda that unlocks does so when it is called; one that a variable keeps, at the latest when
  /// that is destroyed.
  void addLambda(const LambdaExpr *Lambda) {
    const FunctionFacts *Body = Model.functions().of(Lambda->getCallOperator());
    if (!Body)
      return;
    for (const CallSite &Site : Body->Calls) {
      const auto *Member = dyn_cast_or_null<CXXMemberCallExpr>(Site.Expr);
      if (!Member || LockTypes::ofMember(*Site.Callee) != LockCall::Unlocks)
        continue;
      const Expr *Object = Member->getImplicitObjectArgument();
      auto Guard = IndexOf.find(pathEnd(Object));
      const auto Index =
          Guard != IndexOf.end() ? std::optional(Guard->second) : mutexOf(Object, false);
      if (!Index)
        continue;
      const auto *Declares = dyn_cast_or_null<DeclStmt>(statementOf(Lambda));
      const auto *Keeper = Declares && Declares->isSingleDecl()
                               ? dyn_cast<VarDecl>(Declares->getSingleDecl())
                               : nullptr;
      const CXXRecordDecl *Class = Keeper ? Keeper->getType()->getAsCXXRecordDecl() : nullptr;
      if (Class && !Class->isLambda() && !Class->hasTrivialDestructor())
        Ended[Keeper].push_back({Change::Releases, *Index});
      else
        change(Lambda, {Change::Releases, *Index});
    }
  }

  void change(const Stmt *At, Change C) { Changes[At].push_back(C); }

  const TuModel &Model;
  const LockTypes &Types;
  const FunctionFacts &F;
  const FunctionFlow &Flow;
  std::vector<const LocalFacts *> Guards;
  DenseMap<const ValueDecl *, unsigned> IndexOf;
};

//===----------------------------------------------------------------------===//
// The search
//===----------------------------------------------------------------------===//

/// Follows the locks over all paths. The state says of each lock since where it is held.
class LockSearch {
public:
  LockSearch(const TuModel &Model, const FunctionFacts &F, const LockReader &Reader)
      : Reader(Reader) {
    for (const Suspension &S : F.Suspensions)
      if (kindOfAwait(Model, S) != AwaitKind::Never)
        Sleeps[S.Expr] = &S;
  }

  std::vector<HeldLock> run(const FunctionFlow &Flow) {
    // Nobody locks that much; the bound keeps a generated function from exploding.
    if (Reader.Locks.empty() || Reader.Locks.size() > 12)
      return {};
    for (const TrackedLock &Lock : Reader.Locks) {
      Owns.emplace_back();
      if (Lock.Path.empty())
        Owns.back().Iterators.insert(Lock.Decl);
    }
    Held Start(Reader.Locks.size(), 0);
    for (unsigned I = 0; I < Start.size(); ++I)
      if (Reader.Locks[I].How == HeldBy::Parameter)
        Start[I] = place(Reader.Locks[I].Decl->getLocation());
    PathSearch Search(Flow, Exceptions::Awaits);
    Search.fromEntry(number(Start),
                     [&](PathSearch::State S, const FlowEvent &E) { return step(S, E, Search); });
    return std::move(Found);
  }

private:
  using Held = std::vector<unsigned>; ///< For each lock: 0, or one more than the place in Places.
  static constexpr size_t MaxStates = 256;

  PathSearch::State number(const Held &H) {
    auto [It, New] = Numbers.try_emplace(H, States.size());
    if (New)
      States.push_back(H);
    return It->second;
  }

  unsigned place(SourceLocation Loc) {
    auto It = llvm::find(Places, Loc);
    if (It != Places.end())
      return It - Places.begin() + 1;
    Places.push_back(Loc);
    return Places.size();
  }

  void apply(Held &H, const Change &C, SourceLocation Loc) {
    switch (C.What) {
    case Change::Acquires:
      H[C.Lock] = place(Loc);
      break;
    case Change::TakesOver:
      H[C.Lock] = H[C.From];
      H[C.From] = 0;
      break;
    case Change::Swaps:
      std::swap(H[C.Lock], H[C.From]);
      break;
    case Change::Releases:
      H[C.Lock] = 0;
      break;
    case Change::Tries: // The branch on its answer decides.
      break;
    }
  }

  void evaluated(Held &H, const Stmt *S, PathSearch &Search) {
    if (auto Sleep = Sleeps.find(S); Sleep != Sleeps.end())
      sleeps(H, *Sleep->second, Search);
    if (auto At = Reader.Changes.find(S); At != Reader.Changes.end())
      for (const Change &C : At->second)
        apply(H, C, cast<Expr>(S)->getExprLoc());
    if (const auto *Declares = dyn_cast<DeclStmt>(S))
      for (const Decl *D : Declares->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D))
          if (auto At = Reader.Declared.find(Var); At != Reader.Declared.end())
            for (const Change &C : At->second)
              apply(H, C, Var->getLocation());
  }

  /// `if (m.try_lock())`, `if (!guard.owns_lock())`.
  void branch(Held &H, const FlowEvent &E) {
    for (unsigned I = 0; I < H.size(); ++I)
      if (Reader.Locks[I].Path.empty() && Owns[I].ended(E.S, E.Taken, Reader.Locks[I].Decl))
        H[I] = 0;
    const auto *Condition = dyn_cast<Expr>(E.S);
    bool Truth = E.Taken;
    while (Condition) {
      Condition = withoutWrappers(Condition);
      if (const auto *Not = dyn_cast<UnaryOperator>(Condition);
          Not && Not->getOpcode() == UO_LNot) {
        Truth = !Truth;
        Condition = Not->getSubExpr();
      } else if (const auto *Logic = dyn_cast<BinaryOperator>(Condition);
                 Logic && Logic->isLogicalOp()) {
        Condition = Logic->getRHS();
      } else {
        break;
      }
    }
    if (Truth && Condition && Reader.Tests.count(Condition))
      for (const Change &C : Reader.Changes.lookup(Condition))
        if (C.What == Change::Tries)
          H[C.Lock] = place(Condition->getExprLoc());
  }

  void sleeps(const Held &H, const Suspension &S, PathSearch &Search) {
    for (unsigned I = 0; I < H.size(); ++I) {
      const TrackedLock &Lock = Reader.Locks[I];
      if (!H[I] || Reader.isGiven(I, S) || contradicts(Search.witness()) ||
          !Seen.insert({S.Expr, {I, H[I]}}).second)
        continue;
      Found.push_back({&S, Lock.How, Lock.Async, Lock.Decl, Places[H[I] - 1], Search.witness()});
    }
  }

  std::optional<PathSearch::State> step(PathSearch::State S, const FlowEvent &E,
                                        PathSearch &Search) {
    if (States.size() > MaxStates)
      return std::nullopt;
    Held H = States[S];
    switch (E.What) {
    case FlowEvent::Evaluated:
      evaluated(H, E.S, Search);
      break;
    case FlowEvent::Branch:
      branch(H, E);
      break;
    case FlowEvent::ScopeEnd:
      if (auto At = Reader.Ended.find(E.Var); At != Reader.Ended.end())
        for (const Change &C : At->second)
          apply(H, C, {});
      break;
    default:
      break;
    }
    return number(H);
  }

  const LockReader &Reader;
  std::vector<Iteration> Owns;
  DenseMap<const Stmt *, const Suspension *> Sleeps;
  std::map<Held, PathSearch::State> Numbers;
  std::vector<Held> States;
  std::vector<SourceLocation> Places;
  llvm::DenseSet<std::pair<const Stmt *, std::pair<unsigned, unsigned>>> Seen;
  std::vector<HeldLock> Found;
};

/// `*data.wlock() = co_await f()`: the right side is evaluated first, unlike in Clang's graph.
bool assignedFrom(const FunctionFlow &Flow, const Stmt *Left, const Stmt *Sleep) {
  for (; Left; Left = Flow.parent(Left))
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Left);
        Operator && Operator->isAssignmentOp() && Flow.isInside(Sleep, Operator->getArg(1)))
      return true;
  return false;
}

/// `data.wlock()->push_back(co_await f())`: the guard lives to the end of the full-expression.
void temporaries(const TuModel &Model, const LockTypes &Types, const FunctionFacts &F,
                 const FunctionFlow &Flow, std::vector<HeldLock> &Found) {
  for (const CallSite &Site : F.Calls) {
    const auto *Made = dyn_cast_or_null<CallExpr>(Site.Expr);
    if (!Made || !Made->isPRValue() || !Flow.contains(Made) || !Types.isGuard(Made->getType()))
      continue;
    const Stmt *P = Flow.parent(Made);
    while (isa_and_nonnull<ImplicitCastExpr, ParenExpr, MaterializeTemporaryExpr,
                           CXXBindTemporaryExpr>(P))
      P = Flow.parent(P);
    const auto *Reached = dyn_cast_or_null<CXXOperatorCallExpr>(P);
    if (!Reached || (Reached->getOperator() != OO_Arrow && Reached->getOperator() != OO_Star))
      continue;
    const Stmt *Full = Reached;
    while (isa_and_nonnull<Expr>(Flow.parent(Full)))
      Full = Flow.parent(Full);
    PathSearch Search(Flow, Exceptions::None);
    Search.after(Made, 0, [&](PathSearch::State S, const FlowEvent &E) {
      if (E.What != FlowEvent::Evaluated)
        return std::optional(S);
      for (const Suspension &Sleep : F.Suspensions)
        if (Sleep.Expr == E.S && Flow.isInside(E.S, Full) && !Flow.isInside(Made, E.S) &&
            !assignedFrom(Flow, Made, E.S) && kindOfAwait(Model, Sleep) != AwaitKind::Never)
          Found.push_back({&Sleep, HeldBy::Temporary, false, nullptr, Made->getExprLoc(), {}});
      return E.S == Full ? std::nullopt : std::optional(S);
    });
  }
}

} // namespace

HeldLocks::HeldLocks(const TuModel &Model) : Model(Model), Types(Model) {
  for (const LocalFacts &Local : Model.functions().locals())
    if (Local.Function->isCoroutine())
      LocalsOf[Local.Function].push_back(&Local);
}

ArrayRef<HeldLock> HeldLocks::in(const FunctionFacts &F) {
  auto [At, New] = Known.try_emplace(&F);
  const FunctionFlow *Flow =
      New && F.isCoroutine() && !F.Suspensions.empty() ? Model.flow(F) : nullptr;
  if (!Flow)
    return At->second;
  const LockReader Reader(Model, Types, F, *Flow, LocalsOf.lookup(&F));
  At->second = LockSearch(Model, F, Reader).run(*Flow);
  temporaries(Model, Types, F, *Flow, At->second);
  return At->second;
}

const Suspension *HeldLocks::sleep(const FunctionFacts &F, const Stmt *S) {
  if (!isa<CoroutineSuspendExpr>(S))
    return nullptr;
  const auto At = find_if(F.Suspensions, [&](const Suspension &Of) { return Of.Expr == S; });
  if (At == F.Suspensions.end() || kindOfAwait(Model, *At) == AwaitKind::Never ||
      any_of(in(F), [&](const HeldLock &Lock) { return Lock.At == &*At; }))
    return nullptr;
  return &*At;
}

bool HeldLocks::keepsOthersAway(const FunctionFacts &F) const {
  return any_of(LocalsOf.lookup(&F), [&](const LocalFacts *Local) {
    const CXXRecordDecl *Class = Local->Decl->getType()->getAsCXXRecordDecl();
    // A guard of a mutex is followed; it lasts as long as it lasts.
    if (!Class || !Class->hasDefinition() || Class->hasTrivialDestructor() ||
        Types.isGuard(Local->Decl->getType()))
      return false;
    if (Types.guardsAsyncLock(Local->Init, Class))
      return true;
    const std::string Name = identifierOf(*Class).lower();
    static const StringRef Words[] = {"lock", "guard", "units", "holder", "permit"};
    return any_of(Words, [&](StringRef Word) { return StringRef(Name).contains(Word); });
  });
}

bool yieldsToConsumer(const TuModel &Model, const FunctionFacts &F) {
  if (!F.isCoroutine() || !F.Decl)
    return false;
  const CoroutineType &Type = Model.types().of(F.Decl->getReturnType());
  return Type.AsyncGenerator || (Type.Generator && !Type.Awaitable);
}

} // namespace abide
