//===- Doors.h - The same fixture through every door -----------*- C++ -*-===//

#ifndef ABIDE_TEST_DOORS_DOORS_H
#define ABIDE_TEST_DOORS_DOORS_H

#include "Fixture.h"

namespace abide::test {

/// Findings for a fixture, and its text after the door's own way to apply every fix-it.
class Door {
public:
  virtual ~Door() = default;
  virtual std::vector<Shown> findings(const Fixture &F) = 0;
  virtual std::string fixed(const Fixture &F) = 0;
};

/// The names of the doors; a test's name begins with one.
inline constexpr const char *DoorNames[] = {"inProcess", "clangTidy", "clangd", "cli"};

/// One door per name and test program, made at first use (abide-clangd keeps one server).
Door &door(const std::string &Name);

} // namespace abide::test

#endif
