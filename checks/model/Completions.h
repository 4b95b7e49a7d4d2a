//===- Completions.h - Who gives a future or promise its result -*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_COMPLETIONS_H
#define ABIDE_CHECKS_MODEL_COMPLETIONS_H

#include "model/TuModel.h"
#include "llvm/ADT/SmallPtrSet.h"
#include <map>

namespace abide {

/// An object by the way to it: a variable or `this`, then members. Pointers are followed.
class ObjectPath {
public:
  /// Empty when the expression names no such object.
  static ObjectPath of(const clang::Expr *E);

  bool operator==(const ObjectPath &Other) const { return Way == Other.Way; }
  explicit operator bool() const { return !Way.empty(); }
  /// The variable it begins with; null for `this`.
  const clang::ValueDecl *root() const { return Way.front(); }
  bool isMember() const { return Way.size() > 1; }
  const clang::ValueDecl *last() const { return Way.back(); }
  std::string shown() const;

private:
  llvm::SmallVector<const clang::ValueDecl *, 3> Way;
};

struct Completion {
  const clang::CallExpr *Call;
  std::string Name; ///< Of the function: "set_result".
  ObjectPath Object;
  bool Cancellable; ///< Who awaits the object may end it: it has a `cancel` of its own.
  bool Throws;      ///< A second completion throws; else it stops the program.
};

/// What an expression does with an object, completions apart.
enum class Mention : unsigned char {
  None,
  Made,  ///< It is declared, or gets a new value.
  Asked, ///< It is asked whether it is done, or given to a function that says yes or no.
  Other,
};

class Completions {
public:
  explicit Completions(const TuModel &Model);

  bool empty() const { return BySite.empty(); }
  llvm::ArrayRef<Completion> of(const FunctionFacts &F) const;
  /// The completion that a call is, or null.
  const Completion *at(const clang::Stmt *S) const { return BySite.lookup(S); }

  Mention mention(const FunctionFlow &Flow, const ObjectPath &Object, const clang::Stmt *S) const;

  /// Whether F, a lambda, has the object from outside.
  bool isOutside(const FunctionFacts &F, const ObjectPath &Object) const;
  /// Whether the object is a member of the class, made by another of its functions.
  bool isKept(const ObjectPath &Object) const;
  /// Whether the object's variable is initialised with what a member or container kept.
  bool madeOfKept(const ObjectPath &Object) const;

  /// The variables and members that a condition speaks of.
  void named(const clang::Stmt *S, llvm::SmallPtrSetImpl<const clang::ValueDecl *> &Out) const;
  /// Whether the condition is that of a loop and speaks of nothing that somebody assigns, so that
  /// it may well be true in two rounds.
  bool mayRepeat(const FunctionFlow &Flow, const clang::Stmt *Condition) const;

private:
  const TuModel &Model;
  std::map<const FunctionFacts *, std::vector<Completion>> ByFunction;
  llvm::DenseMap<const clang::Stmt *, const Completion *> BySite;
};

} // namespace abide

#endif
