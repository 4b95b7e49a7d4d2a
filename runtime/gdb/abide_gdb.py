"""The tasks of all running loops of a process or core dump, in gdb.

    (gdb) source abide_gdb.py
    (gdb) abide-tasks

prints for each loop the tasks that wait, as a tree of who awaits whom: name, the co_awaits of
each from the outermost to the one where it is suspended, where it was spawned, what it waits for.
Needs the debug information of one file that includes abide, with all of its classes
(g++ -g -femit-class-debug-always, or clang++ -g -fstandalone-debug).
"""

import gdb


def place(where):
    """'file.cpp:12' for a std::source_location; None when it was never set."""
    impl = where["_M_impl"]
    if int(impl) == 0:
        return None
    file = impl["_M_file_name"].string().rsplit("/", 1)[-1]
    return "%s:%d" % (file, int(impl["_M_line"]))


def base_offset(derived, part):
    """Where in `derived` the base class lies whose name contains `part`."""
    for field in derived.fields():
        if field.is_base_class and part in field.name:
            return field.bitpos // 8
    raise gdb.GdbError("abide: %s has no base %s: another version?" % (derived, part))


class Task:
    def __init__(self, value):
        self.value = value
        self.address = int(value.address)

    def name(self):
        text_type = gdb.lookup_type("std::string").pointer().pointer()
        text = self.value["name_"].address.cast(text_type).dereference()
        if int(text) == 0:
            return "Task-%d" % int(self.value["number_"])
        return text["_M_dataplus"]["_M_p"].string(length=int(text["_M_string_length"]))

    def awaits(self):
        places = []
        frame = self.value["root_"]
        while int(frame) != 0 and len(places) < 100:
            at = place(frame["where"])
            if at:
                places.append(at)
            frame = frame["awaiting"]
        return places

    def waits_for(self):
        """The address of a task or None, and words."""
        point = self.value["waiting_"]
        if int(point) == 0:
            return None, None
        kind = point.dynamic_type.target()
        whole = point.cast(point.dynamic_type)
        for field in kind.fields():
            if field.is_base_class and field.name == "abide::detail::task_core":
                return int(whole.cast(TASK().pointer())), None
        name = str(kind.strip_typedefs()).split("<")[0].rsplit("::", 1)[-1]
        return None, {"value_state": "future"}.get(name, name.replace("_awaiter", ""))

    def line(self):
        text = "'%s'" % self.name()
        places = self.awaits()
        if places:
            text += " at " + " > ".join(places)
        _, what = self.waits_for()
        if what:
            text += ", waits for " + what
        spawned = place(self.value["where_"])
        return text + (", spawned at " + spawned if spawned else "")


def TASK():
    return gdb.lookup_type("abide::detail::task_core")


def tasks_of(core):
    """The pending tasks of a loop_core, oldest first."""
    head = core["tasks"]["head_"]
    node_type = next(f.type for f in head.type.fields() if f.is_base_class)
    end = head.address.cast(node_type.pointer())
    offset = base_offset(TASK(), "task_tag")
    node = end.dereference()["next_"]
    while int(node) != int(end):
        task = gdb.Value(int(node) - offset).cast(TASK().pointer())
        yield Task(task.dereference())
        node = node.dereference()["next_"]


def print_tree(tasks, current):
    known = {task.address: task for task in tasks}
    below = {}
    awaited = set()
    for task in tasks:
        other, _ = task.waits_for()
        if other in known:
            below[task.address] = known[other]
            awaited.add(other)
    shown = set()

    def show(task, depth):
        mark = ", running" if task.address == current else ""
        if task.address in shown:
            gdb.write("  " * depth + "'%s', see above\n" % task.name())
            return
        shown.add(task.address)
        gdb.write("  " * depth + task.line() + mark + "\n")
        if task.address in below:
            show(below[task.address], depth + 1)

    # Those whom nobody awaits first; what is left stands in circles.
    for task in [t for t in tasks if t.address not in awaited] + tasks:
        if task.address not in shown:
            show(task, 1)


def loops():
    """(thread, loop_core) for each thread that runs a loop."""
    before = gdb.selected_thread()
    for thread in sorted(gdb.selected_inferior().threads(), key=lambda one: one.num):
        thread.switch()
        core = gdb.parse_and_eval("(abide::detail::loop_core *)'abide::detail::running_core'")
        if int(core) != 0:
            yield thread, core.dereference()
    if before:
        before.switch()


class Tasks(gdb.Command):
    """abide-tasks: the pending tasks of each running loop, as a tree of who awaits whom."""

    def __init__(self):
        super().__init__("abide-tasks", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        try:
            self.print_loops()
        except gdb.error as error:
            raise gdb.GdbError(
                "abide: the debug information of the program is not enough (%s): compile one file "
                "that includes abide with g++ -g -femit-class-debug-always, or with clang++ -g "
                "-fstandalone-debug" % error
            )

    def print_loops(self):
        found = False
        for thread, core in loops():
            found = True
            tasks = list(tasks_of(core))
            gdb.write("loop of thread %d: %d pending\n" % (thread.num, len(tasks)))
            print_tree(tasks, int(core["current"]))
        if not found:
            gdb.write("no thread runs a loop\n")


Tasks()
