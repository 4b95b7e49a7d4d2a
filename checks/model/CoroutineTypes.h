//===- CoroutineTypes.h - What a type is to a coroutine --------*- C++ -*-===//
//
// Read from the structure of the type: its promise, its await protocol, its destructor. The
// vocabulary has the last word where structure cannot tell. A specialisation and its template have
// the same facts, so that a type that no coroutine of the TU returns is known from its pattern.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_COROUTINETYPES_H
#define ABIDE_CHECKS_MODEL_COROUTINETYPES_H

#include "model/Names.h"
#include "clang/AST/ASTContext.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>
#include <unordered_map>

namespace abide {

/// When the body of a coroutine runs first. Unknown: the initial awaiter cannot be read.
enum class Start : unsigned char { Unknown, Lazy, Eager };

/// What is lost when a value of a type is dropped.
enum class Obligation : unsigned char {
  None,
  Body,      ///< The work never starts.
  Result,    ///< The work runs, its result and exception are lost.
  Operation, ///< The described operation never happens.
};

struct CoroutineType {
  const clang::CXXRecordDecl *Promise = nullptr; ///< Null: no coroutine returns it.
  Start Starts = Start::Unknown;
  bool Awaitable = false;      ///< Has operator co_await or the awaiter protocol.
  bool PureAwaitable = false;  ///< Its whole public interface is the await protocol.
  bool Generator = false;      ///< Its promise has yield_value.
  bool AsyncGenerator = false; ///< A generator whose begin, next or increment is awaited.
  bool Immovable = false;      ///< Cannot leave the full-expression that makes it.
  bool DropKills = false;      ///< Destroying it destroys the frame or cancels the work.
  bool SelfDestroying = false; ///< final_suspend never suspends: the frame destroys itself.
  bool NoDiscard = false;
  bool Named = false;         ///< The vocabulary or an annotation calls it a task.
  bool Shared = false;        ///< May be awaited more than once.
  bool FireAndForget = false; ///< Dropping it is what it is for.

  bool isCoroutine() const { return Promise != nullptr; }
};

class CoroutineTypes {
public:
  CoroutineTypes(const clang::ASTContext &Ast, const NameLookup &Names) : Ast(Ast), Names(Names) {}

  /// Facts of a type, references and cv-qualifiers ignored. No facts for types that are no class.
  const CoroutineType &of(clang::QualType T) const;
  const CoroutineType &of(const clang::CXXRecordDecl *Record) const;

  Obligation obligation(clang::QualType T) const;
  Obligation obligation(const clang::CXXRecordDecl *Record) const;

  /// The task type held by an array, a plain aggregate, a standard container, smart pointer,
  /// optional, tuple ...; null if none.
  const clang::CXXRecordDecl *heldTask(clang::QualType T) const;

  /// The type of `co_await value`, null when unknown: as an await in this TU shows, as the awaiter
  /// declares, or, for a coroutine type `task<T, ...>`, the T.
  clang::QualType awaitResult(clang::QualType T) const;

  /// Whether awaiting a value without a coroutine does no harm: it counts as done, and there is no
  /// result to get.
  bool mayAwaitEmpty(clang::QualType T) const;

  /// Whether a coroutine with this promise may co_await a value of type T.
  bool accepts(const clang::CXXRecordDecl *Promise, clang::QualType T) const;

  /// Remembers the promise that the compiler chose for a coroutine returning T.
  void notePromise(clang::QualType Returned, const clang::CXXRecordDecl *Promise);

  /// Remembers the type of an await expression.
  void noteAwait(clang::QualType Operand, clang::QualType Result);

private:
  CoroutineType compute(const clang::CXXRecordDecl *Record) const;
  const clang::CXXRecordDecl *promiseOf(const clang::CXXRecordDecl *Record) const;
  const clang::CXXRecordDecl *traitsPromise(const clang::CXXRecordDecl *Record) const;
  const clang::CXXRecordDecl *aggregatedTask(const clang::CXXRecordDecl *Record) const;
  bool makesAnother(const clang::CXXRecordDecl *Promise, const clang::CXXRecordDecl *Record) const;
  bool hasFreeCoAwait(const clang::CXXRecordDecl *Record) const;
  void applyVocabulary(const clang::CXXRecordDecl *Record, CoroutineType &Facts) const;

  const clang::ASTContext &Ast;
  const NameLookup &Names;
  llvm::DenseMap<const clang::CXXRecordDecl *, const clang::CXXRecordDecl *> SeenPromises;
  llvm::DenseMap<const clang::CXXRecordDecl *, clang::QualType> SeenResults; ///< By exact type.
  mutable std::unordered_map<const clang::CXXRecordDecl *, CoroutineType>
      Facts; // Stable references.
};

/// The class a type names: of a specialisation, an injected name, or the pattern of a dependent
/// specialisation such as `task<T>`. Null for anything else.
const clang::CXXRecordDecl *classOf(clang::QualType T);

/// The class that a function returns; of a function with a deduced type, as its body says.
const clang::CXXRecordDecl *returnedClass(const clang::FunctionDecl *F);

/// The class and its bases, as defined or in the pattern, nearest first.
llvm::SmallVector<const clang::CXXRecordDecl *, 8> withBases(const clang::CXXRecordDecl *Record);

/// Whether awaiting this awaiter suspends: never, always, or it depends.
std::optional<bool> suspends(const clang::CXXRecordDecl *Awaiter, const clang::ASTContext &Ast);

/// A body that the parse kept: of the function, or of the pattern it comes from.
const clang::Stmt *bodyOf(const clang::FunctionDecl *F);

/// Members called Name of a class and its bases, templates as their pattern. Looks into patterns of
/// dependent bases and of members that are not instantiated yet.
llvm::SmallVector<const clang::FunctionDecl *, 4>
memberFunctions(const clang::CXXRecordDecl *Record, clang::DeclarationName Name);

} // namespace abide

#endif
