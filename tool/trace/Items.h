//===- Items.h - JSON, item by item ----------------------------*- C++ -*-===//

#ifndef ABIDE_TOOL_TRACE_ITEMS_H
#define ABIDE_TOOL_TRACE_ITEMS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <nlohmann/json.hpp>
#include <string>

namespace abide {

struct ItemsResult {
  nlohmann::json Rest;    ///< The outer object without its items; null when there is none.
  std::string Error;      ///< Empty, or what is wrong, with line and column.
  bool BreaksOff = false; ///< The error is that the text ends too early.
};

/// Reads an array, or an object that holds arrays, without keeping all of it in memory: each item
/// of these arrays goes to Take, with the key of its array ("" when the text is an array itself).
ItemsResult readItems(llvm::StringRef Text,
                      llvm::function_ref<void(llvm::StringRef Key, nlohmann::json)> Take);

} // namespace abide

#endif
