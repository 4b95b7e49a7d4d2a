//===- Driving.cpp - Who advances a generator, and where ------------------===//

#include "model/Driving.h"
#include "model/OpenPaths.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

Driving::Driving(const TuModel &Model, const Closing &Rules, const FunctionFlow &Flow,
                 const LocalFacts &Generator)
    : Model(Model), Rules(Rules), Flow(Flow), Generator(Generator) {
  for (const VarUse &Use : Generator.Uses)
    if (Flow.parent(Use.Ref))
      if (std::optional<Drive> D = driveOf(Use))
        Drives.push_back(*D);
  // A step of an iterator is one of its generator.
  const Iteration Runs(*Generator.Function, Flow, Model, Generator);
  for (const Stmt *Step : Runs.Steps)
    if (none_of(Drives, [&](const Drive &D) { return Flow.isInside(D.At, Step); }))
      Drives.push_back({DriveKind::Steps, Step});
}

const Drive *Driving::at(const Stmt *S) const {
  const Drive *Found = find_if(Drives, [&](const Drive &D) { return D.At == S; });
  return Found == Drives.end() ? nullptr : Found;
}

/// `for (x : g)`, `for (x : g | views::take(3))`.
bool Driving::rangeFor(const Expr *Ref) const {
  for (const Stmt *Loop : Generator.Function->Loops) {
    const auto *For = dyn_cast<CXXForRangeStmt>(Loop);
    if (!For || !Flow.isInside(Ref, For->getRangeInit()))
      continue;
    const Stmt *At = Ref;
    while (At != For->getRangeInit() && At) {
      At = Flow.parent(At);
      if (const auto *Call = dyn_cast_or_null<CallExpr>(At))
        if (const auto *Pipe = dyn_cast<CXXOperatorCallExpr>(Call);
            !Pipe || Pipe->getOperator() != OO_Pipe)
          return false;
    }
    return true;
  }
  return false;
}

/// Whether begin() writes a note that it was called: then it may be called again.
static bool notesBegin(const FunctionDecl *Begin) {
  SmallVector<const Stmt *, 16> Pending;
  const FunctionDecl *Pattern = Begin->getTemplateInstantiationPattern();
  const Stmt *Body = Begin->getBody() ? Begin->getBody() : Pattern ? Pattern->getBody() : nullptr;
  if (Body)
    Pending.push_back(Body);
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (const auto *Assign = dyn_cast<BinaryOperator>(S);
        Assign && Assign->getOpcode() == BO_Assign && Assign->getRHS()->getType()->isBooleanType())
      return true;
    for (const Stmt *Child : S->children())
      if (Child)
        Pending.push_back(Child);
  }
  return false;
}

static bool notesBegin(const CXXRecordDecl *Class, const ASTContext &Ast) {
  if (!Class)
    return false;
  auto Begins = memberFunctions(Class, DeclarationName(&Ast.Idents.get("begin")));
  return any_of(Begins, [](const FunctionDecl *F) { return notesBegin(F); });
}

std::optional<Drive> Driving::driveOf(const VarUse &Use) const {
  const CXXRecordDecl *Class = classOf(Generator.Decl->getType().getNonReferenceType());
  if (Use.How == ValueUse::Assigned)
    return Drive{DriveKind::Renewed, Use.Ref};
  if (rangeFor(Use.Ref))
    return notesBegin(Class, Model.ast()) ? std::nullopt
                                          : std::optional(Drive{DriveKind::Begins, Use.Ref});
  const HandledUse Does = Rules.handling(Flow, Generator, Use.Ref);
  switch (Does.How) {
  case Handling::Reads:
    return std::nullopt;
  case Handling::Closes:
    // A guard closes it at its own end.
    if (!isa<CXXMemberCallExpr>(Does.At))
      return std::nullopt;
    return Drive{DriveKind::Closes, Does.At};
  case Handling::GivesAway:
    return Drive{DriveKind::GivenAway, Does.At};
  case Handling::Shares:
    return Drive{runsBeside(Does.At) ? DriveKind::Spawns : DriveKind::GivenAway, Does.At};
  case Handling::Opens:
    return ofCall(Does);
  }
  return std::nullopt;
}

std::optional<Drive> Driving::ofCall(const HandledUse &Does) const {
  const CXXRecordDecl *Class = classOf(Generator.Decl->getType().getNonReferenceType());
  const auto *Call = dyn_cast<CXXMemberCallExpr>(Does.At);
  const CXXMethodDecl *M = Call ? Call->getMethodDecl() : nullptr;
  const StringRef Name = M ? identifierOf(*M) : StringRef();
  if (Name == "begin")
    return notesBegin(Class, Model.ast()) ? std::nullopt
                                          : std::optional(Drive{DriveKind::Begins, Does.At});
  if (Name == "end" || !Model.types().of(Class).AsyncGenerator)
    return std::nullopt;
  const bool Step = Name == "next" || isa<CXXOperatorCallExpr>(Does.At);
  if (!Step)
    return std::nullopt;
  const auto *Value = cast<Expr>(Does.At);
  if (!Model.types().of(Value->getType()).Awaitable)
    return std::nullopt;
  return Drive{isOneOfSeveral(Does.At) ? DriveKind::StepsUnawaited : DriveKind::Steps, Does.At};
}

/// The call that a value is an argument of, wrappers and moves left out; null if none.
static const Expr *callAround(const FunctionFlow &Flow, const Stmt *Value) {
  for (const Stmt *At = Flow.parent(Value); At; At = Flow.parent(At)) {
    if (isa<ImplicitCastExpr, ParenExpr, ExprWithCleanups, MaterializeTemporaryExpr,
            CXXBindTemporaryExpr>(At))
      continue;
    if (const auto *Made = dyn_cast<CXXConstructExpr>(At);
        Made && Made->getConstructor()->isCopyOrMoveConstructor())
      continue;
    if (const auto *Call = dyn_cast<CallExpr>(At)) {
      if (Call->isCallToStdMove())
        continue;
      return Call;
    }
    return nullptr;
  }
  return nullptr;
}

/// Whether a step is kept, or an argument among several: `auto a = g.next();`,
/// `when_all(g.next(), g.next())`, `steps.push_back(g.next())`.
bool Driving::isOneOfSeveral(const Stmt *Value) const {
  if (const Expr *Call = callAround(Flow, Value)) {
    const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
    const CXXMethodDecl *M = Member ? Member->getMethodDecl() : nullptr;
    if (M && M->getIdentifier() && (M->getName() == "push_back" || M->getName() == "emplace_back"))
      return true;
    return count_if(Generator.Uses,
                    [&](const VarUse &Use) { return Flow.isInside(Use.Ref, Call); }) > 1;
  }
  const Stmt *At = Flow.parent(Value);
  while (At && isa<Expr>(At) && !isa<CoroutineSuspendExpr>(At))
    At = Flow.parent(At);
  return isa_and_nonnull<DeclStmt>(At);
}

/// Whether the task that a call or lambda makes is spawned, or one of several that run together.
bool Driving::runsBeside(const Stmt *Task) const {
  if (!Model.types().of(Generator.Decl->getType()).AsyncGenerator)
    return false;
  const Stmt *At = Task;
  while (const Expr *Call = callAround(Flow, At)) {
    const auto *Direct = cast<CallExpr>(Call);
    const FunctionDecl *Callee = Direct->getDirectCallee();
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
    const CXXRecordDecl *Class = Method ? Method->getParent() : nullptr;
    if (Callee && (Model.names().has(*Callee, Class, Role::Spawn) ||
                   Model.names().has(*Callee, Class, Role::OwningSpawn)))
      return true;
    const unsigned Together = count_if(Direct->arguments(), [&](const Expr *Argument) {
      return Model.types().of(Argument->getType()).Starts == Start::Lazy &&
             any_of(Generator.Uses,
                    [&](const VarUse &Use) { return Flow.isInside(Use.Ref, Argument); });
    });
    if (Together > 1)
      return true;
    At = Call;
  }
  return false;
}

bool Driving::settles(const Stmt *Await, const Stmt &At) const {
  if (Flow.isInside(&At, Await))
    return true;
  // The statement around the drive: the variable it initialises, or the objects its call names.
  const Stmt *Whole = &At;
  for (const Stmt *Up = Flow.parent(Whole); Up && isa<Expr, DeclStmt>(Up); Up = Flow.parent(Up))
    Whole = Up;
  for (const LocalFacts &Local : Model.functions().locals()) {
    if (Local.Function != Generator.Function || Local.Decl == Generator.Decl)
      continue;
    const bool Kept =
        (Local.Init && Flow.isInside(&At, Local.Init)) ||
        any_of(Local.Uses, [&](const VarUse &Use) { return Flow.isInside(Use.Ref, Whole); });
    if (Kept &&
        any_of(Local.Uses, [&](const VarUse &Use) { return Flow.isInside(Use.Ref, Await); }))
      return true;
  }
  return false;
}

} // namespace abide
