//===- FindingJson.h - Findings as JSON or CBOR ----------------*- C++ -*-===//
//
// The one spelling of findings and failures outside memory: in JSON reports and between processes.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_REPORT_FINDINGJSON_H
#define ABIDE_TOOL_REPORT_FINDINGJSON_H

#include "Report.h"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace abide {

NLOHMANN_JSON_SERIALIZE_ENUM(FindingLevel, {{FindingLevel::Warning, "warning"},
                                            {FindingLevel::Error, "error"},
                                            {FindingLevel::Note, "note"}})

NLOHMANN_JSON_SERIALIZE_ENUM(Failure::Kind, {{Failure::Kind::NotAnalysed, "not-analysed"},
                                             {Failure::Kind::CompileError, "compile-error"},
                                             {Failure::Kind::Configuration, "configuration"},
                                             {Failure::Kind::Interrupted, "interrupted"}})

void to_json(nlohmann::json &J, const Place &P);
void to_json(nlohmann::json &J, const FindingNote &N);
void to_json(nlohmann::json &J, const Span &S);
void to_json(nlohmann::json &J, const Edit &E);
void to_json(nlohmann::json &J, const Finding &F);
void to_json(nlohmann::json &J, const Failure &F);

// Missing or mistyped members read as empty: nothing here can fail or throw.
void from_json(const nlohmann::json &J, Place &P);
void from_json(const nlohmann::json &J, FindingNote &N);
void from_json(const nlohmann::json &J, Span &S);
void from_json(const nlohmann::json &J, Edit &E);
void from_json(const nlohmann::json &J, Finding &F);
void from_json(const nlohmann::json &J, Failure &F);

/// The member Key of J as T, or a default T.
template <typename T> T member(const nlohmann::json &J, const char *Key) {
  auto At = J.is_object() ? J.find(Key) : J.end();
  bool Fits = J.is_object() && At != J.end() && nlohmann::json(T{}).type() == At->type();
  if constexpr (std::is_same_v<T, std::vector<std::string>>)
    Fits = Fits && std::all_of(At->begin(), At->end(), [](auto &Item) { return Item.is_string(); });
  return Fits ? At->template get<T>() : T{};
}

/// Of a list of texts those items that are texts.
template <> inline std::vector<std::string> member(const nlohmann::json &J, const char *Key) {
  std::vector<std::string> Texts;
  for (const nlohmann::json &Item : member<nlohmann::json::array_t>(J, Key))
    if (Item.is_string())
      Texts.push_back(Item.get<std::string>());
  return Texts;
}

} // namespace abide

#endif
