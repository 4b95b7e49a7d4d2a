#!/bin/sh
# lint.sh ABIDE PROJECT BUILD: configures the example PROJECT in BUILD, lints it with ABIDE, and
# compares the findings with PROJECT/expected-findings.txt. Exit code 0: they are the same.
set -eu

if [ $# -ne 3 ]; then
  echo "usage: lint.sh ABIDE PROJECT BUILD" >&2
  exit 64
fi
abide=$1 project=$2 build=$3

mkdir -p "$build"
if ! cmake --fresh -G Ninja -S "$project" -B "$build" >"$build/configure.log" 2>&1; then
  cat "$build/configure.log" >&2
  echo "lint.sh: cannot configure $project: see the message of cmake above" >&2
  exit 2
fi

code=0
"$abide" check -p "$build" "$project" >"$build/findings.txt" || code=$?
cat "$build/findings.txt"
if [ "$code" -gt 1 ]; then
  echo "lint.sh: abide could not analyse all of $project (exit code $code)" >&2
  exit 2
fi

# "/path/room.cpp:14:11: warning: ... [async-never-awaited]" becomes "room.cpp:14: async-never-awaited".
sed -nE 's|^(.*/)?([^/:]+):([0-9]+):[0-9]+: (warning\|error): .*\[([a-z][a-z.-]*).*\]$|\2:\3: \5|p' \
  "$build/findings.txt" | LC_ALL=C sort >"$build/found.txt"
LC_ALL=C sort "$project/expected-findings.txt" >"$build/expected.txt"
if ! diff -u "$build/expected.txt" "$build/found.txt" >&2; then
  echo "lint.sh: the findings in $project are not those of its expected-findings.txt (see above)" >&2
  exit 1
fi
