//===- Wire.cpp - Messages between the parent and its workers -------------===//

#include "Wire.h"
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace abide {

std::string encodeResult(const TuResult &Result) {
  const std::string Body = encode(Result);
  std::uint32_t Size = Body.size();
  return std::string(reinterpret_cast<const char *>(&Size), sizeof Size) + Body;
}

std::optional<llvm::Expected<TuResult>> decodeResult(std::string &Bytes) {
  std::uint32_t Size = 0;
  if (Bytes.size() < sizeof Size)
    return std::nullopt;
  std::memcpy(&Size, Bytes.data(), sizeof Size);
  if (Bytes.size() < sizeof Size + Size)
    return std::nullopt;
  llvm::Expected<TuResult> Result =
      decodeTuResult(llvm::StringRef(Bytes).substr(sizeof Size, Size));
  Bytes.erase(0, sizeof Size + Size);
  return Result;
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
