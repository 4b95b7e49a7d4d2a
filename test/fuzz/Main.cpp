//===- Main.cpp - What libFuzzer calls ------------------------------------===//

#include "Fuzz.h"
#include <filesystem>
#include <fstream>

extern "C" int LLVMFuzzerInitialize(int *Argc, char ***Argv) {
  const std::filesystem::path Corpus = (*Argv)[*Argc - 1];
  std::filesystem::create_directories(Corpus);
  int Number = 0;
  for (const std::string &Seed : seeds())
    std::ofstream(Corpus / ("seed" + std::to_string(Number++)), std::ios::binary) << Seed;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size) {
  feed(llvm::StringRef(reinterpret_cast<const char *>(Data), Size));
  return 0;
}
