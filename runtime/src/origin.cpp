#include <abide/detail/origin.hpp>

#include <abide/debug_level.hpp>
#include <abide/detail/task_core.hpp>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <span>

namespace abide {

debug_level debug_level::from_environment() noexcept {
  const char *text = std::getenv("ABIDE_DEBUG");
  if (!text || !*text)
    return false;
  const bool number = text[0] >= '0' && text[0] <= '9' && !text[1];
  return number ? debug_level(text[0] - '0') : debug_level(true);
}

namespace detail {

namespace {

/// Calls that are kept: they are added at the head of a chain, and never leave it.
struct kept_calls {
  stack at;
  std::size_t hash;
  const kept_calls *next;
};
constexpr std::size_t chains = 4096, most_kept = 65536;
constinit std::atomic<const kept_calls *> kept[chains];
constinit std::atomic<std::size_t> kept_count{0};

std::size_t hash_of(const stack &calls) noexcept {
  std::size_t hash = 0;
  for (const std::uintptr_t address : calls.addresses())
    hash = std::rotl(hash, 7) ^ address;
  return hash * 0x9e3779b97f4a7c15u;
}

// One by one: memcmp() would wait for what has just been stored to reach the cache.
bool same(std::span<const std::uintptr_t> a, std::span<const std::uintptr_t> b) noexcept {
  if (a.size() != b.size())
    return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i])
      return false;
  return true;
}

const kept_calls *find(const kept_calls *from, const kept_calls *end, std::size_t hash,
                       const stack &calls) noexcept {
  for (; from != end; from = from->next)
    if (from->hash == hash && same(from->at.addresses(), calls.addresses()))
      return from;
  return nullptr;
}

[[gnu::noinline]] const stack *look_up(const stack &calls) noexcept {
  const std::size_t hash = hash_of(calls);
  auto &chain = kept[hash >> 52]; // the upper bits depend on all addresses
  const kept_calls *head = chain.load(std::memory_order_acquire);
  if (const kept_calls *known = find(head, nullptr, hash, calls))
    return &known->at;
  if (kept_count.load(std::memory_order_relaxed) >= most_kept)
    return nullptr;
  auto *added = new (std::nothrow) kept_calls{calls, hash, head};
  if (!added)
    return nullptr;
  while (!chain.compare_exchange_weak(head, added, std::memory_order_release,
                                      std::memory_order_acquire)) {
    if (const kept_calls *known = find(head, added->next, hash, calls)) { // another thread's
      delete added;
      return &known->at;
    }
    added->next = head;
  }
  kept_count.fetch_add(1, std::memory_order_relaxed);
  return &added->at;
}

// Hot: calls_here() is cold for those who do not call it, and would be made for size.
[[gnu::hot, gnu::noinline]] const stack *keep(const stack &calls) noexcept {
  // What this thread has kept of late, by the two innermost calls: spares the hash.
  constinit static thread_local const stack *recent[64]{};
  const auto at = calls.addresses();
  const stack *&last = recent[at.size() < 2 ? 0 : (at[0] ^ at[1] >> 2) % std::size(recent)];
  if (!last || !same(last->addresses(), at)) [[unlikely]]
    last = look_up(calls);
  return last;
}

} // namespace

const stack *calls_here() noexcept { return keep(stack::capture(1, 10)); }

origin::origin(loop_core &core) {
  const task_core *maker = core.current;
  if (!maker)
    return;
  constexpr unsigned far_enough = 64;
  unsigned seen = 0;
  for (const promise_base *at = maker->root(); at && seen < far_enough; at = at->awaiting, ++seen) {
    if (depth_ == awaits_.size())
      std::shift_left(awaits_.begin(), awaits_.end(), 1);
    else
      ++depth_;
    awaits_[depth_ - 1u] = at->where;
  }
  maker_ = maker->made();
  if (!maker_)
    return;
  if (maker_->makers_ == max_makers)
    maker_ = maker_->cut(kept_makers);
  makers_ = static_cast<std::uint8_t>(maker_->makers_ + 1);
}

origin::origin(const origin &other, ref<origin> maker)
    : makers_(static_cast<std::uint8_t>(maker ? maker->makers_ + 1 : 0)), depth_(other.depth_),
      number_(other.number_), maker_(std::move(maker)), spawned_(other.spawned_),
      awaits_(other.awaits_), calls_(other.calls_) {
  if (other.name_)
    set_name(*other.name_);
}

ref<origin> origin::cut(unsigned left) const {
  ref<origin> maker = left > 1 && maker_ ? maker_->cut(left - 1) : ref<origin>();
  return ref<origin>::adopt(new origin(*this, std::move(maker)));
}

ref<origin> origin::here(loop_core &core) noexcept {
  try {
    auto result = ref<origin>::adopt(new origin(core));
    if (core.debug >= 2)
      result->calls_ = calls_here();
    return result;
  } catch (const std::bad_alloc &) {
    return {};
  }
}

ref<origin> origin::of_task(loop_core &core, std::uint64_t number, std::source_location where,
                            const stack *made) noexcept {
  try {
    auto result = ref<origin>::adopt(new origin(core));
    result->number_ = number;
    result->spawned_ = where;
    result->calls_ = made;
    return result;
  } catch (const std::bad_alloc &) {
    return {};
  }
}

void origin::release() noexcept {
  if (--references_ == 0)
    delete this;
}

birth origin::as_birth(std::string what) const {
  birth result{std::move(what), spawned_, calls_ ? *calls_ : stack(), {}};
  for (const std::source_location &one : std::span(awaits_).first(depth_))
    if (one.line())
      result.awaits.push_back(one);
  // Who calls create_task() himself stands there, and not at a co_await of before.
  if (!result.awaits.empty() && spawned_.line() &&
      std::string_view(result.awaits.back().function_name()) == spawned_.function_name())
    result.awaits.pop_back();
  return result;
}

std::vector<birth> origin::births(std::string what) const {
  std::vector<birth> result{as_birth(std::move(what))};
  for (const origin *maker = maker_.get(); maker; maker = maker->maker_.get())
    result.push_back(maker->as_birth("task '" + maker->task_name() + "'"));
  return result;
}

std::string origin::place() const {
  const bool known = depth_ > 0 && awaits_[depth_ - 1u].line();
  return known ? ", made while in " + to_string(awaits_[depth_ - 1u]) : "";
}

std::string origin::task_name() const { return name_ ? *name_ : "Task-" + std::to_string(number_); }

report report_on(severity level, report_kind kind, std::string message, future_state &about) {
  report result{level, std::move(message), about.describe_future(), nullptr, kind};
  const task_core *task = about.as_task();
  if (task) {
    result.task = task->name();
    result.suspended = task->awaits();
  }
  if (about.made())
    result.made = about.made()->births(task ? "task '" + task->name() + "'" : "future");
  return result;
}

} // namespace detail
} // namespace abide
