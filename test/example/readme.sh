#!/bin/sh
# readme.sh README FINDINGS: the first code block of the README is what abide prints, word for word.
set -eu

awk '/^```/ { if (inside) exit; inside = 1; next } inside' "$1" >"$2.readme"
if ! [ -s "$2.readme" ]; then
  echo "readme.sh: $1 has no code block" >&2
  exit 1
fi
awk -v lines="$(wc -l <"$2.readme")" '
  NR == FNR { want[NR] = $0; next }
  { matched = ($0 == want[matched + 1]) ? matched + 1 : ($0 == want[1]) }
  matched == lines { found = 1; exit }
  END { exit !found }
' "$2.readme" "$2" || {
  diff -u "$2.readme" "$2" >&2 || true
  echo "readme.sh: the finding in $1 is not what abide prints, see above" >&2
  exit 1
}
