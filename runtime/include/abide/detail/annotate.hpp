// What the static analyser knows of our declarations: roles of its vocabulary.
#pragma once

/// ABIDE_IS(thread_safe) before or behind a declaration's keyword: the analyser treats it so.
#if defined(__clang__)
#define ABIDE_IS(role) [[clang::annotate("async::" #role)]]
#else
#define ABIDE_IS(role)
#endif
