# Finds the LLVM and Clang of ABIDE_LLVM_VERSION and gives:
#   abide_llvm           interface target: their headers and the flags of code that uses them
#   abide_libclang       libclang-cpp and libLLVM, for executables (the plugin takes them from its host)
#   abide_llvm_archives(OUT name...)   full paths of static archives, for what libclang-cpp lacks
find_package(Clang REQUIRED CONFIG NO_DEFAULT_PATH
  PATHS /usr/lib/llvm-${ABIDE_LLVM_VERSION}/lib/cmake/clang ${Clang_DIR})
set(ABIDE_LLVM_PREFIX ${LLVM_INSTALL_PREFIX})
set(ABIDE_LLVM_BIN ${LLVM_TOOLS_BINARY_DIR})
execute_process(COMMAND ${ABIDE_LLVM_BIN}/clang -print-resource-dir
  OUTPUT_VARIABLE ABIDE_RESOURCE_DIR OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

add_library(abide_llvm INTERFACE)
target_include_directories(abide_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${CLANG_INCLUDE_DIRS})
separate_arguments(ABIDE_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_definitions(abide_llvm INTERFACE ${ABIDE_LLVM_DEFINITIONS} JSON_NOEXCEPTION)
target_compile_options(abide_llvm INTERFACE -fno-rtti)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of g++ 12 inside std::string and llvm::SmallVector.
  target_compile_options(abide_llvm INTERFACE -Wno-stringop-overflow -Wno-array-bounds -Wno-restrict)
endif()

add_library(abide_libclang INTERFACE)
target_link_libraries(abide_libclang INTERFACE abide_llvm clang-cpp LLVM)

function(abide_llvm_archives OUT)
  set(paths)
  foreach(name IN LISTS ARGN)
    list(APPEND paths ${ABIDE_LLVM_PREFIX}/lib/lib${name}.a)
  endforeach()
  set(${OUT} ${paths} PARENT_SCOPE)
endfunction()
