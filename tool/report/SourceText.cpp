//===- SourceText.cpp - The text that findings point into -----------------===//

#include "SourceText.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/JSON.h"
#include <algorithm>

using namespace llvm;

namespace abide {

std::string validUtf8(StringRef Text) {
  return json::isUTF8(Text) ? Text.str() : json::fixUTF8(Text);
}

const SourceText::File &SourceText::open(const std::string &Path) {
  auto [At, New] = Files.try_emplace(Path);
  File &F = At->second;
  if (!New)
    return F;
  auto Buffer = FS->getBufferForFile(Path, /*FileSize=*/-1, /*RequiresNullTerminator=*/false);
  F.Buffer = Buffer ? std::move(*Buffer) : MemoryBuffer::getMemBuffer("");
  F.LineStarts.push_back(0);
  StringRef All = F.Buffer->getBuffer();
  for (size_t End = All.find('\n'); End != StringRef::npos; End = All.find('\n', End + 1))
    F.LineStarts.push_back(End + 1);
  return F;
}

unsigned SourceText::lineIndex(const File &F, std::uint32_t Offset) const {
  return std::upper_bound(F.LineStarts.begin(), F.LineStarts.end(), Offset) - F.LineStarts.begin() -
         1;
}

StringRef SourceText::text(const std::string &Path) { return open(Path).Buffer->getBuffer(); }

StringRef SourceText::lineAt(const std::string &Path, std::uint32_t Offset) {
  const File &F = open(Path);
  StringRef Rest = F.Buffer->getBuffer().drop_front(F.LineStarts[lineIndex(F, Offset)]);
  return Rest.take_until([](char C) { return C == '\n' || C == '\r'; });
}

SourceText::Lines SourceText::lines(const std::string &Path, unsigned First, unsigned Last) {
  const File &F = open(Path);
  StringRef All = F.Buffer->getBuffer();
  // A final line end starts no line.
  unsigned Count = F.LineStarts.size() - (F.LineStarts.back() == All.size());
  Last = std::min(Last, Count);
  if (First > Last)
    return {First, Last, ""};
  size_t End = Last < F.LineStarts.size() ? F.LineStarts[Last] : All.size();
  return {First, Last, All.slice(F.LineStarts[First - 1], End)};
}

std::pair<unsigned, unsigned> SourceText::positionUtf16(const std::string &Path,
                                                        std::uint32_t Offset) {
  const File &F = open(Path);
  unsigned Line = lineIndex(F, Offset);
  StringRef Before = F.Buffer->getBuffer().slice(F.LineStarts[Line], Offset);
  SmallVector<UTF16> Units;
  convertUTF8ToUTF16String(validUtf8(Before), Units);
  return {Line + 1, unsigned(Units.size()) + 1};
}

} // namespace abide
