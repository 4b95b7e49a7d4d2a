//===- Cbor.h - CBOR that others wrote ------------------------*- C++ -*-===//

#ifndef ABIDE_TOOL_STORE_CBOR_H
#define ABIDE_TOOL_STORE_CBOR_H

#include "llvm/ADT/StringRef.h"
#include <nlohmann/json.hpp>

namespace abide {

std::string toCbor(const nlohmann::json &J);

/// Discarded (json::is_discarded) when Bytes are anything but one whole value that is neither deep
/// nor promises more than it holds.
nlohmann::json fromCbor(llvm::StringRef Bytes);

} // namespace abide

#endif
