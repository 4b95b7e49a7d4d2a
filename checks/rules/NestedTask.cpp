//===- NestedTask.cpp - async-nested-task ---------------------------------===//
//
// Law: awaiting a task of a task gives a task. One co_await runs the outer body, which only makes
// the inner task; the work that was meant waits for a second one.
//
// Reported: the result of a co_await that is a task itself and goes nowhere; a co_return of a lazy
// task that nobody has awaited, when no await in this file goes both ways; a future of a task, made
// by giving a coroutine to something that runs plain functions, and dropped or read once.
//
// Not reported: the inner task is awaited, moved or kept; an inner task of another kind that runs
// already (a handle to started work); containers of tasks.
//
//===----------------------------------------------------------------------===//

#include "AwaitFix.h"
#include "Check.h"
#include "model/AwaitKind.h"
#include "model/CallableResults.h"
#include "model/Callables.h"
#include "model/Consumption.h"
#include "model/TaskValues.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

class NestedTask {
public:
  explicit NestedTask(RuleContext &Context)
      : Context(Context), Model(Context.model()), Types(Model.types()) {}

  void run() {
    for (const FunctionFacts &F : Model.functions().all())
      for (const DroppedValue &Value : F.Dropped)
        Dropped.insert(withoutWrappers(Value.Value));
    for (const FunctionFacts &F : Model.functions().all())
      for (const Suspension &Point : F.Suspensions)
        if (Point.Operand && !Dropped.contains(Point.Expr) && innerTask(Point.Expr->getType()))
          AwaitedTwice.insert(canonical(Point.Expr->getType()));
    for (const FunctionFacts &F : Model.functions().all()) {
      for (const DroppedValue &Value : F.Dropped)
        droppedResult(F, Value);
      for (const Stmt *S : F.Returns)
        if (const auto *Return = dyn_cast<CoreturnStmt>(S))
          returned(F, *Return);
      for (const CallSite &Site : F.Calls)
        submitted(Site);
    }
    for (const LocalFacts &Local : Model.functions().locals())
      keptResult(Local);
  }

private:
  static const CXXRecordDecl *canonical(QualType T) {
    const CXXRecordDecl *Class = classOf(T.getNonReferenceType());
    return Class ? Class->getCanonicalDecl() : nullptr;
  }

  /// The class of a task that loses its work when it is dropped.
  const CXXRecordDecl *innerTask(QualType T) const {
    const CXXRecordDecl *Class = T.isNull() || T->isReferenceType() ? nullptr : classOf(T);
    const CoroutineType &Type = Types.of(Class);
    bool Task = Class && Type.Awaitable && (Type.isCoroutine() || Type.Starts != Start::Unknown);
    return Task && Types.obligation(Class) != Obligation::None ? Class : nullptr;
  }

  bool isLazy(const CXXRecordDecl *Task) const {
    return Types.obligation(Task) == Obligation::Body;
  }

  std::string loss(const CXXRecordDecl *Inner) const {
    return isLazy(Inner) ? ": its body never runs" : ": its result and its exception are lost";
  }

  /// `co_await result.resolve()` waits for the task and gives it back, done.
  bool givesDone(const CoawaitExpr &Await) const {
    const auto *Call = dyn_cast<CallExpr>(withoutWrappers(Await.getOperand()));
    const auto *Member = dyn_cast_or_null<CXXMemberCallExpr>(Call);
    return Call && Call->getDirectCallee() &&
           Model.names().has(*Call->getDirectCallee(), Member ? Member->getRecordDecl() : nullptr,
                             Role::ErrorsAsValues);
  }

  /// `co_await submit(work);` with a task for a result.
  void droppedResult(const FunctionFacts &F, const DroppedValue &Value) const {
    const auto *Await = dyn_cast<CoawaitExpr>(withoutWrappers(Value.Value));
    const CXXRecordDecl *Inner = Await ? innerTask(Await->getType()) : nullptr;
    if (!Inner || givesDone(*Await) || (Value.How != ValueUse::Dropped && !isLazy(Inner)))
      return;
    Diag D;
    D.Loc = Await->getBeginLoc();
    D.Message =
        "the result of this 'co_await' is itself a task, which is never awaited" + loss(Inner);
    D.Ranges.push_back(Await->getSourceRange());
    if (Value.InHandler || !addAwait(D, Model, F, Value.Value))
      D.Notes.push_back({D.Loc, "'co_await' the result as well"});
    Context.report(D);
  }

  /// `auto x = co_await submit(work);`, and x is never looked at.
  void keptResult(const LocalFacts &Local) const {
    const CoawaitExpr *Await = awaitIn(Local.Init);
    const CXXRecordDecl *Inner =
        Await && isa<VarDecl>(Local.Decl) ? innerTask(Local.Decl->getType()) : nullptr;
    if (!Inner || !innerTask(Await->getType()) || givesDone(*Await) ||
        Local.Decl->hasAttr<UnusedAttr>() || any_of(Local.Uses, consumes) ||
        (!isLazy(Inner) && Types.of(Inner).DropKills))
      return;
    Context.report({Local.Decl->getLocation(),
                    "'" + Local.Decl->getNameAsString() +
                        "' is the task that another task gave, and is never awaited" + loss(Inner),
                    {Await->getSourceRange()},
                    {{Await->getBeginLoc(), "'co_await' the result as well"}},
                    {}});
  }

  /// `co_return g();` in a coroutine whose result is a task.
  void returned(const FunctionFacts &F, const CoreturnStmt &Return) const {
    QualType Result =
        F.Decl && !F.Dependent ? Types.awaitResult(F.Decl->getReturnType()) : QualType();
    const CXXRecordDecl *Inner = innerTask(Result);
    if (!Inner || !isLazy(Inner) || Types.of(F.Decl->getReturnType()).Generator ||
        AwaitedTwice.contains(canonical(Result)) || !makesTask(Return.getOperand()))
      return;
    Diag D;
    D.Loc = Return.getOperand()->getBeginLoc();
    D.Message = "the returned task has not been awaited: who awaits this coroutine gets a task "
                "again, and its body has not run";
    D.Ranges.push_back(Return.getOperand()->getSourceRange());
    D.Notes.push_back({F.Decl->getLocation(), "let the coroutine return the result, and write "
                                              "'co_return co_await'"});
    Context.report(D);
  }

  /// A future as others have it: who awaits it, or asks it by get(), has the value.
  bool isFuture(const CXXRecordDecl *Class) const {
    auto Has = [&](StringRef Name) {
      return !memberFunctions(Class, DeclarationName(&Model.ast().Idents.get(Name))).empty();
    };
    return Types.of(Class).Awaitable || (Has("get") && Has("wait")) || Has("waitForFinished");
  }

  /// `pool.submit([]() -> task<> { ... })` gives future<task<>>.
  void submitted(const CallSite &Site) const {
    const auto *Call = dyn_cast_or_null<CallExpr>(Site.Expr);
    const auto *Future =
        Call && !Call->isGLValue()
            ? dyn_cast_or_null<ClassTemplateSpecializationDecl>(classOf(Call->getType()))
            : nullptr;
    if (!Future || Future->getTemplateArgs().size() == 0 ||
        Future->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
      return;
    const CXXRecordDecl *Inner = innerTask(Future->getTemplateArgs()[0].getAsType());
    if (!Inner || !isLazy(Inner) || !isFuture(Future))
      return;
    const auto *Given = find_if(argumentsOf(Site), [&](const Expr *E) {
      QualType Result = resultOfCallable(E->getType());
      return !Result.isNull() && canonical(Result) == Inner->getCanonicalDecl();
    });
    if (Given == argumentsOf(Site).end() || !isLost(*Call))
      return;
    std::string Name = shownName(*Site.Callee);
    Context.report({(*Given)->getBeginLoc(),
                    "'" + Name + "' only calls the coroutine and gives its task, which nobody " +
                        "awaits: its body never runs",
                    {Call->getSourceRange()},
                    {{Call->getBeginLoc(), "start the task instead of submitting the function that "
                                           "makes it, or await what the future gives"}},
                    {}});
  }

  /// Whether the future goes where nobody gets at it: dropped, or in a local that is never read.
  bool isLost(const CallExpr &Call) const {
    if (Dropped.contains(&Call))
      return true;
    auto Local = find_if(Model.functions().locals(), [&](const LocalFacts &L) {
      return L.Init && withoutWrappers(L.Init) == &Call;
    });
    if (Local == Model.functions().locals().end() || !isa<VarDecl>(Local->Decl))
      return false;
    return all_of(Local->Uses, [&](const VarUse &Use) { return readsNothing(*Local, Use); });
  }

  /// `f.wait();`, `f.get();` with the task dropped.
  bool readsNothing(const LocalFacts &Local, const VarUse &Use) const {
    if (Use.How == ValueUse::Observed)
      return true;
    for (const CallSite &Site : Local.Function->Calls) {
      const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Site.Expr);
      if (Call && Call->getImplicitObjectArgument() &&
          withoutWrappers(Call->getImplicitObjectArgument()) == Use.Ref)
        return Call->getType()->isVoidType() || Dropped.contains(Call);
    }
    return false;
  }

  RuleContext &Context;
  const TuModel &Model;
  const CoroutineTypes &Types;
  SmallPtrSet<const Expr *, 16> Dropped;
  /// Inner tasks that some await gives to somebody.
  SmallPtrSet<const CXXRecordDecl *, 4> AwaitedTwice;
};

void run(RuleContext &Context) { NestedTask(Context).run(); }

} // namespace

extern constexpr Check NestedTaskCheck = {
    "nested-task",
    "a task gives a task that nobody awaits, so that the inner one never runs",
    Severity::Error,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
