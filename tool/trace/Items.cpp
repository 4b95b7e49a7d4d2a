//===- Items.cpp - JSON, item by item -------------------------------------===//

#include "Items.h"
#include <vector>

using namespace llvm;
using nlohmann::json;

namespace abide {
namespace {

/// Builds values as the parser meets them. An array of the outermost object stays empty: what would
/// be added to it is handed out instead.
class Builder : public nlohmann::json_sax<json> {
public:
  Builder(StringRef Text, function_ref<void(StringRef, json)> Take) : Text(Text), Take(Take) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool Value) override { return add(Value); }
  bool number_integer(number_integer_t Value) override { return add(Value); }
  bool number_unsigned(number_unsigned_t Value) override { return add(Value); }
  bool number_float(number_float_t Value, const string_t &) override { return add(Value); }
  bool string(string_t &Value) override { return add(std::move(Value)); }
  bool binary(binary_t &) override { return false; }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t &Value) override {
    Keys.back() = std::move(Value);
    return true;
  }

  bool parse_error(std::size_t Position, const std::string &, const json::exception &E) override {
    StringRef What = E.what(); // "[json.exception.parse_error.101] parse error at line 1, ...: ..."
    Result.Error = What.substr(What.find("] ") + 2).str();
    Result.BreaksOff = Position > Text.rtrim().size();
    return false;
  }

  ItemsResult take() && {
    if (Result.BreaksOff)
      Open.resize(std::min<size_t>(Open.size(), 1)); // A part of an item is none.
    if (!Open.empty())
      Result.Rest = std::move(Open.front());
    return std::move(Result);
  }

private:
  /// Whether the innermost open value is an array of items.
  bool inItems() const {
    bool InArray = !Open.empty() && Open.back().is_array();
    return InArray && (Open.size() == 1 || (Open.size() == 2 && Open.front().is_object()));
  }
  bool open(json Value) {
    Open.push_back(std::move(Value));
    Keys.emplace_back();
    return true;
  }
  bool close() {
    json Value = std::move(Open.back());
    Open.pop_back();
    Keys.pop_back();
    return add(std::move(Value));
  }
  bool add(json Value) {
    if (Open.empty())
      Result.Rest = std::move(Value);
    else if (inItems())
      Take(Open.size() == 1 ? "" : StringRef(Keys.front()), std::move(Value));
    else if (Open.back().is_array())
      Open.back().push_back(std::move(Value));
    else
      Open.back()[Keys.back()] = std::move(Value);
    return true;
  }

  StringRef Text;
  function_ref<void(StringRef, json)> Take;
  std::vector<json> Open;        ///< The values that are not at their end, outermost first.
  std::vector<std::string> Keys; ///< Of each, the key that its next value is for.
  ItemsResult Result;
};

} // namespace

ItemsResult readItems(StringRef Text, function_ref<void(StringRef, json)> Take) {
  Builder B(Text, Take);
  json::sax_parse(Text.begin(), Text.end(), &B);
  return std::move(B).take();
}

} // namespace abide
