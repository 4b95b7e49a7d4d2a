//===- ChainNotes.cpp - What other units show, as notes -------------------===//

#include "ChainNotes.h"
#include "model/TuModel.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace abide {

void noteElsewhere(Diag &D, const TuModel &Model, const ChainCall &At, std::string Words) {
  SourceManager &Sources = Model.ast().getSourceManager();
  SourceLocation Loc;
  if (auto File = Sources.getFileManager().getOptionalFileRef(At.Path))
    Loc = Sources.translateLineCol(Sources.getOrCreateFileID(*File, SrcMgr::C_User), At.Line,
                                   At.Column);
  if (Loc.isInvalid())
    Words += ", in " + At.Path + ":" + std::to_string(At.Line);
  D.note(Loc.isValid() ? Loc : D.Loc, std::move(Words));
}

} // namespace abide
