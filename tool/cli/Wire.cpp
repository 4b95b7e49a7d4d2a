//===- Wire.cpp - Messages between the parent and its workers -------------===//

#include "Wire.h"
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace abide {

namespace {

void appendSized(std::string &To, llvm::StringRef Bytes) {
  const std::uint32_t Size = Bytes.size();
  To.append(reinterpret_cast<const char *>(&Size), sizeof Size);
  To += Bytes;
}

/// Takes what appendSized() wrote off the front; nothing when it is not all there yet.
std::optional<llvm::StringRef> takeSized(llvm::StringRef &From) {
  std::uint32_t Size = 0;
  if (From.size() < sizeof Size)
    return std::nullopt;
  std::memcpy(&Size, From.data(), sizeof Size);
  if (From.size() - sizeof Size < Size)
    return std::nullopt;
  llvm::StringRef Bytes = From.substr(sizeof Size, Size);
  From = From.drop_front(sizeof Size + Size);
  return Bytes;
}

} // namespace

std::string encodeResult(const TuResult &Result) {
  std::string Inputs, Message;
  for (const Input &I : Result.DependsOn)
    append(Inputs, I);
  appendSized(Message, encode(Result));
  appendSized(Message, Inputs);
  Message += char(Result.Repeatable);
  return Message;
}

std::optional<llvm::Expected<TuResult>> decodeResult(std::string &Bytes) {
  llvm::StringRef Rest = Bytes;
  const std::optional<llvm::StringRef> Record = takeSized(Rest);
  std::optional<llvm::StringRef> Inputs = Record ? takeSized(Rest) : std::nullopt;
  if (!Inputs || Rest.empty())
    return std::nullopt;
  const bool Repeatable = Rest.consume_front(llvm::StringRef("\1", 1));
  Rest = Repeatable ? Rest : Rest.drop_front();
  llvm::Expected<TuResult> Result = decodeTuResult(*Record);
  while (Result && !Inputs->empty())
    if (std::optional<Input> I = takeInput(*Inputs))
      Result->DependsOn.push_back(std::move(*I));
    else
      break;
  if (Result)
    Result->Repeatable = Repeatable;
  Bytes.erase(0, Bytes.size() - Rest.size());
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
