//===- Fuzz.h - What every fuzzer of a reader has -------------*- C++ -*-===//
//
// A fuzzer defines seeds(), good files of its kind, and feed(), which reads one and aborts where a
// law does not hold: require(). The last argument is the directory of the corpus.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TEST_FUZZ_FUZZ_H
#define ABIDE_TEST_FUZZ_FUZZ_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

std::vector<std::string> seeds();
void feed(llvm::StringRef Text);

inline void require(bool Holds, const char *Law) {
  if (Holds)
    return;
  std::fprintf(stderr, "this does not hold: %s\n", Law);
  std::abort();
}

/// What a reader gives, if it takes the text; its refusal has to say something.
template <typename T> std::optional<T> taken(llvm::Expected<T> Read) {
  if (Read)
    return std::move(*Read);
  require(!llvm::toString(Read.takeError()).empty(), "an error has words");
  return std::nullopt;
}

#endif
