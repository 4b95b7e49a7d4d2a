//===- ReferenceParameter.cpp - async-reference-parameter -----------------===//
//
// Law: who spawns or stores a task does not wait for it, and the arguments of its coroutine die
// when they please. Such a coroutine takes what it needs by value.
//
// Reported: a parameter that is a reference to something constant, an rvalue reference or a view,
// of a coroutine that uses it after it slept, and that is seen spawned or stored with an argument
// that may die. With Strict every late-used parameter of a coroutine that is a reference, a pointer
// or a view.
//
// Not reported: coroutines whose callers all await in place; parameters that are used before the
// first suspension only; references to what is shared on purpose (not constant); arguments that are
// static; calls of which async-dangling-argument tells that the argument dies.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "LifetimeStory.h"
#include "clang/Lex/Lexer.h"
#include "llvm/Support/Regex.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

constexpr CheckOption Options[] = {
    {"Strict", "false", "report every parameter that is used late, whoever calls the coroutine",
     OptionKind::Flag},
    {"AllowedTypes", "", "types of parameters that live long enough, separated by ';'"},
};

class ReferenceParameter {
public:
  explicit ReferenceParameter(RuleContext &Context)
      : Context(Context), Model(Context.model()), Strict(Context.flag("Strict")),
        AllowedTypes(Context.list("AllowedTypes")) {}

  void run() {
    if (Strict) {
      for (const FunctionFacts &F : Model.functions().all())
        if (F.Decl && !F.Dependent && F.isCoroutine())
          for (const ParmVarDecl *Parameter : F.Decl->parameters())
            judge(F, Parameter, nullptr, {});
      return;
    }
    for (const FunctionFacts &F : Model.functions().all())
      if (!F.Dependent && F.Decl)
        for (const CallSite &Site : F.Calls)
          call(F, Site);
  }

private:
  void call(const FunctionFacts &F, const CallSite &Site) {
    const FunctionFacts *Body = Site.Expr ? Model.functions().of(Site.Callee) : nullptr;
    if (!Site.Expr || !isa<CallExpr>(Site.Expr) ||
        (Body ? !Body->isCoroutine() : !Model.hasFacts()))
      return;
    const WorkFate Fate = fateOfWork(Model, F, Site.Expr);
    if ((Fate.How != WorkEnd::Detached && Fate.How != WorkEnd::Stored) ||
        !outlivesFunction(Model, F, Site.Expr))
      return;
    for (const BorrowedArgument &Given : borrowedBy(Model, Site.Expr)) {
      if (!Given.Parameter || livesOn(Given) ||
          any_of(Given.To, [&](const Referent &R) { return dies(F, Site, R); }))
        continue;
      if (Body)
        judge(*Body, Body->Decl->getParamDecl(Given.Parameter->getFunctionScopeIndex()), &Site,
              Fate);
      else
        judgeElsewhere(Site, Given, Fate);
    }
  }

  /// Other units show the coroutine: the finding is the caller's.
  void judgeElsewhere(const CallSite &Site, const BorrowedArgument &Given, const WorkFate &Fate) {
    const ParmVarDecl &Parameter = *Given.Parameter;
    if (!concerns(*Site.Callee, Parameter.getType()))
      return;
    const auto Later = usesLater(Model, *cast<CallExpr>(Site.Expr), &Parameter);
    constexpr size_t OfCoroutine = 2; // Who hands it on to another has a longer story.
    if (!Later || !Later->Elsewhere || Later->Elsewhere->Chain.size() != OfCoroutine)
      return;
    const std::string Name = Parameter.getName().empty() ? "what it is given here"
                                                         : "'" + Parameter.getNameAsString() + "'";
    Diag D;
    D.Loc = Given.Argument->getExprLoc();
    D.Message = called(*Site.Callee) + " uses " + Name +
                " after it slept, and only refers to it, although it runs by itself";
    noteFate(D, Site, Fate);
    noteLaterUse(D, Model, *Later, Name, "");
    D.note(Parameter.getLocation(), "take it by value");
    Context.report(D);
  }

  bool concerns(const FunctionDecl &Coroutine, QualType T) const {
    return borrowOf(Model, T) != Borrow::None && (Strict || couldBeValue(T)) &&
           !Model.types().of(Coroutine.getReturnType()).Immovable && !isAllowed(T);
  }

  static void noteFate(Diag &D, const CallSite &Site, const WorkFate &Fate) {
    D.note(Site.Expr->getBeginLoc(), std::string("nobody waits here for the task, which is ") +
                                         (Fate.How == WorkEnd::Stored ? "stored" : "spawned") +
                                         ": what it was given may die first");
  }

  /// async-dangling-argument reports this call.
  bool dies(const FunctionFacts &F, const CallSite &Site, const Referent &R) const {
    return outlives(Model, F, Site.Expr, R).has_value();
  }

  /// A literal, a global or static variable, a local that is waited for.
  bool livesOn(const BorrowedArgument &Given) const {
    if (any_of(Given.To, [](const Referent &R) {
          const auto *P = dyn_cast_or_null<ParmVarDecl>(R.Var);
          return R.Var && !(P && P->getType()->isReferenceType());
        }))
      return true;
    const Expr *E = withoutWrappers(Given.Argument);
    while (const auto *Made = dyn_cast<CXXConstructExpr>(E)) {
      if (Made->getNumArgs() == 0)
        break;
      E = withoutWrappers(Made->getArg(0));
    }
    const auto *Ref = dyn_cast<DeclRefExpr>(E);
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    return isa<clang::StringLiteral>(E) || (Var && Var->hasGlobalStorage());
  }

  /// Whether the parameter is one that could as well be a value.
  bool couldBeValue(QualType T) const {
    if (T->isRValueReferenceType())
      return true;
    if (T->isLValueReferenceType()) {
      const QualType Object = T->getPointeeType();
      const CXXRecordDecl *Class = Object->getAsCXXRecordDecl();
      return Object.isConstQualified() && (!Class || isCopied(*Class));
    }
    const Borrow How = borrowOf(Model, T);
    return How == Borrow::View;
  }

  static bool isCopied(const CXXRecordDecl &Class) {
    if (!Class.hasDefinition() || Class.isAbstract() || Class.isPolymorphic() || Class.isLambda())
      return false;
    return !Class.hasUserDeclaredDestructor() || any_of(Class.ctors(), [](const auto *C) {
      return C->isCopyConstructor() && !C->isDeleted() && C->getAccess() == AS_public;
    });
  }

  /// No callee can be given something derived, and every copy that a call makes compiles.
  static bool isCopiedWhole(const CXXRecordDecl &Class) {
    return isCopied(Class) && (Class.isInStdNamespace() || Class.isEffectivelyFinal()) &&
           none_of(Class.ctors(), [](const CXXConstructorDecl *C) {
             return C->isCopyOrMoveConstructor() && (C->isDeleted() || C->isExplicit());
           });
  }

  /// A pointer to the function sees its type.
  bool isNamedBesideCalls(const FunctionDecl &F) const {
    int Named = 0;
    for (const FunctionFacts &Body : Model.functions().all())
      anyStatement(Body.Body, [&](const Stmt *S) {
        const auto *Call = dyn_cast<CallExpr>(S);
        const auto *Ref = dyn_cast<DeclRefExpr>(S);
        Named += Ref && Ref->getDecl()->getCanonicalDecl() == &F;
        Named -= Call && Call->getDirectCallee() &&
                 Call->getDirectCallee()->getCanonicalDecl() == &F && !isa<CXXMemberCallExpr>(Call);
        return false;
      });
    return Named > 0;
  }

  void judge(const FunctionFacts &Body, const ParmVarDecl *Parameter, const CallSite *Site,
             const WorkFate &Fate) {
    if (!concerns(*Body.Decl, Parameter->getType()))
      return;
    const std::optional<LateUse> Late = usedLate(Model, Body, Parameter);
    if (!Late)
      return;
    const std::string Name = "'" + Parameter->getNameAsString() + "'";
    Diag D;
    D.Loc = Parameter->getLocation();
    D.Message = called(*Body.Decl) + " uses " + Name + " after it slept, and only refers to it" +
                (Site ? ", although it runs by itself" : "");
    if (Site)
      noteFate(D, *Site, Fate);
    noteLateUse(D, Body, *Late, Name);
    if (!fix(D, *Body.Decl, *Parameter))
      D.note(D.Loc, "take it by value");
    Context.report(D);
  }

  static std::string called(const FunctionDecl &F) {
    const std::string Name = shownName(F);
    return Name == "a lambda" ? "coroutine lambda" : "coroutine '" + Name + "'";
  }

  bool isAllowed(QualType T) const {
    const CXXRecordDecl *Class =
        classOf(T->isPointerType() || T->isReferenceType() ? T->getPointeeType() : T);
    return Class && (is_contained(AllowedTypes, qualifiedName(*Class)) ||
                     is_contained(AllowedTypes, identifierOf(*Class)));
  }

  /// `const std::string &s`, `std::string &&s` and `std::string_view s` become `std::string s`,
  /// where the function is declared once and nobody sees its type.
  bool fix(Diag &D, const FunctionDecl &F, const ParmVarDecl &Parameter) const {
    const auto *Method = dyn_cast<CXXMethodDecl>(&F);
    if (F.getPreviousDecl() || F.getCanonicalDecl() != &F || F.isTemplateInstantiation() ||
        (Method && Method->isVirtual()) || Parameter.getBeginLoc().isMacroID() ||
        !Parameter.getTypeSourceInfo())
      return false;
    const QualType T = Parameter.getType();
    const TypeLoc Written = Parameter.getTypeSourceInfo()->getTypeLoc();
    std::string Type;
    if (const auto Reference = Written.getAs<ReferenceTypeLoc>()) {
      const QualType Object = T->getPointeeType();
      if (!Object->getAsCXXRecordDecl() || !isCopiedWhole(*Object->getAsCXXRecordDecl()))
        return false;
      const SourceManager &Sources = Model.ast().getSourceManager();
      Type = Lexer::getSourceText(
                 CharSourceRange::getTokenRange(Reference.getPointeeLoc().getSourceRange()),
                 Sources, Model.ast().getLangOpts())
                 .str();
    } else if (isStringView(T) && fitsString(F, Parameter)) {
      Type = "std::string";
    }
    if (Type.empty() || isNamedBesideCalls(F))
      return false;
    D.note(D.Loc, "take it by value, so that it lives in the frame of the coroutine");
    D.Fixes.push_back(FixItHint::CreateReplacement(
        CharSourceRange::getCharRange(Parameter.getBeginLoc(), Parameter.getLocation()),
        Type + " "));
    return true;
  }

  static bool isStringView(QualType T) {
    const auto *Special =
        dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl());
    return Special && Special->isInStdNamespace() &&
           identifierOf(*Special) == "basic_string_view" &&
           Special->getTemplateArgs()[0].getAsType()->isCharType();
  }

  /// A string is made of what every caller gives, and can do what the body asks of the view.
  bool fitsString(const FunctionDecl &F, const ParmVarDecl &Parameter) const {
    for (const FunctionFacts &Caller : Model.functions().all())
      for (const CallSite &Site : Caller.Calls) {
        if (!Site.Expr || Site.Callee->getCanonicalDecl() != &F)
          continue;
        const unsigned I = Parameter.getFunctionScopeIndex();
        if (I >= argumentsOf(Site).size() || !convertsToView(argumentsOf(Site)[I]))
          return false;
      }
    static const StringRef OfViews[] = {"remove_prefix", "remove_suffix", "substr"};
    const FunctionFacts *Body = Model.functions().of(&F);
    return none_of(Body->Calls, [&](const CallSite &Site) {
      return is_contained(OfViews, identifierOf(*Site.Callee));
    });
  }

  /// A string, or a literal.
  static bool convertsToView(const Expr *E) {
    E = withoutWrappers(E);
    if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E))
      return isa_and_nonnull<CXXConversionDecl>(Call->getMethodDecl());
    const auto *Made = dyn_cast<CXXConstructExpr>(E);
    return Made && Made->getNumArgs() == 1 && Made->getArg(0)->getType()->isPointerType();
  }

  RuleContext &Context;
  const TuModel &Model;
  bool Strict;
  std::vector<std::string> AllowedTypes;
};

void run(RuleContext &Context) { ReferenceParameter(Context).run(); }

} // namespace

extern constexpr Check ReferenceParameterCheck = {
    "reference-parameter",
    "a coroutine that is spawned or stored refers to its arguments after it slept",
    Severity::Warning,
    /*Recommended=*/true,
    Options,
    run,
};

} // namespace abide
