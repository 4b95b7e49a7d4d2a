//===- Table.h - One vocabulary file as a value ----------------*- C++ -*-===//
//
// The text of one table, checked against the schema of docs/vocabulary.md. Knows nothing of the
// other tables: Vocabulary puts them together.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_VOCABULARY_TABLE_H
#define ABIDE_CHECKS_VOCABULARY_TABLE_H

#include "Vocabulary.h"
#include "llvm/ADT/ArrayRef.h"
#include <array>
#include <utility>

namespace abide {

struct VocabularyTable {
  struct BlockingGroup {
    BlockingFunction Function; ///< May hold "{}" in Instead, as the texts of Library may.
    std::vector<std::string> Names;
  };

  LibraryAdvice Library;
  std::array<std::vector<std::string>, NumRoles> Names; ///< By role.
  std::vector<BlockingGroup> Blocking;
  std::vector<std::string> Remove;

  /// A name of the table and the namespace that it was found in.
  struct FullName {
    std::string Space, Name;
  };
  /// The name in each namespace of the table; a leading "::" takes it out of them.
  std::vector<FullName> expand(llvm::StringRef Name) const;
};

/// The names and texts of the JSON files of this directory. Written by the build.
llvm::ArrayRef<std::pair<llvm::StringRef, llvm::StringRef>> vocabularyTables();

/// Reads a table. The error is "FILE:LINE:COLUMN: expected ..., found ...".
llvm::Expected<VocabularyTable> parseVocabularyTable(llvm::StringRef Json,
                                                     llvm::StringRef FileName);

} // namespace abide

#endif
