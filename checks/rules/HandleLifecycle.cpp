//===- HandleLifecycle.cpp - async-handle-lifecycle -----------------------===//
//
// Law: a coroutine_handle is a raw pointer. Somebody has to destroy the frame, once, when the
// coroutine is suspended, and nobody may resume it after its end.
//
// Reported: on a path, a handle that is destroyed twice, used after it was destroyed, resumed where
// done() has said yes, or asked after a resume at whose end the frame destroys itself; owners that
// a copy or move makes two of, or whose assignment forgets the old frame; a handle that a callback
// has by reference; a promise that resumes or destroys its own running coroutine; an await_suspend
// that resumes its coroutine and then says that it shall go on; frames that nobody destroys.
//
// Not reported: handles that are given to functions that this TU does not show, or shared by a
// count.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/Callables.h"
#include "model/HandlePaths.h"
#include "model/ReturnedTasks.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

std::string quoted(const NamedDecl &D) { return "'" + D.getNameAsString() + "'"; }

//===----------------------------------------------------------------------===//
// Paths
//===----------------------------------------------------------------------===//

void paths(RuleContext &Context, const Promises &Types, const FunctionFacts &F) {
  for (const HandleMisuse &M : handleMisuses(Context.model(), Types, F)) {
    std::string Name = quoted(M.Place.last());
    Diag D;
    D.Loc = M.At->getBeginLoc();
    D.Ranges.push_back(M.At->getSourceRange());
    addPath(D, M.Way);
    switch (M.What) {
    case HandleFault::DestroyedTwice:
      D.Message = "the frame of " + Name + " is destroyed twice";
      D.note(M.Before->getBeginLoc(), "it is destroyed here first");
      D.note(D.Loc, "clear the handle where its frame is destroyed");
      break;
    case HandleFault::UsedDestroyed:
      D.Message = Name + " is used after its frame was destroyed";
      D.note(M.Before->getBeginLoc(), "it is destroyed here");
      break;
    case HandleFault::ResumedAtEnd:
      D.Message = Name + " is resumed although its coroutine is done: the behaviour is undefined";
      D.note(M.Before->getBeginLoc(), "here it says that it is done");
      break;
    case HandleFault::AskedAfterEnding:
      D.Message = Name + " is used after a resume that may have ended its coroutine: the frame "
                         "destroys itself";
      D.note(M.Before->getBeginLoc(), "it is resumed here, and 'final_suspend' does not suspend");
      D.note(D.Loc, "suspend at the end, or keep in the promise's owner whether it is done");
      break;
    }
    Context.report(D);
  }
}

//===----------------------------------------------------------------------===//
// Owners
//===----------------------------------------------------------------------===//

void twoOwners(RuleContext &Context, const HandleOwner &Owner, SourceLocation Loc,
               const Twine &What) {
  Diag D;
  D.Loc = Loc;
  D.Message = (What + " leaves two objects that destroy the same frame").str();
  D.note(Owner.Destroys->getBeginLoc(), "the destructor of each destroys it");
  D.note(D.Loc, "move with 'std::exchange(other." + Owner.Handle->getNameAsString() +
                    ", {})', and delete the copy");
  Context.report(D);
}

void owner(RuleContext &Context, const HandleOwner &Owner) {
  std::string Name = quoted(*Owner.Class);
  for (const CXXMethodDecl *Method : Owner.Class->methods()) {
    const auto *Constructor = dyn_cast<CXXConstructorDecl>(Method);
    bool Makes = Constructor && Constructor->isCopyOrMoveConstructor();
    bool Assigns = Method->isCopyAssignmentOperator() || Method->isMoveAssignmentOperator();
    if ((!Makes && !Assigns) || Method->isDeleted() || Method->isImplicit())
      continue;
    if (Method->isExplicitlyDefaulted()) {
      twoOwners(Context, Owner, Method->getLocation(), "the default copy or move of " + Name);
    } else if (Makes && Owner.OnlyIfSet) {
      if (const Expr *Copied = copiesHandle(*Constructor, Owner))
        twoOwners(Context, Owner, Copied->getBeginLoc(), "this constructor of " + Name);
    } else if (const Stmt *At = Assigns ? overwrites(*Method, Owner) : nullptr) {
      Diag D;
      D.Loc = At->getBeginLoc();
      D.Message = "the frame that " + Name + " had before the assignment is never destroyed";
      D.Ranges.push_back(At->getSourceRange());
      D.note(Owner.Destroys->getBeginLoc(), "only the destructor destroys it");
      D.note(D.Loc, "destroy the old frame first, or swap");
      Context.report(D);
    }
  }
}

/// `task b = a;` of an owner whose copy constructor nobody wrote.
void copies(RuleContext &Context, const std::vector<HandleOwner> &Owners, const FunctionFacts &F) {
  for (const CallSite &Site : F.Calls) {
    const auto *Made = dyn_cast<CXXConstructorDecl>(Site.Callee);
    if (!Site.Expr || !Made || !Made->isImplicit() || !Made->isCopyOrMoveConstructor())
      continue;
    for (const HandleOwner &Owner : Owners)
      if (asWritten(Made->getParent()) == asWritten(Owner.Class))
        twoOwners(Context, Owner, Site.Loc, "this copy of " + quoted(*Owner.Class));
  }
}

//===----------------------------------------------------------------------===//
// Awaiters and promises
//===----------------------------------------------------------------------===//

/// The lambda's mention of a handle that it has by reference and resumes or destroys.
const Stmt *usedByReference(const LambdaExpr &Lambda, const ValueDecl &Handle) {
  bool ByReference = any_of(Lambda.captures(), [&](const LambdaCapture &C) {
    return C.capturesVariable() && C.getCaptureKind() == LCK_ByRef && C.getCapturedVar() == &Handle;
  });
  const Stmt *Found = nullptr;
  if (ByReference)
    anyStatement(Lambda.getBody(), [&](const Stmt *S) {
      const auto *Ref = dyn_cast<DeclRefExpr>(S);
      Found = Ref && Ref->getDecl() == &Handle ? S : nullptr;
      return Found != nullptr;
    });
  return Found;
}

/// await_suspend returns while the callback that it gives away still refers to its variable.
void capturedByReference(RuleContext &Context, const FunctionFacts &F) {
  for (const CallSite &Site : F.Calls)
    for (const CallableArgument &Given : Site.Callables) {
      CallableFate Fate = fateOfCallable(Context.model(), Site, Given.Index);
      // Of a template nobody knows: it may be a scope guard. Another function keeps it, mostly.
      if (Fate == CallableFate::RunsNow ||
          (Fate == CallableFate::Unknown && !isElsewhere(Context.model(), *Site.Callee)))
        continue;
      for (const LambdaExpr *Lambda : F.Lambdas) {
        if (Lambda->getCallOperator() != Given.Function)
          continue;
        for (const LambdaCapture &C : Lambda->captures()) {
          const ValueDecl *Var = C.capturesVariable() ? C.getCapturedVar() : nullptr;
          if (!Var || !isHandle(Var->getType()) || Var->getType()->isLValueReferenceType())
            continue;
          const Stmt *Use = usedByReference(*Lambda, *Var);
          if (!Use)
            continue;
          Diag D;
          D.Loc = C.getLocation();
          D.Message = "the callback has " + quoted(*Var) +
                      " by reference, which is gone when 'await_suspend' has returned";
          D.note(Use->getBeginLoc(), "it is used here, later");
          D.note(D.Loc, "capture the handle by value");
          Context.report(D);
        }
      }
    }
}

/// `handle.resume(); return false;`: the coroutine runs on twice.
void resumedAndGoesOn(RuleContext &Context, const FunctionFacts &F) {
  const FunctionFlow *Flow = F.Decl->getNumParams() == 1 ? Context.model().flow(F) : nullptr;
  if (!Flow || F.Decl->getReturnType()->isVoidType())
    return;
  const HandlePlace Own{F.Decl->getParamDecl(0), nullptr};
  const Stmt *Resumes = nullptr;
  PathSearch Search(*Flow, Exceptions::None);
  Search.fromEntry(0, [&](PathSearch::State S, const FlowEvent &E) -> std::optional<unsigned> {
    auto Call = E.What == FlowEvent::Evaluated ? handleCall(E.S) : std::nullopt;
    if (Call && HandlePlace::of(Call->Handle) == Own &&
        (Call->Op == HandleOp::Resume || Call->Op == HandleOp::Destroy)) {
      Resumes = E.S;
      return 1;
    }
    const auto *Return = dyn_cast_or_null<ReturnStmt>(E.S);
    if (S == 0 || !Return || E.What != FlowEvent::Evaluated || !Return->getRetValue())
      return S;
    const Expr *Value = withoutWrappers(Return->getRetValue());
    if (const auto *Made = dyn_cast<CXXConstructExpr>(Value); Made && Made->getNumArgs() == 1)
      Value = withoutWrappers(Made->getArg(0));
    if (const auto *Converts = dyn_cast<CXXMemberCallExpr>(Value))
      Value = Converts->getImplicitObjectArgument();
    const auto *No = dyn_cast<CXXBoolLiteralExpr>(Value);
    if (!(No && !No->getValue()) && !(HandlePlace::of(Value) == Own))
      return S;
    Diag D;
    D.Loc = Return->getBeginLoc();
    D.Message = "this return lets the coroutine go on, which has been resumed or destroyed already";
    D.note(Resumes->getBeginLoc(), "it is resumed or destroyed here");
    D.note(D.Loc, "return true, or do not touch the handle");
    Context.report(D);
    return std::nullopt;
  });
}

/// A coroutine is not suspended while its promise gets a result.
void promise(RuleContext &Context, const FunctionFacts &F) {
  anyStatement(F.Body, [&](const Stmt *S) {
    auto Call = handleCall(S);
    if (!Call || (Call->Op != HandleOp::Destroy && Call->Op != HandleOp::Resume))
      return false;
    const auto *Made = dyn_cast<CallExpr>(withoutWrappers(Call->Handle));
    const Expr *From = Made && Made->getNumArgs() == 1 ? Made->getArg(0) : nullptr;
    const auto *Itself = dyn_cast_or_null<UnaryOperator>(From ? withoutWrappers(From) : nullptr);
    if (!Itself || Itself->getOpcode() != UO_Deref ||
        !isa<CXXThisExpr>(withoutWrappers(Itself->getSubExpr())))
      return false;
    Diag D;
    D.Loc = S->getBeginLoc();
    D.Message = Call->Op == HandleOp::Destroy
                    ? "the promise destroys its own coroutine while that runs"
                    : "the promise resumes its own coroutine while that runs";
    D.note(D.Loc, "do it in the awaiter of 'final_suspend', where the coroutine is suspended");
    Context.report(D);
    return false;
  });
}

bool destroysAny(const TuModel &Model) {
  return any_of(Model.functions().all(), [](const FunctionFacts &F) {
    return anyStatement(F.Body, [](const Stmt *S) {
      auto Call = handleCall(S);
      return Call && Call->Op == HandleOp::Destroy;
    });
  });
}

/// A type of this file whose coroutines stop at their end, in a program without any destroy().
void leaks(RuleContext &Context, const Promises &Types) {
  const TuModel &Model = Context.model();
  const SourceManager &Sources = Model.ast().getSourceManager();
  auto AnyFunction = [&](auto Test) { return any_of(Model.functions().all(), Test); };
  for (const PromiseType &P : Types.all()) {
    if (!Sources.isInMainFile(Sources.getExpansionLoc(P.Returned->getLocation())) ||
        Types.stopsAtEnd(P.Class) != true)
      continue;
    bool Used = AnyFunction(
        [&](const FunctionFacts &F) { return F.promise() && asWritten(F.promise()) == P.Class; });
    if (!Used || destroysAny(Model) ||
        AnyFunction([&](const FunctionFacts &F) { return givesAway(Model, F, P.Class); }))
      continue;
    Diag D;
    D.Loc = P.Returned->getLocation();
    D.Message = "nobody destroys the frames of coroutines that return " + quoted(*P.Returned) +
                ": each call leaks one";
    for (const FunctionDecl *End : Types.functions(P.Class, "final_suspend"))
      D.note(End->getLocation(), "each stops here, at its end, and waits to be destroyed");
    D.note(D.Loc, "destroy the frame in the destructor of " + quoted(*P.Returned) +
                      ", or do not suspend at the end");
    Context.report(D);
  }
}

void run(RuleContext &Context) {
  static const StringRef WhileRunning[] = {"return_void", "return_value", "unhandled_exception",
                                           "get_return_object"};
  Promises Types(Context.model());
  leaks(Context, Types);
  std::vector<HandleOwner> Owners = handleOwners(Context.model());
  for (const HandleOwner &Owner : Owners)
    owner(Context, Owner);
  for (const FunctionFacts &F : Context.model().functions().all()) {
    paths(Context, Types, F);
    if (!Owners.empty())
      copies(Context, Owners, F);
    StringRef Name = F.Decl ? identifierOf(*F.Decl) : "";
    if (Name == "await_suspend" && F.Decl->getNumParams()) {
      capturedByReference(Context, F);
      resumedAndGoesOn(Context, F);
    } else if (is_contained(WhileRunning, Name)) {
      promise(Context, F);
    }
  }
}

} // namespace

extern constexpr Check HandleLifecycleCheck = {
    "handle-lifecycle",
    "a coroutine handle is leaked, destroyed or resumed twice, or used after its frame is gone",
    Severity::Error,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
