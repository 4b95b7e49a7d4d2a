//===- Files.h - Files and directories for tests ---------------*- C++ -*-===//

#ifndef ABIDE_TEST_SUPPORT_FILES_H
#define ABIDE_TEST_SUPPORT_FILES_H

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace abide::test {

namespace fs = std::filesystem;

/// A fresh directory outside of the source tree, removed with everything in it. Its path has no
/// symbolic links, so that it equals what tools print.
class TempDir {
public:
  TempDir();
  TempDir(const TempDir &) = delete;
  TempDir &operator=(const TempDir &) = delete;
  ~TempDir();

  const fs::path &path() const { return Root; }
  /// Writes Root/Name, making directories; returns the path.
  fs::path write(const fs::path &Name, std::string_view Text) const;

private:
  fs::path Root;
};

/// The text of a file; empty when it cannot be read.
std::string readFile(const fs::path &Path);
/// Without the line ends.
std::vector<std::string> splitLines(std::string_view Text);
std::string_view trim(std::string_view Text);
/// Every file under Directory whose name ends in one of Extensions, sorted. No directory, no files.
std::vector<fs::path> filesUnder(const fs::path &Directory,
                                 const std::vector<std::string> &Extensions);

} // namespace abide::test

#endif
