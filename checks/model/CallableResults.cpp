//===- CallableResults.cpp - What becomes of what a callable returns ------===//

#include "model/CallableResults.h"
#include "model/Callables.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

constexpr unsigned MaxDepth = 4;

SmallVector<const FunctionDecl *, 4> callOperators(const CXXRecordDecl *Record) {
  return memberFunctions(Record,
                         Record->getASTContext().DeclarationNames.getCXXOperatorName(OO_Call));
}

bool isKnown(QualType T) { return !T.isNull() && !T->isDependentType() && !T->isUndeducedType(); }

/// The types among the arguments of a specialisation, those of packs too.
SmallVector<QualType, 4> typeArguments(const ClassTemplateSpecializationDecl *Special) {
  SmallVector<QualType, 4> Types;
  auto Add = [&](const TemplateArgument &A) {
    if (A.getKind() == TemplateArgument::Type)
      Types.push_back(A.getAsType());
  };
  for (const TemplateArgument &A : Special->getTemplateArgs().asArray())
    if (A.getKind() == TemplateArgument::Pack)
      for_each(A.pack_elements(), Add);
    else
      Add(A);
  return Types;
}

QualType result(QualType T, unsigned Depth);

/// `std::bind(f, x)`, `asio::bind_executor(ex, f)`: a template whose only callable argument is f.
/// libstdc++ spells the first one _Bind<F(X)>.
QualType resultOfWrapped(const CXXRecordDecl *Record, unsigned Depth) {
  const auto *Special = dyn_cast<ClassTemplateSpecializationDecl>(Record);
  QualType Only;
  if (!Special)
    return Only;
  for (QualType A : typeArguments(Special)) {
    const auto *Bound = A->getAs<FunctionProtoType>();
    QualType Found = result(Bound ? Bound->getReturnType() : A, Depth + 1);
    if (Found.isNull())
      continue;
    if (!Only.isNull())
      return {};
    Only = Found;
  }
  return Only;
}

QualType resultOfClass(const CXXRecordDecl *Record, unsigned Depth) {
  QualType Found;
  bool Computed = false;
  for (const FunctionDecl *Operator : callOperators(Record)) {
    QualType T = Operator->getReturnType();
    // `[](auto x) { return f(x); }`: as its instances say.
    if (const FunctionTemplateDecl *Generic = Operator->getDescribedFunctionTemplate();
        Generic && !isKnown(T))
      for (const FunctionDecl *Instance : Generic->specializations())
        T = Instance->getReturnType();
    if (!isKnown(T)) {
      Computed = true;
      continue;
    }
    if (!Found.isNull() && classOf(Found) != classOf(T))
      return {};
    Found = T;
  }
  return Computed && Found.isNull() ? resultOfWrapped(Record, Depth) : Found;
}

QualType result(QualType T, unsigned Depth) {
  if (T.isNull() || Depth > MaxDepth)
    return {};
  T = T.getNonReferenceType();
  if (T->isPointerType() || T->isMemberFunctionPointerType())
    T = T->getPointeeType();
  if (const auto *Function = T->getAs<FunctionType>())
    return Function->getReturnType();
  const CXXRecordDecl *Record = T->getAsCXXRecordDecl();
  return Record ? resultOfClass(Record, Depth) : QualType();
}

/// std::function<void()> and its like: a template with a signature whose call gives nothing.
bool isVoidCallable(const CXXRecordDecl *Record) {
  const auto *Special = dyn_cast_or_null<ClassTemplateSpecializationDecl>(Record);
  if (!Special)
    return false;
  bool Signature = any_of(typeArguments(Special), [](QualType A) {
    const auto *Type = A->getAs<FunctionProtoType>();
    return Type && Type->getReturnType()->isVoidType();
  });
  return Signature && any_of(callOperators(Special), [](const FunctionDecl *F) {
           return F->getReturnType()->isVoidType();
         });
}

/// A member of a class of std that makes an element of its argument: the void callable that it
/// holds, if any.
const CXXRecordDecl *heldVoidCallable(const CXXRecordDecl *Record) {
  const auto *Special = dyn_cast<ClassTemplateSpecializationDecl>(Record);
  if (!Special || !Special->isInStdNamespace())
    return nullptr;
  for (QualType A : typeArguments(Special))
    if (isVoidCallable(classOf(A)))
      return classOf(A);
  return nullptr;
}

/// The class with a signature without result that the call makes of its argument, or null.
const CXXRecordDecl *erasedAs(const CallSite &Site, unsigned Index) {
  const auto *Method = dyn_cast<CXXMethodDecl>(Site.Callee);
  if (!Method || Method->getOverloadedOperator() == OO_Call)
    return nullptr;
  const CXXRecordDecl *Record = Method->getParent();
  bool Assigns = Method->getOverloadedOperator() == OO_Equal && Index == 1;
  if (isa<CXXConstructorDecl>(Method) || Assigns) {
    if (isVoidCallable(Record))
      return Index == 0 || Assigns ? Record : nullptr;
    return heldVoidCallable(Record);
  }
  const IdentifierInfo *Name = Method->getIdentifier();
  static const StringRef Makers[] = {"emplace",          "emplace_back", "emplace_front",
                                     "insert_or_assign", "try_emplace",  "emplace_hint"};
  const CXXRecordDecl *Object = Site.Object ? Site.Object : Record;
  return Name && is_contained(Makers, Name->getName()) ? heldVoidCallable(Object) : nullptr;
}

class BodySearch {
public:
  BodySearch(const TuModel &Model, bool EvenVoided) : Model(Model), EvenVoided(EvenVoided) {}

  std::optional<ResultDrop> drop(const CallSite &Site, unsigned Index, unsigned Depth) const {
    if (const CXXRecordDecl *Erased = erasedAs(Site, Index))
      return ResultDrop{Erased, {}};
    const NameLookup &Names = Model.names();
    if (Site.FunctionObject && Names.has(*Site.FunctionObject, Role::DropsResult))
      return ResultDrop{Site.FunctionObject, {}};
    if (Names.has(*Site.Callee, Site.Object, Role::DropsResult))
      return ResultDrop{Site.Callee, {}};
    const FunctionFacts *Callee = Model.functions().of(Site.Callee);
    bool ObjectFirst = isa_and_nonnull<CXXOperatorCallExpr>(Site.Expr) &&
                       isa<CXXMethodDecl>(Site.Callee) &&
                       !cast<CXXMethodDecl>(Site.Callee)->isStatic();
    if (!Callee || Depth > MaxDepth || (ObjectFirst && Index-- == 0) ||
        Index >= Callee->Decl->getNumParams())
      return std::nullopt;
    auto Found = dropIn(*Callee, Callee->Decl->getParamDecl(Index), Depth);
    if (Found)
      Found->By = Site.Callee;
    return Found;
  }

private:
  /// Whether the body calls the variable, or has it called, and drops the result.
  std::optional<ResultDrop> dropIn(const FunctionFacts &F, const ValueDecl *Callable,
                                   unsigned Depth) const {
    for (const DroppedValue &Value : F.Dropped)
      if ((Value.How == ValueUse::Dropped || EvenVoided) && calls(Value.Value, Callable))
        return ResultDrop{nullptr, {Value.Value}};
    for (const CallSite &Site : F.Calls) {
      ArrayRef<const Expr *> Arguments = argumentsOf(Site);
      for (unsigned I = 0; I < Arguments.size(); ++I)
        if (valueNamed(Arguments[I]) == Callable)
          if (auto Found = drop(Site, I, Depth + 1)) {
            Found->Path.insert(Found->Path.begin(), Site.Expr);
            return Found;
          }
    }
    for (const LambdaExpr *Lambda : F.Lambdas)
      if (const FunctionFacts *Inner = Model.functions().of(Lambda->getCallOperator()))
        for (const LambdaCapture &Capture : Lambda->captures())
          if (const ValueDecl *Inside = captured(Capture, Callable))
            if (auto Found = dropIn(*Inner, Inside, Depth + 1))
              return Found;
    return std::nullopt;
  }

  static const ValueDecl *captured(const LambdaCapture &Capture, const ValueDecl *Callable) {
    if (!Capture.capturesVariable())
      return nullptr;
    const auto *Var = dyn_cast<VarDecl>(Capture.getCapturedVar());
    bool Same = Var == Callable || (Var && Var->isInitCapture() && Var->getInit() &&
                                    valueNamed(Var->getInit()) == Callable);
    return Same ? Var : nullptr;
  }

  /// `f()`, `std::forward<F>(f)()`, `std::invoke(f)`.
  static bool calls(const Expr *Value, const ValueDecl *Callable) {
    const auto *Call = dyn_cast<CallExpr>(withoutWrappers(Value));
    if (!Call)
      return false;
    const FunctionDecl *Callee = Call->getDirectCallee();
    bool Invokes = Callee && Callee->isInStdNamespace() && Callee->getIdentifier() &&
                   Callee->getName() == "invoke";
    const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call);
    if (Invokes || (Operator && Operator->getOperator() == OO_Call))
      return Call->getNumArgs() > 0 && valueNamed(Call->getArg(0)) == Callable;
    return !Callee && valueNamed(Call->getCallee()) == Callable;
  }

  const TuModel &Model;
  bool EvenVoided;
};

} // namespace

QualType resultOfCallable(QualType Callable) { return result(Callable, 0); }

std::optional<ResultDrop> dropOfResult(const TuModel &Model, const CallSite &Site, unsigned Index,
                                       bool EvenVoided) {
  return BodySearch(Model, EvenVoided).drop(Site, Index, 0);
}

} // namespace abide
