//===- Lifelines.cpp - How objects of a class are kept alive --------------===//

#include "model/Lifelines.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

/// The protocol of std::enable_shared_from_this, which others follow, and of weak references.
static bool asksForSelf(StringRef Name) {
  return is_contained<std::initializer_list<StringRef>>(
      {"shared_from_this", "weak_from_this", "shared_from_base", "weak_from_base", "addRefToThis"},
      Name);
}

std::optional<Lifeline> lifelineOf(const TuModel &Model, const CXXRecordDecl *Class) {
  Class = Class ? Class->getDefinition() : nullptr;
  if (!Class)
    return std::nullopt;
  for (StringRef Name : {"shared_from_this", "weak_from_this"})
    if (auto Found = memberFunctions(Class, &Model.ast().Idents.get(Name)); !Found.empty())
      return Lifeline{Found.front(), nullptr};
  for (const FieldDecl *Field : Class->fields())
    if (const CXXRecordDecl *Type = classOf(Field->getType());
        Type && Model.names().has(*Type, Role::TaskScope))
      return Lifeline{nullptr, Field};
  for (const CXXBaseSpecifier &Base : Class->bases())
    if (auto Found = lifelineOf(Model, Base.getType()->getAsCXXRecordDecl()))
      return Found;
  return std::nullopt;
}

const CXXRecordDecl *classOfThis(const FunctionFacts &F) {
  for (const FunctionFacts *At = &F; At; At = At->Parent)
    if (const auto *Method = dyn_cast_or_null<CXXMethodDecl>(At->Decl);
        Method && !Method->getParent()->isLambda())
      return Method->isStatic() ? nullptr : Method->getParent();
  return nullptr;
}

namespace {

class Holds {
public:
  Holds(const TuModel &Model, const CXXRecordDecl &Class) : Model(Model), Class(Class) {}

  bool in(const FunctionFacts &F) const {
    if (any_of(F.Calls, [&](const CallSite &Site) { return call(Site); }))
      return true;
    if (F.Decl && any_of(F.Decl->parameters(), [&](const ParmVarDecl *P) {
          return owns(P->getType().getNonReferenceType());
        }))
      return true;
    return any_of(F.Lambdas, [&](const LambdaExpr *Lambda) {
      const FunctionFacts *Inner = Model.functions().of(Lambda->getCallOperator());
      return any_of(Lambda->captures(),
                    [&](const LambdaCapture &C) {
                      return C.capturesVariable() &&
                             owns(C.getCapturedVar()->getType().getNonReferenceType());
                    }) ||
             (Inner && Inner != &F && in(*Inner));
    });
  }

private:
  bool call(const CallSite &Site) const {
    return asksForSelf(identifierOf(*Site.Callee)) ||
           (Site.Object && Model.names().has(*Site.Object, Role::TaskScope)) ||
           any_of(argumentsOf(Site), [&](const Expr *E) {
             const CXXRecordDecl *Type = classOf(E->getType());
             return Type && Model.names().has(*Type, Role::TaskScope);
           });
  }

  /// A smart pointer to the class, to a base or to a derived class; a guard.
  bool owns(QualType T) const {
    const CXXRecordDecl *Type = T->getAsCXXRecordDecl();
    if (Type && Model.names().has(*Type, Role::Guard))
      return true;
    const auto *Special = dyn_cast_or_null<ClassTemplateSpecializationDecl>(Type);
    if (!Special || Special->getTemplateArgs().size() == 0 ||
        Special->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
      return false;
    const CXXRecordDecl *To = Special->getTemplateArgs()[0].getAsType()->getAsCXXRecordDecl();
    return To && (To->getCanonicalDecl() == Class.getCanonicalDecl() || derives(*To, Class) ||
                  derives(Class, *To));
  }
  static bool derives(const CXXRecordDecl &From, const CXXRecordDecl &Base) {
    return From.hasDefinition() && Base.hasDefinition() && From.isDerivedFrom(&Base);
  }

  const TuModel &Model;
  const CXXRecordDecl &Class;
};

} // namespace

bool holdsSelf(const TuModel &Model, const FunctionFacts &F, const CXXRecordDecl &Class) {
  return Holds(Model, Class).in(F);
}

static bool isDeleteThis(const Stmt *S) {
  const auto *Delete = dyn_cast_or_null<CXXDeleteExpr>(S);
  return Delete && isa<CXXThisExpr>(withoutWrappers(Delete->getArgument()));
}

std::optional<DeadSelf> usedAfterDelete(const TuModel &Model, const FunctionFacts &F) {
  const FunctionFlow *Flow = F.isCoroutine() && !F.Dependent ? Model.flow(F) : nullptr;
  if (!Flow)
    return std::nullopt;
  SmallVector<const Stmt *, 2> Deletes;
  SmallVector<const Stmt *, 32> Pending{F.Body};
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (isDeleteThis(S))
      Deletes.push_back(S);
    if (S && !isa<LambdaExpr>(S))
      append_range(Pending, S->children());
  }
  std::optional<DeadSelf> Found;
  for (const Stmt *Delete : Deletes) {
    if (!Flow->contains(Delete))
      continue;
    PathSearch Search(*Flow, Exceptions::None);
    Search.after(Delete, 0,
                 [&](PathSearch::State S, const FlowEvent &E) -> std::optional<PathSearch::State> {
                   if (Found)
                     return std::nullopt;
                   if (E.What == FlowEvent::Evaluated && isa<CXXThisExpr>(E.S)) {
                     Found = DeadSelf{Delete, E.S, Search.witness()};
                     return std::nullopt;
                   }
                   return S;
                 });
    if (Found)
      return Found;
  }
  return std::nullopt;
}

} // namespace abide
