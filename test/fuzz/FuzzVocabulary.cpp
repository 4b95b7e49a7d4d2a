//===- FuzzVocabulary.cpp - A user's vocabulary ---------------------------===//

#include "Fuzz.h"
#include "vocabulary/Table.h"

using namespace abide;

/// The smaller ones of our own: what holds for them holds for the large ones.
std::vector<std::string> seeds() {
  std::vector<std::string> Texts;
  for (auto [Name, Text] : vocabularyTables())
    if (Text.size() < 4096)
      Texts.push_back(Text.str());
  return Texts;
}

void feed(llvm::StringRef Text) {
  auto Table = taken(parseVocabularyTable(Text, "words.json"));
  if (Table)
    for (const std::string &Name : Table->Remove)
      require(!Table->expand(Name).empty(), "a name means something");
}
