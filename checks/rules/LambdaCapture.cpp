//===- LambdaCapture.cpp - async-lambda-capture ---------------------------===//
//
// Law: the captures of a lambda live in the closure, not in the frame of its coroutine. When the
// closure dies while the coroutine sleeps, every capture that is read afterwards is read from dead
// memory, also those captured by value, and `this`.
//
// Reported: a capture that a coroutine lambda uses after it slept, where the closure dies before
// the task is done: called as a temporary, or from a variable that goes first, and kept, spawned,
// stored or returned; given to a function that drops the callable once it has returned.
//
// Not reported: a task that is awaited in the same full-expression; a closure that outlives its
// task; captures that are copied into locals before the first suspension of an eager coroutine;
// `this auto` by value; functions that keep their callable until its task is done.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "LifetimeStory.h"
#include "model/Callables.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// A capture that is used after the coroutine slept.
struct LateCapture {
  std::string Name; ///< "captured 'this'"
  LateUse Use;
};

class LambdaCaptures {
public:
  explicit LambdaCaptures(RuleContext &Context) : Context(Context), Model(Context.model()) {}

  void run() {
    for (const FunctionFacts &F : Model.functions().all()) {
      if (F.Dependent || !F.Decl)
        continue;
      for (const CallSite &Site : F.Calls) {
        if (!Site.Expr)
          continue;
        called(F, Site);
        for (const CallableArgument &Given : Site.Callables)
          given(F, Site, Given);
      }
    }
  }

private:
  /// The body of a coroutine lambda whose captures are in its closure; null for anything else.
  const FunctionFacts *coroutineOf(const FunctionDecl *Operator) const {
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Operator);
    const FunctionFacts *Body = Model.functions().of(Operator);
    if (!Method || !Method->getParent()->isLambda() || !Body || !Body->isCoroutine() ||
        Method->getParent()->captures().empty())
      return nullptr;
    // `this auto`: the closure is copied into the frame.
    if (Method->isExplicitObjectMemberFunction() &&
        !Method->getParamDecl(0)->getType()->isReferenceType())
      return nullptr;
    const CoroutineType &Type = Model.types().of(Method->getReturnType());
    return Type.Immovable ? nullptr : Body;
  }

  std::optional<LateCapture> lateCapture(const FunctionFacts &Body) const {
    for (const LambdaCapture &C : cast<CXXMethodDecl>(Body.Decl)->getParent()->captures()) {
      if (C.capturesThis()) {
        if (auto Use = thisUsedLate(Model, Body))
          return LateCapture{"captured 'this'", std::move(*Use)};
      } else if (C.capturesVariable()) {
        if (auto Use = usedLate(Model, Body, C.getCapturedVar()))
          return LateCapture{"captured '" + C.getCapturedVar()->getNameAsString() + "'",
                             std::move(*Use)};
      }
    }
    return std::nullopt;
  }

  //--- [n]() -> task<> {...}() ----------------------------------------------

  void called(const FunctionFacts &F, const CallSite &Site) {
    const auto *Call = dyn_cast<CXXOperatorCallExpr>(Site.Expr);
    if (!Call || Call->getOperator() != OO_Call)
      return;
    const FunctionDecl *Operator = heldOperator(*Call);
    const FunctionFacts *Body = coroutineOf(Operator ? Operator : Site.Callee);
    if (!Body)
      return;
    for (const Referent &Closure : boundBy(Model, Call->getArg(0)))
      if (auto Out = outlives(Model, F, Call, Closure))
        if (auto Late = lateCapture(*Body))
          return report(*Body, *Late, Closure, *Out, Call);
  }

  /// `std::function<task<>()> f = [n]() -> task<> {...}; f()`: the closure dies with f.
  static const FunctionDecl *heldOperator(const CXXOperatorCallExpr &Call) {
    const auto *Ref = dyn_cast<DeclRefExpr>(withoutWrappers(Call.getArg(0)));
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    const CXXRecordDecl *Class = Var ? Var->getType()->getAsCXXRecordDecl() : nullptr;
    if (!Class || !Class->isInStdNamespace() || !identifierOf(*Class).ends_with("function"))
      return nullptr;
    const Expr *E = Var->getInit() ? withoutWrappers(Var->getInit()) : nullptr;
    while (const auto *Made = dyn_cast_or_null<CXXConstructExpr>(E))
      E = Made->getNumArgs() ? withoutWrappers(Made->getArg(0)) : nullptr;
    const auto *Lambda = dyn_cast_or_null<LambdaExpr>(E);
    return Lambda ? Lambda->getCallOperator() : nullptr;
  }

  //--- work.then([n]() -> task<> {...}) -------------------------------------

  void given(const FunctionFacts &F, const CallSite &Site, const CallableArgument &Given) {
    const FunctionFacts *Body = coroutineOf(Given.Function);
    if (!Body || isa<CXXOperatorCallExpr>(Site.Expr))
      return;
    if (drops(Site, *Body)) {
      if (auto Late = lateCapture(*Body))
        reportDropped(*Body, *Late, Site);
      return;
    }
    // Who only calls it leaves it to us to keep it.
    if (fateOfCallable(Model, Site, Given.Index) != CallableFate::RunsNow ||
        Given.Index >= Site.Callee->getNumParams() ||
        !Site.Callee->getParamDecl(Given.Index)->getType()->isReferenceType())
      return;
    for (const Referent &Closure : boundBy(Model, argumentsOf(Site)[Given.Index]))
      if (auto Out = outlives(Model, F, Site.Expr, Closure))
        if (auto Late = lateCapture(*Body))
          return report(*Body, *Late, Closure, *Out, nullptr);
  }

  bool drops(const CallSite &Site, const FunctionFacts &Body) const {
    const NameLookup &Names = Model.names();
    if (Names.has(*Site.Callee, Site.Object, Role::DropsCallable))
      return true;
    const CoroutineType &Type = Model.types().of(Body.Decl->getReturnType());
    return Type.Starts == Start::Eager && !Type.DropKills &&
           Names.has(*Site.Callee, Site.Object, Role::DropsResult);
  }

  //--- Findings -------------------------------------------------------------

  Diag story(const FunctionFacts &Body, const LateCapture &Late) const {
    Diag D;
    D.Loc = cast<CXXMethodDecl>(Body.Decl)->getParent()->getBeginLoc();
    D.Message = Late.Name + " of this coroutine lambda is used after the closure has died";
    return D;
  }

  void report(const FunctionFacts &Body, const LateCapture &Late, const Referent &Closure,
              const Outliving &Out, const CXXOperatorCallExpr *Call) {
    Diag D = story(Body, Late);
    noteDeath(D, Closure, Out,
              Closure.Temporary ? "the closure, a temporary,"
                                : "the closure '" + Closure.Var->getNameAsString() + "'");
    noteLateUse(D, Body, Late.Use, Late.Name);
    if (!Call || !Closure.Temporary || !cure(D, Body, Out, *Call))
      D.note(D.Loc, "give the coroutine what it needs as parameters, or keep the closure until its "
                    "task is done");
    Context.report(D);
  }

  void reportDropped(const FunctionFacts &Body, const LateCapture &Late, const CallSite &Site) {
    Diag D = story(Body, Late);
    D.note(Site.Loc, "'" + identifierOf(*Site.Callee).str() +
                         "' destroys the closure as soon as the coroutine sleeps for the first "
                         "time");
    noteLateUse(D, Body, Late.Use, Late.Name);
    D.note(D.Loc, "await before this instead of giving a continuation, or give the coroutine what "
                  "it needs as parameters");
    Context.report(D);
  }

  /// Not calling the lambda, where the spawn function would keep it; or copying the closure into
  /// the frame.
  bool cure(Diag &D, const FunctionFacts &Body, const Outliving &Out,
            const CXXOperatorCallExpr &Call) const {
    const auto *Spawn = dyn_cast_or_null<CallExpr>(Out.Fate.At);
    const FunctionDecl *Callee = Spawn ? Spawn->getDirectCallee() : nullptr;
    const SourceLocation Begin = Call.getCallee()->getBeginLoc(), End = Call.getEndLoc();
    const auto *Operator = cast<CXXMethodDecl>(Body.Decl);
    if (Callee && !isa<CXXMethodDecl>(Callee) && Model.names().has(*Callee, Role::KeepsCallable) &&
        Call.getNumArgs() == 1 && Begin.isFileID() && End.isFileID()) {
      D.note(Begin, "give '" + identifierOf(*Callee).str() +
                        "' the lambda itself: it keeps it until the task is done");
      D.Fixes.push_back(FixItHint::CreateRemoval(SourceRange(Begin, End)));
      return true;
    }
    const TypeSourceInfo *Written = Operator->getTypeSourceInfo();
    auto Type = Written ? Written->getTypeLoc().getAsAdjusted<FunctionProtoTypeLoc>()
                        : FunctionProtoTypeLoc();
    if (!Model.ast().getLangOpts().CPlusPlus23 || Type.isNull() ||
        Type.getLParenLoc().isMacroID() || !Type.getLParenLoc().isValid() ||
        Operator->isExplicitObjectMemberFunction() ||
        !isa<LambdaExpr>(withoutWrappers(Call.getArg(0))) || !isPlain(*Operator))
      return false;
    D.note(D.Loc, "'this auto' copies the closure into the frame of the coroutine");
    D.Fixes.push_back(
        FixItHint::CreateInsertion(Type.getLParenLoc().getLocWithOffset(1),
                                   Type.getNumParams() ? "this auto, " : "this auto"));
    return true;
  }

  /// Neither `mutable` nor `static`, which an explicit object does not go with.
  static bool isPlain(const CXXMethodDecl &Operator) {
    return Operator.isConst() && !Operator.isStatic();
  }

  RuleContext &Context;
  const TuModel &Model;
};

void run(RuleContext &Context) { LambdaCaptures(Context).run(); }

} // namespace

extern constexpr Check LambdaCaptureCheck = {
    "lambda-capture",
    "a coroutine lambda uses its captures after its closure has died",
    Severity::Error,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
