//===- UnitEntry.cpp - A unit in the cache --------------------------------===//

#include "UnitEntry.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/LEB128.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace abide {

Digest digestAt(StringRef Bytes) {
  Digest D{};
  copy(Bytes.take_front(DigestSize), D.begin());
  return D;
}

std::optional<UnitEntry> parseUnit(StringRef Entry) {
  if (Entry.size() < 1 + 2 * DigestSize)
    return std::nullopt;
  UnitEntry U{digestAt(Entry.drop_front(1)), digestAt(Entry.drop_front(1 + DigestSize)), {}, {}};
  const uint8_t *At = Entry.bytes_begin() + 1 + 2 * DigestSize, *End = Entry.bytes_end();
  const char *Malformed = nullptr;
  auto Next = [&] {
    unsigned Size = 0;
    const std::uint64_t Value = decodeULEB128(At, &Size, End, &Malformed);
    At += Size;
    return Value;
  };
  const std::uint64_t Count = Next();
  if (Malformed || Count > Entry.size())
    return std::nullopt;
  std::uint32_t Number = 0;
  for (std::uint64_t I = 0; I != Count && !Malformed; ++I)
    U.Numbers.push_back(Number += Next());
  if (Malformed)
    return std::nullopt;
  U.Result = Entry.take_back(End - At);
  return U;
}

std::string unitEntry(UnitEntry U) {
  sort(U.Numbers); // Small steps from one to the next.
  std::string Entry;
  raw_string_ostream OS(Entry);
  OS << 'U' << bytesOf(U.Key) << bytesOf(U.Shows);
  encodeULEB128(U.Numbers.size(), OS);
  std::uint32_t Before = 0;
  for (std::uint32_t Number : U.Numbers)
    encodeULEB128(Number - std::exchange(Before, Number), OS);
  OS << U.Result;
  return Entry;
}

Digest identityOf(const UnitEntry &U) {
  const char *Numbers = reinterpret_cast<const char *>(U.Numbers.data());
  return digestOf((StringRef(Numbers, U.Numbers.size() * sizeof U.Numbers[0]) + U.Result).str());
}

} // namespace abide
