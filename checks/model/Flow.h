//===- Flow.h - Paths through one function ---------------------*- C++ -*-===//
//
// All rules that argue about paths share this: Clang's CFG, plus what it lacks. The CFG has no
// edges for exceptions; here they leave every co_await, throw and (on request) every call that is
// not known to be noexcept, end the lifetime of what they unwind, and enter the handlers that may
// catch.
//
// A search is a small automaton run over the graph: it explores each pair of place and state once,
// so that the set of states at a place is the join of a powerset lattice, and it remembers how it
// came there, so that a finding can show its path.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_FLOW_H
#define ABIDE_CHECKS_MODEL_FLOW_H

#include "model/Functions.h"
#include "clang/Analysis/Analyses/CFGReachabilityAnalysis.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <deque>
#include <memory>
#include <optional>

namespace abide {

/// What a path meets.
struct FlowEvent {
  enum Kind : unsigned char {
    Evaluated, ///< S has been evaluated: an expression (inner ones first), a declaration, a return.
    Branch,    ///< The condition S turned out to be Taken.
    ScopeEnd,  ///< Var is destroyed. When Unwinding, by the exception that S let out.
    Gone,      ///< The storage of Var ends, whether it has a destructor or not; not when Unwinding.
    Return,    ///< The end of the path: the function returns.
    Throw,     ///< The end of the path: the exception that S let out leaves the function.
    Caught,    ///< The exception that S let out enters a handler.
  };
  Kind What;
  const clang::Stmt *S = nullptr; ///< Null at the end of a scope and of the function.
  const clang::VarDecl *Var = nullptr;
  bool Taken = false;
  bool Unwinding = false;
};

/// Which expressions may let an exception out.
enum class Exceptions : unsigned char {
  None,   ///< Only `throw` ends a path or enters a handler.
  Awaits, ///< And co_await, co_yield: the awaited work may fail or be cancelled.
  Calls,  ///< And calls of functions that are not known to be noexcept.
};

/// Clang's CFG of one function, and where in it each expression stands.
class FunctionFlow {
public:
  /// Null when Clang cannot build the CFG, for the pattern of a template, and in a TU with errors.
  static std::unique_ptr<FunctionFlow> build(const FunctionFacts &F, clang::ASTContext &Ast);

  /// Whether the expression stands on some path of this function.
  bool contains(const clang::Stmt *S) const { return Positions.count(positionOf(S)); }

  /// Whether a path leads from S back to S.
  bool mayRepeat(const clang::Stmt *S) const;

  /// The await gives its errors as values: it lets no exception out.
  void silence(const clang::Expr *Await) { Silent.insert(Await); }

  /// The statement around S in the body as written; null for the body and what is not in it.
  const clang::Stmt *parent(const clang::Stmt *S) const { return Parents.lookup(S); }
  /// Whether Inner is Outer or stands in it, as written.
  bool isInside(const clang::Stmt *Inner, const clang::Stmt *Outer) const;

private:
  friend class PathSearch;

  struct Position {
    const clang::CFGBlock *Block;
    unsigned Index;
  };
  struct Unwound {
    llvm::SmallVector<const clang::VarDecl *, 4> Vars; ///< Destroyed on the way, last one first.
    const clang::CXXTryStmt *Into = nullptr;           ///< Null: out of the function.
  };

  const clang::Stmt *positionOf(const clang::Stmt *S) const;
  /// The next step outwards of an exception let out by From.
  Unwound unwind(const clang::Stmt *From) const;

  std::unique_ptr<clang::CFG> Graph;
  llvm::DenseMap<const clang::Stmt *, Position> Positions;
  llvm::DenseMap<const clang::Stmt *, const clang::Stmt *> Parents;
  llvm::DenseMap<const clang::CXXTryStmt *, const clang::CFGBlock *> Dispatch;
  llvm::DenseSet<const clang::Stmt *> Silent;
  std::unique_ptr<clang::CFGReverseBlockReachabilityAnalysis> Reaches; ///< Fills itself on demand.
};

/// One decision on the way to an event.
struct FlowStep {
  const clang::Stmt *S; ///< A condition, or the expression that let an exception out.
  bool Threw;
  bool Taken; ///< Of a condition.
};

/// Runs an automaton over all paths of a function.
class PathSearch {
public:
  /// Small and dense numbers; their meaning is the rule's.
  using State = unsigned;
  /// The state after the event, or nothing: this path is of no more interest. What it returns for
  /// Return and Throw does not matter.
  using Transition = llvm::function_ref<std::optional<State>(State, const FlowEvent &)>;

  PathSearch(const FunctionFlow &Flow, Exceptions Throws) : Flow(Flow), Throws(Throws) {}

  /// Visits what is evaluated after From (contained in the flow), on every path.
  void after(const clang::Stmt *From, State Initial, Transition Next);
  void fromEntry(State Initial, Transition Next);

  /// During a transition: the decisions on one shortest way from the start to this event.
  llvm::SmallVector<FlowStep, 4> witness() const;

private:
  struct Node {
    const clang::CFGBlock *Block;
    unsigned Index; ///< The first element to visit.
    State S;
    unsigned From; ///< Index of the node before; its own for the first one.
    std::optional<FlowStep> By;
  };

  void run(Transition Next);
  void visit(unsigned At, Transition Next);
  void enter(const clang::CFGBlock *Block, State S, unsigned From, std::optional<FlowStep> By);
  void raise(const clang::Stmt *From, State S, unsigned At, Transition Next);
  void branches(const clang::CFGBlock &Block, State S, unsigned At, Transition Next);

  const FunctionFlow &Flow;
  Exceptions Throws;
  std::deque<Node> Nodes;
  llvm::DenseSet<std::pair<const clang::CFGBlock *, State>> Entered;
  unsigned Current = 0;
  std::optional<FlowStep> Raised; ///< The exception that is on its way.
};

/// Whether evaluating S by itself, its operands apart, may let an exception out.
bool mayThrow(const clang::Stmt *S, Exceptions Which);

} // namespace abide

#endif
