#!/bin/sh
# install.sh BUILD CONSUMER SCRATCH CLANG_TIDY: installs BUILD under SCRATCH and uses what is there,
# and nothing of the build tree: find_package(abide), the CLI, the plugin, abide-clangd.
set -eu
build=$1 consumer=$2 scratch=$3 clang_tidy=$4

rm -rf "$scratch"
mkdir -p "$scratch"
prefix="$scratch/prefix"
cmake --install "$build" --prefix "$prefix" >"$scratch/install.log"

cmake -S "$consumer" -B "$scratch/consumer" -DCMAKE_PREFIX_PATH="$prefix" >"$scratch/configure.log"
cmake --build "$scratch/consumer" >"$scratch/build.log"
"$scratch/consumer/consumer"

plugin=$(find "$prefix" -name abide-tidy.so)
cat >"$scratch/never.cpp" <<'END'
#include <coroutine>
struct task {
  struct promise_type {
    task get_return_object();
    std::suspend_always initial_suspend() noexcept;
    std::suspend_always final_suspend() noexcept;
    void return_void();
    void unhandled_exception();
  };
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
  void await_resume();
};
task work();
task both() {
  work();
  co_await work();
}
END
cat >"$scratch/compile_commands.json" <<END
[{"directory": "$scratch", "file": "never.cpp", "arguments": ["c++", "-std=c++20", "-c", "never.cpp"]}]
END

# finds DOOR COMMAND...: the output of the command has the finding; its exit code is its own affair.
finds() {
  door=$1
  shift
  "$@" >"$scratch/$door.txt" 2>&1 </dev/null || true
  if ! grep -q 'never\.cpp.*16.*async-never-awaited\|async-never-awaited.*line 16' "$scratch/$door.txt"; then
    cat "$scratch/$door.txt" >&2
    echo "install.sh: the installed $door does not find the dropped task in line 16" >&2
    exit 1
  fi
}
finds cli "$prefix/bin/abide" check -p "$scratch" "$scratch/never.cpp"
finds plugin "$clang_tidy" --load="$plugin" --checks='-*,async-*' -p "$scratch" "$scratch/never.cpp"

"$prefix/bin/abide-clangd" --check="$scratch/never.cpp" >"$scratch/clangd.txt" 2>&1 </dev/null || true
if ! grep -q 'async-never-awaited.*16\|16.*async-never-awaited' "$scratch/clangd.txt"; then
  cat "$scratch/clangd.txt" >&2
  echo "install.sh: the installed abide-clangd does not find the dropped task in line 16" >&2
  exit 1
fi
