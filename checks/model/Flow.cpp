//===- Flow.cpp - Paths through one function ------------------------------===//

#include "model/Flow.h"

using namespace clang;
using namespace llvm;

namespace abide {

//===----------------------------------------------------------------------===//
// What may throw
//===----------------------------------------------------------------------===//

static bool isNothrow(const FunctionDecl *F) {
  if (!F)
    return false;
  if (F->getBuiltinID() || F->isDefaulted())
    return true;
  const auto *Type = F->getType()->getAs<FunctionProtoType>();
  // A C function that a C++ program declares without noexcept is a C function all the same.
  return (Type && !isUnresolvedExceptionSpec(Type->getExceptionSpecType()) && Type->isNothrow()) ||
         F->hasAttr<NoThrowAttr>() || (F->isExternC() && !F->getBody());
}

bool mayThrow(const Stmt *S, Exceptions Which) {
  if (isa<CXXThrowExpr>(S))
    return true;
  if (Which == Exceptions::None)
    return false;
  if (const auto *Suspends = dyn_cast<CoroutineSuspendExpr>(S)) {
    const auto *Resume = dyn_cast_or_null<CallExpr>(withoutWrappers(Suspends->getResumeExpr()));
    return !Resume || !isNothrow(Resume->getDirectCallee());
  }
  if (Which != Exceptions::Calls)
    return false;
  if (const auto *Call = dyn_cast<CallExpr>(S))
    return !isNothrow(Call->getDirectCallee());
  if (const auto *Made = dyn_cast<CXXConstructExpr>(S))
    return !isNothrow(Made->getConstructor());
  return isa<CXXNewExpr>(S);
}

/// A handler after which no exception of the program goes on outwards.
static bool catchesAll(const CXXCatchStmt *Handler) {
  QualType T = Handler->getCaughtType();
  if (T.isNull())
    return true;
  const CXXRecordDecl *Class = T.getNonReferenceType()->getAsCXXRecordDecl();
  return Class && Class->isInStdNamespace() && Class->getName() == "exception";
}

//===----------------------------------------------------------------------===//
// The graph
//===----------------------------------------------------------------------===//

std::unique_ptr<FunctionFlow> FunctionFlow::build(const FunctionFacts &F, ASTContext &Ast) {
  // Code with errors has holes that the CFG does not expect.
  if (!F.Decl || F.Dependent || F.Decl->isInvalidDecl() ||
      Ast.getDiagnostics().hasUncompilableErrorOccurred())
    return nullptr;
  CFG::BuildOptions Options;
  Options.AddImplicitDtors = true;
  Options.AddTemporaryDtors = true;
  Options.AddLifetime = true;
  Options.AddInitializers = true;
  Options.setAllAlwaysAdd();
  auto Flow = std::make_unique<FunctionFlow>();
  Flow->Graph = CFG::buildCFG(F.Decl, const_cast<Stmt *>(F.Body), &Ast, Options);
  if (!Flow->Graph)
    return nullptr;
  for (const CFGBlock *Block : *Flow->Graph) {
    for (unsigned I = 0; I < Block->size(); ++I)
      if (auto S = (*Block)[I].getAs<CFGStmt>())
        Flow->Positions.try_emplace(S->getStmt(), Position{Block, I});
    if (const auto *Try = dyn_cast_or_null<CXXTryStmt>(Block->getTerminatorStmt()))
      Flow->Dispatch[Try] = Block;
  }
  Flow->Reaches = std::make_unique<CFGReverseBlockReachabilityAnalysis>(*Flow->Graph);
  SmallVector<const Stmt *, 32> Pending{F.Body};
  if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(F.Decl))
    for (const CXXCtorInitializer *Init : Constructor->inits())
      Pending.push_back(Init->getInit());
  auto Add = [&](const Stmt *Child, const Stmt *Parent) {
    if (Child && Flow->Parents.try_emplace(Child, Parent).second)
      Pending.push_back(Child);
  };
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (isa<LambdaExpr>(S)) {
      for (const Expr *Init : cast<LambdaExpr>(S)->capture_inits())
        Add(Init, S);
    } else if (const auto *Suspends = dyn_cast<CoroutineSuspendExpr>(S)) {
      Add(Suspends->getOperand(), S); // The calls of the await protocol are no code of the user's.
      Add(Suspends->getCommonExpr(), S);
    } else {
      for (const Stmt *Child : S->children())
        Add(Child, S);
    }
  }
  return Flow;
}

bool FunctionFlow::mayRepeat(const Stmt *S) const {
  // The handler of an exception may lead round a loop too, which the graph does not show.
  for (const Stmt *Around = parent(S); Around; Around = parent(Around))
    if (isa<WhileStmt, ForStmt, DoStmt, CXXForRangeStmt>(Around))
      return true;
  auto At = Positions.find(positionOf(S));
  const CFGBlock *Block = At == Positions.end() ? nullptr : At->second.Block;
  return Block && any_of(Block->succs(), [&](const CFGBlock *Next) {
           return Next && (Next == Block || Reaches->isReachable(Next, Block));
         });
}

bool FunctionFlow::isInside(const Stmt *Inner, const Stmt *Outer) const {
  while (Inner && Inner != Outer)
    Inner = parent(Inner);
  return Inner != nullptr;
}

/// The CFG leaves some wrappers out: take the outermost expression that it kept.
const Stmt *FunctionFlow::positionOf(const Stmt *S) const {
  while (S && !Positions.count(S)) {
    const Stmt *Inner = nullptr;
    if (const auto *Full = dyn_cast<FullExpr>(S))
      Inner = Full->getSubExpr();
    else if (const auto *Cast = dyn_cast<CastExpr>(S))
      Inner = Cast->getSubExpr();
    else if (const auto *Paren = dyn_cast<ParenExpr>(S))
      Inner = Paren->getSubExpr();
    else if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(S))
      Inner = Temporary->getSubExpr();
    else if (const auto *Bind = dyn_cast<CXXBindTemporaryExpr>(S))
      Inner = Bind->getSubExpr();
    S = Inner;
  }
  return S;
}

FunctionFlow::Unwound FunctionFlow::unwind(const Stmt *From) const {
  Unwound Result;
  auto Add = [&](const Stmt *S) {
    if (const auto *Declares = dyn_cast_or_null<DeclStmt>(S))
      for (const Decl *D : reverse(Declares->decls()))
        if (const auto *Var = dyn_cast<VarDecl>(D); Var && Var->hasLocalStorage())
          Result.Vars.push_back(Var);
  };
  const Stmt *Child = From;
  for (const Stmt *Around = parent(From); Around; Child = Around, Around = parent(Around)) {
    if (const auto *Try = dyn_cast<CXXTryStmt>(Around); Try && Child == Try->getTryBlock()) {
      Result.Into = Try;
      return Result;
    }
    // What was declared before Child in the same scope is alive.
    if (!isa<CompoundStmt, ForStmt, IfStmt, SwitchStmt, WhileStmt, CXXForRangeStmt>(Around))
      continue;
    SmallVector<const Stmt *, 8> Before;
    for (const Stmt *Sibling : Around->children()) {
      if (Sibling == Child)
        break;
      Before.push_back(Sibling);
    }
    for (const Stmt *Sibling : reverse(Before))
      Add(Sibling);
  }
  return Result;
}

//===----------------------------------------------------------------------===//
// The search
//===----------------------------------------------------------------------===//

void PathSearch::after(const Stmt *From, State Initial, Transition Next) {
  FunctionFlow::Position Start = Flow.Positions.lookup(Flow.positionOf(From));
  Nodes = {Node{Start.Block, Start.Index + 1, Initial, 0, std::nullopt}};
  run(Next);
}

void PathSearch::fromEntry(State Initial, Transition Next) {
  Nodes = {Node{&Flow.Graph->getEntry(), 0, Initial, 0, std::nullopt}};
  run(Next);
}

void PathSearch::run(Transition Next) {
  Entered.clear();
  for (unsigned At = 0; At < Nodes.size(); ++At)
    visit(At, Next);
}

void PathSearch::enter(const CFGBlock *Block, State S, unsigned From, std::optional<FlowStep> By) {
  if (Entered.insert({Block, S}).second)
    Nodes.push_back({Block, 0, S, From, By});
}

void PathSearch::visit(unsigned At, Transition Next) {
  Current = At;
  const CFGBlock &Block = *Nodes[At].Block;
  State S = Nodes[At].S;
  for (unsigned I = Nodes[At].Index; I < Block.size(); ++I) {
    FlowEvent Event{FlowEvent::Evaluated};
    if (auto Element = Block[I].getAs<CFGStmt>())
      Event.S = Element->getStmt();
    else if (auto Dtor = Block[I].getAs<CFGAutomaticObjDtor>())
      Event = {FlowEvent::ScopeEnd, nullptr, Dtor->getVarDecl()};
    else if (auto End = Block[I].getAs<CFGLifetimeEnds>())
      Event = {FlowEvent::Gone, nullptr, End->getVarDecl()};
    else
      continue;
    std::optional<State> After = Next(S, Event);
    if (!After)
      return;
    S = *After;
    if (!Event.S || !mayThrow(Event.S, Throws) || Flow.Silent.contains(Event.S))
      continue;
    // Code that the compiler made, such as the await protocol's calls, has no parent.
    if (Flow.parent(Event.S))
      raise(Event.S, S, At, Next);
    if (isa<CXXThrowExpr>(Event.S))
      return;
  }
  if (Block.hasNoReturnElement())
    return;
  if (&Block == &Flow.Graph->getExit())
    Next(S, {FlowEvent::Return});
  else
    branches(Block, S, At, Next);
}

/// What decides between the two successors of a block, if it is a condition of the user's.
static const Stmt *conditionOf(const CFGBlock &Block) {
  const CFGTerminator End = Block.getTerminator();
  if (Block.succ_size() != 2 || !End.isStmtBranch() || isa<SwitchStmt, CXXTryStmt>(End.getStmt()))
    return nullptr;
  return Block.getTerminatorCondition();
}

void PathSearch::branches(const CFGBlock &Block, State S, unsigned At, Transition Next) {
  const Stmt *Condition = conditionOf(Block);
  for (unsigned I = 0; I < Block.succ_size(); ++I) {
    const CFGBlock *To = Block.succ_begin()[I];
    if (!To) // Never taken: the condition is a constant.
      continue;
    std::optional<FlowStep> By;
    std::optional<State> After = S;
    if (Condition) {
      By = FlowStep{Condition, false, I == 0};
      After = Next(S, {FlowEvent::Branch, Condition, nullptr, I == 0});
    }
    if (After)
      enter(To, *After, At, By);
  }
}

void PathSearch::raise(const Stmt *From, State S, unsigned At, Transition Next) {
  Raised = FlowStep{From, true, false};
  const Stmt *Place = From;
  while (true) {
    FunctionFlow::Unwound Out = Flow.unwind(Place);
    for (const VarDecl *Var : Out.Vars) {
      std::optional<State> After = Next(S, {FlowEvent::ScopeEnd, From, Var, false, true});
      if (!After)
        return Raised.reset();
      S = *After;
    }
    if (!Out.Into)
      break;
    std::optional<State> Inside = Next(S, {FlowEvent::Caught, From});
    if (!Inside)
      return Raised.reset();
    if (const CFGBlock *Dispatch = Flow.Dispatch.lookup(Out.Into))
      for (const CFGBlock *Handler : Dispatch->succs())
        if (Handler && isa_and_nonnull<CXXCatchStmt>(Handler->getLabel()))
          enter(Handler, *Inside, At, Raised);
    for (unsigned I = 0; I < Out.Into->getNumHandlers(); ++I)
      if (catchesAll(Out.Into->getHandler(I)))
        return Raised.reset();
    Place = Out.Into;
  }
  Next(S, {FlowEvent::Throw, From});
  Raised.reset();
}

SmallVector<FlowStep, 4> PathSearch::witness() const {
  SmallVector<FlowStep, 4> Steps;
  if (Raised)
    Steps.push_back(*Raised);
  for (unsigned At = Current;; At = Nodes[At].From) {
    if (Nodes[At].By)
      Steps.push_back(*Nodes[At].By);
    if (Nodes[At].From == At)
      break;
  }
  std::reverse(Steps.begin(), Steps.end());
  return Steps;
}

} // namespace abide
