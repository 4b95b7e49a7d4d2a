#include <abide/error.hpp>
#include <abide/report.hpp>
#include <abide/time.hpp>

#include <cstdlib>
#include <cxxabi.h>
#include <typeinfo>

namespace abide {
namespace {

std::string type_of(const std::type_info &type) {
  int status = 0;
  char *plain = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string name = plain ? plain : type.name();
  std::free(plain);
  return name;
}

} // namespace

std::string to_string(const std::exception_ptr &thrown) {
  if (!thrown)
    return "none";
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception &e) {
    return type_of(typeid(e)) + ": " + e.what();
  } catch (const cancelled_error &) {
    return "abide::cancelled_error";
  } catch (const fatal &e) {
    return type_of(typeid(e)) + ": " + e.what();
  } catch (...) {
    const std::type_info *type = abi::__cxa_current_exception_type();
    return type ? type_of(*type) : "an unknown exception";
  }
}

std::string to_string(const report &what) {
  std::string text = what.message;
  if (!what.subject.empty())
    text += "\n  subject: " + what.subject;
  if (what.exception)
    text += "\n  exception: " + to_string(what.exception);
  return text;
}

namespace detail {

void throw_not_a_number() {
  throw invalid_argument("abide: a delay is not a number (NaN): give a duration, or a negative one "
                         "for at once");
}

} // namespace detail
} // namespace abide
