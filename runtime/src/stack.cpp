#include <abide/stack.hpp>

#include <abide/detail/unwind.hpp>

#include <algorithm>
#include <atomic>
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <ucontext.h>
#include <unwind.h>

namespace abide {
namespace detail {
namespace {

using frames = std::span<std::uintptr_t>;

// --- by tables ----------------------------------------------------------------

struct table_walk {
  frames into;
  std::uintptr_t start; // everything before this address is not wanted
  unsigned skip = 0;
  std::size_t count = 0;
  bool begun = false;
};

_Unwind_Reason_Code step(_Unwind_Context *context, void *argument) {
  auto &walk = *static_cast<table_walk *>(argument);
  int exact = 0; // the frame was interrupted: the address is that of an instruction, not behind one
  const std::uintptr_t at = _Unwind_GetIPInfo(context, &exact);
  walk.begun = walk.begun || at == walk.start;
  if (!walk.begun)
    return _URC_NO_REASON;
  if (at == 0 || walk.count == walk.into.size())
    return _URC_END_OF_STACK;
  if (walk.skip > 0)
    --walk.skip;
  else
    walk.into[walk.count++] = at + (exact ? 1 : 0);
  return _URC_NO_REASON;
}

std::size_t by_tables(frames into, std::uintptr_t start, unsigned skip) noexcept {
  table_walk walk{into, start, skip};
  _Unwind_Backtrace(step, &walk);
  return walk.count;
}

// --- by frame pointers --------------------------------------------------------

/// The end of the stack of this thread; 0 before it is asked for, or when nobody knows.
constinit thread_local std::uintptr_t stack_end = 0;

void find_stack_end() noexcept {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0)
    return;
  void *low = nullptr;
  std::size_t size = 0;
  if (pthread_attr_getstack(&attributes, &low, &size) == 0)
    stack_end = reinterpret_cast<std::uintptr_t>(low) + size;
  pthread_attr_destroy(&attributes);
}

/// Each frame begins with the address of the frame before it and the return address. Code without
/// frame pointers uses the register for what it likes: then the walk may miss frames or end early,
/// but it reads nothing outside of the stack. (A stack that is not the thread's own, such as
/// a fiber's, gives nothing.)
__attribute__((no_sanitize("address", "thread"))) std::size_t
by_frame_pointers(frames into, std::uintptr_t frame, unsigned skip) noexcept {
  std::size_t count = 0;
  const std::uintptr_t end = stack_end;
  while (count < into.size() && frame % sizeof(void *) == 0 && frame < end &&
         end - frame >= 2 * sizeof(void *)) {
    const auto *const link = reinterpret_cast<const std::uintptr_t *>(frame);
    if (link[1] == 0)
      break;
    if (skip > 0)
      --skip;
    else
      into[count++] = link[1];
    if (link[0] <= frame)
      break;
    frame = link[0];
  }
  return count;
}

// --- which of the two ---------------------------------------------------------

// Counts the captures that agreed; enough of them, and frame pointers are believed. One that does
// not, and they are never asked again.
constexpr int enough = 8, refuted = -1;
constinit std::atomic<int> agreed{0};

std::uintptr_t module_of(std::uintptr_t address) noexcept {
  Dl_info found;
  return dladdr(reinterpret_cast<void *>(address - 1), &found)
             ? reinterpret_cast<std::uintptr_t>(found.dli_fbase)
             : 0;
}

/// Frame pointers may end in code of other modules: libc, which starts all threads, has none.
bool agree(std::span<const std::uintptr_t> pointers,
           std::span<const std::uintptr_t> tables) noexcept {
  const auto [a, b] = std::ranges::mismatch(pointers, tables);
  if (b == tables.end())
    return true;
  return b != tables.begin() && module_of(*b) != module_of(tables.front());
}

std::size_t compare_both(frames into, std::uintptr_t frame, std::uintptr_t start,
                         unsigned skip) noexcept {
  std::array<std::uintptr_t, stack::max_frames> other;
  find_stack_end();
  const std::size_t pointers = by_frame_pointers(other, frame, skip);
  const std::size_t count = by_tables(into, start, skip);
  if (count > 0) {
    if (!agree({other.data(), pointers}, into.first(count)))
      agreed.store(refuted, std::memory_order_relaxed);
    else if (const int so_far = agreed.load(std::memory_order_relaxed); so_far != refuted)
      agreed.store(so_far + 1, std::memory_order_relaxed);
  }
  return count;
}

std::uintptr_t interrupted_at(const void *context) noexcept {
  const auto &machine = static_cast<const ucontext_t *>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(machine.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return static_cast<std::uintptr_t>(machine.pc);
#else
#error "abide: which register is the program counter?"
#endif
}

std::uintptr_t interrupted_frame(const void *context) noexcept {
  const auto &machine = static_cast<const ucontext_t *>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(machine.gregs[REG_RBP]);
#elif defined(__aarch64__)
  return static_cast<std::uintptr_t>(machine.regs[29]);
#endif
}

} // namespace

void prepare_unwinding() noexcept {
  find_stack_end();
  std::array<std::uintptr_t, 2> ignored;
  by_tables(ignored, 0, 0);
}

// The unwinder knows the frame that the kernel has put between the handler and what it has
// interrupted. Where its tables fail, frame pointers are better than nothing.
std::size_t unwind_interrupted(frames into, const void *context) noexcept {
  const std::uintptr_t at = interrupted_at(context);
  if (const std::size_t count = by_tables(into, at, 0))
    return count;
  if (into.empty())
    return 0;
  into[0] = at + 1;
  return 1 + by_frame_pointers(into.subspan(1), interrupted_frame(context), 0);
}

} // namespace detail

stack::stack(std::span<const std::uintptr_t> addresses) noexcept
    : count_(std::min(addresses.size(), max_frames)) {
  std::copy_n(addresses.begin(), count_, at_.begin());
}

bool operator==(const stack &a, const stack &b) noexcept {
  return std::equal(a.at_.begin(), a.at_.begin() + a.count_, b.at_.begin(),
                    b.at_.begin() + b.count_);
}

stack stack::capture(unsigned skip, std::size_t most) noexcept {
  stack taken;
  const std::span into = std::span(taken.at_).first(std::min(most, max_frames));
  const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const auto start = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  const int agreed = detail::agreed.load(std::memory_order_relaxed);
  if (agreed >= detail::enough) [[likely]] {
    if (detail::stack_end == 0) [[unlikely]]
      detail::find_stack_end();
    taken.count_ = detail::by_frame_pointers(into, frame, skip);
  } else if (agreed != detail::refuted) {
    taken.count_ = detail::compare_both(into, frame, start, skip);
  }
  if (taken.count_ == 0) [[unlikely]]
    taken.count_ = detail::by_tables(into, start, skip);
  return taken;
}

std::string stack::to_string() const { return detail::describe_frames(addresses()); }

} // namespace abide
