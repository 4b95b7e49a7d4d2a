# abide_add_lint(TARGET... [NAME NAME] [OPTIONS OPTION...] [REPORT OPTION...] [DEPENDS TARGET...]
#                [WARN_ONLY])
#
# Schedules the analysis of the C++ sources of the targets, one action per source, and reports what
# `abide check -p BUILD_DIR SOURCES...` would. `cmake --build DIR --target lint` runs it; NAME is
# another name for that target. All calls with one NAME belong to one target, each call is a program.
#
#   OPTIONS    of the analysis: --checks=..., --header-filter=...
#   REPORT     options of the report: --format=sarif -o FILE, --baseline=FILE, --quiet
#   DEPENDS    targets to build before, because they make headers
#   WARN_ONLY  findings do not fail the build
#
# An action runs again when its compile command, a file that it read, or abide changes, and when
# the other sources tell it something new.
include_guard(GLOBAL)

find_program(ABIDE_EXECUTABLE abide HINTS ${CMAKE_CURRENT_LIST_DIR}/../../../bin
  ${CMAKE_CURRENT_LIST_DIR}/../../../../bin DOC "abide, for abide_add_lint()")

function(abide_add_lint)
  cmake_parse_arguments(PARSE_ARGV 0 arg "WARN_ONLY" "NAME" "OPTIONS;REPORT;DEPENDS")
  if(NOT ABIDE_EXECUTABLE)
    message(FATAL_ERROR "abide_add_lint: no 'abide' was found: set ABIDE_EXECUTABLE to it")
  endif()
  if(NOT arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "abide_add_lint: name the targets to look at")
  endif()
  foreach(target IN LISTS arg_UNPARSED_ARGUMENTS)
    if(NOT TARGET ${target})
      message(FATAL_ERROR "abide_add_lint: there is no target '${target}'")
    endif()
    # Not every generator writes compile_commands.json; those of Make and Ninja do.
    set_target_properties(${target} PROPERTIES EXPORT_COMPILE_COMMANDS ON)
  endforeach()
  if(NOT arg_NAME)
    set(arg_NAME lint)
  endif()
  if(arg_WARN_ONLY)
    list(APPEND arg_REPORT --exit-zero)
  endif()
  list(GET arg_UNPARSED_ARGUMENTS 0 first)
  # Sources may be added to a target after this call.
  foreach(list arg_UNPARSED_ARGUMENTS arg_OPTIONS arg_REPORT arg_DEPENDS)
    set_property(DIRECTORY PROPERTY _${arg_NAME}_${first}_${list} "${${list}}")
  endforeach()
  cmake_language(EVAL CODE
    "cmake_language(DEFER CALL _abide_schedule [[${arg_NAME}]] [[${first}]])")
endfunction()

# The C++ sources of a target, absolute, into RESULT; files that it makes, into GENERATED.
function(_abide_sources target result generated)
  get_target_property(directory ${target} SOURCE_DIR)
  get_target_property(sources ${target} SOURCES)
  set(found)
  set(made)
  foreach(source IN LISTS sources)
    if(source MATCHES "^\\$<TARGET_OBJECTS:")
      continue()
    elseif(source MATCHES "\\$<")
      message(WARNING "abide_add_lint: the source '${source}' of '${target}' is a generator "
        "expression and is not looked at")
      continue()
    endif()
    get_source_file_property(is_made "${source}" TARGET_DIRECTORY ${target} GENERATED)
    get_source_file_property(language "${source}" TARGET_DIRECTORY ${target} LANGUAGE)
    get_source_file_property(is_header "${source}" TARGET_DIRECTORY ${target} HEADER_FILE_ONLY)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${directory} NORMALIZE OUTPUT_VARIABLE path)
    if(is_made)
      if(NOT EXISTS "${path}" AND NOT IS_ABSOLUTE "${source}")
        get_target_property(binary_directory ${target} BINARY_DIR)
        cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${binary_directory} NORMALIZE
          OUTPUT_VARIABLE path)
      endif()
      list(APPEND made "${path}")
    endif()
    cmake_path(GET path EXTENSION LAST_ONLY extension)
    string(REPLACE "." "" extension "${extension}")
    if(NOT language AND extension IN_LIST CMAKE_CXX_SOURCE_FILE_EXTENSIONS)
      set(language CXX)
    endif()
    if(language STREQUAL "CXX" AND NOT is_header)
      list(APPEND found "${path}")
    endif()
  endforeach()
  set(${result} "${found}" PARENT_SCOPE)
  set(${generated} "${made}" PARENT_SCOPE)
endfunction()

# Words for "@FILE" on abide's command line.
function(_abide_write_list file)
  set(text)
  foreach(word IN LISTS ARGN)
    string(REGEX REPLACE "([\\\\\"])" "\\\\\\1" word "${word}")
    string(APPEND text "\"${word}\"\n")
  endforeach()
  file(CONFIGURE OUTPUT "${file}" CONTENT "${text}" @ONLY)
endfunction()

function(_abide_schedule name first)
  # The names of depfiles are relative to the current binary directory.
  cmake_policy(SET CMP0116 NEW)
  foreach(list arg_UNPARSED_ARGUMENTS arg_OPTIONS arg_REPORT arg_DEPENDS)
    get_property(${list} DIRECTORY PROPERTY _${name}_${first}_${list})
  endforeach()
  set(sources)
  set(before ${arg_DEPENDS})
  foreach(target IN LISTS arg_UNPARSED_ARGUMENTS)
    _abide_sources(${target} found made)
    list(APPEND sources ${found})
    list(APPEND before ${made})
    get_target_property(depends ${target} MANUALLY_ADDED_DEPENDENCIES)
    if(depends)
      list(APPEND before ${depends})
    endif()
    foreach(tool AUTOMOC AUTOUIC AUTORCC)
      get_target_property(uses ${target} ${tool})
      if(uses)
        list(APPEND before ${target}_autogen)
        break()
      endif()
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES sources)
  list(REMOVE_DUPLICATES before)

  set(top "${CMAKE_SOURCE_DIR}") # Records name what is below it from there.
  set(work "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${name}-${first}.abide")
  set(commands)
  set(records)
  set(facts)
  set(finals)
  foreach(source IN LISTS sources)
    cmake_path(IS_PREFIX top "${source}" is_below)
    set(stem "@${source}") # As `abide commands` does.
    if(is_below)
      cmake_path(RELATIVE_PATH source BASE_DIRECTORY "${top}" OUTPUT_VARIABLE stem)
    endif()
    list(APPEND stems "${stem}")
    list(APPEND commands "${work}/${stem}.json")
    list(APPEND records "${work}/${stem}.record")
    list(APPEND facts "${work}/${stem}.record.facts")
    list(APPEND finals "${work}/${stem}.final")
  endforeach()
  _abide_write_list("${work}/sources" ${sources})
  _abide_write_list("${work}/records" ${records})
  _abide_write_list("${work}/finals" ${finals})

  # Ninja goes on only where a file has a new time. Make cannot say that one command writes many
  # files, so a stamp stands for them all.
  if(CMAKE_GENERATOR MATCHES "Ninja")
    set(commands_output OUTPUT ${commands})
    set(facts_output OUTPUT ${facts})
    set(commands_stamp)
    set(facts_stamp)
  else()
    set(commands_stamp "${work}/commands.stamp")
    set(facts_stamp "${work}/facts.stamp")
    set(commands_output OUTPUT ${commands_stamp} BYPRODUCTS ${commands}
      COMMAND ${CMAKE_COMMAND} -E touch ${commands_stamp})
    set(facts_output OUTPUT ${facts_stamp} BYPRODUCTS ${facts}
      COMMAND ${CMAKE_COMMAND} -E touch ${facts_stamp})
  endif()

  add_custom_command(${commands_output}
    COMMAND ${ABIDE_EXECUTABLE} commands -p ${CMAKE_BINARY_DIR} -o ${work} "@${work}/sources"
    DEPENDS ${CMAKE_BINARY_DIR}/compile_commands.json "${work}/sources" ${ABIDE_EXECUTABLE}
    WORKING_DIRECTORY ${top} COMMENT "Reading the compile commands for ${name}" VERBATIM)
  foreach(source stem IN ZIP_LISTS sources stems)
    set(base "${work}/${stem}")
    set(summarize ${ABIDE_EXECUTABLE} summarize --quiet ${arg_OPTIONS} -p "${base}.json" ${source})
    set(command ${commands_stamp})
    set(told ${facts_stamp})
    if(NOT commands_stamp)
      set(command "${base}.json")
      set(told "${base}.record.facts")
    endif()
    add_custom_command(OUTPUT "${base}.record"
      COMMAND ${summarize} -o "${base}.record" --depfile "${base}.record.d"
      DEPENDS ${source} ${command} ${before} ${ABIDE_EXECUTABLE} DEPFILE "${base}.record.d"
      WORKING_DIRECTORY ${top} COMMENT "Summarizing ${stem}" VERBATIM)
    add_custom_command(OUTPUT "${base}.final"
      COMMAND ${summarize} -o "${base}.final" --depfile "${base}.final.d" --again "${base}.record"
      DEPENDS "${base}.record" ${told} DEPFILE "${base}.final.d"
      WORKING_DIRECTORY ${top} COMMENT "Telling ${stem} of the others" VERBATIM)
  endforeach()
  add_custom_command(${facts_output}
    COMMAND ${ABIDE_EXECUTABLE} tell "@${work}/records"
    DEPENDS ${records} "${work}/records"
    WORKING_DIRECTORY ${top} COMMENT "Linking what the sources of ${name} tell" VERBATIM)
  add_custom_target(${name}-${first}
    COMMAND ${ABIDE_EXECUTABLE} link ${arg_REPORT} "@${work}/finals"
    DEPENDS ${finals} "${work}/finals"
    WORKING_DIRECTORY ${top} COMMENT "Findings" USES_TERMINAL VERBATIM)
  if(NOT TARGET ${name})
    add_custom_target(${name})
  endif()
  add_dependencies(${name} ${name}-${first})
endfunction()
