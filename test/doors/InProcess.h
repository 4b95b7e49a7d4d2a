//===- InProcess.h - One check over one text, without a process -*- C++ -*-===//

#ifndef ABIDE_TEST_DOORS_INPROCESS_H
#define ABIDE_TEST_DOORS_INPROCESS_H

#include "Fixture.h"

namespace abide::test {

struct InProcessResult {
  std::vector<Shown> Findings; ///< With errors of the compiler, of any file.
  bool HasFixes = false;
  std::string Fixed; ///< The text after every fix-it.
};

/// Runs the check of F over Text, which stands for the file F.Path, as clang-tidy would: the same
/// library, options through its provider, our adapter.
InProcessResult runInProcess(const Fixture &F, const std::string &Text);

/// The same for the own text of a fixture of allFixtures(), computed once: several tests ask.
const InProcessResult &runInProcess(const Fixture &F);

/// Whether the header can be included with the flags of F.
bool headerExists(const Fixture &F, const std::string &Header);

} // namespace abide::test

#endif
