//===- UnitRecord.cpp - The files between the steps of a distributed run --===//

#include "UnitRecord.h"
#include "Cbor.h"
#include "FactsJson.h"
#include "FindingJson.h"
#include "Relocate.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;
using nlohmann::json;

namespace abide {
namespace {

constexpr unsigned Format = 1;
constexpr const char *RecordKey = "abide-record", *ToldKey = "abide-told";

Error refuse(const Twine &Why) { return createStringError(inconvertibleErrorCode(), Why); }

std::string seal(json J, const char *Key, StringRef Directory) {
  J = withoutDirectory(J, Directory);
  J[Key] = Format;
  J["version"] = ABIDE_VERSION;
  return toCbor(J);
}

/// What seal() made. Extra bytes at the end are as bad as missing ones.
Expected<json> unseal(StringRef Bytes, const char *Key, StringRef Directory) {
  json J = fromCbor(Bytes);
  if (!J.is_object() || !J.contains(Key))
    return refuse(J.is_discarded() ? "is truncated or no record of abide"
                                   : "is no record of abide for this step");
  if (const auto Version = member<std::string>(J, "version");
      J[Key] != Format || Version != ABIDE_VERSION)
    return refuse("is of another version of abide (" + (Version.empty() ? "unknown" : Version) +
                  ", this is " ABIDE_VERSION ")");
  return withDirectory(J, Directory);
}

json factsJson(const Facts &F) { return json::parse(writeFacts(F)); }

} // namespace

std::string writeRecord(const Record &R, StringRef Directory) {
  json Units = json::array();
  for (const RecordedUnit &U : R.Units)
    Units.push_back({{"file", U.File},
                     {"wanted", U.Wanted},
                     {"told", U.Told},
                     {"result", fromCbor(encode(U.Result))}});
  return seal({{"units", std::move(Units)},
               {"unreadable", R.Unreadable},
               {"mistakes", R.Mistakes},
               {"notes", R.Notes}},
              RecordKey, Directory);
}

Expected<Record> readRecord(StringRef Bytes, StringRef Directory) {
  Expected<json> J = unseal(Bytes, RecordKey, Directory);
  if (!J)
    return J.takeError();
  Record R{{},
           member<std::vector<Failure>>(*J, "unreadable"),
           member<std::vector<Failure>>(*J, "mistakes"),
           member<std::vector<std::string>>(*J, "notes")};
  for (const json &U : member<json::array_t>(*J, "units")) {
    Expected<TuResult> Result = decodeTuResult(toCbor(member<json::object_t>(U, "result")));
    if (!Result)
      return Result.takeError();
    R.Units.push_back({member<std::string>(U, "file"), member<bool>(U, "wanted"),
                       std::move(*Result), member<std::string>(U, "told")});
  }
  return R;
}

std::string writeTold(const std::vector<Facts> &Units, StringRef Directory) {
  json All = json::array();
  for (const Facts &F : Units)
    All.push_back(factsJson(F));
  return seal({{"facts", std::move(All)}}, ToldKey, Directory);
}

Expected<std::vector<Facts>> readTold(StringRef Bytes, StringRef Directory) {
  Expected<json> J = unseal(Bytes, ToldKey, Directory);
  if (!J)
    return J.takeError();
  std::vector<Facts> Units;
  for (const json &F : member<json::array_t>(*J, "facts")) {
    Expected<Facts> Read = readFacts(F.dump(-1, ' ', false, json::error_handler_t::replace), "");
    if (!Read) {
      consumeError(Read.takeError());
      return refuse("holds what are no facts");
    }
    Units.push_back(std::move(*Read));
  }
  return Units;
}

std::string digestOf(const Facts &F, StringRef Directory) {
  if (F.empty())
    return "";
  const std::string Bytes = toCbor(withoutDirectory(factsJson(F), Directory));
  return utohexstr(xxh3_64bits(Bytes), /*LowerCase=*/true, /*Width=*/16);
}

} // namespace abide
