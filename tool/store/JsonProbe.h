//===- JsonProbe.h - Looks at JSON or CBOR without keeping it --*- C++ -*-===//

#ifndef ABIDE_TOOL_STORE_JSONPROBE_H
#define ABIDE_TOOL_STORE_JSONPROBE_H

#include <nlohmann/json.hpp>

namespace abide {

/// Takes everything that is well-formed; who wants to know more overrides.
class JsonProbe : public nlohmann::json_sax<nlohmann::json> {
public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t &) override { return true; }
  bool string(string_t &) override { return true; }
  bool binary(binary_t &) override { return true; }
  bool start_object(size_t) override { return true; }
  bool key(string_t &) override { return true; }
  bool end_object() override { return true; }
  bool start_array(size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(size_t, const std::string &, const nlohmann::detail::exception &) override {
    return false;
  }
};

} // namespace abide

#endif
