//===- Names.h - Qualified names as the vocabulary spells them -*- C++ -*-===//

#ifndef ABIDE_CHECKS_MODEL_NAMES_H
#define ABIDE_CHECKS_MODEL_NAMES_H

#include "vocabulary/Vocabulary.h"
#include "clang/AST/Decl.h"
#include "clang/AST/DeclCXX.h"
#include <string>
#include <unordered_map>

namespace abide {

/// "std::this_thread::sleep_for": enclosing namespaces and classes, without inline and anonymous
/// namespaces, functions and template arguments. A constructor is named like its class:
/// "std::thread::thread".
std::string qualifiedName(const clang::NamedDecl &D);

/// A name that is the same in every translation unit, and nobody else's; of a function that only
/// this unit can call, one of this unit.
std::string keyOf(const clang::FunctionDecl &F);

/// The name, if it is an identifier; empty for operators, constructors and what has none.
inline llvm::StringRef identifierOf(const clang::NamedDecl &D) {
  return D.getIdentifier() ? D.getName() : llvm::StringRef();
}

/// How a message names a function: "save", "session::flush", "operator&&", "a lambda".
std::string shownName(const clang::FunctionDecl &F);

/// Whether some redeclaration says [[clang::annotate("async::What")]].
bool annotatedAs(const clang::Decl &D, llvm::StringRef What);

/// Asks the vocabulary and the annotations of the code about declarations. A member function is
/// known by its declaring class and by the class of the object it is called on, so that members of
/// implementation bases are found by their documented name.
class NameLookup {
public:
  explicit NameLookup(const Vocabulary &V) : V(V) {}

  const Vocabulary &vocabulary() const { return V; }

  bool has(const clang::NamedDecl &D, Role R) const;
  bool has(const clang::FunctionDecl &F, const clang::CXXRecordDecl *Object, Role R) const;
  const BlockingFunction *blocking(const clang::FunctionDecl &F,
                                   const clang::CXXRecordDecl *Object) const;

private:
  const std::string &nameOf(const clang::NamedDecl &D) const;
  bool mayKnow(const clang::NamedDecl &D) const;
  /// Calls Test with each name of a member function until it answers true.
  bool anyName(const clang::FunctionDecl &F, const clang::CXXRecordDecl *Object,
               llvm::function_ref<bool(llvm::StringRef)> Test) const;

  const Vocabulary &V;
  mutable std::unordered_map<const clang::NamedDecl *, std::string> Names; // Stable references.
};

} // namespace abide

#endif
