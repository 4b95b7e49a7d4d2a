//===- Files.cpp - Files and directories for tests ------------------------===//

#include "Files.h"
#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdlib.h>

namespace abide::test {

TempDir::TempDir() {
  std::string Name = (fs::canonical(fs::temp_directory_path()) / "abide-test-XXXXXX").string();
  if (mkdtemp(Name.data()))
    Root = Name;
}

TempDir::~TempDir() {
  std::error_code Ignored;
  if (!Root.empty())
    fs::remove_all(Root, Ignored);
}

fs::path TempDir::write(const fs::path &Name, std::string_view Text) const {
  fs::path Path = Root / Name;
  fs::create_directories(Path.parent_path());
  std::ofstream(Path, std::ios::binary) << Text;
  return Path;
}

std::string readFile(const fs::path &Path) {
  std::ifstream File(Path, std::ios::binary);
  std::ostringstream Text;
  Text << File.rdbuf();
  return std::move(Text).str();
}

std::vector<std::string> splitLines(std::string_view Text) {
  std::vector<std::string> Lines;
  while (!Text.empty()) {
    size_t End = std::min(Text.find('\n'), Text.size());
    Lines.emplace_back(Text.substr(0, End));
    Text.remove_prefix(std::min(End + 1, Text.size()));
  }
  return Lines;
}

std::string_view trim(std::string_view Text) {
  size_t First = Text.find_first_not_of(" \t\r\n");
  if (First == Text.npos)
    return {};
  return Text.substr(First, Text.find_last_not_of(" \t\r\n") - First + 1);
}

std::vector<fs::path> filesUnder(const fs::path &Directory,
                                 const std::vector<std::string> &Extensions) {
  std::vector<fs::path> Files;
  std::error_code Missing;
  for (const auto &Entry : fs::recursive_directory_iterator(Directory, Missing)) {
    std::string Name = Entry.path().filename().string();
    bool Wanted = std::any_of(Extensions.begin(), Extensions.end(),
                              [&](const std::string &E) { return Name.ends_with(E); });
    if (Wanted && Entry.is_regular_file())
      Files.push_back(Entry.path());
  }
  std::sort(Files.begin(), Files.end());
  return Files;
}

} // namespace abide::test
