// A value or an exception, as a value.
#pragma once

#include <abide/error.hpp>

#include <exception>
#include <type_traits>
#include <utility>
#include <variant>

namespace abide {

namespace detail {
/// How a result is kept in tuples and vectors: void as std::monostate, a reference as a pointer.
template <class T>
using stored =
    std::conditional_t<std::is_void_v<T>, std::monostate,
                       std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T> *, T>>;
} // namespace detail

/// How something ended. exception() is null for a value; a cancelled task has a cancelled_error.
template <class T> class outcome {
public:
  using value_type = detail::stored<T>;

  outcome() = default;
  outcome(value_type value) : state_(std::in_place_index<0>, std::move(value)) {}
  outcome(std::exception_ptr thrown) : state_(std::in_place_index<1>, std::move(thrown)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  /// The value; throws the exception when there is none.
  const value_type &value() const & {
    check();
    return std::get<0>(state_);
  }
  value_type &&value() && {
    check();
    return std::get<0>(std::move(state_));
  }
  std::exception_ptr exception() const noexcept {
    return has_value() ? nullptr : std::get<1>(state_);
  }

private:
  void check() const {
    if (!has_value())
      std::rethrow_exception(std::get<1>(state_));
  }
  std::variant<value_type, std::exception_ptr> state_;
};

} // namespace abide
