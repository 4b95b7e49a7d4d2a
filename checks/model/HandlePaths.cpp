//===- HandlePaths.cpp - What a path does to one handle -------------------===//

#include "model/HandlePaths.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// Follows one place through one function.
class HandleRun {
public:
  HandleRun(const FunctionFlow &Flow, HandlePlace Place, bool EndsItself,
            std::vector<HandleMisuse> &Out)
      : Flow(Flow), Place(Place), EndsItself(EndsItself), Out(Out) {}

  void run() {
    PathSearch Search(Flow, Exceptions::None);
    Search.fromEntry(intern(Alive, nullptr), [&](PathSearch::State S, const FlowEvent &Event) {
      return next(S, Event, Search);
    });
  }

private:
  enum Kind : unsigned char { Alive, Ended, Destroyed, MaybeGone };

  PathSearch::State intern(Kind K, const Stmt *By) {
    for (unsigned I = 0; I < States.size(); ++I)
      if (States[I] == std::pair(K, By))
        return I;
    States.push_back({K, By});
    return States.size() - 1;
  }

  std::optional<PathSearch::State> next(PathSearch::State S, const FlowEvent &Event,
                                        const PathSearch &Search) {
    if (Event.What == FlowEvent::Branch)
      return branch(S, Event);
    if (Event.What == FlowEvent::ScopeEnd)
      return Event.Var == Place.Root ? std::nullopt : std::optional(S);
    if (Event.What != FlowEvent::Evaluated)
      return S;
    if (auto Call = handleCall(Event.S); Call && HandlePlace::of(Call->Handle) == Place)
      return called(S, Event.S, Call->Op, Search);
    if (renews(Event.S))
      return intern(Alive, nullptr);
    if (loses(Event.S))
      return std::nullopt;
    return S;
  }

  std::optional<PathSearch::State> called(PathSearch::State S, const Stmt *At, HandleOp Op,
                                          const PathSearch &Search) {
    auto [K, Before] = States[S];
    auto Report = [&](HandleFault What) {
      if (none_of(Out, [&](const HandleMisuse &M) { return M.At == At; }))
        Out.push_back({What, At, Before, Place, Search.witness()});
      return std::nullopt;
    };
    // A loop that asks something before it destroys a member again knows why.
    if (K == Destroyed && At == Before && Place.Field)
      return std::nullopt;
    if (K == Destroyed && isa<CallExpr>(At) && !onlyAsksForNull(At))
      return Report(Op == HandleOp::Destroy ? HandleFault::DestroyedTwice
                                            : HandleFault::UsedDestroyed);
    if (K == Ended && Op == HandleOp::Resume)
      return Report(HandleFault::ResumedAtEnd);
    if (K == MaybeGone && (Op == HandleOp::Done || Op == HandleOp::Destroy))
      return Report(HandleFault::AskedAfterEnding);
    if (Op == HandleOp::Destroy)
      return intern(Destroyed, At);
    if (Op == HandleOp::Resume)
      return EndsItself ? intern(MaybeGone, At) : intern(Alive, nullptr);
    return S;
  }

  /// `address()` and `operator bool` read the pointer alone.
  static bool onlyAsksForNull(const Stmt *At) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(At);
    const CXXMethodDecl *Method = Call ? Call->getMethodDecl() : nullptr;
    return Method && (isa<CXXConversionDecl>(Method) || identifierOf(*Method) == "address" ||
                      identifierOf(*Method).starts_with("operator"));
  }

  /// `if (h.done())`, also negated and as a part of a conjunction that holds.
  std::optional<PathSearch::State> branch(PathSearch::State S, const FlowEvent &Event) {
    if (States[S].first != Alive)
      return S;
    if (const Expr *Asked = saysDone(cast<Expr>(Event.S), Event.Taken))
      return intern(Ended, Asked);
    return S;
  }

  const Expr *saysDone(const Expr *E, bool Taken) const {
    E = withoutWrappers(E);
    if (const auto *Not = dyn_cast<UnaryOperator>(E); Not && Not->getOpcode() == UO_LNot)
      return saysDone(Not->getSubExpr(), !Taken);
    if (const auto *Both = dyn_cast<BinaryOperator>(E);
        Both && (Both->getOpcode() == (Taken ? BO_LAnd : BO_LOr))) {
      const Expr *Left = saysDone(Both->getLHS(), Taken);
      return Left ? Left : saysDone(Both->getRHS(), Taken);
    }
    auto Call = handleCall(E);
    return Taken && Call && Call->Op == HandleOp::Done && HandlePlace::of(Call->Handle) == Place
               ? E
               : nullptr;
  }

  const Stmt *aroundWrappers(const Stmt *S) const {
    const Stmt *Around = Flow.parent(S);
    while (isa_and_nonnull<ImplicitCastExpr, ParenExpr, MaterializeTemporaryExpr,
                           CXXBindTemporaryExpr, ExprWithCleanups>(Around)) {
      S = Around;
      Around = Flow.parent(S);
    }
    return Around;
  }

  /// Whether S gives the place a new handle.
  bool renews(const Stmt *S) const {
    if (const auto *Assign = dyn_cast<BinaryOperator>(S); Assign && Assign->isAssignmentOp())
      return HandlePlace::of(Assign->getLHS()) == Place;
    if (const auto *Assign = dyn_cast<CXXOperatorCallExpr>(S); Assign && Assign->isAssignmentOp())
      return HandlePlace::of(Assign->getArg(0)) == Place;
    const auto *Declares = dyn_cast<DeclStmt>(S);
    return Declares && any_of(Declares->decls(), [&](const Decl *D) { return D == Place.Root; });
  }

  /// Whether S lets somebody else change the place, beyond what can be followed.
  bool loses(const Stmt *S) const {
    const auto *E = dyn_cast<Expr>(S);
    if (!E)
      return false;
    if (HandlePlace::of(E) == Place && isa<DeclRefExpr, MemberExpr>(E))
      return !isHarmless(E);
    if (isa<CoroutineSuspendExpr>(E))
      return Place.Field;
    if (Place.Field && !Place.Root) // Other functions of the object may do anything to it.
      return isa<CXXThisExpr>(E) && !isa_and_nonnull<MemberExpr>(aroundFieldAccess(E));
    // The object around the member, given to somebody.
    const auto *Ref = dyn_cast<DeclRefExpr>(E);
    return Place.Field && Ref && Ref->getDecl() == Place.Root &&
           !isa_and_nonnull<MemberExpr>(aroundFieldAccess(E));
  }

  /// The access of a field of the object, or null when a function gets the object.
  const Stmt *aroundFieldAccess(const Expr *Object) const {
    const auto *Member = dyn_cast_or_null<MemberExpr>(aroundWrappers(Object));
    return Member && isa<FieldDecl>(Member->getMemberDecl()) ? Member : nullptr;
  }

  /// A use of the place that leaves it and its frame alone: reads it, or assigns to it.
  bool isHarmless(const Expr *E) const {
    const Stmt *Around = aroundWrappers(E);
    if (const auto *Member = dyn_cast_or_null<MemberExpr>(Around))
      return isa<CXXMethodDecl>(Member->getMemberDecl()); // `h.done()` is judged by itself.
    if (const auto *Made = dyn_cast_or_null<CXXConstructExpr>(Around))
      return Made->getConstructor()->isCopyOrMoveConstructor() &&
             !isa_and_nonnull<CallExpr>(aroundWrappers(Made));
    if (const auto *Operator = dyn_cast_or_null<CXXOperatorCallExpr>(Around))
      return Operator->isAssignmentOp() || Operator->isComparisonOp() ||
             Operator->getOperator() == OO_Call;
    const auto *Binary = dyn_cast_or_null<BinaryOperator>(Around);
    return Binary && (Binary->isAssignmentOp() || Binary->isComparisonOp());
  }

  const FunctionFlow &Flow;
  HandlePlace Place;
  bool EndsItself;
  std::vector<HandleMisuse> &Out;
  SmallVector<std::pair<Kind, const Stmt *>, 8> States;
};

} // namespace

std::vector<HandleMisuse> handleMisuses(const TuModel &Model, const Promises &Types,
                                        const FunctionFacts &F) {
  std::vector<HandleMisuse> Found;
  SmallVector<HandlePlace, 4> Places;
  for (const CallSite &Site : F.Calls)
    if (auto Call = handleCall(Site.Expr))
      if (HandlePlace Place = HandlePlace::of(Call->Handle); Place && !is_contained(Places, Place))
        Places.push_back(Place);
  const FunctionFlow *Flow = Places.empty() || F.Dependent ? nullptr : Model.flow(F);
  if (!Flow)
    return Found;
  for (HandlePlace Place : Places) {
    const CXXRecordDecl *Promise = promiseOfHandle(Place.last().getType());
    bool EndsItself = Promise && Types.stopsAtEnd(Promise) == false;
    HandleRun(*Flow, Place, EndsItself, Found).run();
  }
  return Found;
}

} // namespace abide
