//===- LoopThreads.cpp - What a giver does beside its loop's thread -------===//

#include "model/LoopThreads.h"

using namespace clang;
using namespace llvm;

namespace abide {

bool joinsAtEnd(const TuModel &Model, const FlowEvent &E) {
  const CXXRecordDecl *Class =
      E.What == FlowEvent::ScopeEnd && E.Var ? classOf(E.Var->getType()) : nullptr;
  const CXXDestructorDecl *End = Class && Class->hasDefinition() ? Class->getDestructor() : nullptr;
  return End && Model.names().blocking(*End, Class);
}

/// The variable or own member that a member call is made on.
static const ValueDecl *receiver(const CallSite &Site) {
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Site.Expr);
  const Expr *Object = Call ? withoutWrappers(Call->getImplicitObjectArgument()) : nullptr;
  if (const auto *Ref = dyn_cast_or_null<DeclRefExpr>(Object))
    return Ref->getDecl();
  const auto *Member = dyn_cast_or_null<MemberExpr>(Object);
  return Member && isa<CXXThisExpr>(Member->getBase()->IgnoreParenImpCasts())
             ? Member->getMemberDecl()
             : nullptr;
}

namespace {

class Search {
public:
  Search(const TuModel &Model, const ThreadStart &Start, const SharedUse &Runs)
      : Model(Model), Start(Start), Runs(Runs), Giver(*Start.Giver) {}

  std::optional<BesideLoop> run() {
    const FunctionFlow *Flow = Model.flow(Giver);
    if (!Flow || !Flow->contains(Start.Site->Expr))
      return std::nullopt;
    SmallVector<const ValueDecl *, 4> Objects;
    for (const CallSite &Site : Giver.Calls) {
      const ValueDecl *Object = receiver(Site);
      if (Object && Site.Object && !is_contained(Objects, Object) &&
          belongsToLoop(Model, Site.Object) && (Object == Runs.Object || isMadeWithLoop(Object)))
        Objects.push_back(Object);
    }
    for (const ValueDecl *Object : Objects)
      if (std::optional<BesideLoop> Found = follow(*Flow, Object))
        return Found;
    return std::nullopt;
  }

private:
  /// Before the thread, after its start, and the same with an operation of the object under way.
  enum : PathSearch::State { Alone, Beside, Operating, Racing };

  bool isMadeWithLoop(const ValueDecl *Object) const {
    const LocalFacts *Local = Model.functions().local(Object);
    const auto *Field = dyn_cast<FieldDecl>(Object);
    const Stmt *Init = Local ? Local->Init : Field ? Field->getInClassInitializer() : nullptr;
    return anyStatement(Init, [&](const Stmt *S) {
      const auto *Ref = dyn_cast<DeclRefExpr>(S);
      const auto *Member = dyn_cast<MemberExpr>(S);
      return (Ref && Ref->getDecl() == Runs.Object) ||
             (Member && Member->getMemberDecl() == Runs.Object);
    });
  }

  bool isThreadSafe(const CallSite &Site) const {
    const auto *Method = dyn_cast<CXXMethodDecl>(Site.Callee);
    return (Method && Method->isConst()) ||
           Model.names().has(*Site.Callee, Site.Object, Role::ThreadSafe);
  }

  std::optional<BesideLoop> follow(const FunctionFlow &Flow, const ValueDecl *Object) const {
    const bool IsLoop = Object == Runs.Object;
    DenseMap<const Stmt *, const CallSite *> Calls;
    for (const CallSite &Site : Giver.Calls)
      if (Site.Expr)
        Calls[Site.Expr] = &Site;
    std::optional<BesideLoop> Found;
    const Expr *Operation = nullptr;
    PathSearch(Flow, Exceptions::None)
        .fromEntry(
            Alone,
            [&](PathSearch::State S, const FlowEvent &E) -> std::optional<PathSearch::State> {
              if (Found || joinsAtEnd(Model, E))
                return std::nullopt;
              const CallSite *Site = E.What == FlowEvent::Evaluated ? Calls.lookup(E.S) : nullptr;
              if (!Site)
                return S;
              const bool Started = S == Beside || S == Racing;
              if (Site == Start.Site)
                return S == Operating ? Racing : Beside;
              if (Started && waitsForOther(Model, *Site))
                return std::nullopt;
              if (receiver(*Site) != Object || isThreadSafe(*Site))
                return S;
              if (S == Racing || (S == Beside && IsLoop)) {
                Found = BesideLoop{Site, Object, Runs.At, IsLoop ? nullptr : Operation};
                return std::nullopt;
              }
              if (!Model.names().has(*Site->Callee, Site->Object, Role::LoopCallback))
                return S;
              Operation = Operation ? Operation : Site->Expr;
              return Started ? Racing : Operating;
            });
    return Found;
  }

  const TuModel &Model;
  const ThreadStart &Start;
  const SharedUse &Runs;
  const FunctionFacts &Giver;
};

} // namespace

std::optional<BesideLoop> usedBesideLoop(const TuModel &Model, const ThreadStart &Start,
                                         const SharedUses &Shared) {
  if (!Start.Giver || !Start.Site || !Start.Site->Expr)
    return std::nullopt;
  for (const SharedUse &Use : Shared.Uses)
    if (Use.Object && Use.Call && runsLoop(Model, *Use.Call))
      if (std::optional<BesideLoop> Found = Search(Model, Start, Use).run())
        return Found;
  return std::nullopt;
}

} // namespace abide
