"""abide check as actions of Bazel: one per source, sandboxed, cached and run where Bazel wants.

WORKSPACE:
    load("@abide//:abide.bzl", "abide_binary")
    abide_binary(name = "abide_binary")

BUILD:
    load("@abide//:abide.bzl", "abide_lint_test")
    abide_lint_test(name = "lint", targets = [":server"])
"""

load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

AbideInfo = provider(
    doc = "What there is to know of the sources of a target and of those that it depends on.",
    fields = {"units": "depset of struct(source, command, commands, record, inputs)"},
)

_CXX = ["cc", "cpp", "cxx", "c++", "C"]

def _abide_binary_impl(repository):
    path = repository.attr.path or repository.which("abide")
    if not path:
        fail("no 'abide' in PATH: name it by the attribute 'path' of abide_binary")
    repository.symlink(path, "abide")
    repository.file("BUILD", 'exports_files(["abide"])\n')

abide_binary = repository_rule(
    implementation = _abide_binary_impl,
    attrs = {"path": attr.string(doc = "The installed program; without it, that of PATH.")},
    environ = ["PATH"],
    local = True,
)

def _command(ctx, target, toolchain, features, source, object_path):
    """The entry of compile_commands.json for a source, with the command of cc_library."""
    context = target[CcInfo].compilation_context
    copts = [ctx.expand_make_variables("copts", flag, {}) for flag in ctx.rule.attr.copts]
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        source_file = source.path,
        output_file = object_path,
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts + copts,
        include_directories = context.includes,
        quote_include_directories = context.quote_includes,
        system_include_directories = context.system_includes,
        framework_include_directories = context.framework_includes,
        preprocessor_defines = depset(transitive = [context.defines, context.local_defines]),
    )
    tool = cc_common.get_tool_for_action(
        feature_configuration = features,
        action_name = "c++-compile",
    )
    flags = cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = "c++-compile",
        variables = variables,
    )
    return json.encode({"directory": ".", "file": source.path, "arguments": [tool] + flags})

def _summarize(ctx, target, toolchain, features, source):
    name = "_abide/{}/{}".format(ctx.label.name, source.basename)
    command = _command(ctx, target, toolchain, features, source, name + ".o")
    commands = ctx.actions.declare_file(name + ".json")
    ctx.actions.write(commands, "[" + command + "]\n")
    record = ctx.actions.declare_file(name + ".record")
    inputs = depset(
        [source, commands] + ctx.files._config,
        transitive = [target[CcInfo].compilation_context.headers, toolchain.all_files],
    )
    ctx.actions.run(
        executable = ctx.file._abide,
        arguments = ["summarize", "--quiet", "-p", commands.path, "-o", record.path, source.path],
        inputs = inputs,
        outputs = [record],
        mnemonic = "AbideSummarize",
        progress_message = "Summarizing " + source.short_path,
    )
    return struct(
        source = source,
        command = command,
        commands = commands,
        record = record,
        inputs = inputs,
    )

def _abide_aspect_impl(target, ctx):
    units = []
    is_ours = not ctx.label.workspace_name  # What others wrote is for others to lint.
    if CcInfo in target and is_ours and hasattr(ctx.rule.attr, "copts"):
        toolchain = find_cpp_toolchain(ctx)
        features = cc_common.configure_features(
            ctx = ctx,
            cc_toolchain = toolchain,
            requested_features = ctx.features,
            unsupported_features = ctx.disabled_features,
        )
        units = [
            _summarize(ctx, target, toolchain, features, source)
            for source in ctx.rule.files.srcs
            if source.extension in _CXX
        ]
    below = [d[AbideInfo].units for d in getattr(ctx.rule.attr, "deps", []) if AbideInfo in d]
    return [AbideInfo(units = depset(units, transitive = below))]

_abide_attr = attr.label(default = Label("@abide_binary//:abide"), allow_single_file = True)
_config_attr = attr.label(default = Label("@abide//:config"))

abide_aspect = aspect(
    implementation = _abide_aspect_impl,
    attr_aspects = ["deps"],
    attrs = {
        "_abide": _abide_attr,
        "_config": _config_attr,
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)

def _paths_file(ctx, name, files):
    """A file with the names of files, for '@FILE': programs have many."""
    listed = ctx.actions.declare_file(ctx.label.name + name)
    ctx.actions.write(listed, "".join(['"{}"\n'.format(f.path) for f in files]))
    return listed

def _tell(ctx, records):
    directory = "{}/{}.told".format(ctx.label.package, ctx.label.name).lstrip("/")
    facts = [
        ctx.actions.declare_file("{}.told/{}.facts".format(ctx.label.name, r.path))
        for r in records
    ]
    names = _paths_file(ctx, ".records", records)
    ctx.actions.run(
        executable = ctx.file._abide,
        arguments = ["tell", "-o", ctx.bin_dir.path + "/" + directory, "@" + names.path],
        inputs = records + [names],
        outputs = facts,
        mnemonic = "AbideTell",
        progress_message = "Linking what the sources of %s tell" % ctx.label,
    )
    return facts

def _again(ctx, unit, facts, everything):
    final = ctx.actions.declare_file("{}.told/{}.final".format(ctx.label.name, unit.record.path))
    ctx.actions.run(
        executable = ctx.file._abide,
        arguments = [
            "summarize", "--quiet", "-p", unit.commands.path, "-o", final.path,
            "--again", unit.record.path, "--facts", facts.path, unit.source.path,
        ],
        # What it is told of others leads into their files.
        inputs = depset([unit.record, facts], transitive = [everything]),
        outputs = [final],
        mnemonic = "AbideSummarize",
        progress_message = "Telling %s of the others" % unit.source.short_path,
    )
    return final

def _abide_lint_test_impl(ctx):
    units = depset(transitive = [t[AbideInfo].units for t in ctx.attr.targets]).to_list()
    facts = _tell(ctx, [u.record for u in units])
    everything = depset(transitive = [u.inputs for u in units])
    finals = [_again(ctx, u, f, everything) for u, f in zip(units, facts)]
    names = _paths_file(ctx, ".finals", finals)
    report = ctx.actions.declare_file(ctx.label.name + ".report")
    code = ctx.actions.declare_file(ctx.label.name + ".code")

    # Findings are no reason to stop the build: the test fails, and the report is there to see.
    ctx.actions.run_shell(
        command = '"$1" link -o "$2" "${@:4}" 2>"$2.err" ; code=$?; echo $code >"$3"; ' +
                  'cat "$2.err" >>"$2"; rm "$2.err"; [ $code -le 2 ]',
        arguments = [ctx.file._abide.path, report.path, code.path] + ctx.attr.report +
                    ["@" + names.path],
        # The lines that a report shows, and fingerprints, are read from the sources.
        inputs = depset(finals + [names, ctx.file._abide], transitive = [everything]),
        outputs = [report, code],
        mnemonic = "AbideLink",
        progress_message = "Reporting on %s" % ctx.label,
    )
    commands = ctx.actions.declare_file(ctx.label.name + ".compile_commands.json")
    ctx.actions.write(commands, "[" + ",\n".join([u.command for u in units]) + "]\n")
    script = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(
        script,
        '#!/bin/sh\ncat "{}"\nexit "$(cat "{}")"\n'.format(report.short_path, code.short_path),
        is_executable = True,
    )
    return [
        DefaultInfo(
            executable = script,
            files = depset([script, report]),
            runfiles = ctx.runfiles([report, code]),
        ),
        OutputGroupInfo(compile_commands = depset([commands])),
    ]

abide_lint_test = rule(
    doc = "Fails when abide finds something in the C++ sources of targets and of their deps.",
    implementation = _abide_lint_test_impl,
    test = True,
    attrs = {
        "targets": attr.label_list(aspects = [abide_aspect], mandatory = True),
        "report": attr.string_list(doc = "Options of 'abide link', --format=sarif say."),
        "_abide": _abide_attr,
    },
)
