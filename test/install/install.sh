#!/bin/sh
# install.sh BUILD CONSUMER SCRATCH CLANG_TIDY: installs BUILD under SCRATCH and uses what is there,
# and nothing of the build tree: find_package(abide), the CLI, the plugin, abide-clangd.
set -eu
build=$1 consumer=$2 scratch=$3 clang_tidy=$4

rm -rf "$scratch"
mkdir -p "$scratch"
prefix="$scratch/prefix"
cmake --install "$build" --prefix "$prefix" >"$scratch/install.log"

cmake -G Ninja -S "$consumer" -B "$scratch/consumer" -DCMAKE_PREFIX_PATH="$prefix" >"$scratch/configure.log"
cmake --build "$scratch/consumer" >"$scratch/build.log"
"$scratch/consumer/consumer"
cmake --build "$scratch/consumer" --target lint >"$scratch/lint.log" 2>&1
grep -q 'no findings; 1 translation unit' "$scratch/lint.log"

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
  if ! grep -q 'never\.cpp:16:3: warning: .*async-never-awaited' "$scratch/$door.txt"; then
    cat "$scratch/$door.txt" >&2
    echo "install.sh: the installed $door does not find the dropped task in line 16" >&2
    exit 1
  fi
}
finds cli "$prefix/bin/abide" check -p "$scratch" "$scratch/never.cpp"
finds plugin "$clang_tidy" --load="$plugin" --checks='-*,async-*' -p "$scratch" "$scratch/never.cpp"

# One conversation of an editor, ended when everything is answered.
code=$(awk '{ gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); printf "%s\\n", $0 }' "$scratch/never.cpp")
uri="file://$scratch/never.cpp"
cat >"$scratch/conversation" <<END
{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}}
---
{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"$uri","languageId":"cpp","version":1,"text":"$code"}}}
---
{"jsonrpc":"2.0","id":1,"method":"shutdown"}
---
{"jsonrpc":"2.0","method":"exit"}
END
"$prefix/bin/abide-clangd" --sync --input-style=delimited --log=error \
  <"$scratch/conversation" >"$scratch/clangd.txt" 2>&1 || true
if ! grep -q '"code":"async-never-awaited".*"start":{"character":2,"line":15}' "$scratch/clangd.txt"; then
  cat "$scratch/clangd.txt" >&2
  echo "install.sh: the installed abide-clangd does not find the dropped task in line 16" >&2
  exit 1
fi
