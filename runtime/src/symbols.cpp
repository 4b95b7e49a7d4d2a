// The names of return addresses. Debug information is read by libdw (of elfutils) where the system
// has it: loaded when a stack is printed for the first time, so that the library needs nothing.
#include <abide/detail/unwind.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <dlfcn.h>
#include <link.h>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <unistd.h>

namespace abide::detail {
namespace {

// --- libdw ----------------------------------------------------------------------

// The part of elfutils/libdwfl.h that is used here; its ABI is stable since 2005.
struct Dwarf_Die;
struct Dwarf_Line;
struct Dwfl;
struct Dwfl_Module;
struct Dwfl_Line;
using any_function = int (*)();
struct Dwfl_Callbacks {
  any_function find_elf, find_debuginfo, section_address;
  char **debuginfo_path;
};

struct libdw {
  Dwfl *(*dwfl_begin)(const Dwfl_Callbacks *);
  void (*dwfl_report_begin_add)(Dwfl *);
  int (*dwfl_linux_proc_report)(Dwfl *, pid_t);
  int (*dwfl_report_end)(Dwfl *, int (*)(), void *);
  Dwfl_Module *(*dwfl_addrmodule)(Dwfl *, std::uint64_t);
  const char *(*dwfl_module_addrname)(Dwfl_Module *, std::uint64_t);
  Dwfl_Line *(*dwfl_module_getsrc)(Dwfl_Module *, std::uint64_t);
  const char *(*dwfl_lineinfo)(Dwfl_Line *, std::uint64_t *, int *, int *, std::uint64_t *,
                               std::uint64_t *);
  Dwarf_Die *(*dwfl_module_nextcu)(Dwfl_Module *, Dwarf_Die *, std::uint64_t *);
  int (*dwarf_haspc)(Dwarf_Die *, std::uint64_t);
  Dwarf_Line *(*dwarf_getsrc_die)(Dwarf_Die *, std::uint64_t);
  const char *(*dwarf_linesrc)(Dwarf_Line *, std::uint64_t *, std::uint64_t *);
  int (*dwarf_lineno)(Dwarf_Line *, int *);
  any_function dwfl_linux_proc_find_elf, dwfl_build_id_find_debuginfo;

  /// False when the system has no libdw.
  bool load() {
    void *const library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library)
      return false;
    bool whole = true;
    const auto find = [&](auto &function, const char *name) {
      void *const found = dlsym(library, name);
      whole = whole && found;
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(found);
    };
    find(dwfl_begin, "dwfl_begin");
    find(dwfl_report_begin_add, "dwfl_report_begin_add");
    find(dwfl_linux_proc_report, "dwfl_linux_proc_report");
    find(dwfl_report_end, "dwfl_report_end");
    find(dwfl_addrmodule, "dwfl_addrmodule");
    find(dwfl_module_addrname, "dwfl_module_addrname");
    find(dwfl_module_getsrc, "dwfl_module_getsrc");
    find(dwfl_lineinfo, "dwfl_lineinfo");
    find(dwfl_module_nextcu, "dwfl_module_nextcu");
    find(dwarf_haspc, "dwarf_haspc");
    find(dwarf_getsrc_die, "dwarf_getsrc_die");
    find(dwarf_linesrc, "dwarf_linesrc");
    find(dwarf_lineno, "dwarf_lineno");
    find(dwfl_linux_proc_find_elf, "dwfl_linux_proc_find_elf");
    // Debug files beside the program, by build id; never from the network.
    find(dwfl_build_id_find_debuginfo, "dwfl_build_id_find_debuginfo");
    return whole;
  }
};

/// The debug information of this process. Lives for ever: a report may come from a destructor of
/// a static object.
class debug_information {
public:
  static debug_information &of_this_process() {
    static auto &one = *new debug_information;
    return one;
  }

  frame_name at(std::uintptr_t address) {
    const std::lock_guard guard(lock_);
    frame_name found;
    Dwfl_Module *const module = module_at(address);
    if (!module)
      return found;
    if (const char *name = dw_.dwfl_module_addrname(module, address))
      found.function = demangled(name);
    if (Dwfl_Line *line = dw_.dwfl_module_getsrc(module, address)) {
      if (const char *file =
              dw_.dwfl_lineinfo(line, nullptr, &found.line, nullptr, nullptr, nullptr))
        found.file = file;
    } else {
      search_units(module, address, found);
    }
    return found;
  }

private:
  debug_information() {
    // A child must not inherit the lock from a thread that it does not have.
    pthread_atfork([] { of_this_process().lock_.lock(); }, [] { of_this_process().lock_.unlock(); },
                   [] { of_this_process().lock_.unlock(); });
  }

  // clang writes no table from addresses to units, which older versions of libdw need.
  void search_units(Dwfl_Module *module, std::uintptr_t address, frame_name &found) const {
    std::uint64_t bias = 0;
    for (Dwarf_Die *unit = nullptr; (unit = dw_.dwfl_module_nextcu(module, unit, &bias));)
      if (dw_.dwarf_haspc(unit, address - bias) == 1)
        if (Dwarf_Line *line = dw_.dwarf_getsrc_die(unit, address - bias))
          if (const char *file = dw_.dwarf_linesrc(line, nullptr, nullptr)) {
            dw_.dwarf_lineno(line, &found.line);
            found.file = file;
            return;
          }
  }

  // A library may have been loaded since the last look.
  Dwfl_Module *module_at(std::uintptr_t address) {
    if (!begin())
      return nullptr;
    Dwfl_Module *module = dw_.dwfl_addrmodule(all_, address);
    if (!module && report_modules())
      module = dw_.dwfl_addrmodule(all_, address);
    return module;
  }
  bool begin() {
    if (tried_)
      return all_;
    tried_ = true;
    if (!dw_.load())
      return false;
    callbacks_ = {dw_.dwfl_linux_proc_find_elf, dw_.dwfl_build_id_find_debuginfo, nullptr, nullptr};
    all_ = dw_.dwfl_begin(&callbacks_);
    return all_ && report_modules();
  }
  bool report_modules() {
    dw_.dwfl_report_begin_add(all_);
    return dw_.dwfl_linux_proc_report(all_, getpid()) == 0 &&
           dw_.dwfl_report_end(all_, nullptr, nullptr) == 0;
  }

  std::mutex lock_;
  bool tried_ = false;
  libdw dw_{};
  Dwfl_Callbacks callbacks_{};
  Dwfl *all_ = nullptr;
};

// --- without it -----------------------------------------------------------------

struct module_place {
  std::uintptr_t address;
  std::string path, build_id; // empty path: in no module
  std::uintptr_t offset = 0;
};

std::string hexadecimal(const unsigned char *bytes, std::size_t count) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
  return text;
}

std::string build_id_in(std::uintptr_t notes, std::size_t size) {
  const auto padded = [](std::size_t n) { return (n + 3) & ~std::size_t{3}; };
  while (size >= sizeof(ElfW(Nhdr))) {
    const auto *const note = reinterpret_cast<const ElfW(Nhdr) *>(notes);
    const std::size_t whole = sizeof *note + padded(note->n_namesz) + padded(note->n_descsz);
    if (whole > size)
      break;
    const auto *const name = reinterpret_cast<const unsigned char *>(note + 1);
    if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && !std::memcmp(name, "GNU", 4))
      return hexadecimal(name + 4, note->n_descsz);
    notes += whole;
    size -= whole;
  }
  return "";
}

std::string path_of_program() {
  char path[4096];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : "program";
}

int look_into(dl_phdr_info *module, std::size_t, void *argument) {
  auto &place = *static_cast<module_place *>(argument);
  const std::span headers(module->dlpi_phdr, module->dlpi_phnum);
  const auto here = [&](const ElfW(Phdr) & header) {
    return header.p_type == PT_LOAD &&
           place.address - (module->dlpi_addr + header.p_vaddr) < header.p_memsz;
  };
  if (std::ranges::none_of(headers, here))
    return 0;
  place.offset = place.address - module->dlpi_addr;
  place.path = *module->dlpi_name ? module->dlpi_name : path_of_program();
  for (const ElfW(Phdr) &header : headers)
    if (header.p_type == PT_NOTE && place.build_id.empty())
      place.build_id = build_id_in(module->dlpi_addr + header.p_vaddr, header.p_memsz);
  return 1;
}

std::string hex(std::uintptr_t number) {
  char text[2 + 2 * sizeof number + 1];
  std::snprintf(text, sizeof text, "0x%zx", static_cast<std::size_t>(number));
  return text;
}

module_place place_of(std::uintptr_t address) {
  module_place place{address, "", ""};
  dl_iterate_phdr(look_into, &place);
  return place;
}

std::string module_and_offset(std::uintptr_t address) {
  const module_place place = place_of(address);
  if (place.path.empty())
    return hex(address);
  std::string text = place.path + "+" + hex(place.offset);
  return place.build_id.empty() ? text : text + " (build id " + place.build_id + ")";
}

std::string exported_name(std::uintptr_t address) {
  Dl_info found;
  if (!dladdr(reinterpret_cast<void *>(address), &found) || !found.dli_sname)
    return "";
  return demangled(found.dli_sname);
}

frame_name symbol_at(std::uintptr_t address) {
  frame_name found = debug_information::of_this_process().at(address);
  if (found.function.empty())
    found.function = exported_name(address);
  return found;
}

std::string describe(std::uintptr_t address) {
  const frame_name found = symbol_at(address);
  if (found.function.empty())
    return module_and_offset(address);
  const std::string place = found.file.empty() ? module_and_offset(address)
                                               : found.file + ":" + std::to_string(found.line);
  return found.function + " at " + place;
}

// g++ says "f(f(int)::_Z1fi.Frame*) [clone .actor]", clang++ "f(int) [clone .resume]".
std::string undecorated(std::string name) {
  constexpr std::string_view actor = " [clone .actor]", resume = " [clone .resume]";
  if (constexpr std::string_view cold = " [clone .cold]"; name.ends_with(cold))
    name.resize(name.size() - cold.size());
  if (name.ends_with(resume)) {
    name.resize(name.size() - resume.size());
  } else if (name.ends_with(actor)) {
    name.resize(name.size() - actor.size());
    int depth = 0;
    std::size_t at = name.size();
    while (at > 0) {
      depth += name[--at] == ')' ? 1 : name[at] == '(' ? -1 : 0;
      if (depth == 0)
        break;
    }
    name.resize(at);
  } else {
    return name;
  }
  return name + " (coroutine)";
}

} // namespace

std::string demangled(const char *name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void *)> plain(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return undecorated(plain ? plain.get() : name);
}

frame_name name_frame(std::uintptr_t address) {
  frame_name found = symbol_at(address - 1);
  found.module = place_of(address - 1).path;
  return found;
}

std::string function_at(std::uintptr_t address) { return symbol_at(address - 1).function; }

std::string describe_frames(std::span<const std::uintptr_t> addresses) {
  std::string text;
  for (std::size_t i = 0; i < addresses.size(); ++i)
    (text += '#').append(std::to_string(i)).append(" ").append(describe(addresses[i] - 1)) += '\n';
  return text;
}

} // namespace abide::detail
