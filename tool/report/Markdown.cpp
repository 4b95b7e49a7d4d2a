//===- Markdown.cpp - A page of documentation in a terminal ---------------===//

#include "Markdown.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace abide {
namespace {

class Renderer {
public:
  Renderer(raw_ostream &OS, bool Colour) : OS(OS), Colour(Colour) {}

  void line(StringRef Line) {
    if (Line.ltrim().starts_with("```")) {
      InCode = !InCode;
      // "```cpp bad": what a page shows to warn of, or to recommend.
      if (StringRef Verdict = Line.rsplit(' ').second; InCode && !Verdict.empty())
        OS << "  " << Verdict << ":\n";
      return;
    }
    if (InCode) {
      styled(raw_ostream::CYAN, false, ("    " + Line).str());
    } else if (Line.starts_with("#")) {
      styled(raw_ostream::SAVEDCOLOR, true, Line.ltrim('#').trim());
    } else {
      inlines(Line);
    }
    OS << "\n";
  }

private:
  void styled(raw_ostream::Colors C, bool Bold, StringRef Text) {
    if (Colour)
      OS.changeColor(C, Bold);
    OS << Text;
    if (Colour)
      OS.resetColor();
  }

  void inlines(StringRef Text) {
    while (!Text.empty()) {
      size_t At = Text.find_first_of("`*[");
      OS << Text.take_front(At);
      Text = Text.drop_front(std::min(At, Text.size()));
      if (Text.empty())
        return;
      if (!code(Text) && !strong(Text) && !link(Text)) {
        OS << Text.front();
        Text = Text.drop_front();
      }
    }
  }

  /// Takes "OPEN...CLOSE" off the front; the inside, or nothing.
  static std::optional<StringRef> take(StringRef &Text, StringRef Open, StringRef Close) {
    StringRef Rest = Text;
    size_t End = Rest.consume_front(Open) ? Rest.find(Close) : StringRef::npos;
    if (End == StringRef::npos || End == 0)
      return std::nullopt;
    Text = Rest.drop_front(End + Close.size());
    return Rest.take_front(End);
  }

  bool code(StringRef &Text) {
    auto Inside = take(Text, "`", "`");
    if (!Inside)
      return false;
    // Without colours the quotes are what tells code from prose.
    Colour ? styled(raw_ostream::CYAN, false, *Inside)
           : styled(raw_ostream::CYAN, false, ("'" + *Inside + "'").str());
    return true;
  }

  bool strong(StringRef &Text) {
    auto Inside = take(Text, "**", "**");
    if (!Inside && Text.size() > 1 && isAlnum(Text[1]))
      Inside = take(Text, "*", "*");
    if (Inside)
      styled(raw_ostream::SAVEDCOLOR, true, *Inside);
    return Inside.has_value();
  }

  bool link(StringRef &Text) {
    StringRef Rest = Text;
    auto Label = take(Rest, "[", "](");
    size_t End = Label ? Rest.find(')') : StringRef::npos;
    if (End == StringRef::npos || Label->contains('\n'))
      return false;
    inlines(*Label);
    if (StringRef Target = Rest.take_front(End); Target.starts_with("http"))
      OS << " (" << Target << ")";
    Text = Rest.drop_front(End + 1);
    return true;
  }

  raw_ostream &OS;
  bool Colour, InCode = false;
};

} // namespace

void renderMarkdown(StringRef Text, raw_ostream &OS, bool Colour) {
  OS.enable_colors(Colour);
  Renderer Out(OS, Colour);
  for (StringRef Line : split(Text.rtrim(), '\n'))
    Out.line(Line);
}

} // namespace abide
