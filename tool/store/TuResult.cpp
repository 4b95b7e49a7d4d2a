//===- TuResult.cpp - What is known of one translation unit ---------------===//

#include "TuResult.h"
#include "FactsJson.h"
#include "FindingJson.h"
#include "JsonProbe.h"

using namespace llvm;
using nlohmann::json;

namespace abide {
namespace {

constexpr unsigned Format = 1;
constexpr const char *FormatKey = "abide-unit";

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

Error refuse(const Twine &Why) { return createStringError(inconvertibleErrorCode(), Why); }

} // namespace

std::string encode(const TuResult &Result) {
  std::string Bytes;
  json::to_cbor(json{{FormatKey, Format},
                     {"version", ABIDE_VERSION},
                     {"findings", Result.Findings},
                     {"failures", Result.Failures},
                     {"notes", Result.Notes},
                     {"shows", Result.Shows}},
                Bytes);
  return Bytes;
}

Expected<TuResult> decodeTuResult(StringRef Bytes) {
  Sane Probe(Bytes.size());
  if (!json::sax_parse(Bytes.begin(), Bytes.end(), &Probe, json::input_format_t::cbor))
    return refuse("is truncated or no record of abide");
  const json J = json::from_cbor(Bytes.begin(), Bytes.end(), /*strict=*/true,
                                 /*allow_exceptions=*/false);
  if (!J.is_object() || !J.contains(FormatKey))
    return refuse("is no record of abide");
  const std::string Version = member<std::string>(J, "version");
  if (J[FormatKey] != Format || Version != ABIDE_VERSION)
    return refuse("is of another version of abide (" + (Version.empty() ? "unknown" : Version) +
                  ", this is " ABIDE_VERSION ")");
  return TuResult{member<std::vector<Finding>>(J, "findings"),
                  member<std::vector<Failure>>(J, "failures"),
                  member<std::vector<std::string>>(J, "notes"), member<UnitSummary>(J, "shows")};
}

} // namespace abide
