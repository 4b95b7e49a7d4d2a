//===- Tree.h - The source tree as the house rules see it ------*- C++ -*-===//

#ifndef ABIDE_TEST_HOUSE_TREE_H
#define ABIDE_TEST_HOUSE_TREE_H

#include "Files.h"

namespace abide::test {

/// A file by its path from the top of the source tree: "checks/model/Names.h".
struct SourceFile {
  std::string Path;
  std::string Text;
};

/// The C++ files under a directory of the tree.
inline std::vector<SourceFile> sourcesUnder(const std::string &Directory) {
  std::vector<SourceFile> Result;
  fs::path Root = ABIDE_SOURCE_DIR;
  for (const fs::path &File : filesUnder(Root / Directory, {".h", ".hpp", ".inl", ".cpp"}))
    Result.push_back({fs::relative(File, Root).string(), readFile(File)});
  return Result;
}

/// One line per file and fault, so that a failure lists them all.
class Faults {
public:
  void add(const std::string &Path, const std::string &What) { Text += Path + ": " + What + "\n"; }
  const std::string &text() const { return Text; }

private:
  std::string Text;
};

} // namespace abide::test

#endif
