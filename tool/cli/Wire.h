//===- Wire.h - Messages between the parent and its workers ----*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_WIRE_H
#define ABIDE_TOOL_CLI_WIRE_H

#include "TuResult.h"
#include <optional>

namespace abide {

/// A result as a length (32 bits, of this machine) and its record.
std::string encodeResult(const TuResult &Result);

/// Takes one whole message off the front of Bytes; nothing when it is not all there yet.
std::optional<llvm::Expected<TuResult>> decodeResult(std::string &Bytes);

/// Writes all of Bytes; false when nobody reads any more. Never raises SIGPIPE.
bool sendAll(int Socket, llvm::StringRef Bytes);

/// Reads exactly Size bytes; false at the end of the stream.
bool receiveAll(int Socket, void *Into, size_t Size);

} // namespace abide

#endif
