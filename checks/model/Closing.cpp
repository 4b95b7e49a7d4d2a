//===- Closing.cpp - What must be closed, and what closes it --------------===//

#include "model/Closing.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

//===----------------------------------------------------------------------===//
// Which types, and what closes them
//===----------------------------------------------------------------------===//

/// "aclose", "close_async", "co_stop", "cancelAndJoinAsync": the verb without the marks of the
/// asynchronous.
static bool isCloseName(StringRef Name) {
  std::string Word;
  for (char C : Name)
    if (C != '_')
      Word += toLower(C);
  StringRef Verb = Word;
  Verb.consume_back("async");
  static const StringRef Verbs[] = {"close",         "aclose",       "stop",        "shutdown",
                                    "join",          "cleanup",      "dispose",     "complete",
                                    "cancelandjoin", "closeandjoin", "stopandjoin", "waitclosed"};
  if (is_contained(Verbs, Verb))
    return true;
  return (Verb.consume_front("async") || Verb.consume_front("co")) && is_contained(Verbs, Verb);
}

/// What [[clang::annotate("async::must_close(name)")]] names.
static StringRef annotatedCloser(const CXXRecordDecl &Record) {
  for (const Decl *D : Record.redecls())
    for (const auto *A : D->specific_attrs<AnnotateAttr>())
      if (StringRef Text = A->getAnnotation();
          Text.consume_front("async::must_close(") && Text.consume_back(")"))
        return Text.trim("\"");
  return {};
}

/// The class as written: of a specialisation, its template's.
static const CXXRecordDecl *patternOf(const CXXRecordDecl *Record) {
  const auto *Special = dyn_cast<ClassTemplateSpecializationDecl>(Record);
  return Special ? Special->getSpecializedTemplate()->getTemplatedDecl() : Record;
}

static bool isFalse(const TemplateArgument &Given) {
  return Given.getKind() == TemplateArgument::Integral &&
         Given.getIntegralType()->isBooleanType() && Given.getAsIntegral().isZero();
}

/// `static_assert(RequiresCleanup)` in the function, where the class was made with that parameter
/// false: nobody can call it. Where an editor skipped the body, any false parameter may be the one.
static bool refuses(const FunctionDecl *F, const CXXRecordDecl *Record) {
  const auto *Special = dyn_cast<ClassTemplateSpecializationDecl>(Record);
  const FunctionDecl *Pattern = F->getTemplateInstantiationPattern();
  if (Special && (Pattern ? Pattern : F)->hasSkippedBody())
    return any_of(Special->getTemplateArgs().asArray(), isFalse);
  const auto *Body = dyn_cast_or_null<CompoundStmt>(Pattern ? Pattern->getBody() : F->getBody());
  if (!Special || !Body)
    return false;
  for (const Stmt *S : Body->body()) {
    const auto *Declares = dyn_cast<DeclStmt>(S);
    const auto *Asserts = Declares && Declares->isSingleDecl()
                              ? dyn_cast<StaticAssertDecl>(Declares->getSingleDecl())
                              : nullptr;
    const auto *Ref =
        Asserts ? dyn_cast<DeclRefExpr>(Asserts->getAssertExpr()->IgnoreParenImpCasts()) : nullptr;
    const auto *Parameter = Ref ? dyn_cast<NonTypeTemplateParmDecl>(Ref->getDecl()) : nullptr;
    if (!Parameter || Parameter->getIndex() >= Special->getTemplateArgs().size())
      continue;
    if (isFalse(Special->getTemplateArgs()[Parameter->getIndex()]))
      return true;
  }
  return false;
}

/// A generator's close that gives a class gives something to await, even where only the promises of
/// its library know how.
bool Closing::isAwaited(QualType Result, bool OfGenerator) const {
  const CoroutineType &Type = Model.types().of(Result);
  return Type.Awaitable || (Type.isCoroutine() && !Type.Generator) ||
         (OfGenerator && classOf(Result));
}

/// A public close whose result is awaited, of the class or of a base.
const FunctionDecl *Closing::asyncCloser(const CXXRecordDecl *Record) const {
  SmallVector<const CXXRecordDecl *, 4> Pending{Record};
  for (unsigned I = 0; I < Pending.size() && I < 8; ++I) {
    const CXXRecordDecl *Class = Pending[I]->getDefinition();
    if (!Class)
      Class = patternOf(Pending[I])->getDefinition();
    if (!Class)
      continue;
    for (const CXXMethodDecl *M : Class->methods())
      if (M->getAccess() == AS_public && !M->isStatic() && isCloseName(identifierOf(*M))) {
        if (isAwaited(M->getReturnType(), Model.types().of(Record).AsyncGenerator) &&
            !refuses(M, Record))
          return M;
      }
    for (const CXXBaseSpecifier &Base : Class->bases())
      if (const CXXRecordDecl *B = classOf(Base.getType()))
        Pending.push_back(B);
  }
  return nullptr;
}

static OpenEnd worse(OpenEnd A, OpenEnd B) { return A < B ? B : A; }

/// What a call in a destructor says of an object that is still open.
static OpenEnd objection(const FunctionDecl *Callee, bool Guarded) {
  if (Callee->isNoReturn())
    return OpenEnd::Aborts;
  std::string Name = identifierOf(*Callee).lower();
  if (isa<CXXConstructorDecl, CXXDestructorDecl>(Callee))
    Name = identifierOf(*cast<CXXMethodDecl>(Callee)->getParent()).lower();
  auto Says = [&](StringRef Word) { return StringRef(Name).contains(Word); };
  if (Says("fatal") || Says("panic") || Says("assert") || Says("terminate"))
    return OpenEnd::Aborts;
  bool Writes = Says("warn") || Says("error") || Says("log") || Says("print") || Says("report") ||
                Callee->getOverloadedOperator() == OO_LessLess;
  return Writes && Guarded ? OpenEnd::Complains : OpenEnd::Abandons;
}

/// What the destructor does on a condition. One that closes by itself asks for nothing.
static OpenEnd destructorObjects(const CXXRecordDecl *Record) {
  const CXXRecordDecl *Class = Record->getDefinition();
  const CXXDestructorDecl *D = Class ? Class->getDestructor() : nullptr;
  const Stmt *Body = D && !D->isImplicit() ? bodyOf(D) : nullptr;
  if (!Body)
    return OpenEnd::Abandons;
  OpenEnd Worst = OpenEnd::Abandons;
  SmallVector<std::pair<const Stmt *, bool>, 32> Pending{{Body, false}};
  while (!Pending.empty()) {
    auto [S, Guarded] = Pending.pop_back_val();
    const FunctionDecl *Callee = nullptr;
    if (const auto *Call = dyn_cast<CallExpr>(S))
      Callee = Call->getDirectCallee();
    else if (const auto *Made = dyn_cast<CXXConstructExpr>(S))
      Callee = Made->getConstructor();
    if (Callee && isa<CXXMethodDecl>(Callee) && isCloseName(identifierOf(*Callee)))
      return OpenEnd::Abandons;
    if (Callee)
      Worst = worse(Worst, objection(Callee, Guarded));
    bool Decides = isa<IfStmt, ConditionalOperator, WhileStmt>(S);
    for (const Stmt *Child : S->children())
      if (Child && !isa<LambdaExpr>(Child))
        Pending.push_back({Child, Guarded || Decides});
  }
  return Worst;
}

std::optional<CloseDuty> Closing::duty(QualType T) const {
  const CXXRecordDecl *Record = T.isNull() || T->isReferenceType() ? nullptr : classOf(T);
  if (!Record || Record->isLambda() || Model.types().of(Record).Generator)
    return std::nullopt;
  const FunctionDecl *Closer = asyncCloser(Record);
  const StringRef Named = annotatedCloser(*patternOf(Record));
  CloseDuty Duty{Closer ? identifierOf(*Closer).str() : "close", destructorObjects(Record)};
  if (!Named.empty())
    return CloseDuty{Named.str(), Duty.End};
  if (Model.names().has(*Record, Role::MustClose))
    return Duty;
  if (Closer && Duty.End != OpenEnd::Abandons)
    return Duty;
  return std::nullopt;
}

std::optional<CloseDuty> Closing::generatorDuty(QualType T) const {
  const CXXRecordDecl *Record = T.isNull() || T->isReferenceType() ? nullptr : classOf(T);
  if (!Record || !Model.types().of(Record).AsyncGenerator)
    return std::nullopt;
  const FunctionDecl *Closer = asyncCloser(Record);
  const StringRef Named = annotatedCloser(*patternOf(Record));
  if (!Closer && Named.empty())
    return std::nullopt;
  return CloseDuty{Named.empty() ? identifierOf(*Closer).str() : Named.str(),
                   destructorObjects(Record)};
}

bool Closing::closes(const FunctionDecl &F, const CXXRecordDecl *Object) const {
  if (Model.names().has(F, Object, Role::Closes))
    return true;
  const StringRef Name = identifierOf(F);
  return isa<CXXMethodDecl>(F) &&
         (isCloseName(Name) ||
          (Object && !Name.empty() && annotatedCloser(*patternOf(Object)) == Name));
}

//===----------------------------------------------------------------------===//
// What a use does
//===----------------------------------------------------------------------===//

/// Whether the function may be called without opening anything: a question.
static bool isQuestion(const CXXMethodDecl *M) {
  return M->isConst() && !classOf(M->getReturnType().getNonReferenceType());
}

HandledUse Closing::ofCall(const Expr *Call, const Expr *Argument) const {
  const FunctionDecl *Callee = nullptr;
  ArrayRef<const Expr *> Arguments;
  if (const auto *C = dyn_cast<CallExpr>(Call)) {
    Callee = C->getDirectCallee();
    Arguments = ArrayRef(C->getArgs(), C->getNumArgs());
  } else {
    const auto *Made = cast<CXXConstructExpr>(Call);
    Callee = Made->getConstructor();
    Arguments = ArrayRef(Made->getArgs(), Made->getNumArgs());
  }
  if (!Callee)
    return {Handling::GivesAway, Call};
  const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
  const CXXRecordDecl *Class = Method ? Method->getParent() : nullptr;
  const NameLookup &Names = Model.names();
  if (Names.has(*Callee, Class, Role::ClosingScope) || Names.has(*Callee, Class, Role::Closes) ||
      (isa<CXXConstructorDecl>(Callee) && Names.has(*Class, Role::ClosingScope)))
    return {Handling::Closes, Call};
  for (Role R : {Role::OwningSpawn, Role::Spawn, Role::RunsCallable})
    if (Names.has(*Callee, Class, R))
      return {Handling::Opens, Call};
  unsigned Index = find(Arguments, Argument) - Arguments.begin();
  if (isa<CXXOperatorCallExpr>(Call) && Method && !Method->isStatic()) {
    if (Index == 0)
      return {isQuestion(Method) ? Handling::Reads : Handling::Opens, Call};
    --Index;
  }
  if (Index >= Callee->getNumParams())
    return {Handling::GivesAway, Call};
  const QualType T = Callee->getParamDecl(Index)->getType();
  if (!T->isLValueReferenceType())
    return {Handling::GivesAway, Call};
  if (T.getNonReferenceType().isConstQualified())
    return {Handling::Reads, Call};
  if (isa<CXXConstructorDecl>(Callee))
    return {Handling::GivesAway, Call};
  return {ofHelper({Call, Callee, Class, Call->getExprLoc(), {}, nullptr}, Index), Call};
}

/// A lambda that closes what it captured is a guard or a finally.
HandledUse Closing::ofCapture(const LambdaExpr *Lambda, const LocalFacts &Local,
                              const Expr *Ref) const {
  for (const auto &[Capture, Init] : zip(Lambda->captures(), Lambda->capture_inits()))
    if (Capture.capturesVariable() && Capture.getCaptureKind() == LCK_ByCopy &&
        (Init == Ref || Capture.getCapturedVar()->isInitCapture()))
      return {Handling::GivesAway, Lambda};
  const FunctionFacts *Body = Model.functions().of(Lambda->getCallOperator());
  for (const FunctionFacts &F : Model.functions().all()) {
    const FunctionFacts *Around = &F;
    while (Around && Around != Body)
      Around = Around->Parent;
    if (!Body || !Around)
      continue;
    for (const CallSite &Site : F.Calls) {
      const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Site.Expr);
      const Expr *Object = Call ? Call->getImplicitObjectArgument()->IgnoreParenCasts() : nullptr;
      if (const auto *Moved = dyn_cast_or_null<CallExpr>(Object); Moved && Moved->isCallToStdMove())
        Object = Moved->getArg(0)->IgnoreParenCasts();
      const auto *Of = dyn_cast_or_null<DeclRefExpr>(Object);
      if (Of && Of->getDecl() == Local.Decl && closes(*Site.Callee, Site.Object))
        return {Handling::Closes, Lambda};
    }
  }
  return {Handling::Shares, Lambda};
}

HandledUse Closing::handling(const FunctionFlow &Flow, const LocalFacts &Local,
                             const Expr *Ref) const {
  const Stmt *Child = Ref;
  bool Moved = false;
  for (const Stmt *Around = Flow.parent(Ref); Around;
       Child = Around, Around = Flow.parent(Around)) {
    if (isa<ImplicitCastExpr, ParenExpr, ExprWithCleanups, MaterializeTemporaryExpr,
            CXXBindTemporaryExpr>(Around))
      continue;
    if (const auto *Member = dyn_cast<MemberExpr>(Around)) {
      const auto *M = dyn_cast<CXXMethodDecl>(Member->getMemberDecl());
      const Stmt *Call = Flow.parent(Member);
      while (Call && isa<ParenExpr>(Call))
        Call = Flow.parent(Call);
      if (!M || !Call)
        return {Handling::Opens, Around};
      const QualType Object = Local.Decl->getType().getNonReferenceType();
      if (closes(*M, classOf(Object)))
        return {Handling::Closes, Call};
      return {isQuestion(M) ? Handling::Reads : Handling::Opens, Call};
    }
    if (const auto *Call = dyn_cast<CallExpr>(Around); Call && Call->isCallToStdMove()) {
      Moved = true;
      continue;
    }
    if (isa<CXXDefaultArgExpr>(Around))
      return {Handling::Reads, Ref};
    if (Moved)
      if (const auto *Call = dyn_cast<Expr>(Around); Call && isa<CallExpr, CXXConstructExpr>(Call))
        return {Handling::GivesAway, Call};
    if (isa<CallExpr, CXXConstructExpr>(Around))
      return ofCall(cast<Expr>(Around), cast<Expr>(Child));
    if (const auto *Lambda = dyn_cast<LambdaExpr>(Around))
      return ofCapture(Lambda, Local, Ref);
    if (const auto *Unary = dyn_cast<UnaryOperator>(Around);
        Unary && Unary->getOpcode() == UO_AddrOf)
      return {Handling::Shares, Around};
    if (isa<CoroutineSuspendExpr>(Around))
      return {Handling::Opens, Around};
    break;
  }
  return {Handling::GivesAway, Ref};
}

} // namespace abide
