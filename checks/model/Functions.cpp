//===- Functions.cpp - What the bodies of a TU do, statement by statement -===//

#include "model/Functions.h"
#include "model/BodyWalk.h"
#include "model/CoroutineTypes.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

const Expr *withoutWrappers(const Expr *E) {
  while (E) {
    const Expr *Inner = E->IgnoreParenImpCasts();
    if (const auto *Full = dyn_cast<FullExpr>(Inner))
      Inner = Full->getSubExpr();
    else if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(Inner))
      Inner = Temporary->getSubExpr();
    else if (const auto *Bind = dyn_cast<CXXBindTemporaryExpr>(Inner))
      Inner = Bind->getSubExpr();
    else if (const auto *Subst = dyn_cast<SubstNonTypeTemplateParmExpr>(Inner))
      Inner = Subst->getReplacement();
    if (Inner == E)
      return E;
    E = Inner;
  }
  return E;
}

bool anyStatement(const Stmt *Body, function_ref<bool(const Stmt *)> Test) {
  SmallVector<const Stmt *, 32> Pending;
  if (Body)
    Pending.push_back(Body);
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (Test(S))
      return true;
    if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
      for (const Expr *Init : Lambda->capture_inits())
        if (Init)
          Pending.push_back(Init);
      continue;
    }
    if (const auto *Suspends = dyn_cast<CoroutineSuspendExpr>(S)) {
      Pending.push_back(Suspends->getOperand());
      continue;
    }
    for (const Stmt *Child : S->children())
      if (Child)
        Pending.push_back(Child);
  }
  return false;
}

ArrayRef<const Expr *> argumentsOf(const CallSite &Site) {
  if (const auto *Call = dyn_cast_or_null<CallExpr>(Site.Expr))
    return {Call->getArgs(), Call->getNumArgs()};
  if (const auto *Made = dyn_cast_or_null<CXXConstructExpr>(Site.Expr))
    return {Made->getArgs(), Made->getNumArgs()};
  return {};
}

const CXXRecordDecl *FunctionFacts::promise() const {
  if (!Coroutine || !Coroutine->getPromiseDeclStmt() || Coroutine->hasDependentPromiseType())
    return nullptr;
  return Coroutine->getPromiseDecl()->getType()->getAsCXXRecordDecl();
}

//===----------------------------------------------------------------------===//
// Declarations: which bodies are there.
//===----------------------------------------------------------------------===//

class DeclWalk {
public:
  DeclWalk(Functions &Out, ASTContext &Ast, CoroutineTypes &Types)
      : Out(Out), Ast(Ast), Sources(Ast.getSourceManager()), Types(Types) {}

  void root(const Decl *D) {
    if (const auto *Unit = dyn_cast<TranslationUnitDecl>(D)) {
      for (const Decl *Child : Unit->decls())
        root(Child);
      return;
    }
    if (D->getLocation().isInvalid() ||
        Sources.isInSystemHeader(Sources.getExpansionLoc(D->getLocation())))
      return;
    Pending.push_back(D);
    while (!Pending.empty())
      visit(Pending.pop_back_val());
  }

private:
  void visit(const Decl *D) {
    if (const auto *Template = dyn_cast<ClassTemplateDecl>(D))
      return classTemplate(Template);
    if (const auto *Template = dyn_cast<FunctionTemplateDecl>(D))
      return functionTemplate(Template);
    if (const auto *Template = dyn_cast<VarTemplateDecl>(D))
      return visit(Template->getTemplatedDecl());
    if (const auto *Function = dyn_cast<FunctionDecl>(D))
      return function(Function);
    if (const auto *Var = dyn_cast<VarDecl>(D))
      return initializer(Var->getInit(), Var);
    if (const auto *Field = dyn_cast<FieldDecl>(D))
      return field(Field);
    if (const auto *Class = dyn_cast<CXXRecordDecl>(D))
      return members(Class);
    if (isa<NamespaceDecl, LinkageSpecDecl, ExportDecl>(D))
      members(cast<DeclContext>(D));
  }

  void members(const DeclContext *Context) {
    SmallVector<const Decl *, 16> Inner(Context->decls());
    Pending.append(Inner.rbegin(), Inner.rend());
  }

  /// The pattern, and every instance that the program made of it.
  void classTemplate(const ClassTemplateDecl *Template) {
    members(Template->getTemplatedDecl());
    if (!Template->isCanonicalDecl())
      return;
    for (const ClassTemplateSpecializationDecl *Instance : Template->specializations())
      if (Instance->getSpecializationKind() == TSK_ImplicitInstantiation)
        members(Instance);
  }

  void functionTemplate(const FunctionTemplateDecl *Template) {
    function(Template->getTemplatedDecl());
    if (Template->isCanonicalDecl())
      for (const FunctionDecl *Instance : Template->specializations())
        if (Instance
                ->isTemplateInstantiation()) // Explicit ones are visited where they are written.
          function(Instance);
  }

  void field(const FieldDecl *Field) {
    if (!Field->hasInClassInitializer() || !Field->getInClassInitializer())
      return;
    initializer(Field->getInClassInitializer());
    if (classOf(Field->getType()) &&
        Sources.isInMainFile(Sources.getExpansionLoc(Field->getLocation())))
      Out.Fields[Field].Uses.push_back(
          {Field->getInClassInitializer(), ValueUse::Assigned, Field->getInClassInitializer()});
  }

  /// An initialiser outside functions: no statement, but lambdas live there too.
  void initializer(const Expr *Init, const VarDecl *Variable = nullptr) {
    if (!Init)
      return;
    FunctionFacts &Facts = Out.All.emplace_back(
        FunctionFacts{nullptr, Init, nullptr, nullptr, Init->isInstantiationDependent(), Variable});
    walkBody(Out, Ast, Types, Facts, Nested);
    nested();
  }

  void function(const FunctionDecl *F) {
    for (const ParmVarDecl *Parameter : F->parameters())
      if (Parameter->hasDefaultArg() && !Parameter->hasUninstantiatedDefaultArg() &&
          !Parameter->hasUnparsedDefaultArg() && !Parameter->hasInheritedDefaultArg())
        initializer(Parameter->getDefaultArg());
    one(F, nullptr);
    nested();
  }

  void one(const FunctionDecl *F, const FunctionFacts *Parent) {
    const FunctionDecl *Definition = nullptr;
    if (!F->isDefined(Definition) || Out.ByDecl.count(Definition->getCanonicalDecl()))
      return;
    const Stmt *Body = Definition->getBody();
    if (!Body)
      return;
    const auto *Coroutine = dyn_cast<CoroutineBodyStmt>(Body);
    FunctionFacts &Facts =
        Out.All.emplace_back(FunctionFacts{Definition, Coroutine ? Coroutine->getBody() : Body,
                                           Coroutine, Parent, Definition->isDependentContext()});
    Out.ByDecl[Definition->getCanonicalDecl()] = &Facts;
    if (const CXXRecordDecl *Promise = Facts.promise())
      Types.notePromise(Definition->getReturnType(), Promise);
    walkBody(Out, Ast, Types, Facts, Nested);
  }

  /// Lambdas and local classes that the walk met, however deep.
  void nested() {
    while (!Nested.Lambdas.empty()) {
      auto [F, Parent] = Nested.Lambdas.pop_back_val();
      one(F, Parent);
    }
    Pending.append(Nested.LocalClasses.begin(), Nested.LocalClasses.end());
    Nested.LocalClasses.clear();
  }

  Functions &Out;
  const ASTContext &Ast;
  const SourceManager &Sources;
  CoroutineTypes &Types;
  SmallVector<const Decl *, 64> Pending;
  NestedBodies Nested;
};

Functions::Functions(ASTContext &Ast, CoroutineTypes &Types) {
  DeclWalk Walk(*this, Ast, Types);
  for (const Decl *D : Ast.getTraversalScope())
    Walk.root(D);
}

const FunctionFacts *Functions::of(const FunctionDecl *F) const {
  return F ? ByDecl.lookup(F->getCanonicalDecl()) : nullptr;
}

} // namespace abide
