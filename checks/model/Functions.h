//===- Functions.h - What the bodies of a TU do, statement by statement -*- C++ -*-===//
//
// One walk over every body that the user wrote (instances of templates too) collects the plain
// facts that all rules share: suspension points, calls, dropped values, and every use of a variable
// or member together with what the use does. Parents are known while walking down, so Clang's
// parent map is never built. No opinions here.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_FUNCTIONS_H
#define ABIDE_CHECKS_MODEL_FUNCTIONS_H

#include "clang/AST/Decl.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <deque>
#include <vector>

namespace abide {

class CoroutineTypes;

/// What happens to the value of an expression.
enum class ValueUse : unsigned char {
  Used,     ///< Read, moved, passed, returned, captured, awaited ...
  Dropped,  ///< `f();`
  Voided,   ///< `(void)f();`
  Ignored,  ///< `std::ignore = f();` or `_ = f();`
  Assigned, ///< The left side of an assignment.
  Filled,   ///< A container that gets an element.
  Observed, ///< Asked a question that leaves it as it was: `t.done()`, `v.size()`.
};

/// A suspension point: co_await or co_yield.
struct Suspension {
  const clang::Expr *Expr;    ///< The co_await or co_yield expression.
  const clang::Expr *Operand; ///< As written.
  bool Yield;
};

/// A function that is given to a call.
struct CallableArgument {
  const clang::FunctionDecl *Function; ///< Of a lambda, its call operator.
  unsigned Index;                      ///< Which argument of the call, counted from 0.
};

/// A call of a known function: calls, constructors, destructors of locals, overloaded operators.
struct CallSite {
  const clang::Expr *Expr; ///< Null for the destructor of a local.
  const clang::FunctionDecl *Callee;
  const clang::CXXRecordDecl *Object; ///< Static class of the object of a member call, or null.
  clang::SourceLocation Loc;
  /// Functions given as arguments: lambdas, directly or through a local that holds one, and named
  /// ones.
  llvm::SmallVector<CallableArgument, 1> Callables;
  /// `std::ranges::sort(...)`: the variable whose call operator is called, or null.
  const clang::VarDecl *FunctionObject = nullptr;
};

/// The arguments as written; the object of an overloaded operator is its first one. Empty for a
/// destructor.
llvm::ArrayRef<const clang::Expr *> argumentsOf(const CallSite &Site);

/// Whether Test answers for S, which may be null, or some part of it: of a lambda its captures, of
/// an await its operand.
bool anyStatement(const clang::Stmt *S, llvm::function_ref<bool(const clang::Stmt *)> Test);

/// A class value that nobody gets.
struct DroppedValue {
  const clang::Expr *Value; ///< Without parentheses and implicit nodes.
  ValueUse How;             ///< Dropped, Voided or Ignored.
  bool InHandler;           ///< Inside a catch block, where co_await is not allowed.
};

struct VarUse {
  const clang::Expr *Ref; ///< DeclRefExpr or MemberExpr.
  ValueUse How;
  const clang::Expr *Value; ///< For Assigned and Filled: what is put in, if one expression.
};

struct FunctionFacts;

/// A parameter or local variable (structured bindings and init-captures too).
struct LocalFacts {
  const clang::ValueDecl *Decl; ///< VarDecl or BindingDecl.
  const clang::Expr *Init;      ///< Null when there is none.
  const FunctionFacts *Function;
  bool InHandler; ///< Declared inside a catch block.
  std::vector<VarUse> Uses;
};

/// A non-static data member of class type of a class defined in the main file.
struct FieldFacts {
  std::vector<VarUse> Uses;
};

struct FunctionFacts {
  const clang::FunctionDecl *Decl;           ///< Null for an initialiser at namespace scope.
  const clang::Stmt *Body;                   ///< As written (a coroutine's body without its frame).
  const clang::CoroutineBodyStmt *Coroutine; ///< Null for plain functions.
  const FunctionFacts *Parent;               ///< The function a lambda is written in.
  bool Dependent;                            ///< A template's pattern: some types are unknown.
  /// The variable at namespace or class scope whose initialiser this is, or null.
  const clang::VarDecl *Variable = nullptr;
  std::vector<Suspension> Suspensions = {};
  std::vector<CallSite> Calls = {};
  std::vector<DroppedValue> Dropped = {};
  std::vector<const clang::CXXTryStmt *> Tries = {};
  std::vector<const clang::Stmt *> Loops = {};   ///< while, do, for and range-for.
  std::vector<const clang::Stmt *> Returns = {}; ///< return and co_return.
  std::vector<const clang::LambdaExpr *> Lambdas = {};
  std::vector<const clang::DeclRefExpr *> Globals = {}; ///< Variables that are no locals.

  bool isCoroutine() const { return Coroutine != nullptr; }
  /// The promise of a coroutine, null when dependent or no coroutine.
  const clang::CXXRecordDecl *promise() const;
};

class Functions {
public:
  /// Walks every user-written body in the traversal scope.
  Functions(clang::ASTContext &Ast, CoroutineTypes &Types);

  const std::deque<FunctionFacts> &all() const { return All; }
  const std::deque<LocalFacts> &locals() const { return Locals; }
  const llvm::DenseMap<const clang::FieldDecl *, FieldFacts> &fields() const { return Fields; }
  /// Facts of a parameter, local variable or binding, or null.
  const LocalFacts *local(const clang::ValueDecl *D) const { return LocalOf.lookup(D); }
  /// Facts of a function whose body was walked, or null. Any redeclaration will do.
  const FunctionFacts *of(const clang::FunctionDecl *F) const;

private:
  friend class DeclWalk;
  friend class BodyWalk;

  std::deque<FunctionFacts> All; // Stable addresses.
  std::deque<LocalFacts> Locals;
  llvm::DenseMap<const clang::ValueDecl *, LocalFacts *> LocalOf;
  llvm::DenseMap<const clang::FieldDecl *, FieldFacts> Fields;
  llvm::DenseMap<const clang::FunctionDecl *, const FunctionFacts *> ByDecl;
};

/// The expression without parentheses, implicit casts, temporaries' wrappers and full-expressions.
const clang::Expr *withoutWrappers(const clang::Expr *E);

} // namespace abide

#endif
