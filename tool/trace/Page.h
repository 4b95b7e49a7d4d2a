//===- Page.h - A trace as a page for browsers -----------------*- C++ -*-===//

#ifndef ABIDE_TOOL_TRACE_PAGE_H
#define ABIDE_TOOL_TRACE_PAGE_H

#include "Trace.h"

namespace abide {

/// One HTML text that needs nothing besides it. Title is the name of the file.
std::string tracePage(const Trace &T, llvm::StringRef Title);

} // namespace abide

#endif
