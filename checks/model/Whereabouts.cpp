//===- Whereabouts.cpp - On which kind of thread a coroutine runs ---------===//

#include "model/Whereabouts.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// The class of an object, or of what a pointer or smart pointer points to.
const CXXRecordDecl *pointedClass(QualType T) {
  if (T->isPointerType())
    return classOf(T->getPointeeType());
  const CXXRecordDecl *Class = classOf(T);
  const auto *Smart = dyn_cast_or_null<ClassTemplateSpecializationDecl>(Class);
  if (Smart && Smart->isInStdNamespace() && Smart->getName().ends_with("_ptr"))
    return classOf(Smart->getTemplateArgs()[0].getAsType());
  return Class;
}

/// What is awaited names a pool (`pool->schedule()`, `resume_on(pool)`) or a function that says so.
bool switches(const TuModel &Model, const Suspension &S, Role R) {
  const NameLookup &Names = Model.names();
  auto IsPool = [&](const Expr *E) { return isBlockingPool(Names, E); };
  return anyStatement(S.Operand, [&](const Stmt *Part) {
    const auto *Call = dyn_cast<CallExpr>(Part);
    if (!Call)
      return false;
    const FunctionDecl *Callee = Call->getDirectCallee();
    const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
    const CXXRecordDecl *Object = Member ? Member->getRecordDecl() : nullptr;
    if (Callee && Names.has(*Callee, Object, R))
      return true;
    // `co_await post(pool, use_awaitable)` passes by the pool: the token's executor resumes.
    if (Callee && Names.has(*Callee, Object, Role::LoopCallback))
      return false;
    return R == Role::SwitchToPool && ((Member && IsPool(Member->getImplicitObjectArgument())) ||
                                       any_of(Call->arguments(), IsPool));
  });
}

} // namespace

/// `thread_pool`, `thread_pool::executor_type`, `strand<thread_pool::executor_type>`.
bool isBlockingPool(const NameLookup &Names, QualType T) {
  const CXXRecordDecl *Class = T.isNull() ? nullptr : pointedClass(T.getNonReferenceType());
  for (const DeclContext *At = Class; At && At->isRecord(); At = At->getParent())
    if (Names.has(*cast<CXXRecordDecl>(At), Role::BlockingPool))
      return true;
  if (const auto *Wrapper = dyn_cast_or_null<ClassTemplateSpecializationDecl>(Class))
    for (const TemplateArgument &Argument : Wrapper->getTemplateArgs().asArray())
      if (Argument.getKind() == TemplateArgument::Type && Argument.getAsType()->isRecordType() &&
          Argument.getAsType() != T && isBlockingPool(Names, Argument.getAsType()))
        return true;
  return false;
}

/// Also `pool.get_executor()`, a function whose result is a pool, and a variable that holds these.
bool isBlockingPool(const NameLookup &Names, const Expr *E) {
  E = withoutWrappers(E);
  if (isBlockingPool(Names, E->getType()))
    return true;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    return Var && Var->isLocalVarDecl() && Var->getInit() && !isa<DeclRefExpr>(Var->getInit()) &&
           isBlockingPool(Names, Var->getInit());
  }
  const auto *Call = dyn_cast<CallExpr>(E);
  if (!Call || !Call->getDirectCallee())
    return false;
  const auto *Member = dyn_cast<CXXMemberCallExpr>(E);
  if (Names.has(*Call->getDirectCallee(), Member ? Member->getRecordDecl() : nullptr,
                Role::BlockingPool))
    return true;
  const Expr *Object = Member ? Member->getImplicitObjectArgument() : nullptr;
  return Object && isBlockingPool(Names, Object->getType());
}

bool switchesThread(const TuModel &Model, const Suspension &S) {
  return switches(Model, S, Role::SwitchToPool) || switches(Model, S, Role::SwitchToLoop);
}

Whereabouts::Whereabouts(const TuModel &Model, const FunctionFacts &F) {
  SmallPtrSet<const Stmt *, 4> ToPool;
  SmallVector<const Expr *, 4> ToLoop;
  for (const Suspension &S : F.Suspensions)
    if (switches(Model, S, Role::SwitchToPool))
      ToPool.insert(S.Expr);
    else if (switches(Model, S, Role::SwitchToLoop))
      ToLoop.push_back(S.Expr);
  Moves = !ToPool.empty();
  const FunctionFlow *Flow = Moves ? Model.flow(F) : nullptr;
  if (!Flow) // The pattern of a template: its instances know where they are.
    return;
  auto Visit = [&](PathSearch::State S, const FlowEvent &Event) {
    if (Event.What == FlowEvent::Evaluated)
      Loop.insert(Event.S);
    return Event.What == FlowEvent::Evaluated && ToPool.count(Event.S) ? std::nullopt
                                                                       : std::optional(S);
  };
  PathSearch Search(*Flow, Exceptions::Awaits);
  Search.fromEntry(0, Visit);
  for (const Expr *Back : ToLoop)
    if (Flow->contains(Back))
      Search.after(Back, 0, Visit);
}

} // namespace abide
