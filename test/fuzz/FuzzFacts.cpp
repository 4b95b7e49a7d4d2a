//===- FuzzFacts.cpp - The facts file -------------------------------------===//

#include "FactsJson.h"
#include "Fuzz.h"

using namespace abide;

std::vector<std::string> seeds() {
  return {writeFacts({}),
          writeFacts(
              {{"c:@F@save#", {{Trait::Blocks, 2, 0, "await it", {{"/a b.cpp", 3, 4, "'fsync'"}}}}},
               {"c:@F@wait#", {{Trait::SyncWaits, 0, 0, "", {{"/c.cpp", 1, 1, "'wait'"}}}}}}),
          "{\"abide-facts\": 99, \"functions\": {}}"};
}

void feed(llvm::StringRef Text) {
  if (auto Read = taken(readFacts(Text, "facts.json"))) {
    const std::string Once = writeFacts(*Read);
    require(writeFacts(*taken(readFacts(Once, "facts.json"))) == Once, "facts survive the way");
  }
}
