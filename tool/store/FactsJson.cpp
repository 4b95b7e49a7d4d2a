//===- FactsJson.cpp - Summaries and facts as JSON or CBOR ----------------===//
//
// Arrays in place of objects: a program has many of them, and nobody reads them but we.
//
//===----------------------------------------------------------------------===//

#include "FactsJson.h"
#include "llvm/ADT/StringRef.h"

using nlohmann::json;

namespace abide {
namespace {

constexpr int Version = 1;

template <typename T> T item(const json &Array, size_t Index) {
  bool Fits = Array.is_array() && Index < Array.size() && json(T{}).type() == Array[Index].type();
  return Fits ? Array[Index].get<T>() : T{};
}

json array(const json &Array, size_t Index) {
  return Array.is_array() && Index < Array.size() && Array[Index].is_array() ? Array[Index]
                                                                             : json::array();
}

json toJson(const ChainCall &C) { return json::array({C.Path, C.Line, C.Column, C.Name}); }

ChainCall chainCall(const json &J) {
  return {item<std::string>(J, 0), item<std::uint32_t>(J, 1), item<std::uint32_t>(J, 2),
          item<std::string>(J, 3)};
}

json toJson(const BlockFact &F) {
  json Chain = json::array();
  for (const ChainCall &C : F.Chain)
    Chain.push_back(toJson(C));
  return json::array({F.Family, F.Kind, F.Instead, std::move(Chain)});
}

/// Readers count on a chain that leads somewhere.
void readFact(const json &J, std::vector<BlockFact> &Out) {
  BlockFact F{item<std::uint8_t>(J, 0), item<std::uint8_t>(J, 1), item<std::string>(J, 2), {}};
  for (const json &C : array(J, 3))
    F.Chain.push_back(chainCall(C));
  if (!F.Chain.empty())
    Out.push_back(std::move(F));
}

} // namespace

void to_json(json &J, const UnitSummary &S) {
  json Functions = json::array();
  for (const FunctionSummary &F : S.Functions) {
    json Blocks = json::array(), Calls = json::array();
    for (const BlockFact &B : F.Blocks)
      Blocks.push_back(toJson(B));
    for (const CallEdge &C : F.Calls)
      Calls.push_back(json::array({C.Callee, toJson(C.Call), C.Families}));
    Functions.push_back(json::array({F.Key, F.Path, F.Line, std::move(Blocks), std::move(Calls)}));
  }
  json Asked = json::array();
  for (const Question &Q : S.Asked)
    Asked.push_back(json::array({Q.Key, Q.Family, Q.Kinds}));
  J = json::array({std::move(Functions), std::move(Asked)});
}

void from_json(const json &J, UnitSummary &S) {
  S = {};
  for (const json &F : array(J, 0)) {
    FunctionSummary &Out = S.Functions.emplace_back();
    Out.Key = item<std::string>(F, 0);
    Out.Path = item<std::string>(F, 1);
    Out.Line = item<std::uint32_t>(F, 2);
    for (const json &B : array(F, 3))
      readFact(B, Out.Blocks);
    for (const json &C : array(F, 4))
      Out.Calls.push_back(
          {item<std::string>(C, 0), chainCall(array(C, 1)), item<std::uint8_t>(C, 2)});
  }
  for (const json &Q : array(J, 1))
    S.Asked.push_back(
        {item<std::string>(Q, 0), item<std::uint8_t>(Q, 1), item<std::uint16_t>(Q, 2)});
}

std::string writeFacts(const Facts &F) {
  std::string Text = "{\"abide-facts\": " + std::to_string(Version) + ", \"functions\": {";
  const char *Before = "\n";
  for (const auto &[Key, Blocks] : F) {
    json Array = json::array();
    for (const BlockFact &B : Blocks)
      Array.push_back(toJson(B));
    constexpr auto Replace = json::error_handler_t::replace; // A path need not be UTF-8.
    Text += Before + json(Key).dump(-1, ' ', false, Replace) + ": " +
            Array.dump(-1, ' ', false, Replace);
    Before = ",\n";
  }
  return Text + "\n}}\n";
}

llvm::Expected<Facts> readFacts(llvm::StringRef Text, llvm::StringRef Path) {
  json J = json::parse(Text.begin(), Text.end(), nullptr, /*allow_exceptions=*/false);
  auto Refuse = [&](const char *Why) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "'%s' %s; write it again: abide check --write-facts=%s",
                                   Path.str().c_str(), Why, Path.str().c_str());
  };
  if (!J.is_object() || !J.contains("abide-facts") || !J.contains("functions") ||
      !J["functions"].is_object())
    return Refuse("is no facts file");
  if (J["abide-facts"] != Version)
    return Refuse("is of another version of abide");
  Facts Result;
  for (const auto &[Key, Blocks] : J["functions"].items()) {
    std::vector<BlockFact> &Out = Result[Key];
    for (const json &B : array(json::array({Blocks}), 0))
      readFact(B, Out);
  }
  return Result;
}

} // namespace abide
