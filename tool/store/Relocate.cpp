//===- Relocate.cpp - Texts that do not say where they were made ----------===//

#include "Relocate.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using nlohmann::json;

namespace abide {
namespace {

/// No text of a program needs this character; where one has it, it is doubled.
constexpr char Mark = '\x01';
constexpr char Here = '.'; ///< After the mark: the directory.

/// Whether the character can be a part of the name of a file beside ours.
bool ofName(char C) { return isAlnum(C) || StringRef("_-.+~@%/").contains(C); }

std::string fold(StringRef Text, StringRef Directory) {
  std::string Out;
  for (size_t I = 0; I != Text.size();) {
    StringRef Rest = Text.drop_front(I);
    StringRef After = Rest.drop_front(std::min(Directory.size(), Rest.size()));
    bool Begins = I == 0 || !ofName(Text[I - 1]);
    bool Ends = After.empty() || After.front() == '/' || !ofName(After.front());
    if (!Directory.empty() && Begins && Ends && Rest.starts_with(Directory)) {
      Out += {Mark, Here};
      I += Directory.size();
    } else {
      Out.append(1 + (Text[I] == Mark), Text[I]);
      ++I;
    }
  }
  return Out;
}

std::string unfold(StringRef Text, StringRef Directory) {
  std::string Out;
  for (size_t I = 0; I != Text.size(); ++I) {
    if (Text[I] != Mark || I + 1 == Text.size())
      Out += Text[I];
    else if (Text[++I] == Here)
      Out += Directory;
    else
      Out += Text[I];
  }
  return Out;
}

json mapTexts(const json &J, function_ref<std::string(StringRef)> Map) {
  if (J.is_string())
    return Map(J.get_ref<const std::string &>());
  json Out = J;
  if (J.is_object()) {
    Out = json::object();
    for (const auto &[Key, Value] : J.items())
      Out[Map(Key)] = mapTexts(Value, Map);
  } else if (J.is_array()) {
    for (json &Item : Out)
      Item = mapTexts(Item, Map);
  }
  return Out;
}

} // namespace

json withoutDirectory(const json &J, StringRef Directory) {
  // Below the root is everything: nothing would be said by it.
  Directory = Directory.rtrim('/');
  return mapTexts(J, [&](StringRef Text) { return fold(Text, Directory); });
}

json withDirectory(const json &J, StringRef Directory) {
  Directory = Directory.rtrim('/');
  return mapTexts(J, [&](StringRef Text) { return unfold(Text, Directory); });
}

} // namespace abide
