# The tests and examples of the runtime.
abide_test_area(runtime abide::runtime util)
# ThreadSanitizer is for what has threads: the rest would only cost time.
if(ABIDE_SANITIZE STREQUAL "thread")
  get_target_property(sources test-runtime SOURCES)
  list(FILTER sources INCLUDE REGEX "/(Asio|Loop|Run|Thread)Test.cpp$")
  set_target_properties(test-runtime PROPERTIES SOURCES "${sources}")
endif()

# Raises the signals that a loop may write its tasks for.
add_executable(runtime-raises-signals runtime/programs/raises_signals.cpp)
target_link_libraries(runtime-raises-signals PRIVATE abide::runtime)
add_dependencies(test-runtime runtime-raises-signals)

# The examples of asyncio's guide, which DebugExamplesTest.cpp runs: with calls as they are written.
foreach(name never_awaited never_retrieved slow_callback threads pending)
  set(example runtime-debug-${name})
  add_executable(${example} ${PROJECT_SOURCE_DIR}/docs/examples/runtime-debug/${name}.cpp)
  target_link_libraries(${example} PRIVATE abide::runtime)
  target_compile_options(${example} PRIVATE -Wall -Wextra -g -O0 -fno-omit-frame-pointer)
  add_dependencies(test-runtime ${example})
endforeach()

if(ABIDE_SANITIZE STREQUAL "thread")
  return()
endif()

# A program with debug information, and its twin that has been stripped of it.
add_executable(runtime-stack-printer runtime/programs/stack_printer.cpp)
target_compile_options(runtime-stack-printer PRIVATE -g)
target_link_options(runtime-stack-printer PRIVATE -Wl,--build-id)
target_link_libraries(runtime-stack-printer PRIVATE abide::runtime)
add_custom_command(TARGET runtime-stack-printer POST_BUILD
  COMMAND ${CMAKE_STRIP} -s -o $<TARGET_FILE:runtime-stack-printer>-stripped
    $<TARGET_FILE:runtime-stack-printer>)

# Boost.Asio and Qt are tested where they are installed.
abide_test_area(debug abide::runtime)
find_path(ABIDE_BOOST_INCLUDE boost/asio.hpp)
if(ABIDE_BOOST_INCLUDE)
  abide_test_area(asio abide::runtime)
  target_compile_definitions(test-asio PRIVATE
    "BOOST_ASIO_CUSTOM_HANDLER_TRACKING=<abide/asio_tracking.hpp>")
else()
  message(STATUS "abide: no Boost.Asio: its handler tracking is not tested")
endif()
find_package(Qt6 QUIET COMPONENTS Core)
if(Qt6_FOUND)
  target_link_libraries(test-debug PRIVATE Qt6::Core)
endif()
# A sanitizer has a malloc and a read() of its own.
if(NOT ABIDE_SANITIZE)
  abide_test_area(guard abide::blocking_guard)
  abide_test_area(memory abide::runtime -Wl,--wrap=malloc)
endif()

# For gdb to look at.
add_executable(runtime-gdb-subject runtime/programs/gdb_subject.cpp)
target_compile_options(runtime-gdb-subject PRIVATE -g -O0
  $<IF:$<CXX_COMPILER_ID:GNU>,-femit-class-debug-always,-fstandalone-debug>)
target_link_libraries(runtime-gdb-subject PRIVATE abide::runtime)

# The whole suite once more, watched by debug mode, which must have nothing to say.
add_test(NAME runtime.watched COMMAND test-runtime --gtest_brief=1
  --gtest_filter=-DebugExamples.*:Guide/*:Conformance.*:RuntimeDocs.*)
set_tests_properties(runtime.watched PROPERTIES TIMEOUT 600
  ENVIRONMENT "ABIDE_DEBUG=3;ABIDE_DEBUG_FATAL=1;ABIDE_SLOW_CALLBACK=60")

# The examples of the runtime print what is expected.
foreach(name echo fetch queue pipeline chat)
  set(example ${PROJECT_SOURCE_DIR}/docs/examples/runtime/${name})
  add_executable(runtime-example-${name} ${example}.cpp)
  target_link_libraries(runtime-example-${name} PRIVATE abide::runtime)
  target_compile_options(runtime-example-${name} PRIVATE -Wall -Wextra)
  add_test(NAME runtime.example.${name} COMMAND sh -c "\"$1\" | diff -u \"$2\" -" sh
    $<TARGET_FILE:runtime-example-${name}> ${example}.expected)
  set_tests_properties(runtime.example.${name} PROPERTIES TIMEOUT 60)
endforeach()
