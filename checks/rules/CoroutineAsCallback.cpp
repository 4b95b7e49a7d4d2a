//===- CoroutineAsCallback.cpp - async-coroutine-as-callback --------------===//
//
// Law: who calls a coroutine gets a task and has to do something with it. A callee that expects a
// callback without result calls it and lets the task go: a lazy coroutine never runs a line of its
// body, the exception of an eager one has nobody to go to.
//
// Reported: a callable that returns a task and is made a `std::function<void()>` (or any other
// class with such a signature), or given to a function that drops what it returns: known by
// vocabulary (algorithms, threads, completion handlers), or shown by a body in this translation
// unit.
//
// Not reported: callees that take what the callable returns; tasks that are made to be dropped; a
// parameter of a template that hands on what its caller gave, who is told instead.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/CallableResults.h"
#include "model/Callables.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// `template <class F> void each(F f) { inner(f); }`: who called each knows what f is.
bool isCallersBusiness(const Expr *Argument) {
  const auto *Parameter = dyn_cast_or_null<ParmVarDecl>(valueNamed(Argument));
  const auto *Owner = Parameter ? dyn_cast<FunctionDecl>(Parameter->getDeclContext()) : nullptr;
  const FunctionDecl *Pattern = Owner ? Owner->getTemplateInstantiationPattern() : nullptr;
  if (!Pattern || Pattern->getNumParams() == 0)
    return false;
  unsigned Index = std::min(Parameter->getFunctionScopeIndex(), Pattern->getNumParams() - 1);
  return Pattern->getParamDecl(Index)->getType()->isDependentType();
}

std::string nameOf(const Expr *Callable) {
  if (const auto *Address = dyn_cast<UnaryOperator>(withoutWrappers(Callable));
      Address && Address->getOpcode() == UO_AddrOf)
    Callable = Address->getSubExpr();
  if (const ValueDecl *Named = valueNamed(Callable); Named && Named->getIdentifier())
    return "'" + Named->getNameAsString() + "'";
  return isa<LambdaExpr>(withoutWrappers(Callable)) ? "this lambda" : "this callable";
}

std::string nameOf(const NamedDecl &Dropper) {
  const auto *Function = dyn_cast<FunctionDecl>(&Dropper);
  return "'" + (Function ? shownName(*Function) : qualifiedName(Dropper)) + "'";
}

std::string loss(Obligation Lost, bool Generator) {
  switch (Lost) {
  case Obligation::Body:
    return std::string(Generator ? "generator" : "task") + " returned by {}: its body never runs";
  case Obligation::Operation:
    return "awaitable returned by {}: its operation never happens";
  default:
    return "task returned by {}: its result and its exception are lost";
  }
}

std::string cure(const TuModel &Model, const FunctionFacts &F, const CallSite &Site,
                 const CXXRecordDecl *Task) {
  const NameLookup &Names = Model.names();
  bool Algorithm = Names.has(*Site.Callee, Site.Object, Role::RunsCallable) ||
                   (Site.FunctionObject && Names.has(*Site.FunctionObject, Role::RunsCallable));
  if (Algorithm && F.isCoroutine())
    return "write a loop instead, which can 'co_await' each task";
  const LibraryAdvice *Advice = Model.vocabulary().adviceFor(qualifiedName(*Task));
  return Advice && !Advice->Start.empty()
             ? "pass a callable without result that starts the task with '" + Advice->Start + "'"
             : "pass a callable without result that starts the task, or use an interface that "
               "takes coroutines";
}

void judge(RuleContext &Context, const FunctionFacts &F, const CallSite &Site, unsigned Index) {
  const TuModel &Model = Context.model();
  const Expr *Callable = argumentsOf(Site)[Index];
  const CXXRecordDecl *Task = classOf(resultOfCallable(Callable->getType()));
  Obligation Lost = Task ? Model.types().obligation(Task) : Obligation::None;
  if (Lost == Obligation::None || isCallersBusiness(Callable))
    return;
  auto Drop = dropOfResult(Model, Site, Index, /*EvenVoided=*/Lost == Obligation::Body);
  if (!Drop)
    return;
  Diag D;
  D.Loc = Callable->getBeginLoc();
  const CoroutineType &Type = Model.types().of(Task);
  std::string What = loss(Lost, Type.Generator && !Type.Awaitable);
  What.replace(What.find("{}"), 2, nameOf(Callable));
  D.Message = nameOf(*Drop->By) + " drops the " + What;
  D.Ranges.push_back(Callable->getSourceRange());
  for (const Expr *Step : Drop->Path)
    D.Notes.push_back({Step->getExprLoc(),
                       Step == Drop->Path.back() ? "it is dropped here" : "it is handed on here"});
  D.Notes.push_back({D.Loc, cure(Model, F, Site, Task)});
  Context.report(D);
}

void run(RuleContext &Context) {
  for (const FunctionFacts &F : Context.model().functions().all())
    for (const CallSite &Site : F.Calls)
      for (unsigned I = 0, Count = argumentsOf(Site).size(); I < Count; ++I)
        judge(Context, F, Site, I);
}

} // namespace

extern constexpr Check CoroutineAsCallbackCheck = {
    "coroutine-as-callback",
    "a coroutine is used as a callback without result, so that its task is dropped",
    Severity::Error,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide
