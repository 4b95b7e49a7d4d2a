// Several exceptions at once.
#pragma once

#include <abide/error.hpp>

#include <exception>
#include <vector>

namespace abide {

/// What a task_group throws when children failed: all their exceptions, in the order in which they
/// came. Groups may hold groups.
class exception_group : public error {
public:
  exception_group(const std::string &message, std::vector<std::exception_ptr> exceptions);

  const std::vector<std::exception_ptr> &exceptions() const noexcept { return exceptions_; }
  /// The exceptions of this group and of those within, without the groups.
  std::vector<std::exception_ptr> leaves() const;
  /// Whether a leaf is an E.
  template <class E> bool contains() const {
    for (const std::exception_ptr &leaf : leaves()) {
      try {
        std::rethrow_exception(leaf);
      } catch (const E &) {
        return true;
      } catch (...) {
      }
    }
    return false;
  }

private:
  std::vector<std::exception_ptr> exceptions_;
};

} // namespace abide
