//===- Fingerprint.cpp - A finding's identity over time -------------------===//

#include "Fingerprint.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

namespace abide {
namespace {

std::string withoutBlanks(StringRef Line) {
  std::string Out;
  for (char C : Line)
    if (!isSpace(C))
      Out += C;
  return Out;
}

} // namespace

std::vector<std::string> fingerprints(const Report &R, SourceText Sources) {
  std::map<std::string, unsigned> Seen;
  std::vector<std::string> Out;
  for (const Finding &F : R.Findings) {
    std::string Key = F.CheckId + '\0' + displayPath(F.Where.Path, R.SourceRoot) + '\0' +
                      withoutBlanks(Sources.lineAt(F.Where.Path, F.Where.Offset));
    Key += '\0' + std::to_string(Seen[Key]++);
    Out.push_back(utohexstr(xxh3_64bits(Key), /*LowerCase=*/true, /*Width=*/16));
  }
  return Out;
}

} // namespace abide
