//===- LockTypes.h - What a type or call is to a lock ----------*- C++ -*-===//
//
// Read from structure: a mutex is a class with lock() and unlock(), a guard is a class whose
// destructor unlocks what its constructor was given. Names help where bodies are hidden.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_LOCKTYPES_H
#define ABIDE_CHECKS_MODEL_LOCKTYPES_H

#include "model/TuModel.h"

namespace abide {

/// What a function does to the lock that it is called on or given.
enum class LockCall : unsigned char { Nothing, Locks, Tries, Unlocks };

class LockTypes {
public:
  explicit LockTypes(const TuModel &Model) : Model(Model) {}

  /// Whether locking an object of the class blocks the thread.
  bool isMutex(const clang::CXXRecordDecl *Class) const;
  /// Whether locking it suspends, or does nothing.
  bool isAsyncMutex(const clang::CXXRecordDecl *Class) const;
  /// Whether an object of the type holds a lock that blocks threads while it lives.
  bool isGuard(clang::QualType T) const;
  /// A class with a guard that is never empty as a member.
  bool hasGuardMember(clang::QualType T) const;
  /// The guard in an optional or unique_ptr; T itself otherwise.
  static clang::QualType heldGuard(clang::QualType T);
  /// Whether a variable of the class that is made of an await guards an async lock:
  /// `auto guard = co_await mutex.lock();`, `co_await get_units(semaphore, 1)`.
  bool guardsAsyncLock(const clang::Expr *Init, const clang::CXXRecordDecl *Class) const;

  /// By attribute and name: `lock`, `lock_shared`, `ReaderLock`, `tryLock`, `unlock`.
  static LockCall ofMember(const clang::FunctionDecl &F);
  /// Of a free function: `pthread_mutex_lock(&m)`.
  LockCall ofFunction(const clang::FunctionDecl &F) const;

private:
  bool looksLikeGuard(const clang::CXXRecordDecl *Class) const;
  bool computeGuard(const clang::CXXRecordDecl *Class, const clang::CXXRecordDecl *Body) const;

  const TuModel &Model;
  mutable llvm::DenseMap<const clang::CXXRecordDecl *, bool> Guards;
};

} // namespace abide

#endif
