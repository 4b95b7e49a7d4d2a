//===- OpenPaths.cpp - The ways round a close -----------------------------===//

#include "model/OpenPaths.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

//===----------------------------------------------------------------------===//
// Iterations
//===----------------------------------------------------------------------===//

/// The object of a call as written: `g` of `g.next()`, `std::move(g).next()` and `++g`.
static const ValueDecl *objectOf(const Expr *E) {
  E = withoutWrappers(E);
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(E))
    E = Member->getImplicitObjectArgument();
  else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E)) {
    if (Operator->getOperator() == OO_Star || Operator->getOperator() == OO_Arrow)
      return nullptr;
    E = Operator->getArg(0);
  }
  E = E->IgnoreParenCasts();
  if (const auto *Moved = dyn_cast<CallExpr>(E); Moved && Moved->isCallToStdMove())
    E = Moved->getArg(0)->IgnoreParenCasts();
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  return Ref ? Ref->getDecl() : nullptr;
}

Iteration::Iteration(const FunctionFacts &F, const FunctionFlow &Flow, const TuModel &Model,
                     const LocalFacts &Generator) {
  auto AddSteps = [&](const ValueDecl *Of) {
    for (const Suspension &S : F.Suspensions)
      if (!S.Yield && Flow.parent(S.Expr) && objectOf(S.Operand) == Of)
        Steps.insert(S.Expr);
  };
  auto IsStep = [&](const Expr *E) {
    return E && Steps.contains(withoutWrappers(E)->IgnoreParenCasts());
  };
  AddSteps(Generator.Decl);
  for (const LocalFacts &Local : Model.functions().locals()) {
    if (Local.Function != &F || !isa<VarDecl>(Local.Decl))
      continue;
    bool Holds = IsStep(Local.Init);
    for (const VarUse &Use : Local.Uses)
      Holds |= Use.How == ValueUse::Assigned && IsStep(Use.Value);
    if (Holds)
      Iterators.insert(Local.Decl);
  }
  for (const ValueDecl *Iterator : Iterators)
    AddSteps(Iterator);
}

bool Iteration::ended(const Stmt *Condition, bool Taken, const ValueDecl *Generator) const {
  auto Known = [&](const Expr *E) {
    E = withoutWrappers(E)->IgnoreParenCasts();
    const auto *Ref = dyn_cast<DeclRefExpr>(E);
    return Steps.contains(E) ||
           (Ref && (Ref->getDecl() == Generator || Iterators.contains(Ref->getDecl())));
  };
  const Expr *E = dyn_cast<Expr>(Condition);
  bool GoesOn = Taken;
  while (E) {
    E = withoutWrappers(E)->IgnoreParenCasts();
    if (Known(E))
      return !GoesOn;
    if (const auto *Not = dyn_cast<UnaryOperator>(E); Not && Not->getOpcode() == UO_LNot) {
      GoesOn = !GoesOn;
      E = Not->getSubExpr();
      continue;
    }
    if (const auto *Rewritten = dyn_cast<CXXRewrittenBinaryOperator>(E)) {
      auto Form = Rewritten->getDecomposedForm();
      bool Compares = Form.Opcode == BO_NE || Form.Opcode == BO_EQ;
      return Compares && (Known(Form.LHS) || Known(Form.RHS)) &&
             (Form.Opcode == BO_NE ? !GoesOn : GoesOn);
    }
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E)) {
      OverloadedOperatorKind Kind = Operator->getOperator();
      if (Kind == OO_Equal || Kind == OO_Exclaim) {
        GoesOn = Kind == OO_Exclaim ? !GoesOn : GoesOn;
        E = Operator->getArg(0);
        continue;
      }
      bool Compares = Kind == OO_ExclaimEqual || Kind == OO_EqualEqual;
      return Compares && (Known(Operator->getArg(0)) || Known(Operator->getArg(1))) &&
             (Kind == OO_ExclaimEqual ? !GoesOn : GoesOn);
    }
    if (const auto *Assign = dyn_cast<BinaryOperator>(E)) {
      if (Assign->getOpcode() == BO_Assign) {
        E = Assign->getLHS();
        continue;
      }
      bool Compares = Assign->isEqualityOp();
      return Compares && (Known(Assign->getLHS()) || Known(Assign->getRHS())) &&
             (Assign->getOpcode() == BO_NE ? !GoesOn : GoesOn);
    }
    static const StringRef Done[] = {"done", "finished", "exhausted", "empty", "at_end", "is_end"};
    static const StringRef More[] = {"has_value", "valid", "more", "owns_lock"};
    const auto *Call = dyn_cast<CXXMemberCallExpr>(E);
    const CXXMethodDecl *M = Call ? Call->getMethodDecl() : nullptr;
    bool Negates = M && is_contained(Done, identifierOf(*M));
    if (!M || !(Negates || isa<CXXConversionDecl>(M) || is_contained(More, identifierOf(*M))))
      return false;
    GoesOn = Negates ? !GoesOn : GoesOn;
    E = Call->getImplicitObjectArgument();
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Ways round a close
//===----------------------------------------------------------------------===//

/// The break or goto by which the path leaves a loop after its last decision, or null.
static const Stmt *jumpAfter(const FunctionFlow &Flow, const FlowStep &Step) {
  const Stmt *At = Step.S;
  while (At && !isa<IfStmt>(At))
    At = Flow.parent(At);
  const auto *If = dyn_cast_or_null<IfStmt>(At);
  const Stmt *Branch = If && !Step.Threw ? (Step.Taken ? If->getThen() : If->getElse()) : nullptr;
  if (const auto *Block = dyn_cast_or_null<CompoundStmt>(Branch))
    Branch = Block->body_empty() ? nullptr : Block->body_back();
  return isa_and_nonnull<BreakStmt, GotoStmt>(Branch) ? Branch : nullptr;
}

/// The variable or member that a condition tests, and the outcome for which it is true.
static std::pair<const ValueDecl *, bool> tested(const FlowStep &Step) {
  const auto *E = dyn_cast<Expr>(Step.S);
  bool Truth = Step.Taken;
  while (E) {
    E = E->IgnoreParenImpCasts();
    const auto *Not = dyn_cast<UnaryOperator>(E);
    if (!Not || Not->getOpcode() != UO_LNot)
      break;
    Truth = !Truth;
    E = Not->getSubExpr();
  }
  if (const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E))
    return {Ref->getDecl(), Truth};
  if (const auto *Member = dyn_cast_or_null<MemberExpr>(E))
    return {Member->getMemberDecl(), Truth};
  return {nullptr, Truth};
}

bool contradicts(ArrayRef<FlowStep> Way) {
  DenseMap<const ValueDecl *, bool> Seen;
  for (const FlowStep &Step : Way) {
    auto [D, Truth] = Step.Threw ? std::pair<const ValueDecl *, bool>() : tested(Step);
    if (D && Seen.try_emplace(D, Truth).first->second != Truth)
      return true;
  }
  return false;
}

namespace {

/// Follows one local over all paths of the function that declares it.
class OpenSearch {
public:
  OpenSearch(const FunctionFlow &Flow, const Closing &Rules, const LocalFacts &Local,
             const Iteration &Runs, bool Yields)
      : Flow(Flow), Local(Local), Runs(Runs), Returns(Local.Function->Returns), Yields(Yields) {
    for (const VarUse &Use : Local.Uses)
      if (Flow.parent(Use.Ref)) {
        HandledUse Does = Rules.handling(Flow, Local, Use.Ref);
        if (Use.How == ValueUse::Assigned)
          Does = {Handling::GivesAway, Use.Ref};
        Closed |= Does.How == Handling::Closes;
        Followed &= Does.How != Handling::Shares;
        Uses.try_emplace(Does.At, Does.How);
        if (Does.How == Handling::Closes)
          noteFlags(Does.At);
      }
  }

  /// Whoever shares an object may be the one who closes it, unless this function does.
  bool canFollow() const { return Closed || Followed; }

  void run(bool FromStart) {
    PathSearch Search(Flow, Exceptions::Awaits);
    auto Next = [&](PathSearch::State S, const FlowEvent &E) { return step(S, E, Search); };
    const auto *Parameter = dyn_cast<ParmVarDecl>(Local.Decl);
    unsigned Initial = FromStart ? Open : Fresh;
    if (Parameter)
      Search.fromEntry(Initial, Next);
    else if (Local.Init && Flow.contains(Local.Init))
      Search.after(Local.Init, Initial, Next);
  }

  const std::optional<OpenPath> &found() const { return Found; }
  const std::optional<YieldPath> &yield() const { return Yield; }

private:
  // The low bits; the ones above say by which return the path leaves.
  enum : unsigned { Fresh, Opening, Open, Bits = 2, Mask = 3 };

  /// Flags that this function sets decide whether there is anything to close.
  void noteFlags(const Stmt *Close) {
    for (const Stmt *At = Close, *Around = Flow.parent(At); Around;
         At = Around, Around = Flow.parent(At))
      if (const auto *If = dyn_cast<IfStmt>(Around); If && If->getCond() != At)
        Guards.insert(If->getCond());
  }

  bool isFlag(const Stmt *Condition) const {
    auto [D, Truth] = tested({Condition, false, true});
    if (!D || !Guards.contains(Condition))
      return mentionsLocal(Condition) && Guards.contains(Condition);
    const auto *Var = dyn_cast<VarDecl>(D);
    return !Var ||
           (Var->hasLocalStorage() && !Var->getType().isConstQualified() && !isa<ParmVarDecl>(Var));
  }

  bool mentionsLocal(const Stmt *Condition) const {
    return any_of(Local.Uses, [&](const VarUse &Use) { return Flow.isInside(Use.Ref, Condition); });
  }

  bool opens(const Stmt *Thrower) const {
    return any_of(Uses, [&](const auto &Use) {
      return Use.second == Handling::Opens && Flow.isInside(Use.first, Thrower);
    });
  }

  std::optional<PathSearch::State> step(PathSearch::State S, const FlowEvent &E,
                                        PathSearch &Search) {
    if (Found || Yield)
      return std::nullopt;
    switch (E.What) {
    case FlowEvent::Evaluated:
      if (Yields && isa<CoyieldExpr>(E.S) && (S & Mask) != Fresh) {
        Yield.emplace(YieldPath{Search.witness(), E.S});
        return std::nullopt;
      }
      return evaluated(S, E.S);
    case FlowEvent::Branch:
      if ((S & Mask) != Fresh && (Runs.ended(E.S, E.Taken, Local.Decl) || isFlag(E.S)))
        return std::nullopt;
      return S;
    case FlowEvent::Caught:
      return failed(S, E.S) ? std::nullopt : std::optional(S);
    case FlowEvent::ScopeEnd:
      if (E.Unwinding && failed(S, E.S))
        return std::nullopt;
      if (E.Var == Local.Decl)
        return ends(S, E.S, Search);
      return S;
    case FlowEvent::Gone:
      return S;
    case FlowEvent::Return:
    case FlowEvent::Throw:
      if (E.What == FlowEvent::Throw && failed(S, E.S))
        return std::nullopt;
      return isa<ParmVarDecl>(Local.Decl) ? ends(S, E.S, Search) : std::nullopt;
    }
    return S;
  }

  std::optional<PathSearch::State> evaluated(PathSearch::State S, const Stmt *At) {
    if (isa<ReturnStmt, CoreturnStmt>(At)) {
      unsigned Index = find(Returns, At) - Returns.begin();
      return Index < Returns.size() ? (S & Mask) | (Index + 1) << Bits : S;
    }
    auto Use = Uses.find(At);
    if (Use == Uses.end())
      return S;
    switch (Use->second) {
    case Handling::Closes:
    case Handling::GivesAway:
      return std::nullopt;
    case Handling::Opens:
    case Handling::Shares:
      return (S & ~Mask) | ((S & Mask) == Fresh ? Opening : Open);
    case Handling::Reads:
      break;
    }
    return S;
  }

  /// An exception of what opens an object means that it did not open; one of a step of a generator
  /// that the generator has ended.
  bool failed(PathSearch::State S, const Stmt *Thrower) const {
    return Runs.Steps.contains(Thrower) || ((S & Mask) == Opening && opens(Thrower));
  }

  std::optional<PathSearch::State> ends(PathSearch::State S, const Stmt *Thrower,
                                        PathSearch &Search) {
    SmallVector<FlowStep, 4> Way = Search.witness();
    if ((S & Mask) == Fresh || contradicts(Way))
      return std::nullopt;
    if (Yields)
      return std::nullopt;
    Found.emplace(OpenPath{Way});
    if (!Thrower && S >> Bits)
      Found->Return = Returns[(S >> Bits) - 1];
    if (!Thrower && !Way.empty())
      Found->Jump = jumpAfter(Flow, Way.back());
    return std::nullopt;
  }

  const FunctionFlow &Flow;
  const LocalFacts &Local;
  const Iteration &Runs;
  ArrayRef<const Stmt *> Returns;
  DenseMap<const Stmt *, Handling> Uses;
  SmallPtrSet<const Stmt *, 4> Guards; ///< Conditions of what closes.
  bool Yields;                         ///< Looks for yields instead of ends.
  bool Closed = false, Followed = true;
  std::optional<OpenPath> Found;
  std::optional<YieldPath> Yield;
};

} // namespace

/// The paths of the function that a variable lives in; null when its end is not that of a scope.
static const FunctionFlow *flowOf(const TuModel &Model, const LocalFacts &Local) {
  const auto *Var = dyn_cast<VarDecl>(Local.Decl);
  return Var && Var->hasLocalStorage() && !Var->isInitCapture() &&
                 !Var->getType()->isReferenceType()
             ? Model.flow(*Local.Function)
             : nullptr;
}

std::optional<OpenPath> leftOpen(const TuModel &Model, const Closing &Rules,
                                 const LocalFacts &Local, bool FromStart, const Iteration &Runs) {
  const FunctionFlow *Flow = flowOf(Model, Local);
  if (!Flow)
    return std::nullopt;
  OpenSearch Search(*Flow, Rules, Local, Runs, /*Yields=*/false);
  if (!Search.canFollow())
    return std::nullopt;
  Search.run(FromStart);
  return Search.found();
}

std::optional<YieldPath> yieldWhileOpen(const TuModel &Model, const Closing &Rules,
                                        const LocalFacts &Local) {
  const FunctionFlow *Flow = flowOf(Model, Local);
  if (!Flow)
    return std::nullopt;
  Iteration Nothing;
  OpenSearch Search(*Flow, Rules, Local, Nothing, /*Yields=*/true);
  Search.run(/*FromStart=*/false);
  return Search.yield();
}

//===----------------------------------------------------------------------===//
// Guards
//===----------------------------------------------------------------------===//

/// Whether after this use the guard holds something; nothing when that stays as it is.
static std::optional<bool> heldAfter(const HandledUse &Does, const VarUse &Use) {
  if (Use.How == ValueUse::Assigned)
    return Use.Value && isa<CallExpr, CoawaitExpr>(withoutWrappers(Use.Value)->IgnoreParenCasts());
  if (Does.How == Handling::GivesAway || Does.How == Handling::Closes)
    return false;
  const auto *Call = dyn_cast<CXXMemberCallExpr>(Does.At);
  const CXXMethodDecl *M = Call ? Call->getMethodDecl() : nullptr;
  const StringRef Name = M ? identifierOf(*M) : StringRef();
  if (Name == "emplace")
    return true;
  return Name == "release" || Name == "reset" ? std::optional(false) : std::nullopt;
}

std::optional<YieldPath> yieldWhileHeld(const TuModel &Model, const Closing &Rules,
                                        const LocalFacts &Guard) {
  const FunctionFlow *Flow = flowOf(Model, Guard);
  if (!Flow || !Guard.Init || !Flow->contains(Guard.Init))
    return std::nullopt;
  DenseMap<const Stmt *, bool> Changes;
  for (const VarUse &Use : Guard.Uses)
    if (Flow->parent(Use.Ref)) {
      HandledUse Does = Rules.handling(*Flow, Guard, Use.Ref);
      if (std::optional<bool> After = heldAfter(Does, Use))
        Changes[Use.How == ValueUse::Assigned ? Use.Ref : Does.At] = *After;
    }
  std::optional<YieldPath> Found;
  PathSearch Search(*Flow, Exceptions::None);
  auto Next = [&](PathSearch::State Holds, const FlowEvent &E) -> std::optional<PathSearch::State> {
    if (Found || (E.What == FlowEvent::ScopeEnd && E.Var == Guard.Decl))
      return std::nullopt;
    if (E.What != FlowEvent::Evaluated)
      return Holds;
    if (Holds && isa<CoyieldExpr>(E.S) && !contradicts(Search.witness())) {
      Found.emplace(YieldPath{Search.witness(), E.S});
      return std::nullopt;
    }
    auto Change = Changes.find(E.S);
    return Change == Changes.end() ? Holds : PathSearch::State(Change->second);
  };
  Search.after(Guard.Init, true, Next);
  return Found;
}

} // namespace abide
