//===- Wire.cpp - Messages between the parent and its workers -------------===//

#include "Wire.h"
#include "FactsJson.h"
#include "FindingJson.h"
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

using nlohmann::json;

namespace abide {

std::string encodeResult(const TuResult &Result) {
  std::string Body;
  json::to_cbor(json{{"findings", Result.Findings},
                     {"failures", Result.Failures},
                     {"notes", Result.Notes},
                     {"shows", Result.Shows}},
                Body);
  std::uint32_t Size = Body.size();
  std::string Message(reinterpret_cast<const char *>(&Size), sizeof Size);
  return Message + Body;
}

std::optional<TuResult> decodeResult(std::string &Bytes) {
  std::uint32_t Size = 0;
  if (Bytes.size() < sizeof Size)
    return std::nullopt;
  std::memcpy(&Size, Bytes.data(), sizeof Size);
  if (Bytes.size() < sizeof Size + Size)
    return std::nullopt;
  json J = json::from_cbor(Bytes.begin() + sizeof Size, Bytes.begin() + sizeof Size + Size,
                           /*strict=*/true, /*allow_exceptions=*/false);
  Bytes.erase(0, sizeof Size + Size);
  return TuResult{member<std::vector<Finding>>(J, "findings"),
                  member<std::vector<Failure>>(J, "failures"),
                  member<std::vector<std::string>>(J, "notes"), member<UnitSummary>(J, "shows")};
}

bool sendAll(int Socket, llvm::StringRef Bytes) {
  while (!Bytes.empty()) {
    ssize_t Sent = send(Socket, Bytes.data(), Bytes.size(), MSG_NOSIGNAL);
    if (Sent < 0 && errno == EINTR)
      continue;
    if (Sent <= 0)
      return false;
    Bytes = Bytes.drop_front(Sent);
  }
  return true;
}

bool receiveAll(int Socket, void *Into, size_t Size) {
  char *At = static_cast<char *>(Into);
  while (Size) {
    ssize_t Got = recv(Socket, At, Size, 0);
    if (Got < 0 && errno == EINTR)
      continue;
    if (Got <= 0)
      return false;
    At += Got;
    Size -= Got;
  }
  return true;
}

} // namespace abide
