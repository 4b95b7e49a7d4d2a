# What both tests share. Needs: root, scratch.
die() {
  echo "$0: $*" >&2
  exit 1
}

# commands GUIDE: the commands of its blocks of shell.
commands() {
  awk '/^```/ { on = ($0 == "```sh"); next } on' "$root/docs/guides/$1"
}

# findings FILE: the findings and their notes, without the lines of the tools around.
findings() {
  grep -E '^[^ ]+:[0-9]+:[0-9]+: (warning|error|note): ' "$1"
}

# same NAME A B: both reports have the same findings, and some.
same() {
  findings "$2" >"$scratch/$1.a" || die "$1: no findings in $2: $(cat "$2")"
  findings "$3" >"$scratch/$1.b"
  diff -u "$scratch/$1.b" "$scratch/$1.a" || die "$1: these are not the findings of abide check"
}
