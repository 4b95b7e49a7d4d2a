//===- Promises.h - The machinery that authors of task types write -*- C++ -*-===//
//
// Which classes are promises of which coroutine types, and which awaiters they give to the
// beginning and the end of a coroutine. Of a template the pattern counts, so that a type of which
// this TU has no coroutine is known too.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_PROMISES_H
#define ABIDE_CHECKS_MODEL_PROMISES_H

#include "model/Handles.h"
#include "llvm/ADT/StringSet.h"

namespace abide {

/// What a coroutine type is made of.
struct PromiseType {
  const clang::CXXRecordDecl *Class;    ///< The promise.
  const clang::CXXRecordDecl *Returned; ///< What coroutines with this promise return.
};

/// For what an awaiter is awaited.
enum class AwaiterPlace : unsigned char {
  Ordinary,
  Start, ///< The result of initial_suspend.
  End,   ///< Of final_suspend.
  Yield, ///< Of yield_value.
};

class Promises {
public:
  explicit Promises(const TuModel &Model);

  const std::vector<PromiseType> &all() const { return All; }
  /// Promises that are this class or derive from it.
  llvm::SmallVector<PromiseType, 2> of(const clang::CXXRecordDecl *Class) const;
  AwaiterPlace place(const clang::CXXRecordDecl *Awaiter) const;

  /// Whether a coroutine stops at its end: false if its frame destroys itself; nothing if the
  /// awaiter of its end decides.
  std::optional<bool> stopsAtEnd(const clang::CXXRecordDecl *Promise) const;

  /// The functions of the class and its bases that are called so, as written.
  llvm::SmallVector<const clang::FunctionDecl *, 4> functions(const clang::CXXRecordDecl *Class,
                                                              llvm::StringRef Name) const;

  /// Whether some body of this TU reads a member that is called so.
  bool isRead(llvm::StringRef Member) const;

private:
  void collectReads() const;

  const TuModel &Model;
  std::vector<PromiseType> All;
  llvm::DenseMap<const clang::CXXRecordDecl *, AwaiterPlace> Places; ///< By template.
  mutable std::optional<llvm::StringSet<>> Read; ///< Collected when it is first asked for.
};

/// The class of a specialisation's template, or the class itself; canonical.
const clang::CXXRecordDecl *asWritten(const clang::CXXRecordDecl *Class);

/// Whether a call in F gives a handle of the promise to somebody of whom this TU shows no body.
bool givesAway(const TuModel &Model, const FunctionFacts &F, const clang::CXXRecordDecl *Promise);

} // namespace abide

#endif
