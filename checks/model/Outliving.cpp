//===- Outliving.cpp - Whether work goes on after what it uses died -------===//

#include "model/Outliving.h"
#include "model/AwaitKind.h"
#include "model/Threads.h"
#include "model/ValueSteps.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

const FunctionDecl *calleeOf(const Expr *E) {
  if (const auto *Made = dyn_cast<CXXConstructExpr>(E))
    return Made->getConstructor();
  const auto *Call = dyn_cast<CallExpr>(E);
  return Call ? Call->getDirectCallee() : nullptr;
}

const CXXRecordDecl *objectClassOf(const Expr *E) {
  const auto *Member = dyn_cast<CXXMemberCallExpr>(E);
  if (!Member)
    return nullptr;
  const Expr *Object = Member->getImplicitObjectArgument();
  QualType T = Object ? Object->IgnoreParenImpCasts()->getType() : QualType();
  if (!T.isNull() && T->isPointerType())
    T = T->getPointeeType();
  const CXXRecordDecl *Static = T.isNull() ? nullptr : T->getAsCXXRecordDecl();
  return Static ? Static : Member->getRecordDecl();
}

/// The variable that an object expression starts from, null for members of `this` and others.
const ValueDecl *rootOf(const Expr *E) {
  while (E) {
    E = withoutWrappers(E);
    if (const auto *Member = dyn_cast<MemberExpr>(E))
      E = Member->getBase();
    else if (const auto *Index = dyn_cast<ArraySubscriptExpr>(E))
      E = Index->getBase();
    else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E))
      E = Operator->getNumArgs() ? Operator->getArg(0) : nullptr;
    else if (const auto *Unary = dyn_cast<UnaryOperator>(E))
      E = Unary->getSubExpr();
    else if (const auto *Call = dyn_cast<CallExpr>(E); Call && Call->isCallToStdMove())
      E = Call->getArg(0);
    else
      break;
  }
  const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E);
  return Ref ? Ref->getDecl() : nullptr;
}

/// Bodies of callees are looked into so deep: they may call each other, and themselves.
constexpr unsigned MaxDepth = 3;

std::optional<Outliving> follow(const TuModel &Model, const FunctionFacts &F, const Expr *Made,
                                const Referent &Object, unsigned Depth);

/// Climbs from an expression that makes work to what takes it.
class Climb {
public:
  Climb(const TuModel &Model, const FunctionFacts &F, const FunctionFlow &Flow, unsigned Depth = 0)
      : Model(Model), F(F), Flow(Flow), Depth(Depth) {}

  WorkFate run(const Expr *Made) {
    const CoroutineType &Type = Model.types().of(Made->getType());
    Fate.Running = Type.Starts == Start::Eager ||
                   Model.types().obligation(Made->getType()) == Obligation::Result;
    if (std::optional<WorkFate> Ends = given(Made, nullptr))
      return *Ends;
    const Stmt *Child = Made;
    for (const Stmt *S = Flow.parent(Child); S; Child = S, S = Flow.parent(S))
      if (std::optional<WorkFate> Ends = at(S, Child))
        return *Ends;
    return end(WorkEnd::Unknown, Made);
  }

private:
  WorkFate end(WorkEnd How, const Stmt *At, const ValueDecl *Holder = nullptr) {
    Fate.How = How;
    Fate.At = At;
    Fate.Holder = Holder;
    return Fate;
  }

  bool says(const Expr *Call, Role R) const {
    const FunctionDecl *Callee = calleeOf(Call);
    if (!Callee)
      return false;
    if (Model.names().has(*Callee, objectClassOf(Call), R))
      return true;
    // `sync_wait(...)`, where that is an object.
    const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call);
    const auto *Object =
        Operator ? dyn_cast<DeclRefExpr>(Operator->getArg(0)->IgnoreParenImpCasts()) : nullptr;
    return Object && Operator->getOperator() == OO_Call && Model.names().has(*Object->getDecl(), R);
  }

  std::optional<WorkFate> at(const Stmt *S, const Stmt *Child) {
    if (const auto *Cast = dyn_cast<ExplicitCastExpr>(S);
        Cast && Cast->getTypeAsWritten()->isVoidType())
      return letGo(S);
    if (isa<CastExpr, ParenExpr, FullExpr, MaterializeTemporaryExpr, CXXBindTemporaryExpr,
            InitListExpr, CXXStdInitializerListExpr>(S))
      return std::nullopt;
    if (const auto *Choice = dyn_cast<ConditionalOperator>(S))
      return Choice->getCond() == Child ? std::optional(end(WorkEnd::Unknown, S)) : std::nullopt;
    if (isa<CoawaitExpr>(S))
      return end(WorkEnd::Awaited, S);
    if (isa<ReturnStmt, CoreturnStmt>(S))
      return end(WorkEnd::Returned, S);
    if (const auto *Declares = dyn_cast<DeclStmt>(S))
      return declared(*Declares, Child);
    if (const auto *Binary = dyn_cast<BinaryOperator>(S)) {
      if (Binary->getOpcode() == BO_Comma)
        return Binary->getRHS() == Child ? std::nullopt : std::optional(letGo(S));
      return assigned(Binary->getOpcode() == BO_Assign, Binary->getLHS(), Binary->getRHS(), S,
                      Child);
    }
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(S);
        Operator && Operator->getOperator() == OO_Equal && Operator->getNumArgs() == 2)
      return assigned(true, Operator->getArg(0), Operator->getArg(1), S, Child);
    if (isa<MemberExpr>(S))
      return std::nullopt; // A call of the member comes next.
    if (const auto *Call = dyn_cast<Expr>(S); Call && isa<CallExpr, CXXConstructExpr>(Call))
      return given(Call, cast<Expr>(Child));
    if (isa<CompoundStmt, IfStmt, ForStmt, WhileStmt, DoStmt, LabelStmt, CaseStmt, DefaultStmt,
            SwitchStmt, AttributedStmt, CXXForRangeStmt, CXXTryStmt, CXXCatchStmt>(S))
      return letGo(Child);
    return end(WorkEnd::Unknown, S);
  }

  /// At the semicolon.
  WorkFate letGo(const Stmt *S) {
    const auto *E = dyn_cast<Expr>(S);
    const CoroutineType &Type = Model.types().of(E ? E->getType() : QualType());
    if (!Fate.Running || (Type.DropKills && !Spawned) || Fate.Waits)
      return end(WorkEnd::Dropped, S);
    return end(WorkEnd::Detached, S);
  }

  std::optional<WorkFate> declared(const DeclStmt &S, const Stmt *Child) {
    for (const Decl *D : S.decls())
      if (const auto *Var = dyn_cast<VarDecl>(D); Var && Var->getInit() == Child) {
        if (isa<DecompositionDecl>(Var))
          return end(WorkEnd::Unknown, &S);
        return end(Var->hasLocalStorage() ? WorkEnd::Kept : WorkEnd::Stored, &S, Var);
      }
    return end(WorkEnd::Unknown, &S);
  }

  std::optional<WorkFate> assigned(bool Assigns, const Expr *Left, const Expr *Right, const Stmt *S,
                                   const Stmt *Child) {
    if (!Assigns || Right != Child)
      return end(WorkEnd::Unknown, S);
    return keptIn(Left, S);
  }

  /// In a local variable, a member of one, or beyond.
  WorkFate keptIn(const Expr *Place, const Stmt *S) {
    const auto *Var = dyn_cast_or_null<VarDecl>(rootOf(Place));
    const LocalFacts *Facts = Var ? Model.functions().local(Var) : nullptr;
    if (Facts && Facts->Function == &F && Var->hasLocalStorage() && !Var->isInitCapture() &&
        !Var->getType()->isReferenceType() && !Var->getType()->isPointerType())
      return end(WorkEnd::Kept, S, Var);
    return end(WorkEnd::Stored, S, Var);
  }

  bool isWork(QualType T) const {
    const CoroutineType &Type = Model.types().of(T);
    return Type.Awaitable || Type.isCoroutine() || Type.Named || Model.types().heldTask(T) ||
           Model.types().obligation(T) != Obligation::None;
  }

  static bool fills(const FunctionDecl &F) {
    static const StringRef Known[] = {
        "push_back",  "emplace_back",  "push",        "insert",           "emplace",
        "push_front", "emplace_front", "try_emplace", "insert_or_assign", "append"};
    return isa<CXXMethodDecl>(F) && is_contained(Known, identifierOf(F));
  }

  /// Argument is null when the call itself is what makes the work.
  std::optional<WorkFate> given(const Expr *Call, const Expr *Argument) {
    const FunctionDecl *Callee = calleeOf(Call);
    if (!Callee)
      return Argument ? std::optional(end(WorkEnd::Unknown, Call)) : std::nullopt;
    const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
    const bool OnWork = Member && isa_and_nonnull<MemberExpr>(Argument) &&
                        isa<CXXMethodDecl>(cast<MemberExpr>(Argument)->getMemberDecl());
    const CXXRecordDecl *Class = classOf(Call->getType());
    for (Role R : {Role::DropBlocks, Role::DropTerminates})
      Fate.Waits |= says(Call, R) || (Class && Model.names().has(*Class, R));
    if (const auto *C = dyn_cast<CallExpr>(Call);
        Argument && C && (C->isCallToStdMove() || identifierOf(*Callee) == "forward"))
      return std::nullopt;
    if (Argument && (says(Call, Role::SyncWait) || waits(Call)))
      return end(WorkEnd::Awaited, Call);
    // `f.get()` has waited when it returns, though what it gives be a tuple of futures.
    if (OnWork && says(Call, Role::Consumes) && !says(Call, Role::ReportsFailure) &&
        !Model.types().of(Call->getType()).Awaitable)
      return end(WorkEnd::Awaited, Call);
    if (says(Call, Role::OwningSpawn)) {
      Fate.Running = Spawned = true;
      const ValueDecl *Owner = nullptr;
      if (Member && !OnWork)
        Owner = rootOf(Member->getImplicitObjectArgument());
      else if (const auto *C = dyn_cast<CallExpr>(Call); C && C->getNumArgs() > 1)
        Owner = rootOf(C->getArg(0));
      // Who awaits the result waits for the work.
      return isWork(Call->getType()) ? std::nullopt
                                     : std::optional(end(WorkEnd::Owned, Call, Owner));
    }
    static const Role Starts[] = {Role::Spawn, Role::Detach, Role::Offload, Role::OtherLoop};
    if (any_of(Starts, [&](Role R) { return says(Call, R); }) ||
        (!Argument && says(Call, Role::LoopCallback))) {
      Fate.Running = Spawned = true;
      Fate.Starter = Call;
      if (says(Call, Role::Detach) || !classOf(Call->getType()))
        return end(WorkEnd::Detached, Call);
      return std::nullopt;
    }
    if (!Argument)
      return std::nullopt;
    if (fills(*Callee) && Member && !OnWork)
      return keptIn(Member->getImplicitObjectArgument(), Call);
    // `v.begin()`, `v[0]`: what gets an element gets the work.
    if (OnWork && Model.types().heldTask(Member->getImplicitObjectArgument()->getType()))
      return std::nullopt;
    if (!isWork(Call->getType())) {
      std::optional<WorkFate> Ends = inside(Call, Argument);
      return Ends ? Ends : end(WorkEnd::Unknown, Call);
    }
    if (Model.types().of(Call->getType()).Starts == Start::Eager)
      Fate.Running = true;
    return std::nullopt; // when_all, a timeout, a copy, a container: it goes where that goes.
  }

  /// What a plain function with a visible body does with work that it gets.
  std::optional<WorkFate> inside(const Expr *Call, const Expr *Argument) {
    const FunctionFacts *Callee = Model.functions().of(calleeOf(Call));
    const FunctionFlow *Body =
        Callee && !Callee->isCoroutine() && Depth < MaxDepth ? Model.flow(*Callee) : nullptr;
    const CallSite Site{Call, calleeOf(Call), nullptr, Call->getBeginLoc(), {}, nullptr};
    const unsigned Index = find(argumentsOf(Site), Argument) - argumentsOf(Site).begin();
    if (!Body || isa<CXXOperatorCallExpr>(Call) || Index >= Callee->Decl->getNumParams())
      return std::nullopt;
    const LocalFacts *Work = Model.functions().local(Callee->Decl->getParamDecl(Index));
    if (!Work || Work->Uses.size() != 1 || !Body->parent(Work->Uses.front().Ref))
      return std::nullopt;
    const Expr *Use = Work->Uses.front().Ref;
    const WorkFate Then = Climb(Model, *Callee, *Body, Depth + 1).run(Use);
    if (Then.How == WorkEnd::Awaited)
      return end(WorkEnd::Awaited, Call);
    if (Then.How != WorkEnd::Detached && Then.How != WorkEnd::Stored && Then.How != WorkEnd::Owned)
      return std::nullopt;
    if (!follow(Model, *Callee, Use, Referent(), Depth + 1)) // It may wait by other means.
      return std::nullopt;
    Fate.Running |= Then.Running;
    return end(Then.How, Call);
  }

  /// `t.join()`, `f.wait()`: blocks until the work is done.
  bool waits(const Expr *Call) const {
    const FunctionDecl *Callee = calleeOf(Call);
    const CallSite Site{Call, Callee, objectClassOf(Call), Call->getBeginLoc(), {}, nullptr};
    return Callee && waitsForOther(Model, Site);
  }

  const TuModel &Model;
  const FunctionFacts &F;
  const FunctionFlow &Flow;
  unsigned Depth; ///< Bodies of callees looked into.
  WorkFate Fate;
  bool Spawned = false; ///< It is not the handle that keeps it running.
};

/// Follows the work from where it is made, and the object to its end.
class Follow {
public:
  Follow(const TuModel &Model, const FunctionFacts &F, const FunctionFlow &Flow, const Expr *Made,
         const Referent &Object, unsigned Depth)
      : Model(Model), F(F), Flow(Flow), Made(Made), Object(Object), Depth(Depth),
        Fate(Climb(Model, F, Flow, Depth).run(Made)) {}

  std::optional<Outliving> run() {
    switch (Fate.How) {
    case WorkEnd::Unknown:
    case WorkEnd::Awaited:
    case WorkEnd::Dropped:
      return std::nullopt;
    default:
      break;
    }
    if (Object.Temporary)
      return temporary();
    if (ofFunction())
      return search(Fate.How == WorkEnd::Kept ? Alive : Loose);
    const auto *Var = dyn_cast_or_null<VarDecl>(Object.Var);
    const LocalFacts *Facts = Var ? Model.functions().local(Var) : nullptr;
    const bool Whole = isa_and_nonnull<DecompositionDecl>(Var);
    if (!Var || (!Whole && (!Facts || Facts->Function != &F)) || !Var->hasLocalStorage() ||
        Var->isInitCapture() || (Var->getType()->isReferenceType() && isa<ParmVarDecl>(Var)) ||
        (isa<ParmVarDecl>(Var) && F.isCoroutine() && Fate.How == WorkEnd::Kept))
      return std::nullopt;
    if (isImplicitRange())
      return std::nullopt;
    return search(Fate.How == WorkEnd::Kept ? Alive : Loose);
  }

private:
  enum : PathSearch::State {
    Alive = 0,
    Dead = 1,  ///< The object is gone.
    Loose = 2, ///< The work is out of sight.
  };

  /// No object at all: what matters is whether it outlives the function.
  bool ofFunction() const { return !Object.Var && !Object.Temporary && !Object.This; }

  bool isImplicitRange() const {
    const auto *Var = dyn_cast_or_null<VarDecl>(Fate.Holder);
    return Fate.How == WorkEnd::Kept && Var && Var->isImplicit();
  }

  std::optional<Outliving> temporary() {
    if (!Flow.isInside(Object.Temporary, Made))
      return std::nullopt;
    if (isImplicitRange()) { // Since C++23 the temporaries live as long as the loop.
      const Stmt *Loop = Flow.parent(Fate.At);
      if (Model.ast().getLangOpts().CPlusPlus23 || !isa_and_nonnull<CXXForRangeStmt>(Loop))
        return std::nullopt;
      return Outliving{Fate, Loop, {}};
    }
    if (Fate.How != WorkEnd::Kept)
      return Outliving{Fate, Fate.At, {}};
    return search(Dead);
  }

  std::optional<Outliving> search(PathSearch::State Initial) {
    collectUses();
    PathSearch Paths(Flow, Exceptions::None);
    this->Paths = &Paths;
    Paths.after(Made, Initial, [&](PathSearch::State S, const FlowEvent &E) {
      return Found ? std::nullopt : next(S, E);
    });
    return Found;
  }

  std::optional<PathSearch::State> next(PathSearch::State S, const FlowEvent &E) {
    switch (E.What) {
    case FlowEvent::Evaluated:
      return evaluated(S, E);
    case FlowEvent::Gone:
    case FlowEvent::ScopeEnd:
      return scopeEnd(S, E);
    case FlowEvent::Branch:
      return isOpen(S) && (waitsInLoop(E.S) || asksWhetherDone(E.S)) ? std::nullopt
                                                                     : std::optional(S);
    case FlowEvent::Return:
      if (!(S & Dead) && (S & Loose) && (ofFunction() || isa_and_nonnull<ParmVarDecl>(Object.Var)))
        found(Escape);
      return std::nullopt;
    default:
      return S;
    }
  }

  /// The work runs while the object lives: who waits for it now does so in time.
  bool isOpen(PathSearch::State S) const { return !(S & Dead) && ((S & Loose) || Fate.Running); }

  std::optional<PathSearch::State> evaluated(PathSearch::State S, const FlowEvent &E) {
    if (Fate.Holder && Fate.How == WorkEnd::Kept && E.S != Fate.At && declares(E, Fate.Holder))
      return std::nullopt;
    if (auto Use = Uses.find(E.S); Use != Uses.end()) {
      const WorkFate &Then = Use->second;
      // Whoever gets it can only run it too late, or never.
      if ((S & Dead) && Then.How == WorkEnd::Unknown && Given.contains(E.S))
        return found(E.S);
      if (Then.How == WorkEnd::Unknown || (Then.How == WorkEnd::Kept && !iterates(Then)))
        return std::nullopt;
      if (S & Dead)
        return found(E.S);
      if (Then.How == WorkEnd::Awaited || Then.How == WorkEnd::Dropped || Then.How == WorkEnd::Kept)
        return std::nullopt;
      Escape = E.S;
      return S | Loose;
    }
    if ((S & Dead) && Fate.Running && isa<CoroutineSuspendExpr>(E.S) && Flow.parent(E.S))
      return found(E.S);
    if (isOpen(S) && mayWait(E.S))
      return std::nullopt;
    return S;
  }

  /// `fixture.loop.call_soon(...)`: what runs the work is a part of the object.
  bool diesWithObject() const {
    const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Fate.Starter);
    const Expr *Part = Call ? withoutWrappers(Call->getImplicitObjectArgument()) : nullptr;
    const auto *Member = dyn_cast_or_null<MemberExpr>(Part);
    if (!Member)
      return false;
    for (; Member; Part = withoutWrappers(Member->getBase()), Member = dyn_cast<MemberExpr>(Part))
      if (Member->isArrow() || Member->getMemberDecl()->getType()->isReferenceType())
        return false;
    const auto *Whole = dyn_cast<DeclRefExpr>(Part);
    return Whole && Whole->getDecl() == Object.Var;
  }

  static bool iterates(const WorkFate &Then) {
    const auto *Var = dyn_cast_or_null<VarDecl>(Then.Holder);
    return Var && Var->isImplicit();
  }

  std::optional<PathSearch::State> scopeEnd(PathSearch::State S, const FlowEvent &E) {
    if (E.Var == Object.Var && Object.Var) {
      if (S & Loose)
        return diesWithObject() ? std::nullopt : found(Escape);
      return S | Dead;
    }
    if (E.Var == Fate.Holder && !(S & Loose)) {
      bool Ends = !Fate.Running || Fate.Waits || Model.types().of(E.Var->getType()).DropKills ||
                  Model.types().heldTask(E.Var->getType());
      if (Ends)
        return std::nullopt;
      if (S & Dead)
        return found(E.Var->getInit());
      Escape = Fate.At;
      return S | Loose;
    }
    // A scope, a pool or a loop that goes first may wait in its destructor.
    if ((S & Loose) && E.What == FlowEvent::ScopeEnd && Shared.contains(E.Var))
      return std::nullopt;
    return S;
  }

  std::optional<PathSearch::State> found(const Stmt *GoesOn) {
    Found = Outliving{Fate, GoesOn ? GoesOn : Fate.At, Paths->witness()};
    return std::nullopt;
  }

  void collectUses() {
    Full = Made;
    for (const Stmt *S = Flow.parent(Full);
         isa_and_nonnull<Expr>(S) || isa_and_nonnull<DeclStmt>(S); S = Flow.parent(S))
      Full = S;
    names(Full, Shared);
    SmallVector<const ValueDecl *, 8> Direct(Shared.begin(), Shared.end());
    for (const ValueDecl *D : Direct) // What a closure captured belongs to its work, too.
      if (const auto *Var = dyn_cast<VarDecl>(D);
          Var && Var->getInit() && isa<LambdaExpr>(withoutWrappers(Var->getInit())))
        names(Var->getInit(), Shared);
    Escape = Fate.At;
    const LocalFacts *Holder =
        Fate.How == WorkEnd::Kept ? Model.functions().local(Fate.Holder) : nullptr;
    if (!Holder)
      return;
    for (const VarUse &Use : Holder->Uses) {
      if (Flow.isInside(Use.Ref, Full) || !Flow.parent(Use.Ref) || Use.How == ValueUse::Observed ||
          Use.How == ValueUse::Filled || Use.How == ValueUse::Voided)
        continue;
      WorkFate Then = Climb(Model, F, Flow, Depth).run(Use.Ref);
      Uses[Then.At] = Then;
      const auto *Move = dyn_cast_or_null<CallExpr>(Flow.parent(Use.Ref));
      if (Move && Move->isCallToStdMove() && isa<CallExpr, CXXConstructExpr>(Then.At))
        Given.insert(Then.At);
    }
  }

  /// Variables named in S, lambdas' captures too.
  static void names(const Stmt *S, SmallPtrSetImpl<const ValueDecl *> &Out) {
    SmallVector<const Stmt *, 16> Pending{S};
    while (!Pending.empty()) {
      const Stmt *At = Pending.pop_back_val();
      if (!At)
        continue;
      if (const auto *Ref = dyn_cast<DeclRefExpr>(At);
          Ref && isa<VarDecl, BindingDecl>(Ref->getDecl()))
        Out.insert(Ref->getDecl());
      if (const auto *Member = dyn_cast<MemberExpr>(At);
          Member && isa<FieldDecl>(Member->getMemberDecl()))
        Out.insert(Member->getMemberDecl());
      if (const auto *Lambda = dyn_cast<LambdaExpr>(At)) {
        append_range(Pending, Lambda->capture_inits());
        continue;
      }
      append_range(Pending, At->children());
    }
  }

  /// Whether S may wait for the work: it names something that the work, or who started it, was
  /// given, or something of which nobody knows what it is to the work.
  bool mayWait(const Stmt *S) const {
    const auto *E = dyn_cast<Expr>(S);
    if (!E || !Flow.parent(S))
      return false;
    if (isa<CoroutineSuspendExpr>(E)) {
      if (Flow.isInside(E, Full))
        return false;
      const Suspension *At = nullptr;
      for (const Suspension &Known : F.Suspensions)
        if (Known.Expr == E)
          At = &Known;
      if (!At || kindOfAwait(Model, *At) == AwaitKind::Never)
        return false;
      return concerns(At->Operand, kindOfAwait(Model, *At) == AwaitKind::Ordinary);
    }
    const auto *Call = dyn_cast<CallExpr>(E);
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    if (!Callee || Flow.isInside(Call, Full))
      return false;
    const CallSite Site{Call, Callee, objectClassOf(Call), Call->getBeginLoc(), {}, nullptr};
    const BlockingFunction *Blocks = Model.names().blocking(*Callee, Site.Object);
    if (runsLoop(Model, Site) || mayRunOwnLoop(Site) ||
        (Blocks && Blocks->Kind == BlockKind::Wait) ||
        Model.names().has(*Callee, Site.Object, Role::SyncWait))
      return true;
    // `done.wait()` of a class of the program.
    if (concerns(Call, true) && blocksInside(*Callee))
      return true;
    // `pool.drain()`, `wait_for(done)`.
    return !isa<CXXOperatorCallExpr>(Call) && !F.isCoroutine() && !startsWork(*Call, Site) &&
           (relates(Call) || runsWork(*Call));
  }

  /// `co_spawn(context, [&] ...); context.run();`: the object is what the work was started on.
  bool runsWork(const CallExpr &Call) const {
    auto IsObject = [&](const Expr *E) {
      const auto *Ref = dyn_cast<DeclRefExpr>(withoutWrappers(E));
      return Ref && Ref->getDecl() == Object.Var;
    };
    const auto *Starts = dyn_cast<CallExpr>(Made);
    const auto *Member = dyn_cast<CXXMemberCallExpr>(&Call);
    return Starts && Member && Object.Var && any_of(Starts->arguments(), IsObject) &&
           !Model.types().of(Starts->getType()).isCoroutine() &&
           !Member->getMethodDecl()->isConst() && IsObject(Member->getImplicitObjectArgument());
  }

  /// Whether the body waits for something that others do.
  bool blocksInside(const FunctionDecl &Callee, unsigned Depth = 0) const {
    const FunctionFacts *Body = Depth < 2 ? Model.functions().of(&Callee) : nullptr;
    return Body && any_of(Body->Calls, [&](const CallSite &Site) {
             const BlockingFunction *Blocks = Model.names().blocking(*Site.Callee, Site.Object);
             return (Blocks && Blocks->Kind == BlockKind::Wait) ||
                    blocksInside(*Site.Callee, Depth + 1);
           });
  }

  /// `fixture.exec()`, where that has a loop as a member and the body is elsewhere.
  bool mayRunOwnLoop(const CallSite &Site) const {
    const auto *Method = dyn_cast<CXXMethodDecl>(Site.Callee);
    if (!Method || Method->isConst() || Method->isStatic() || Model.functions().of(Method))
      return false;
    return any_of(Method->getParent()->fields(), [&](const FieldDecl *Field) {
      const CXXRecordDecl *Class = classOf(Field->getType());
      return Class && Model.names().has(*Class, Role::EventLoop);
    });
  }

  /// Who starts more work, or makes it, waits for none; nor does a conversion.
  bool startsWork(const CallExpr &Call, const CallSite &Site) const {
    static const Role Starts[] = {Role::Spawn,   Role::Detach,    Role::OwningSpawn,
                                  Role::Offload, Role::OtherLoop, Role::LoopCallback};
    return Call.isCallToStdMove() || isa<CXXConversionDecl>(Site.Callee) ||
           Model.types().of(Call.getType()).isCoroutine() ||
           any_of(Starts, [&](Role R) { return Model.names().has(*Site.Callee, Site.Object, R); });
  }

  /// Whether S names something that has to do with the work, the object apart.
  bool relates(const Stmt *S) const {
    SmallPtrSet<const ValueDecl *, 8> Named;
    names(S, Named);
    return any_of(Named, [&](const ValueDecl *D) { return D != Object.Var && isShared(D); });
  }

  /// The work was given it, or it was made of such a thing.
  bool isShared(const ValueDecl *D, unsigned Steps = 0) const {
    if (Shared.contains(D))
      return true;
    const auto *Var = dyn_cast<VarDecl>(D);
    if (!Var || !Var->hasLocalStorage() || isa<ParmVarDecl>(Var) || !Var->getInit() || Steps > 2)
      return false;
    SmallPtrSet<const ValueDecl *, 8> Of;
    names(Var->getInit(), Of);
    return any_of(Of, [&](const ValueDecl *O) { return isShared(O, Steps + 1); });
  }

  /// `while (!done)`, `for (auto &t : threads) t.join();`, however often it goes round.
  bool waitsInLoop(const Stmt *Condition) const {
    const Stmt *Around = Flow.parent(Condition);
    while (isa_and_nonnull<Expr>(Around))
      Around = Flow.parent(Around);
    if (!isa_and_nonnull<WhileStmt, DoStmt, ForStmt, CXXForRangeStmt>(Around))
      return false;
    if (!isa<CXXForRangeStmt>(Around) && relates(Condition))
      return true;
    SmallVector<const Stmt *, 16> Pending{Around};
    while (!Pending.empty()) {
      const Stmt *At = Pending.pop_back_val();
      if (!At || isa<LambdaExpr>(At))
        continue;
      if (mayWait(At))
        return true;
      append_range(Pending, At->children());
    }
    return false;
  }

  /// `if (!state.done) loop.exec();`: a flag that the work got. Nobody knows what it says of the
  /// work, but who asks does.
  bool asksWhetherDone(const Stmt *Condition) const {
    const auto *E = dyn_cast<Expr>(Condition);
    const Expr *Flag = E ? withoutWrappers(E) : nullptr;
    while (const auto *Not = dyn_cast_or_null<UnaryOperator>(Flag)) {
      if (Not->getOpcode() != UO_LNot)
        return false;
      Flag = withoutWrappers(Not->getSubExpr());
    }
    if (!Flag || !isa<MemberExpr, DeclRefExpr>(Flag) || !Flag->getType()->isBooleanType())
      return false;
    const ValueDecl *Root = rootOf(Flag);
    return Root && (Root == Object.Var || isShared(Root));
  }

  /// A pause on something of one's own is no wait, what it may have in common with the work.
  bool concerns(const Expr *Operand, bool OfLocals) const {
    SmallPtrSet<const ValueDecl *, 8> Named;
    names(Operand, Named);
    return any_of(Named, [&](const ValueDecl *D) {
      if (isa<FieldDecl, BindingDecl>(D) || (OfLocals && Shared.contains(D)))
        return true;
      const auto *Var = dyn_cast<VarDecl>(D);
      if (!Var || !Var->hasLocalStorage())
        return true;
      if (const auto *P = dyn_cast<ParmVarDecl>(Var))
        return P->getType()->isReferenceType() || P->getType()->isPointerType();
      return OfLocals && isShared(D);
    });
  }

  const TuModel &Model;
  const FunctionFacts &F;
  const FunctionFlow &Flow;
  const Expr *Made;
  const Referent &Object;
  const unsigned Depth;
  const WorkFate Fate;
  const Stmt *Full = nullptr; ///< The statement, or declaration, in which the work is made.
  PathSearch *Paths = nullptr;
  SmallPtrSet<const Stmt *, 2> Given;    ///< Calls that the holder is moved into.
  DenseMap<const Stmt *, WorkFate> Uses; ///< What happens to the holder, by when it has happened.
  SmallPtrSet<const ValueDecl *, 8> Shared;
  const Stmt *Escape = nullptr;
  std::optional<Outliving> Found;
};

std::optional<Outliving> follow(const TuModel &Model, const FunctionFacts &F, const Expr *Made,
                                const Referent &Object, unsigned Depth) {
  const FunctionFlow *Flow = Model.flow(F);
  if (!Flow || !Flow->parent(Made) || !Flow->contains(Made))
    return std::nullopt;
  return Follow(Model, F, *Flow, Made, Object, Depth).run();
}

} // namespace

WorkFate fateOfWork(const TuModel &Model, const FunctionFacts &F, const Expr *Made) {
  const FunctionFlow *Flow = Model.flow(F);
  return Flow && Flow->parent(Made) ? Climb(Model, F, *Flow).run(Made) : WorkFate();
}

std::optional<Outliving> outlives(const TuModel &Model, const FunctionFacts &F, const Expr *Made,
                                  const Referent &Object) {
  return follow(Model, F, Made, Object, 0);
}

bool isHandedOver(const TuModel &Model, const FunctionFacts &F, const Expr *Made,
                  const Referent &Object) {
  const LocalFacts *Local = Object.Var ? Model.functions().local(Object.Var) : nullptr;
  const FunctionFlow *Flow = Local && Local->Function == &F ? Model.flow(F) : nullptr;
  if (!Flow || !Flow->parent(Made))
    return false;
  const WorkFate Fate = Climb(Model, F, *Flow).run(Made);
  const LocalFacts *Holder = Fate.Holder ? Model.functions().local(Fate.Holder) : nullptr;
  return any_of(Local->Uses, [&](const VarUse &Use) {
    bool Moved = false;
    for (const Stmt *S = Flow->parent(Use.Ref); isa_and_nonnull<Expr>(S); S = Flow->parent(S)) {
      const auto *Call = dyn_cast<CallExpr>(S);
      if (!Call || Call == Made)
        continue;
      const bool Gets =
          Flow->isInside(Made, Call) || (Holder && any_of(Holder->Uses, [&](const VarUse &Work) {
                                           return Flow->isInside(Work.Ref, Call);
                                         }));
      if (Moved && Gets)
        return true;
      Moved |= Call->getNumArgs() == 1 && Call->isXValue();
    }
    return false;
  });
}

bool outlivesFunction(const TuModel &Model, const FunctionFacts &F, const Expr *Made) {
  return outlives(Model, F, Made, Referent()).has_value();
}

} // namespace abide
