//===- Fed.h - Tests that act and look, as tasks --------------------------===//

#pragma once

#include "Virtual.h"
#include "gtest/gtest.h"

namespace abide::test {

/// The E that running `body` throws; a failed test when it throws none.
template <class E, class T> std::optional<E> thrownBy(VirtualLoop &l, task<T> body) {
  try {
    (void)l.run(std::move(body));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const E &thrown) {
    return thrown;
  } catch (const std::exception &other) {
    ADD_FAILURE() << "another exception: " << other.what();
  }
  return std::nullopt;
}

} // namespace abide::test
