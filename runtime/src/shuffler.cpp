#include <abide/detail/shuffler.hpp>

#include <abide/detail/task_core.hpp>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace abide {

std::optional<schedule_options> schedule_options::from_environment() {
  const char *const given = std::getenv("ABIDE_SCHEDULE_SEED");
  if (!given || !*given)
    return std::nullopt;
  schedule_options result;
  char *end = nullptr;
  result.seed = std::strtoull(given, &end, 10);
  if (*end)
    result.seed = std::random_device()();
  if (const char *const one_in = std::getenv("ABIDE_SCHEDULE_CANCEL"))
    result.cancel_one_in = static_cast<unsigned>(std::strtoul(one_in, nullptr, 10));
  return result;
}

namespace detail {

shuffler::shuffler(const schedule_options &options)
    : random_(options.seed), cancel_one_in_(options.cancel_one_in) {
  std::fprintf(stderr, "abide: random schedule: ABIDE_SCHEDULE_SEED=%llu",
               static_cast<unsigned long long>(options.seed));
  if (cancel_one_in_)
    std::fprintf(stderr, " ABIDE_SCHEDULE_CANCEL=%u", cancel_one_in_);
  std::fputs(" runs it again\n", stderr);
}

void shuffler::deal(work_list &ready, work_list &rest) {
  std::vector<work *> all;
  std::vector<std::size_t> tasks; // where in `all` they stand
  while (work *next = ready.pop_front()) {
    if (dynamic_cast<task_core *>(next))
      tasks.push_back(all.size());
    all.push_back(next);
  }
  for (std::size_t i = tasks.size(); i > 1; --i)
    std::swap(all[tasks[i - 1]], all[tasks[below(i)]]);
  const std::size_t now = all.empty() ? 0 : 1 + below(all.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    (i < now ? ready : rest).push_back(*all[i]);
  if (cancel_one_in_ == 0)
    return;
  for (std::size_t i = 0; i < now; ++i)
    if (auto *task = dynamic_cast<task_core *>(all[i]); task && below(cancel_one_in_) == 0)
      task->cancel();
}

} // namespace detail
} // namespace abide
