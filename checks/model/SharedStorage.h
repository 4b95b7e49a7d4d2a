//===- SharedStorage.h - Who else can change it meanwhile ------*- C++ -*-===//
//
// While a coroutine is suspended other code runs, and may change the members and globals that it
// uses. These facts say which storage a reference, iterator, pointer or view of a coroutine points
// into, and which functions of the TU change that storage in a way that matters.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_SHAREDSTORAGE_H
#define ABIDE_CHECKS_MODEL_SHAREDSTORAGE_H

#include "model/TuModel.h"
#include <unordered_map>

namespace abide {

/// What a change does to the elements of its object.
enum class Disturbance : unsigned char {
  Adds,     ///< push_back, insert, resize, operator[] of a map.
  Removes,  ///< erase, pop_back, clear.
  Replaces, ///< Assigned, swapped, moved from, reset.
};

/// A place where a function changes a member or a global.
struct StorageChange {
  const clang::Expr *At;
  const FunctionFacts *In;
  Disturbance How;
  unsigned Depth;                    ///< As of a StoragePlace.
  const clang::CXXRecordDecl *Class; ///< Of what is changed; null for a scalar.
  bool Simple;                       ///< It gets a constant or becomes empty.
};

/// `false`, `state::closed`, `nullptr`, `{}`.
bool isConstant(const clang::Expr *E);

/// What points into storage.
enum class BorrowKind : unsigned char { Iterator, Reference };

/// A container, or something that owns, and where it is.
struct StoragePlace {
  const clang::ValueDecl *Decl;
  unsigned Depth = 0;  ///< 1: an element of Decl that is itself a container.
  bool Behind = false; ///< What is borrowed lies behind a pointer that an element owns.
};

struct BorrowedStorage {
  BorrowKind Kind = BorrowKind::Reference;
  llvm::SmallVector<StoragePlace, 2> Places; ///< What it points into, innermost first.
};

/// The member or global that an expression names, through references to it and smart pointers; null
/// for what is local to the frame, constants and thread_local variables.
const clang::ValueDecl *sharedStorage(const TuModel &Model, const clang::Expr *E);

/// What a local of type T keeps of shared storage when it is initialised with Init. No places: it
/// is a copy, or points to what cannot be followed.
BorrowedStorage borrowed(const TuModel &Model, clang::QualType T, const clang::Expr *Init);

/// The same of the hidden iterators of `for (auto &x : Range)`.
BorrowedStorage borrowedRange(const TuModel &Model, const clang::Expr *Range);

/// Whether a change makes what was borrowed of its object dangle.
bool invalidates(const StorageChange &Change, BorrowKind Kind, const StoragePlace &Of);

class SharedStorage {
public:
  explicit SharedStorage(const TuModel &Model);

  /// Changes of the storage in functions that may run while the coroutine is suspended: not in
  /// itself and its lambdas, constructors, destructors, operator= and main; not in what only these
  /// call, or what waits for the coroutine first. What begins the life of an object (`start`,
  /// `connect`) may add to its members, but gives them their first value.
  std::vector<const StorageChange *> changes(const clang::ValueDecl *Storage,
                                             const FunctionFacts &While) const;

private:
  void read(const FunctionFacts &F);
  bool mayRunMeanwhile(const FunctionFacts &F, const FunctionFacts &While) const;

  const TuModel &Model;
  std::unordered_map<const clang::ValueDecl *, std::vector<StorageChange>> Changes;
  /// The functions that call a function, lambdas counted as the function around them.
  llvm::DenseMap<const clang::FunctionDecl *, llvm::SmallVector<const FunctionFacts *, 2>> Callers;
};

} // namespace abide

#endif
