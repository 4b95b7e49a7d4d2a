//===- TuResult.cpp - What is known of one translation unit ---------------===//

#include "TuResult.h"
#include "Cbor.h"
#include "FactsJson.h"
#include "FindingJson.h"

using namespace llvm;
using nlohmann::json;

namespace abide {
namespace {

constexpr unsigned Format = 1;
constexpr const char *FormatKey = "abide-unit";

Error refuse(const Twine &Why) { return createStringError(inconvertibleErrorCode(), Why); }

} // namespace

std::string encode(const TuResult &Result) {
  return toCbor({{FormatKey, Format},
                 {"version", ABIDE_VERSION},
                 {"findings", Result.Findings},
                 {"failures", Result.Failures},
                 {"notes", Result.Notes},
                 {"shows", Result.Shows}});
}

Expected<TuResult> decodeTuResult(StringRef Bytes) {
  const json J = fromCbor(Bytes);
  if (J.is_discarded())
    return refuse("is truncated or no record of abide");
  if (!J.is_object() || !J.contains(FormatKey))
    return refuse("is no record of abide");
  const std::string Version = member<std::string>(J, "version");
  if (J[FormatKey] != Format || Version != ABIDE_VERSION)
    return refuse("is of another version of abide (" + (Version.empty() ? "unknown" : Version) +
                  ", this is " ABIDE_VERSION ")");
  return TuResult{member<std::vector<Finding>>(J, "findings"),
                  member<std::vector<Failure>>(J, "failures"),
                  member<std::vector<std::string>>(J, "notes"),
                  member<UnitSummary>(J, "shows"),
                  {},
                  false};
}

} // namespace abide
