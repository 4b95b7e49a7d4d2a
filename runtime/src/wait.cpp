#include <abide/as_completed.hpp>
#include <abide/detail/link.hpp>
#include <abide/timeout.hpp>
#include <abide/wait.hpp>

#include <unordered_set>

namespace abide::detail {
namespace {

void set_unless_done(const future<void> &waiter) {
  if (!waiter.done())
    waiter.set_result();
}

struct waiting {
  void child_done(future_state &ended) {
    --left;
    const bool failed = !ended.cancelled() && ended.exception();
    if (left == 0 || until == wait_until::first_completed ||
        (until == wait_until::first_exception && failed))
      set_unless_done(waiter);
  }
  wait_until until;
  std::size_t left;
  future<void> waiter = make_future<void>();
};

} // namespace

std::vector<std::size_t> first_places(const std::vector<ref<future_state>> &all) {
  std::vector<std::size_t> places;
  std::unordered_set<const future_state *> known;
  for (std::size_t place = 0; place < all.size(); ++place)
    if (known.insert(all[place].get()).second)
      places.push_back(place);
  return places;
}

task<void> wait_for_states(std::vector<ref<future_state>> all, wait_options options) {
  if (all.empty())
    throw invalid_argument("abide: wait() needs at least one task or future");
  waiting state{options.until, all.size()};
  const links<waiting> watched = watch_all(state, all);
  struct limit {
    ~limit() { timer.cancel(); }
    handle timer;
  } limited;
  if (options.timeout)
    limited.timer = running_loop().call_later(*options.timeout,
                                              [waiter = state.waiter] { set_unless_done(waiter); });
  co_await state.waiter;
}

task<void> cancel_and_wait(ref<future_state> awaited) {
  waiting state{wait_until::all_completed, 1};
  const link<waiting> watched(state, awaited);
  awaited->cancel();
  co_await state.waiter;
}

// --- as_completed -----------------------------------------------------------

void completions::notify() {
  if (const auto waiting = std::exchange(waiter, {}); waiting && !waiting->done())
    waiting->complete(future_status::finished);
}

void completions::child_done(future_state &ended) {
  if (expired)
    return;
  done.emplace_back(&ended);
  if (done.size() == watched.size())
    timer.cancel();
  notify();
}

void completions::expire() {
  expired = true;
  notify();
}

std::shared_ptr<completions> watch_completions(std::vector<ref<future_state>> all,
                                               std::optional<duration> timeout) {
  auto result = std::make_shared<completions>();
  std::erase_if(all, [seen = std::unordered_set<future_state *>()](const auto &one) mutable {
    return !seen.insert(one.get()).second;
  });
  result->left = all.size();
  result->watched = watch_all(*result, all);
  if (timeout && !all.empty())
    result->timer =
        running_loop().call_later(*timeout, [weak = std::weak_ptr<completions>(result)] {
          if (const auto alive = weak.lock())
            alive->expire();
        });
  return result;
}

task<ref<future_state>> next_completion(std::shared_ptr<completions> all) {
  if (all->left == 0)
    throw invalid_state("abide: as_completed() has given all its futures: ask more() first");
  while (all->next == all->done.size()) {
    if (all->expired) {
      --all->left;
      throw timeout_error("abide: as_completed() ran out of time");
    }
    if (all->waiter)
      throw invalid_state("abide: next() of as_completed() is awaited already: one at a time");
    const future<void> waiter = make_future<void>();
    all->waiter = ref<future_state>(&waiter.state());
    struct reset {
      completions &all;
      ~reset() { all.waiter = {}; }
    } resetting{*all};
    co_await waiter;
  }
  --all->left;
  co_return std::exchange(all->done[all->next++], {});
}

} // namespace abide::detail
