#!/bin/sh
# cmake.sh ABIDE ROOT SCRATCH: abide_add_lint() on the example of docs/guides/cmake.md.
set -eu
abide=$1 root=$2 scratch=$3
. "$root/test/lint/common.sh"

rm -rf "$scratch"
mkdir -p "$scratch/prefix/bin" "$scratch/prefix/lib/cmake/abide"
cp -r "$root/docs/examples/lint" "$scratch/journal"
# As installed, which the test "install" does for real.
ln -s "$abide" "$scratch/prefix/bin/abide"
cp "$root/tool/cmake/AbideLint.cmake" "$scratch/prefix/lib/cmake/abide"
echo 'include(${CMAKE_CURRENT_LIST_DIR}/AbideLint.cmake)' \
  >"$scratch/prefix/lib/cmake/abide/abide-config.cmake"
export CMAKE_PREFIX_PATH="$scratch/prefix"
cd "$scratch/journal"
# Not that of the sources around the build tree.
echo "HeaderFilterRegex: '.*'" >.clang-tidy

# More of what compile commands are made of than an example should have.
cat >>CMakeLists.txt <<'END'
target_precompile_headers(store PRIVATE <vector>)
set(made "${CMAKE_CURRENT_BINARY_DIR}/made by hand.h")
add_custom_command(OUTPUT "${made}" COMMAND ${CMAKE_COMMAND} -E touch "${made}" VERBATIM)
target_sources(store PRIVATE "${made}" "more/with blank.cpp")
set_property(SOURCE disk.cpp APPEND PROPERTY COMPILE_OPTIONS -include "${made}")
set_property(SOURCE store.cpp APPEND PROPERTY COMPILE_DEFINITIONS "TEXT=\"a b\"")
END
mkdir more
echo '#include "session.h"' >"more/with blank.cpp"

# lint EXIT_CODE SUMMARIES: builds the target and counts the sources that are looked at.
lint() {
  code=0
  cmake --build build --target lint >"$scratch/lint.txt" 2>&1 || code=$?
  [ "$((code != 0))" = "$1" ] || die "cmake ended with $code: $(cat "$scratch/lint.txt")"
  count=$(grep -c Summarizing "$scratch/lint.txt" || true)
  [ "$count" = "$2" ] || die "$count sources were looked at, not $2: $(cat "$scratch/lint.txt")"
}

check() {
  "$abide" check --quiet -p build ./*.cpp more/*.cpp >"$scratch/check.txt" || true
  same "$1" "$scratch/lint.txt" "$scratch/check.txt"
}

touch_later() {
  sleep 1.1 # Make compares whole seconds on some file systems.
  touch "$1"
}

for generator in Ninja "Unix Makefiles"; do
  rm -rf build
  export CMAKE_GENERATOR="$generator"
  commands cmake.md >"$scratch/commands.sh"
  sh "$scratch/commands.sh" >"$scratch/lint.txt" 2>&1 && die "the guide's commands find nothing"
  check "$generator"
  grep -q "2 findings in 2 files; 5 translation units" "$scratch/lint.txt" ||
    die "no summary: $(cat "$scratch/lint.txt")"

  lint 1 0
  touch_later session.h
  lint 1 3
  touch_later disk.cpp
  lint 1 1
  sed -i 's/CONFIG:Debug>,0,1>/CONFIG:Debug>,0,2>/' CMakeLists.txt
  if [ "$generator" = Ninja ]; then
    lint 1 3 # The sources of the library.
    sed -i 's/  save(entry);$/\n  save(entry);/' session.cpp
    lint 1 1
    check "$generator-changed"
    sed -i '/^$/d' session.cpp
  else
    lint 1 5
  fi
  sed -i 's/>,0,2>/>,0,1>/' CMakeLists.txt
done

sed -i 's/abide_add_lint(server store)/abide_add_lint(server store WARN_ONLY)/' CMakeLists.txt
cmake -B build >/dev/null
lint 0 5
check warn-only
echo 'int x = ;' >more/broken.cpp
sed -i 's/"more.with blank.cpp"/more\/broken.cpp/' CMakeLists.txt
lint 1 5
