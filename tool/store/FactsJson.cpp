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

constexpr int Version = 2;

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

json toJson(const Fact &F) {
  json Chain = json::array();
  for (const ChainCall &C : F.Chain)
    Chain.push_back(toJson(C));
  return json::array({unsigned(F.What), F.Kind, F.Argument, F.Detail, std::move(Chain)});
}

json toJson(const std::vector<Fact> &All) {
  json Array = json::array();
  for (const Fact &F : All)
    Array.push_back(toJson(F));
  return Array;
}

json toJson(const CallEdge &C) {
  json Array = json::array({C.Callee, toJson(C.Call), unsigned(C.What), C.Argument, C.Theirs});
  if (!C.Runner.empty()) {
    Array.push_back(C.Runner);
    Array.push_back(C.RunnerArgument);
  }
  return Array;
}

bool readTrait(const json &J, size_t Index, Trait &What) {
  const auto Number = item<std::uint8_t>(J, Index);
  What = Trait(Number);
  return Number < NumTraits;
}

/// Readers count on a chain that leads somewhere, and on a trait that they know.
void readDone(const json &Array, std::vector<Fact> &Out) {
  for (const json &J : Array) {
    Fact F{
        Trait(), item<std::uint8_t>(J, 1), item<std::uint8_t>(J, 2), item<std::string>(J, 3), {}};
    for (const json &C : array(J, 4))
      F.Chain.push_back(chainCall(C));
    if (readTrait(J, 0, F.What) && !F.Chain.empty())
      Out.push_back(std::move(F));
  }
}

void readCall(const json &J, std::vector<CallEdge> &Out) {
  CallEdge C{item<std::string>(J, 0),  chainCall(array(J, 1)),   Trait(),
             item<std::uint8_t>(J, 3), item<std::uint8_t>(J, 4), item<std::string>(J, 5),
             item<std::uint8_t>(J, 6)};
  if (readTrait(J, 2, C.What))
    Out.push_back(std::move(C));
}

} // namespace

void to_json(json &J, const UnitSummary &S) {
  json Functions = json::array(), Dispatches = json::array(), Asked = json::array();
  for (const FunctionSummary &F : S.Functions) {
    json Calls = json::array();
    for (const CallEdge &C : F.Calls)
      Calls.push_back(toJson(C));
    Functions.push_back(json::array({F.Key, F.Path, F.Line, toJson(F.Does), std::move(Calls)}));
  }
  for (const Dispatch &D : S.Dispatches)
    Dispatches.push_back(json::array({D.Through, D.To}));
  for (const Question &Q : S.Asked)
    Asked.push_back(json::array({Q.Key, unsigned(Q.What), Q.Kinds}));
  J = json::array({std::move(Functions), std::move(Dispatches), std::move(Asked)});
}

void from_json(const json &J, UnitSummary &S) {
  S = {};
  for (const json &F : array(J, 0)) {
    FunctionSummary &Out = S.Functions.emplace_back();
    Out.Key = item<std::string>(F, 0);
    Out.Path = item<std::string>(F, 1);
    Out.Line = item<std::uint32_t>(F, 2);
    readDone(array(F, 3), Out.Does);
    for (const json &C : array(F, 4))
      readCall(C, Out.Calls);
  }
  for (const json &D : array(J, 1))
    S.Dispatches.push_back({item<std::string>(D, 0), item<std::string>(D, 1)});
  for (const json &Q : array(J, 2))
    if (Question Out{item<std::string>(Q, 0), Trait(), item<std::uint16_t>(Q, 2)};
        readTrait(Q, 1, Out.What))
      S.Asked.push_back(std::move(Out));
}

std::string writeFacts(const Facts &F) {
  std::string Text = "{\"abide-facts\": " + std::to_string(Version) + ", \"functions\": {";
  const char *Before = "\n";
  for (const auto &[Key, Known] : F) {
    constexpr auto Replace = json::error_handler_t::replace; // A path need not be UTF-8.
    Text += Before + json(Key).dump(-1, ' ', false, Replace) + ": " +
            toJson(Known).dump(-1, ' ', false, Replace);
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
  for (const auto &[Key, Known] : J["functions"].items())
    readDone(array(json::array({Known}), 0), Result[Key]);
  return Result;
}

} // namespace abide
