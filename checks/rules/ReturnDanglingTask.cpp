//===- ReturnDanglingTask.cpp - async-return-dangling-task ----------------===//
//
// Law: a function that is no coroutine is over when it returns: its locals, by-value parameters and
// temporaries are gone, its guards are released, its handlers are left. The task that it returns
// goes on after that; a lazy one only begins then.
//
// Reported, for a plain function (lambdas too) that returns a task: an argument or object of the
// task that dies with the function, when the task uses it later; a return inside of a try block
// whose handlers were meant for the task; a guard that was meant to be held while the task runs.
//
// Not reported: what the task gets by value or as a reference to something of the caller; eager
// tasks that use it only before their first suspension, or whose body is not there; closures, which
// are async-lambda-capture's; try blocks and locks around something else that needs them.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "LifetimeStory.h"
#include "ReturnFix.h"
#include "model/ReturnedTasks.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

class ReturnDanglingTask {
public:
  explicit ReturnDanglingTask(RuleContext &Context) : Context(Context), Model(Context.model()) {}

  void run() {
    for (const FunctionFacts &F : Model.functions().all())
      for (const ReturnedTask &Task : returnedTasks(Model, F))
        if (!refersToFrame(F, Task) && !leavesTry(F, Task))
          releases(F, Task);
  }

private:
  /// The edits change all returns of the function, so that they belong to its first finding.
  bool mend(Diag &D, const FunctionFacts &F) {
    return Mended != &F && returnAwaited(D, Model, F) && (Mended = &F);
  }

  static std::string quoted(const FunctionDecl &F) {
    std::string Name = shownName(F);
    return Name == "a lambda" ? Name : "'" + Name + "'";
  }

  //--- Locals and temporaries -----------------------------------------------

  /// A variable of F, or a temporary of its return, that the argument refers to.
  std::optional<Referent> dying(const FunctionFacts &F, const BorrowedArgument &Argument) const {
    for (const Referent &R : Argument.To) {
      if (R.Temporary)
        return R;
      const auto *Var = dyn_cast_or_null<VarDecl>(R.Var);
      const LocalFacts *Local = Var ? Model.functions().local(Var) : nullptr;
      bool Own = Local && Local->Function == &F && Var->hasLocalStorage() &&
                 (!Var->getType()->isReferenceType() || !isa<ParmVarDecl>(Var));
      if (Own && !Var->isInitCapture() && !isEmpty(*Var))
        return R;
    }
    return Argument.Parameter ? std::nullopt : soleOwner(Model, F, *Argument.Argument);
  }

  /// A tag or executor handle of no members: who refers to it reads nothing.
  static bool isEmpty(const VarDecl &Var) {
    const CXXRecordDecl *Class = Var.getType()->getAsCXXRecordDecl();
    return Class && Class->hasDefinition() && Class->isEmpty();
  }

  static bool isClosure(const Expr &E) {
    QualType T = E.getType();
    const CXXRecordDecl *Class =
        (T->isPointerType() ? T->getPointeeType() : T)->getAsCXXRecordDecl();
    return Class && Class->isLambda();
  }

  bool refersToFrame(const FunctionFacts &F, const ReturnedTask &Task) {
    for (const BorrowedArgument &Argument : borrowedBy(Model, Task.Call)) {
      const std::optional<Referent> Object = dying(F, Argument);
      if (!Object || (!Argument.Parameter && isClosure(*Argument.Argument)) ||
          (Argument.How != Borrow::Reference && isHandedOver(Model, F, Task.Call, *Object)))
        continue;
      std::optional<LaterUse> Later = usesLater(Model, *Task.Call, Argument.Parameter);
      if (!Later)
        continue;
      report(F, Task, Argument, *Object, *Later);
      return true;
    }
    return false;
  }

  void report(const FunctionFacts &F, const ReturnedTask &Task, const BorrowedArgument &Argument,
              const Referent &Object, const LaterUse &Later) {
    const std::string Callee = quoted(*Task.Call->getDirectCallee());
    const std::string What =
        Object.Temporary ? "a temporary" : "'" + Object.Var->getNameAsString() + "'";
    Diag D;
    D.Loc = Task.Call->getExprLoc();
    D.Message = "the returned task of " + Callee + " " +
                (Argument.Parameter ? "refers to " : "runs in ") + What +
                ", which dies when this function returns";
    D.Ranges.push_back(Argument.Argument->getSourceRange());
    if (Object.Temporary)
      D.note(Object.Temporary->getBeginLoc(), "this temporary dies at the end of the statement");
    else
      D.note(Object.Var->getLocation(), What + " dies when the function returns");
    story(D, Argument, Later, Callee);
    if (!mend(D, F))
      D.note(Task.Return->getBeginLoc(),
             Argument.Parameter ? "let " + Callee +
                                      " take the parameter by value, or make this function a "
                                      "coroutine that awaits the task"
                                : "make this function a coroutine that awaits the task");
    Context.report(D);
  }

  /// Where the task sleeps, and where it uses what is gone.
  void story(Diag &D, const BorrowedArgument &Argument, const LaterUse &Later,
             const std::string &Callee) const {
    const std::string Name =
        Argument.Parameter ? "'" + Argument.Parameter->getNameAsString() + "'" : "its object";
    noteLaterUse(D, Model, Later, Name,
                 Callee + " is lazy: it uses what it got when its task is awaited, after that");
  }

  //--- Handlers -------------------------------------------------------------

  /// `try { return f(); } catch (...) { ... }`
  bool leavesTry(const FunctionFacts &F, const ReturnedTask &Task) {
    const FunctionFlow *Flow = F.Tries.empty() ? nullptr : Model.flow(F);
    const CXXTryStmt *Try = Flow ? tryAround(*Flow, Task.Return) : nullptr;
    if (!Try || !isCoroutineCall(*Task.Call) || !throwsOnlyLater(*Flow, *Try, Task))
      return false;
    const std::string Callee = quoted(*Task.Call->getDirectCallee());
    Diag D;
    D.Loc = Task.Return->getBeginLoc();
    D.Message = "the returned task of " + Callee +
                " fails outside of this 'try': its exception is "
                "thrown where the task is awaited";
    D.note(Try->getHandler(0)->getBeginLoc(), "this handler does not see it");
    if (!mend(D, F))
      D.note(D.Loc, "make this function a coroutine that awaits the task inside of the 'try'");
    Context.report(D);
    return true;
  }

  /// Whether the call itself only makes a coroutine: the body, when it is there, else the type.
  bool isCoroutineCall(const CallExpr &Call) const {
    if (const FunctionFacts *Body = Model.functions().of(Call.getDirectCallee()))
      return Body->isCoroutine();
    const CoroutineType &Type = Model.types().of(Call.getType());
    return Type.isCoroutine() && Type.Starts == Start::Lazy &&
           isElsewhere(Model, *Call.getDirectCallee());
  }

  /// Whether nothing else in the try block has a use for its handlers.
  bool throwsOnlyLater(const FunctionFlow &Flow, const CXXTryStmt &Try,
                       const ReturnedTask &Task) const {
    SmallVector<const Stmt *, 16> Pending{Try.getTryBlock()};
    while (!Pending.empty()) {
      const Stmt *S = Pending.pop_back_val();
      if (!S || isa<LambdaExpr>(S))
        continue;
      bool Moves = isa<CXXConstructExpr>(S) &&
                   cast<CXXConstructExpr>(S)->getConstructor()->isCopyOrMoveConstructor();
      if (S != Task.Call && !Moves && mayThrow(S, Exceptions::Calls))
        return false;
      for (const Stmt *Child : S->children())
        Pending.push_back(Child);
    }
    return true;
  }

  //--- Guards ---------------------------------------------------------------

  void releases(const FunctionFacts &F, const ReturnedTask &Task) {
    const FunctionFlow *Flow = Model.flow(F);
    const VarDecl *Guard = Flow ? guardOf(F, *Flow, Task) : nullptr;
    if (!Guard)
      return;
    const std::string Name = "'" + Guard->getNameAsString() + "'";
    const std::string Callee = quoted(*Task.Call->getDirectCallee());
    bool Thread = !Model.names().has(*Guard->getType()->getAsCXXRecordDecl(), Role::Guard);
    Diag D;
    D.Loc = Task.Return->getBeginLoc();
    D.Message = Name + " is released when this function returns, before the returned task of " +
                Callee + (isLazy(*Task.Call) ? " begins" : " is done");
    D.note(Guard->getLocation(), Name + " is taken here");
    // A lock of threads must not be held while a coroutine sleeps.
    if (Thread)
      D.note(D.Loc, "take the lock inside of the coroutine, between its suspensions");
    else if (!mend(D, F))
      D.note(D.Loc, "keep " + Name + " until the task is done: await it in a coroutine, or move " +
                        Name + " into a continuation");
    Context.report(D);
  }

  bool isLazy(const CallExpr &Call) const {
    return Model.types().of(Call.getType()).Starts == Start::Lazy;
  }

  /// A guard that is alive at the return and that nobody mentions, so that it is there for the
  /// task.
  const VarDecl *guardOf(const FunctionFacts &F, const FunctionFlow &Flow,
                         const ReturnedTask &Task) const {
    for (const LocalFacts &Local : Model.functions().locals()) {
      const auto *Var = dyn_cast<VarDecl>(Local.Decl);
      const CXXRecordDecl *Class = Var ? Var->getType()->getAsCXXRecordDecl() : nullptr;
      if (Local.Function != &F || !Class || !Local.Uses.empty() || !Var->hasLocalStorage())
        continue;
      if (Model.names().has(*Class, Role::Guard)) {
        if ((isa<ParmVarDecl>(Var) || declaredBefore(Flow, *Var, Task.Return, false)) &&
            (isLazy(*Task.Call) || runsOn(*Task.Call)))
          return Var;
      } else if ((Class->hasAttr<ScopedLockableAttr>() ||
                  Model.names().has(*Class, Role::LockGuard)) &&
                 declaredBefore(Flow, *Var, Task.Return, true) && isCoroutineCall(*Task.Call) &&
                 isLazy(*Task.Call) && readsNothing(*Task.Call)) {
        return Var;
      }
    }
    return nullptr;
  }

  /// An eager call whose body is seen to suspend, or is not seen: a value that is ready says so.
  bool runsOn(const CallExpr &Call) const {
    const FunctionFacts *Body = Model.functions().of(Call.getDirectCallee());
    if (Body)
      return Body->isCoroutine() && !Body->Suspensions.empty();
    return !Call.getDirectCallee()->isTemplateInstantiation() &&
           !StringRef(identifierOf(*Call.getDirectCallee())).starts_with("make_");
  }

  /// Whether making the arguments looks at nothing that the lock could be for.
  static bool readsNothing(const CallExpr &Call) {
    return all_of(Call.arguments(), [&](const Expr *Argument) {
      const Expr *E = withoutWrappers(Argument);
      if (const auto *Moved = dyn_cast<CallExpr>(E); Moved && Moved->isCallToStdMove())
        E = withoutWrappers(Moved->getArg(0));
      if (const auto *Made = dyn_cast<CXXConstructExpr>(E); Made && Made->getNumArgs() == 1)
        E = withoutWrappers(Made->getArg(0));
      const auto *Ref = dyn_cast<DeclRefExpr>(E);
      const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
      return (Var && Var->hasLocalStorage()) || isa<CXXThisExpr>(E) ||
             E->isEvaluatable(Call.getDirectCallee()->getASTContext());
    });
  }

  RuleContext &Context;
  const TuModel &Model;
  const FunctionFacts *Mended = nullptr;
};

void run(RuleContext &Context) { ReturnDanglingTask(Context).run(); }

} // namespace

extern constexpr Check ReturnDanglingTaskCheck = {
    "return-dangling-task",
    "a plain function returns a task that needs what dies with the function",
    Severity::Error,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
