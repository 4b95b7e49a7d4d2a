# embed_text(OUT.cpp NAMESPACE FUNCTION file...): writes a C++ source that defines
#   llvm::ArrayRef<std::pair<llvm::StringRef, llvm::StringRef>> NAMESPACE::FUNCTION()
# with one (file name without directory, content) pair per file, in the order given. Written again
# when one of the files changes.
function(embed_text OUT NAMESPACE FUNCTION)
  add_custom_command(OUTPUT ${OUT}
    COMMAND ${CMAKE_COMMAND} "-DOUT=${OUT}" "-DNAMESPACE=${NAMESPACE}" "-DFUNCTION=${FUNCTION}"
            "-DFILES=${ARGN}" -P ${PROJECT_SOURCE_DIR}/tool/cmake/EmbedTextScript.cmake
    DEPENDS ${ARGN} ${PROJECT_SOURCE_DIR}/tool/cmake/EmbedTextScript.cmake
    COMMENT "Embedding ${FUNCTION}" VERBATIM)
endfunction()
