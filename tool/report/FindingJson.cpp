//===- FindingJson.cpp - Findings as JSON or CBOR -------------------------===//

#include "FindingJson.h"

using nlohmann::json;

namespace abide {

void to_json(json &J, const Place &P) {
  J = {{"path", P.Path}, {"line", P.Line}, {"column", P.Column}, {"offset", P.Offset}};
}
void to_json(json &J, const FindingNote &N) { J = {{"at", N.Where}, {"message", N.Message}}; }
void to_json(json &J, const Span &S) {
  J = {{"path", S.Path}, {"offset", S.Offset}, {"length", S.Length}};
}
void to_json(json &J, const Edit &E) { J = {{"replace", E.Where}, {"with", E.Text}}; }
void to_json(json &J, const Finding &F) {
  J = {{"check", F.CheckId}, {"level", F.Level}, {"at", F.Where},   {"message", F.Message},
       {"ranges", F.Ranges}, {"notes", F.Notes}, {"edits", F.Edits}};
}
void to_json(json &J, const Failure &F) {
  J = {{"kind", F.What},
       {"file", F.File},
       {"at", F.Where},
       {"message", F.Message},
       {"notes", F.Notes}};
}

void from_json(const json &J, Place &P) {
  P = {member<std::string>(J, "path"), member<std::uint32_t>(J, "line"),
       member<std::uint32_t>(J, "column"), member<std::uint32_t>(J, "offset")};
}
void from_json(const json &J, FindingNote &N) {
  N = {member<Place>(J, "at"), member<std::string>(J, "message")};
}
void from_json(const json &J, Span &S) {
  S = {member<std::string>(J, "path"), member<std::uint32_t>(J, "offset"),
       member<std::uint32_t>(J, "length")};
}
void from_json(const json &J, Edit &E) {
  E = {member<Span>(J, "replace"), member<std::string>(J, "with")};
}
void from_json(const json &J, Finding &F) {
  F = {member<std::string>(J, "check"),
       member<FindingLevel>(J, "level"),
       member<Place>(J, "at"),
       member<std::string>(J, "message"),
       member<std::vector<Span>>(J, "ranges"),
       member<std::vector<FindingNote>>(J, "notes"),
       member<std::vector<Edit>>(J, "edits")};
}
void from_json(const json &J, Failure &F) {
  F = {member<Failure::Kind>(J, "kind"), member<std::string>(J, "file"), member<Place>(J, "at"),
       member<std::string>(J, "message"), member<std::vector<FindingNote>>(J, "notes")};
}

} // namespace abide
