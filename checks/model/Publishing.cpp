//===- Publishing.cpp - When other threads get a coroutine ----------------===//

#include "model/Publishing.h"
#include "model/Callables.h"
#include "model/Handles.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

bool isStdClass(QualType T, ArrayRef<StringRef> Names) {
  const CXXRecordDecl *Class = classOf(T.getNonReferenceType());
  return Class && Class->getIdentifier() && is_contained(Names, Class->getName()) &&
         Class->getEnclosingNamespaceContext()->isStdNamespace();
}

bool isLockGuard(QualType T) { return isStdClass(T, {"lock_guard", "unique_lock", "scoped_lock"}); }
bool isMutex(QualType T) {
  return isStdClass(T, {"mutex", "recursive_mutex", "shared_mutex", "timed_mutex"});
}

bool isAtomic(QualType T) {
  return isStdClass(T, {"atomic", "__atomic_base", "atomic_ref", "atomic_flag"});
}

/// Whether evaluating S gives somebody the value, or a lambda that has it.
bool carries(const Stmt *S, function_ref<bool(const Stmt *)> IsValue) {
  return S && anyStatement(S, IsValue);
}

/// Whether the object of a member is reached through a pointer or reference, so that it is not a
/// part of the awaiter.
bool isElsewhere(const Expr *E) {
  while (true) {
    E = withoutWrappers(E);
    if (const auto *Member = dyn_cast<MemberExpr>(E)) {
      bool OfThis = isa<CXXThisExpr>(withoutWrappers(Member->getBase()));
      if ((Member->isArrow() && !OfThis) || Member->getMemberDecl()->getType()->isReferenceType())
        return true;
      if (OfThis)
        return false;
      E = Member->getBase();
    } else if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
      const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
      return Var && (!Var->hasLocalStorage() || Var->getType()->isReferenceType());
    } else {
      return isa<CXXOperatorCallExpr, UnaryOperator, CallExpr>(E) && !isa<CXXThisExpr>(E);
    }
  }
}

/// Whether a call gives to another thread what IsValue knows, as an argument or in a callable.
bool givesToThread(const TuModel &Model, const FunctionFacts &F, const CallSite &Site,
                   function_ref<bool(const Stmt *)> IsValue, unsigned Depth);

/// The function keeps its parameter where a mutex is held, or gives it to a thread itself.
bool publishesParameter(const TuModel &Model, const FunctionFacts &F, const ParmVarDecl *Parameter,
                        unsigned Depth) {
  auto IsParameter = [&](const Stmt *S) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    return Ref && Ref->getDecl() == Parameter;
  };
  bool Locks = anyStatement(F.Body, [](const Stmt *S) {
    const auto *Declares = dyn_cast<DeclStmt>(S);
    const auto *Var = Declares && Declares->isSingleDecl()
                          ? dyn_cast<VarDecl>(Declares->getSingleDecl())
                          : nullptr;
    return Var && isLockGuard(Var->getType());
  });
  return any_of(F.Calls, [&](const CallSite &Site) {
    if (!Site.Expr)
      return false;
    const auto *Member = dyn_cast<CXXMemberCallExpr>(Site.Expr);
    bool Keeps = Locks && Member && any_of(Member->arguments(), [&](const Expr *Argument) {
                   return carries(Argument, IsParameter);
                 });
    return Keeps || givesToThread(Model, F, Site, IsParameter, Depth + 1);
  });
}

bool givesToThread(const TuModel &Model, const FunctionFacts &F, const CallSite &Site,
                   function_ref<bool(const Stmt *)> IsValue, unsigned Depth) {
  if (!Site.Expr || Depth > 2)
    return false;
  ArrayRef<const Expr *> Arguments = argumentsOf(Site);
  bool Carries = any_of(Arguments, [&](const Expr *E) { return carries(E, IsValue); });
  for (const CallableArgument &Given : Site.Callables) {
    CallableFate Fate = fateOfCallable(Model, Site, Given.Index);
    if (Fate != CallableFate::OtherThread && Fate != CallableFate::OtherLoop)
      continue;
    auto Lambda = find_if(
        F.Lambdas, [&](const LambdaExpr *L) { return L->getCallOperator() == Given.Function; });
    if (Carries || (Lambda != F.Lambdas.end() && carries(*Lambda, IsValue)))
      return true;
  }
  const FunctionFacts *Callee = Carries ? Model.functions().of(Site.Callee) : nullptr;
  if (!Callee || Callee->Dependent || Callee->isCoroutine())
    return false;
  unsigned Shift = isa<CXXOperatorCallExpr>(Site.Expr) && isa<CXXMethodDecl>(Site.Callee) ? 1 : 0;
  for (unsigned I = Shift; I < Arguments.size(); ++I)
    if (I - Shift < Callee->Decl->getNumParams() && carries(Arguments[I], IsValue) &&
        publishesParameter(Model, *Callee, Callee->Decl->getParamDecl(I - Shift), Depth))
      return true;
  return false;
}

/// Follows one await_suspend until another thread has the coroutine.
class AwaitSuspend {
public:
  AwaitSuspend(const TuModel &Model, const FunctionFacts &F, const FunctionFlow &Flow)
      : Model(Model), F(F), Flow(Flow), Handle(F.Decl->getParamDecl(0)) {
    const auto *Method = dyn_cast<CXXMethodDecl>(F.Decl);
    // An object with functions of its own, such as an event, need not live in the frame.
    InFrame = Method && Model.types().of(Method->getParent()).PureAwaitable;
    for (const CallSite &Site : F.Calls)
      SiteOf[Site.Expr] = &Site;
  }

  std::optional<UseAfterPublish> run() {
    PathSearch Search(Flow, Exceptions::None);
    Search.fromEntry(Private, [&](PathSearch::State S, const FlowEvent &Event) {
      return next(S, Event, Search);
    });
    return Found;
  }

private:
  enum : PathSearch::State { Private, Stored, First }; // From First on: index of a publication.

  std::optional<PathSearch::State> next(PathSearch::State S, const FlowEvent &Event,
                                        const PathSearch &Search) {
    if (Found || Event.Unwinding)
      return std::nullopt;
    if (Event.What == FlowEvent::Branch) {
      const Stmt *Exchange = S < First ? exchanged(cast<Expr>(Event.S), Event.Taken) : nullptr;
      return Exchange ? published(Exchange, Publication::Atomic) : S;
    }
    if (Event.What == FlowEvent::ScopeEnd)
      return S == Stored && isLockGuard(Event.Var->getType())
                 ? published(LastStore, Publication::Unlock)
                 : S;
    if (Event.What != FlowEvent::Evaluated)
      return S;
    if (S >= First) {
      use(S - First, Event.S, Search);
      return S;
    }
    return S == Stored && unlocks(Event.S) ? published(Event.S, Publication::Unlock)
                                           : evaluated(S, Event.S);
  }

  PathSearch::State evaluated(PathSearch::State S, const Stmt *At) {
    if (const CallSite *Site = SiteOf.lookup(dyn_cast<Expr>(At)))
      if (givesToThread(Model, F, *Site, [&](const Stmt *P) { return isWay(P); }, 0))
        return published(At, Publication::Thread);
    if (const auto *Call = dyn_cast<CXXMemberCallExpr>(At)) {
      if (isStoreToAtomic(*Call))
        return published(At, Publication::Atomic);
      if (HasGuard && isElsewhereWithWay(*Call)) {
        LastStore = At;
        return Stored;
      }
    }
    if (const auto *Declares = dyn_cast<DeclStmt>(At))
      for (const Decl *D : Declares->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D))
          HasGuard |= isLockGuard(Var->getType());
    return S;
  }

  PathSearch::State published(const Stmt *At, Publication How) {
    for (unsigned I = 0; I < Publications.size(); ++I)
      if (Publications[I].first == At)
        return First + I;
    Publications.push_back({At, How});
    return First + Publications.size() - 1;
  }

  /// The handle, or the awaiter itself: not just the object of a member.
  bool isWay(const Stmt *S) const {
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
      return Ref->getDecl() == Handle;
    if (isa<CXXThisExpr>(S))
      return !isa_and_nonnull<MemberExpr>(Flow.parent(S));
    const auto *Address = dyn_cast<UnaryOperator>(S);
    const auto *Member = Address && Address->getOpcode() == UO_AddrOf
                             ? dyn_cast<MemberExpr>(withoutWrappers(Address->getSubExpr()))
                             : nullptr;
    return Member && isa<FieldDecl>(Member->getMemberDecl()) &&
           isa<CXXThisExpr>(withoutWrappers(Member->getBase()));
  }

  bool hasWay(const Expr *E) const {
    return carries(E, [&](const Stmt *S) { return isWay(S); });
  }

  static bool isRelaxed(const CXXMemberCallExpr &Call) {
    return anyStatement(&Call, [](const Stmt *S) {
      const auto *Ref = dyn_cast<DeclRefExpr>(S);
      return Ref && identifierOf(*Ref->getDecl()).ends_with("relaxed");
    });
  }

  /// `list->head.store(this);`, also an exchange whose result nobody looks at.
  bool isStoreToAtomic(const CXXMemberCallExpr &Call) const {
    StringRef Name = calleeName(Call);
    bool Dropped = isa_and_nonnull<CompoundStmt, ExprWithCleanups>(Flow.parent(&Call));
    return isAtomic(Call.getObjectType()) && (Name == "store" || (Name == "exchange" && Dropped)) &&
           Call.getNumArgs() && hasWay(Call.getArg(0)) && !isRelaxed(Call) &&
           isElsewhere(Call.getImplicitObjectArgument());
  }

  /// The compare-exchange that the condition says has happened.
  const Stmt *exchanged(const Expr *E, bool Taken) const {
    E = withoutWrappers(E);
    if (const auto *Not = dyn_cast<UnaryOperator>(E); Not && Not->getOpcode() == UO_LNot)
      return exchanged(Not->getSubExpr(), !Taken);
    const auto *Call = dyn_cast<CXXMemberCallExpr>(E);
    return Taken && Call && isAtomic(Call->getObjectType()) &&
                   calleeName(*Call).starts_with("compare_exchange") && Call->getNumArgs() > 1 &&
                   hasWay(Call->getArg(1))
               ? E
               : nullptr;
  }

  bool isElsewhereWithWay(const CXXMemberCallExpr &Call) const {
    return !handleCall(&Call) && !isAtomic(Call.getObjectType()) &&
           !isLockGuard(Call.getObjectType()) && isElsewhere(Call.getImplicitObjectArgument()) &&
           any_of(Call.arguments(), [&](const Expr *E) { return hasWay(E); });
  }

  static bool unlocks(const Stmt *S) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
    return Call && calleeName(*Call) == "unlock" &&
           (isLockGuard(Call->getObjectType()) || isMutex(Call->getObjectType()));
  }

  void use(unsigned Publication, const Stmt *At, const PathSearch &Search) {
    auto [Publish, How] = Publications[Publication];
    const auto *E = dyn_cast<Expr>(At);
    const auto *Member = dyn_cast<MemberExpr>(At);
    const auto *Field = Member ? dyn_cast<FieldDecl>(Member->getMemberDecl()) : nullptr;
    if (Field && InFrame && isa<CXXThisExpr>(withoutWrappers(Member->getBase())))
      Found = UseAfterPublish{E, Field, false, Publish, How, Search.witness()};
    auto Call = handleCall(At);
    if (Call && HandlePlace::of(Call->Handle) == HandlePlace{Handle, nullptr} &&
        (Call->Op != HandleOp::Other || calleeName(*cast<CallExpr>(At)) == "promise"))
      Found = UseAfterPublish{E, Handle, true, Publish, How, Search.witness()};
  }

  const TuModel &Model;
  const FunctionFacts &F;
  const FunctionFlow &Flow;
  const ParmVarDecl *Handle;
  bool InFrame;
  bool HasGuard = false;
  const Stmt *LastStore = nullptr;
  DenseMap<const Expr *, const CallSite *> SiteOf;
  SmallVector<std::pair<const Stmt *, Publication>, 4> Publications;
  std::optional<UseAfterPublish> Found;
};

} // namespace

std::optional<UseAfterPublish> usedAfterPublish(const TuModel &Model,
                                                const FunctionFacts &Function) {
  const auto *Method = dyn_cast<CXXMethodDecl>(Function.Decl);
  // An atomic member of the awaiter says who may go on: a protocol that is not followed here.
  if (!Method || any_of(Method->getParent()->fields(),
                        [](const FieldDecl *F) { return isAtomic(F->getType()); }))
    return std::nullopt;
  const FunctionFlow *Flow = Model.flow(Function);
  return Flow ? AwaitSuspend(Model, Function, *Flow).run() : std::nullopt;
}

} // namespace abide
