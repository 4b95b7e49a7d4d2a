#!/bin/sh
# bazel.sh ABIDE ROOT SCRATCH: abide_lint_test() on the example of docs/guides/bazel.md, offline.
set -eu
abide=$1 root=$2 scratch=$3
. "$root/test/lint/common.sh"

rm -rf "$scratch/journal" "$scratch/stubs"
mkdir -p "$scratch/stubs/rules_cc/cc" "$scratch/stubs/coverage"
cp -r "$root/docs/examples/lint" "$scratch/journal"
cp -r "$root/tool/bazel" "$scratch/journal/abide"
cd "$scratch/journal"
sed -i "s|abide_binary(name = .*|abide_binary(name = \"abide_binary\", path = \"$abide\")|" WORKSPACE

# What Bazel would fetch: Debian has two of the repositories, the others are not needed in earnest.
echo 'workspace(name = "rules_cc")' >"$scratch/stubs/rules_cc/WORKSPACE"
: >"$scratch/stubs/rules_cc/BUILD"
echo 'exports_files(["defs.bzl"])' >"$scratch/stubs/rules_cc/cc/BUILD"
for rule in cc_library cc_binary cc_test cc_import cc_toolchain cc_toolchain_suite \
  cc_proto_library fdo_prefetch_hints fdo_profile objc_import objc_library; do
  echo "$rule = native.$rule"
done >"$scratch/stubs/rules_cc/cc/defs.bzl"
echo 'workspace(name = "remote_coverage_tools")' >"$scratch/stubs/coverage/WORKSPACE"
cat >"$scratch/stubs/coverage/BUILD" <<'END'
filegroup(name = "coverage_report_generator", visibility = ["//visibility:public"])
END
cat >.bazelrc <<END
startup --output_user_root=$scratch/root --max_idle_secs=60
build --override_repository=rules_java=/usr/share/bazel/rules/java
build --override_repository=platforms=/usr/share/bazel/platforms
build --override_repository=rules_cc=$scratch/stubs/rules_cc
build --override_repository=remote_coverage_tools=$scratch/stubs/coverage
build --spawn_strategy=sandboxed --jobs=2
END
stop() {
  bazel shutdown >/dev/null 2>&1 || true
}
trap stop EXIT

commands bazel.md >"$scratch/commands.sh"
sh "$scratch/commands.sh" >"$scratch/lint.txt" 2>&1 && die "the guide's commands find nothing"
if grep -rlq "$scratch" bazel-bin/_abide bazel-bin/lint.told bazel-bin/lint.report; then
  die "records name the place of the sandbox: $(grep -rl "$scratch" bazel-bin/)"
fi
[ -s bazel-bin/lint.report ] || die "no report: $(cat "$scratch/lint.txt")"

# From where Bazel runs its commands, with the commands that it ran.
bazel build //:lint --output_groups=compile_commands >"$scratch/build.txt" 2>&1 ||
  die "no compile commands: $(cat "$scratch/build.txt")"
(cd "$(bazel info execution_root 2>/dev/null)" &&
  "$abide" check --quiet -p bazel-out/k8-fastbuild/bin/lint.compile_commands.json) \
  >"$scratch/check.txt" || true
same sandboxed bazel-bin/lint.report "$scratch/check.txt"
same shown "$scratch/lint.txt" "$scratch/check.txt"

# A header that two of four sources include; the cache knows the others.
echo '// changed' >>session.h
bazel build //:lint >"$scratch/build.txt" 2>&1 || die "$(cat "$scratch/build.txt")"
grep -q 'processes' "$scratch/build.txt" || die "Bazel ran nothing: $(cat "$scratch/build.txt")"

# Without the findings the test passes.
sed -i '/^  greet();/d' session.h
sed -i 's/save(entry);$/save(entry); \/\/ NOLINT/' session.cpp
bazel test //:lint >"$scratch/test.txt" 2>&1 || die "findings: $(cat "$scratch/test.txt")"
