#include <abide/detail/timers.hpp>

namespace abide::detail {

void timer_heap::add(timer &added, time_point when) {
  heap_.push_back({when, arrivals_, &added});
  sift_up(heap_.size() - 1, {when, arrivals_++, &added});
}

void timer_heap::remove(timer &removed) noexcept {
  const std::size_t slot = removed.slot_;
  removed.slot_ = timer::unarmed;
  const entry last = heap_.back();
  heap_.pop_back();
  if (slot == heap_.size())
    return;
  if (slot > 0 && last.before(heap_[(slot - 1) / 4]))
    sift_up(slot, last);
  else
    sift_down(slot, last);
}

timer &timer_heap::pop() noexcept {
  timer &first = *heap_.front().what;
  remove(first);
  return first;
}

void timer_heap::sift_up(std::size_t slot, const entry &e) noexcept {
  while (slot > 0) {
    const std::size_t parent = (slot - 1) / 4;
    if (!e.before(heap_[parent]))
      break;
    place(slot, heap_[parent]);
    slot = parent;
  }
  place(slot, e);
}

void timer_heap::sift_down(std::size_t slot, const entry &e) noexcept {
  for (;;) {
    const std::size_t begin = slot * 4 + 1;
    if (begin >= heap_.size())
      break;
    std::size_t least = begin;
    for (std::size_t child = begin + 1; child < begin + 4 && child < heap_.size(); ++child)
      if (heap_[child].before(heap_[least]))
        least = child;
    if (!heap_[least].before(e))
      break;
    place(slot, heap_[least]);
    slot = least;
  }
  place(slot, e);
}

} // namespace abide::detail
