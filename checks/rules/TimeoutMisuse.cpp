//===- TimeoutMisuse.cpp - async-timeout-misuse ---------------------------===//
//
// Law: a timeout acts where a coroutine suspends, and counts from a clock that runs. Around code
// that never suspends it never fires; with a deadline that is a constant, or lies in the past, it
// fires at once.
//
// Reported: a timeout scope that ends without an await on any path; a deadline that is a constant
// or lies before now; a negative duration.
//
// Not reported: a duration of zero, which polls; the greatest time point, which means no limit.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/TuModel.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

bool isChrono(QualType T, StringRef Name) {
  const CXXRecordDecl *Class = classOf(T.getNonReferenceType());
  return Class && qualifiedName(*Class) == ("std::chrono::" + Name).str();
}

bool callsNamed(const Stmt *S, StringRef Name) {
  if (!S)
    return false;
  if (const auto *Call = dyn_cast<CallExpr>(S))
    if (const FunctionDecl *Callee = Call->getDirectCallee();
        Callee && Callee->getIdentifier() && Callee->getName() == Name)
      return true;
  return any_of(S->children(), [&](const Stmt *Child) { return callsNamed(Child, Name); });
}

/// Nothing that runs or changes is read: no variable, no call but constexpr ones.
bool isConstant(const Stmt *S) {
  if (!S)
    return true;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
    if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl()); Var && !Var->isConstexpr())
      return false;
  if (isa<CXXThisExpr>(S))
    return false;
  if (const auto *Call = dyn_cast<CallExpr>(S))
    if (!Call->getDirectCallee() || !Call->getDirectCallee()->isConstexpr())
      return false;
  return all_of(S->children(), isConstant);
}

const CXXOperatorCallExpr *subtraction(const Expr *E) {
  E = withoutWrappers(E);
  while (const auto *Made = dyn_cast<CXXConstructExpr>(E)) {
    if (Made->getNumArgs() != 1)
      break;
    E = withoutWrappers(Made->getArg(0));
  }
  const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E);
  return Operator && Operator->getOperator() == OO_Minus && Operator->getNumArgs() == 2 ? Operator
                                                                                        : nullptr;
}

/// `-5s`, `std::chrono::seconds(-5)`.
bool isNegative(const Stmt *S) {
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(S))
    return Operator->getOperator() == OO_Minus && Operator->getNumArgs() == 1;
  if (const auto *Minus = dyn_cast<UnaryOperator>(S))
    return Minus->getOpcode() == UO_Minus;
  if (!isa<CXXConstructExpr, CastExpr, FullExpr, MaterializeTemporaryExpr, CXXBindTemporaryExpr,
           ParenExpr>(S))
    return false;
  auto Inner = S->children();
  return Inner.begin() != Inner.end() && *Inner.begin() && isNegative(*Inner.begin());
}

/// What is wrong with a limit of time, or null.
const char *fault(const Expr *Limit) {
  if (isChrono(Limit->getType(), "duration"))
    return isConstant(Limit) && isNegative(Limit) ? "this time is negative" : nullptr;
  if (!isChrono(Limit->getType(), "time_point") || callsNamed(Limit, "max"))
    return nullptr;
  if (isConstant(Limit))
    return "this deadline is a constant that the clock has passed";
  const CXXOperatorCallExpr *Minus = subtraction(Limit);
  bool Before = Minus && isConstant(Minus->getArg(1)) && !isNegative(Minus->getArg(1)) &&
                callsNamed(Minus->getArg(0), "now") &&
                isChrono(Minus->getArg(1)->getType(), "duration");
  return Before ? "this deadline lies in the past" : nullptr;
}

void limits(RuleContext &Context, const CallSite &Site) {
  const NameLookup &Names = Context.model().names();
  bool IsScope = Names.has(*Site.Callee, Site.Object, Role::TimeoutScope) ||
                 (isa<CXXConstructorDecl>(Site.Callee) && Site.Object &&
                  Names.has(*Site.Object, Role::TimeoutScope));
  if (!IsScope)
    return;
  for (const Expr *Argument : argumentsOf(Site))
    // As it is written, and not the std::optional that some functions make of it.
    if (const char *Fault = fault(Argument->IgnoreUnlessSpelledInSource())) {
      Diag D;
      D.Loc = Argument->getBeginLoc();
      D.Message = std::string(Fault) + ": the timeout fires at once";
      D.Ranges.push_back(Argument->getSourceRange());
      D.Notes.push_back({D.Loc, "count from the 'now()' of the clock"});
      Context.report(D);
    }
}

/// A scope in a local, until whose end nothing is awaited.
void scope(RuleContext &Context, const LocalFacts &Local) {
  const TuModel &Model = Context.model();
  const auto *Var = dyn_cast<VarDecl>(Local.Decl);
  const CXXRecordDecl *Class = Var ? Var->getType()->getAsCXXRecordDecl() : nullptr;
  if (!Class || isa<ParmVarDecl>(Var) || !Local.Init || !Local.Function->isCoroutine() ||
      !Model.names().has(*Class, Role::TimeoutScope))
    return;
  const FunctionFlow *Flow = Model.flow(*Local.Function);
  if (!Flow || !Flow->contains(Local.Init))
    return;
  bool Awaits = false;
  PathSearch(*Flow, Exceptions::None)
      .after(Local.Init, 0, [&](PathSearch::State S, const FlowEvent &Event) {
        Awaits |=
            Event.S && Event.What == FlowEvent::Evaluated && isa<CoroutineSuspendExpr>(Event.S);
        bool Ends = Event.What == FlowEvent::ScopeEnd && Event.Var == Var;
        return Awaits || Ends ? std::nullopt : std::optional(S);
      });
  if (Awaits)
    return;
  Diag D;
  D.Loc = Var->getLocation();
  D.Message =
      "nothing is awaited while '" + Var->getNameAsString() + "' limits the time: it never fires";
  D.Notes.push_back({D.Loc, "a timeout acts where the coroutine suspends"});
  Context.report(D);
}

void run(RuleContext &Context) {
  for (const FunctionFacts &F : Context.model().functions().all())
    for (const CallSite &Site : F.Calls)
      if (Site.Expr && !F.Dependent)
        limits(Context, Site);
  for (const LocalFacts &Local : Context.model().functions().locals())
    if (!Local.Function->Dependent)
      scope(Context, Local);
}

} // namespace

extern constexpr Check TimeoutMisuseCheck = {
    "timeout-misuse",
    "a timeout that never fires, or fires at once",
    Severity::Hint,
    /*Recommended=*/false,
    {},
    run,
};

} // namespace abide
