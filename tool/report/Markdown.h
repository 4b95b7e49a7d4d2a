//===- Markdown.h - A page of documentation in a terminal ------*- C++ -*-===//

#ifndef ABIDE_TOOL_REPORT_MARKDOWN_H
#define ABIDE_TOOL_REPORT_MARKDOWN_H

#include "llvm/ADT/StringRef.h"

namespace llvm {
class raw_ostream;
}

namespace abide {

/// Prints headings, code blocks, `code`, **emphasis** and [links](to) as a terminal can show them;
/// everything else as it stands.
void renderMarkdown(llvm::StringRef Text, llvm::raw_ostream &OS, bool Colour);

} // namespace abide

#endif
