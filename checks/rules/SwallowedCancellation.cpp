//===- SwallowedCancellation.cpp - async-swallowed-cancellation -----------===//
//
// Law: where cancellation arrives as an exception, whoever catches everything catches it too. A
// coroutine that then goes on with its work has refused to stop: the one who cancelled it waits for
// ever, or a loop whose awaits now all fail at once spins.
//
// Reported: a handler for everything (or for a base of the library's cancellation) around an await,
// after which a path leads to another await.
//
// Not reported: handlers that throw, return, keep or hand on the exception, or look at what it is;
// an earlier handler for the cancellation itself; paths on which the coroutine asks whether it has
// to stop, or looks at what the handler has noted; awaits of clean-up on the way to the end;
// libraries whose cancellation is no exception.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/Cancellation.h"
#include "clang/AST/ExprCXX.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

bool hasText(const CallExpr &Call) {
  return any_of(Call.arguments(),
                [](const Expr *A) { return isa<clang::StringLiteral>(A->IgnoreParenImpCasts()); });
}

bool isComparison(const Stmt *S) {
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(S))
    return Operator->isComparisonOp();
  const auto *Binary = dyn_cast<BinaryOperator>(S);
  return Binary && Binary->isComparisonOp();
}

bool isOutput(const Stmt *S) {
  const auto *Operator = dyn_cast<CXXOperatorCallExpr>(S);
  return Operator && Operator->getOperator() == OO_LessLess;
}

/// Whether the exception, named by Ref, is looked at, kept or handed on; a text made of it for a
/// log is not.
bool isTreated(const FunctionFlow &Flow, const Stmt *Ref, const Stmt *Handler) {
  const Stmt *Inner = Ref;
  for (const Stmt *S = Flow.parent(Ref); S && S != Handler; Inner = S, S = Flow.parent(S)) {
    if (const auto *Member = dyn_cast<MemberExpr>(S)) {
      const IdentifierInfo *Name = Member->getMemberDecl()->getIdentifier();
      if (Name && Name->isStr("what"))
        return false;
    } else if (isComparison(S) || isa<DeclStmt, SwitchStmt, IfStmt, ConditionalOperator, ReturnStmt,
                                      CoreturnStmt, CXXDynamicCastExpr, LambdaExpr>(S)) {
      return true;
    } else if (isOutput(S)) {
      return false;
    } else if (const auto *Call = dyn_cast<CallExpr>(S)) {
      if (hasText(*Call))
        return false;
      if (Call->getCallee() != Inner && !isa<CXXMemberCallExpr>(Inner))
        return true;
    } else if (isa<CompoundStmt>(S)) {
      return false;
    } else if (const auto *Binary = dyn_cast<BinaryOperator>(S)) {
      if (Binary->isAssignmentOp())
        return true;
    }
  }
  return false;
}

bool isCurrentException(const Stmt *S) {
  const auto *Call = dyn_cast<CallExpr>(S);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  return Callee && Callee->isInStdNamespace() && Callee->getIdentifier() &&
         (Callee->getName() == "current_exception" || Callee->getName() == "rethrow_exception");
}

bool mentions(const Stmt *S, function_ref<bool(const ValueDecl *)> Test) {
  if (!S)
    return false;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(S); Ref && Test(Ref->getDecl()))
    return true;
  if (const auto *Member = dyn_cast<MemberExpr>(S); Member && Test(Member->getMemberDecl()))
    return true;
  return any_of(S->children(), [&](const Stmt *Child) { return mentions(Child, Test); });
}

/// `running_`, `!acceptor.is_open()`, `stopping.load()`: the coroutine asks whether to go on.
/// Whether a container is empty says nothing about that.
bool asksToStop(const Stmt *Condition) {
  const Expr *E = cast<Expr>(Condition)->IgnoreParenImpCasts();
  while (const auto *Not = dyn_cast<UnaryOperator>(E)) {
    if (Not->getOpcode() != UO_LNot)
      break;
    E = Not->getSubExpr()->IgnoreParenImpCasts();
  }
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E)) {
    const CXXMethodDecl *M = Call->getMethodDecl();
    const IdentifierInfo *Name = M ? M->getIdentifier() : nullptr;
    return M && M->getReturnType()->isBooleanType() && (!Name || !Name->isStr("empty"));
  }
  if (!E->getType()->isBooleanType())
    return false;
  if (const auto *Call = dyn_cast<CallExpr>(E))
    return !isa<CXXOperatorCallExpr>(Call);
  return isa<MemberExpr, DeclRefExpr>(E);
}

class Judge {
public:
  Judge(RuleContext &Context, const FunctionFacts &F, const FunctionFlow &Flow,
        const CancellationSignal &Signal)
      : Context(Context), Names(Context.model().names()), F(F), Flow(Flow), Signal(Signal) {
    for (const Suspension &S : F.Suspensions)
      SuspensionOf[S.Expr] = &S;
  }

  void judge(const CXXTryStmt &Try) {
    const Suspension *Await = cancellable(Try);
    if (!Await)
      return;
    for (unsigned I = 0; I < Try.getNumHandlers(); ++I) {
      const CXXCatchStmt &Handler = *Try.getHandler(I);
      Catches What = catches(Context.model(), Signal, Handler);
      if (What == Catches::Other)
        continue;
      if (What == Catches::Any)
        handler(Try, Handler, *Await);
      return; // What it does not get, no later handler gets either.
    }
  }

private:
  enum : PathSearch::State { Before, Inside, After };

  const Suspension *cancellable(const CXXTryStmt &Try) const {
    for (const Suspension &S : F.Suspensions)
      if (Flow.isInside(S.Expr, Try.getTryBlock()) && Flow.contains(S.Expr) &&
          mayBeCancelled(Context.model(), Signal, S))
        return &S;
    return nullptr;
  }

  void handler(const CXXTryStmt &Try, const CXXCatchStmt &Handler, const Suspension &Await) {
    const Suspension *Next = nullptr;
    // What is written in the try statement tells later code what happened.
    auto IsNoted = [&](const ValueDecl *D) {
      const LocalFacts *Local = Context.model().functions().local(D);
      return Local && any_of(Local->Uses, [&](const VarUse &Use) {
               return Use.How != ValueUse::Observed && Use.Ref->getBeginLoc().isValid() &&
                      Use.How != ValueUse::Used && Flow.isInside(Use.Ref, &Try);
             });
    };
    PathSearch(Flow, Exceptions::Awaits)
        .fromEntry(
            Before,
            [&](PathSearch::State S, const FlowEvent &Event) -> std::optional<PathSearch::State> {
              if (Next)
                return std::nullopt;
              if (!Event.S || Event.What == FlowEvent::Throw || Event.What == FlowEvent::ScopeEnd)
                return S;
              bool In = Flow.isInside(Event.S, &Handler);
              if (S == Before && !In)
                return S;
              if (In ? ends(Event, Handler)
                     : S == After && Event.What == FlowEvent::Branch &&
                           (asksToStop(Event.S) || mentions(Event.S, IsNoted)))
                return std::nullopt;
              if (asksToken(Names, Event.S))
                return std::nullopt;
              if (In)
                return Inside;
              const Suspension *Again =
                  Event.What == FlowEvent::Evaluated ? SuspensionOf.lookup(Event.S) : nullptr;
              if (Again && mayThrow(Again->Expr, Exceptions::Awaits) &&
                  (Flow.isInside(Again->Expr, &Try) || !isCleanup(Names, *Again)))
                Next = Again;
              return After;
            });
    if (Next)
      report(Try, Handler, Await, *Next);
  }

  /// Whether the handler lets the exception go on, looks at it or keeps it.
  bool ends(const FlowEvent &Event, const CXXCatchStmt &Handler) const {
    if (isa<CXXThrowExpr>(Event.S))
      return true;
    if (isCurrentException(Event.S))
      return isTreated(Flow, Event.S, &Handler);
    const auto *Ref = dyn_cast<DeclRefExpr>(Event.S);
    return Ref && Handler.getExceptionDecl() && Ref->getDecl() == Handler.getExceptionDecl() &&
           isTreated(Flow, Ref, &Handler);
  }

  void report(const CXXTryStmt &Try, const CXXCatchStmt &Handler, const Suspension &Await,
              const Suspension &Next) {
    bool Again = Flow.isInside(Next.Expr, &Try);
    Diag D;
    D.Loc = Handler.getBeginLoc();
    D.Message = std::string("this handler swallows cancellation: the ") +
                (Again ? "loop" : "coroutine") + " goes on although it was asked to stop";
    D.Notes.push_back({Await.Expr->getBeginLoc(), "a cancelled await ends here in '" + Signal.Name +
                                                      "', which the handler catches"});
    D.Notes.push_back({Next.Expr->getBeginLoc(), Again ? "then the loop awaits this again"
                                                       : "then the coroutine awaits this"});
    if (const CXXRecordDecl *Type = Signal.type(); Type && !D.Loc.isMacroID())
      D.Fixes.push_back(
          FixItHint::CreateInsertion(D.Loc, "catch (const " + Signal.Name + " &) { throw; } "));
    else if (Type || !Signal.Decl)
      D.Notes.push_back({D.Loc, "rethrow '" + Signal.Name + "'"});
    else
      D.Notes.push_back({D.Loc, "rethrow when the code is '" + Signal.Name + "'"});
    Context.report(D);
  }

  RuleContext &Context;
  const NameLookup &Names;
  const FunctionFacts &F;
  const FunctionFlow &Flow;
  const CancellationSignal &Signal;
  DenseMap<const Stmt *, const Suspension *> SuspensionOf;
};

void run(RuleContext &Context) {
  for (const FunctionFacts &F : Context.model().functions().all()) {
    if (!F.isCoroutine() || F.Tries.empty() || F.Suspensions.empty())
      continue;
    CancellationSignal Signal = cancellationOf(Context.model(), F);
    const FunctionFlow *Flow = Signal ? Context.model().flow(F) : nullptr;
    if (!Flow)
      continue;
    Judge J(Context, F, *Flow, Signal);
    for (const CXXTryStmt *Try : F.Tries)
      J.judge(*Try);
  }
}

} // namespace

extern constexpr Check SwallowedCancellationCheck = {
    "swallowed-cancellation",
    "a handler catches the exception that cancels the coroutine, which then goes on",
    Severity::Warning,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
