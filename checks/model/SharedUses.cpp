//===- SharedUses.cpp - What a body shares with who gave it away ----------===//

#include "model/SharedUses.h"
#include "model/Elsewhere.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/STLExtras.h"
#include <deque>

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// Copies of it name the same object.
bool isPointerLike(QualType T) {
  if (T->isReferenceType() || T->isPointerType())
    return true;
  const CXXRecordDecl *Class = classOf(T);
  const IdentifierInfo *Name = Class ? Class->getIdentifier() : nullptr;
  if (!Name)
    return false;
  static const StringRef Others[] = {"reference_wrapper", "QPointer", "QSharedPointer"};
  return Name->getName().ends_with("_ptr") || is_contained(Others, Name->getName());
}

/// Functions of the standard library that hand on the object that they get.
bool handsOn(const FunctionDecl *F) {
  static const StringRef Known[] = {"ref",      "forward",    "addressof",
                                    "as_const", "to_address", "static_pointer_cast"};
  return F && F->isInStdNamespace() && F->getIdentifier() && is_contained(Known, F->getName());
}

const NamespaceDecl *outermost(const Decl *D) {
  const NamespaceDecl *Found = nullptr;
  for (const DeclContext *At = D->getDeclContext(); At; At = At->getParent())
    if (const auto *Space = dyn_cast<NamespaceDecl>(At))
      Found = Space;
  return Found ? Found->getCanonicalDecl() : nullptr;
}

/// `find`, `begin`, `at`: with an overload for const objects, it only reads.
bool hasConstOverload(const CXXMethodDecl *Method) {
  return any_of(Method->getParent()->lookup(Method->getDeclName()), [&](const NamedDecl *D) {
    const auto *Other = dyn_cast_or_null<CXXMethodDecl>(D->getUnderlyingDecl()->getAsFunction());
    return Other && Other->isConst() && Other->getNumParams() == Method->getNumParams();
  });
}

/// An object that was there before the body.
struct Outer {
  const ValueDecl *Object = nullptr;
  bool ThroughThis = false;
  explicit operator bool() const { return Object || ThroughThis; }
};

class Collector {
public:
  Collector(const TuModel &Model, const ThreadStart &Start) : Model(Model), Start(Start) {}

  SharedUses run() {
    Frame First{Start.Body, !Start.Giver};
    bind(First);
    Frames.push_back(std::move(First));
    Seen.insert(Start.Body);
    for (unsigned I = 0; I < Frames.size(); ++I) // Grows on the way.
      frame(Frames[I]);
    return std::move(Result);
  }

private:
  struct Frame {
    const FunctionFacts *F;
    bool ThisOuter;
    SmallVector<const CallSite *, 4> Calls = {};
    DenseMap<const ValueDecl *, Outer> Parameters{};
  };

  /// What the body gets with it: captured `this`, or the arguments beside a named function.
  void bind(Frame &First) {
    if (!Start.Site)
      return;
    if (const LambdaExpr *Lambda = lambda()) {
      for (const LambdaCapture &Capture : Lambda->captures())
        First.ThisOuter |= Capture.getCaptureKind() == LCK_This;
      return;
    }
    ArrayRef<const Expr *> Arguments = argumentsOf(*Start.Site);
    Frame Around{Start.Giver, true};
    unsigned Next = Start.Index + 1;
    const auto *Method = dyn_cast<CXXMethodDecl>(Start.Body->Decl);
    if (Method && !Method->isStatic() && Next < Arguments.size())
      First.ThisOuter = bool(given(Arguments[Next++], Around));
    for (const ParmVarDecl *Parameter : Start.Body->Decl->parameters())
      if (Next < Arguments.size())
        if (Outer O = given(Arguments[Next++], Around))
          First.Parameters[Parameter] = O;
  }

  /// An argument that names an object without giving it away: `this`, `&x`, `std::ref(x)`.
  Outer given(const Expr *E, const Frame &Around) const {
    return isPointerLike(withoutWrappers(E)->getType()) ? resolve(E, Around, 0) : Outer{};
  }

  const LambdaExpr *lambda() const {
    if (Start.Body->Parent)
      for (const LambdaExpr *L : Start.Body->Parent->Lambdas)
        if (L->getCallOperator() == Start.Body->Decl ||
            L->getCallOperator() == Start.Body->Decl->getTemplateInstantiationPattern())
          return L;
    return nullptr;
  }

  bool madeBefore(const FunctionFacts *Declares) const {
    for (const FunctionFacts *At = Start.Body->Parent; At; At = At->Parent)
      if (At == Declares)
        return true;
    return Declares == Start.Giver && Declares != Start.Body;
  }

  /// A variable of an enclosing function: shared unless the body has a copy of its own.
  bool ownsCopy(const ValueDecl *Var) const {
    if (isPointerLike(Var->getType()))
      return false;
    if (const LambdaExpr *L = lambda())
      for (const LambdaCapture &Capture : L->captures())
        if (Capture.capturesVariable() && Capture.getCapturedVar() == Var)
          return Capture.getCaptureKind() == LCK_ByCopy;
    return false;
  }

  Outer variable(const VarDecl *Var, const Frame &In, unsigned Depth) const {
    if (auto Bound = In.Parameters.find(Var); Bound != In.Parameters.end())
      return Bound->second;
    if (Var->hasGlobalStorage())
      return Var->getTLSKind() == VarDecl::TLS_None ? Outer{Var, false} : Outer{};
    const LocalFacts *Facts = Model.functions().local(Var);
    if (!Facts)
      return {};
    bool Points = isPointerLike(Var->getType());
    // `[s = std::move(socket)]`, `auto &s = *session;`: as what they are made from.
    if (Var->isInitCapture() || !madeBefore(Facts->Function)) {
      Frame Around{Facts->Function, true};
      return Points && Facts->Init
                 ? resolve(Facts->Init, madeBefore(Facts->Function) ? Around : In, Depth + 1)
                 : Outer{};
    }
    return ownsCopy(Var) ? Outer{} : Outer{Var, false};
  }

  /// The object that an expression names, if it was there before the body.
  Outer resolve(const Expr *E, const Frame &In, unsigned Depth) const {
    for (; E && Depth < 12; ++Depth) {
      E = withoutWrappers(E);
      if (isa<CXXThisExpr>(E))
        return {nullptr, In.ThisOuter};
      if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
        const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
        return Var ? variable(Var, In, Depth) : Outer{};
      }
      if (const auto *Member = dyn_cast<MemberExpr>(E)) {
        const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl());
        Outer Base = resolve(Member->getBase(), In, Depth + 1);
        return Field && Base ? Outer{Field, Base.ThroughThis} : Outer{};
      }
      E = inner(E);
    }
    return {};
  }

  /// The pointer or object that E only looks through, or null.
  static const Expr *inner(const Expr *E) {
    if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E))
      return Cast->getSubExpr();
    if (const auto *Unary = dyn_cast<UnaryOperator>(E))
      return Unary->getOpcode() == UO_AddrOf || Unary->getOpcode() == UO_Deref ? Unary->getSubExpr()
                                                                               : nullptr;
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E))
      return Operator->getOperator() == OO_Arrow || Operator->getOperator() == OO_Star
                 ? Operator->getArg(0)
                 : nullptr;
    if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E)) {
      const CXXMethodDecl *Method = Call->getMethodDecl();
      const StringRef Name = Method ? identifierOf(*Method) : StringRef();
      const Expr *Object = Call->getImplicitObjectArgument();
      return Name == "shared_from_this" || (Name == "get" && isPointerLike(Object->getType()))
                 ? Object
                 : nullptr;
    }
    if (const auto *Call = dyn_cast<CallExpr>(E))
      return Call->getNumArgs() == 1 && handsOn(Call->getDirectCallee()) ? Call->getArg(0)
                                                                         : nullptr;
    if (const auto *Made = dyn_cast<CXXConstructExpr>(E))
      return Made->getNumArgs() == 1 && isPointerLike(Made->getType()) ? Made->getArg(0) : nullptr;
    return nullptr;
  }

  //--- Uses -----------------------------------------------------------------

  void frame(const Frame &In) {
    Result.Bodies.push_back(In.F);
    for (const CallSite &Site : In.F->Calls) {
      if (!Site.Expr)
        continue;
      Result.RunsLoop |= runsLoop(Model, Site);
      if (Model.names().has(*Site.Callee, Site.Object, Role::ThreadSafe))
        continue;
      object(Site, In);
      elsewhere(Site, In);
      arguments(Site, In);
      follow(Site, In);
    }
    writes(In);
  }

  void add(const Expr *At, Outer O, const CXXRecordDecl *Class, const CallSite *Call,
           const Frame &In) {
    Result.Uses.push_back({At, O.Object, Class, Call, O.ThroughThis, In.Calls});
  }

  static const Expr *receiver(const CallSite &Site) {
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Site.Expr))
      return Member->getImplicitObjectArgument();
    const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Site.Expr);
    return Operator && isa<CXXMethodDecl>(Site.Callee) ? Operator->getArg(0) : nullptr;
  }

  /// `socket.close()`. A const function only reads; a visible one is looked into instead.
  void object(const CallSite &Site, const Frame &In) {
    const auto *Method = dyn_cast<CXXMethodDecl>(Site.Callee);
    const Expr *Object = receiver(Site);
    if (!Object || !Method || Method->isConst() || Method->isStatic() ||
        isPointerLike(Object->getType().getNonReferenceType()) !=
            Object->getType()->isPointerType())
      return;
    if (Outer O = resolve(Object, In, 0); O && !hasConstOverload(Method))
      add(Site.Expr, O, Site.Object ? Site.Object : Method->getParent(), &Site, In);
  }

  /// `asio::async_write(socket, ...)`: a function of the library of the object.
  void arguments(const CallSite &Site, const Frame &In) {
    // Code of the user's is looked into instead.
    const bool Own = outermost(Site.Callee) == outermost(Start.Body->Decl);
    if (isa<CXXMethodDecl>(Site.Callee) || (Own && Model.functions().of(Site.Callee)))
      return;
    ArrayRef<const Expr *> Arguments = argumentsOf(Site);
    for (unsigned I = 0; I < Arguments.size() && I < Site.Callee->getNumParams(); ++I) {
      QualType T = Site.Callee->getParamDecl(I)->getType();
      if (!T->isLValueReferenceType() && !T->isPointerType())
        continue;
      const CXXRecordDecl *Class = classOf(T->getPointeeType());
      if (!Class || T->getPointeeType().isConstQualified() || !outermost(Class) ||
          outermost(Class) != outermost(Site.Callee))
        continue;
      if (Outer O = resolve(Arguments[I], In, 0); O && O.Object)
        add(Site.Expr, O, Class, &Site, In);
    }
  }

  /// A function of another unit that changes what it gets, or a member of the object.
  void elsewhere(const CallSite &Site, const Frame &In) {
    if (!Model.hasFacts() || isa<CXXOperatorCallExpr>(Site.Expr))
      return;
    for (const Fact &Known : Model.factsOf(elsewhereKey(Model, Site))) {
      ArrayRef<const Expr *> Arguments = argumentsOf(Site);
      if (Known.What != Trait::UsesLoopObject || Known.Argument > Arguments.size())
        continue;
      const Expr *Given = Known.Argument ? Arguments[Known.Argument - 1] : receiver(Site);
      Outer O = Given ? resolve(Given, In, 0) : Outer{};
      if (!Known.Argument)
        O.Object = O.ThroughThis && Site.Object ? fieldOf(*Site.Object, Known.Detail) : nullptr;
      if (O.Object)
        Result.Uses.push_back({Site.Expr, O.Object, pointedClass(O.Object->getType()), &Site,
                               O.ThroughThis, In.Calls, &Known});
    }
  }

  static const FieldDecl *fieldOf(const CXXRecordDecl &Class, StringRef Name) {
    for (const FieldDecl *Field : Class.fields())
      if (Field->getName() == Name)
        return Field;
    return nullptr;
  }

  /// Of an object, or what a pointer to it points to.
  static const CXXRecordDecl *pointedClass(QualType T) {
    T = T.getNonReferenceType();
    if (T->isPointerType())
      return classOf(T->getPointeeType());
    const auto *Special = dyn_cast_or_null<ClassTemplateSpecializationDecl>(classOf(T));
    if (Special && isPointerLike(T) && Special->getTemplateArgs().size() &&
        Special->getTemplateArgs()[0].getKind() == TemplateArgument::Type)
      return classOf(Special->getTemplateArgs()[0].getAsType());
    return classOf(T);
  }

  void follow(const CallSite &Site, const Frame &In) {
    for (const FunctionFacts *Callee : bodiesRunBy(Model, Site)) {
      if (In.Calls.size() > 6 || !Seen.insert(Callee).second)
        continue;
      Frame Next{Callee, In.ThisOuter, In.Calls};
      Next.Calls.push_back(&Site);
      if (Callee->Decl->getCanonicalDecl() == Site.Callee->getCanonicalDecl()) {
        const Expr *Object = receiver(Site);
        bool Closure = isa<CXXMethodDecl>(Callee->Decl) &&
                       cast<CXXMethodDecl>(Callee->Decl)->getParent()->isLambda();
        if (!Closure)
          Next.ThisOuter = Object && resolve(Object, In, 0);
        ArrayRef<const Expr *> Arguments = argumentsOf(Site);
        if (isa<CXXOperatorCallExpr>(Site.Expr) && Object)
          Arguments = Arguments.drop_front();
        for (unsigned I = 0; I < Arguments.size() && I < Callee->Decl->getNumParams(); ++I)
          if (isPointerLike(Callee->Decl->getParamDecl(I)->getType()))
            if (Outer O = resolve(Arguments[I], In, 0))
              Next.Parameters[Callee->Decl->getParamDecl(I)] = O;
      }
      Frames.push_back(std::move(Next));
    }
  }

  /// `count_ = 1`, `++count_`.
  void writes(const Frame &In) {
    SmallVector<const Stmt *, 32> Pending{In.F->Body};
    while (!Pending.empty()) {
      const Stmt *S = Pending.pop_back_val();
      if (!S || isa<LambdaExpr>(S))
        continue;
      append_range(Pending, S->children());
      const Expr *Target = nullptr;
      if (const auto *Binary = dyn_cast<BinaryOperator>(S); Binary && Binary->isAssignmentOp())
        Target = Binary->getLHS();
      else if (const auto *Unary = dyn_cast<UnaryOperator>(S);
               Unary && Unary->isIncrementDecrementOp())
        Target = Unary->getSubExpr();
      if (!Target)
        continue;
      if (Outer O = resolve(Target, In, 0); O && O.Object)
        add(cast<Expr>(S), O, classOf(Target->getType()), nullptr, In);
    }
  }

  const TuModel &Model;
  const ThreadStart &Start;
  std::deque<Frame> Frames; // Stable references.
  DenseSet<const FunctionFacts *> Seen;
  SharedUses Result;
};

} // namespace

bool changesLoopObject(const TuModel &Model, const CallSite &Site) {
  const auto *Method = dyn_cast<CXXMethodDecl>(Site.Callee);
  const CXXRecordDecl *Class = Site.Object || !Method ? Site.Object : Method->getParent();
  return Method && Class && !Method->isConst() && !Method->isStatic() &&
         !isa<CXXConstructorDecl>(Method) && belongsToLoop(Model, Class) &&
         !hasConstOverload(Method);
}

SharedUses sharedUses(const TuModel &Model, const ThreadStart &Start) {
  return Collector(Model, Start).run();
}

SmallVector<const Expr *, 4> mentions(const FunctionFacts &F, const ValueDecl *Object) {
  SmallVector<const Expr *, 4> Found;
  SmallVector<const Stmt *, 32> Pending{F.Body};
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (!S || isa<LambdaExpr>(S))
      continue;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S); Ref && Ref->getDecl() == Object)
      Found.push_back(Ref);
    else if (const auto *Member = dyn_cast<MemberExpr>(S);
             Member && Member->getMemberDecl() == Object)
      Found.push_back(Member);
    append_range(Pending, S->children());
  }
  return Found;
}

} // namespace abide
