//===- Cbor.cpp - CBOR that others wrote ----------------------------------===//

#include "Cbor.h"
#include "JsonProbe.h"

using nlohmann::json;

namespace abide {
namespace {

/// The reader of CBOR calls itself for each level, and reserves what a header promises: no record
/// of ours is deep, and nothing has more items than bytes.
class Sane : public JsonProbe {
public:
  explicit Sane(size_t Bytes) : Bytes(Bytes) {}
  bool start_object(size_t Items) override { return enter(Items); }
  bool start_array(size_t Items) override { return enter(Items); }
  bool end_object() override { return Depth--; }
  bool end_array() override { return Depth--; }

private:
  bool enter(size_t Items) {
    constexpr unsigned Deepest = 32;
    constexpr size_t Unknown = -1; // Until a byte that ends it.
    return ++Depth <= Deepest && (Items == Unknown || Items <= Bytes);
  }

  size_t Bytes;
  unsigned Depth = 0;
};

} // namespace

std::string toCbor(const json &J) {
  std::string Bytes;
  json::to_cbor(J, Bytes);
  return Bytes;
}

json fromCbor(llvm::StringRef Bytes) {
  Sane Probe(Bytes.size());
  if (!json::sax_parse(Bytes.begin(), Bytes.end(), &Probe, json::input_format_t::cbor))
    return json(json::value_t::discarded);
  return json::from_cbor(Bytes.begin(), Bytes.end(), /*strict=*/true, /*allow_exceptions=*/false);
}

} // namespace abide
