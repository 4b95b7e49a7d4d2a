#include <abide/detail/timers.hpp>

#include <algorithm>
#include <bit>
#include <utility>

namespace abide::detail {

void timer_heap::add(timer &added) noexcept {
  const entry e{added.deadline_, arrivals_++, &added};
  heap_.push_back(e);
  sift_up(heap_.size() - 1, e);
}

void timer_heap::remove(timer &removed) noexcept {
  const std::size_t slot = std::exchange(removed.slot_, timer::nowhere);
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

// --- the queue --------------------------------------------------------------

void timer_queue::add(timer &added, time_point when) {
  near_.reserve(size_ + 1); // so that time can go on without memory
  added.deadline_ = when;
  added.slot_ = timer::nowhere;
  put(added);
  ++size_;
}

void timer_queue::add(timer &added, duration delay) {
  near_.reserve(size_ + 1);
  added.deadline_ = time_point(delay);
  added.slot_ = timer::unsettled;
  unsettled_.push_back(added);
  ++delays_;
  ++size_;
}

void timer_queue::remove(timer &removed) noexcept {
  if (removed.linked())
    removed.unlink();
  else
    near_.remove(removed);
  --size_;
}

// The level is that of the highest digit in which the tick differs from the one that is reached.
void timer_queue::put(timer &added) noexcept {
  const std::int64_t when = tick_of(added.deadline_);
  if (when <= static_cast<std::int64_t>(tick_)) {
    near_.add(added);
    return;
  }
  const auto tick = static_cast<std::uint64_t>(when);
  const unsigned level = (static_cast<unsigned>(std::bit_width(tick ^ tick_)) - 1) / bits;
  const unsigned index = static_cast<unsigned>(tick >> (bits * level)) % (1u << bits);
  slot &into = far_[level][index];
  if (into.timers.empty() || added.deadline_ < into.earliest)
    into.earliest = added.deadline_;
  into.timers.push_back(added);
  used_[level] |= std::uint64_t{1} << index;
}

// All used slots are behind the tick that is reached, those of a lower level before the others.
bool timer_queue::first_slot(place &first) noexcept {
  for (unsigned level = 0; level < levels; ++level) {
    for (; used_[level]; used_[level] &= used_[level] - 1) {
      const auto index = static_cast<unsigned>(std::countr_zero(used_[level]));
      if (far_[level][index].timers.empty())
        continue;
      const unsigned above = bits * (level + 1);
      first = {level, index, (tick_ >> above << above) | (std::uint64_t{index} << (bits * level))};
      return true;
    }
  }
  return false;
}

// Time has come to the slot: its timers part into the levels below, or are near.
void timer_queue::empty_slot(const place &emptied) noexcept {
  tick_ = emptied.begin;
  slot &all = far_[emptied.level][emptied.index];
  while (timer *moved = all.timers.pop_front())
    put(*moved);
}

time_point timer_queue::next_look() noexcept {
  place first;
  if (!near_.empty() || !first_slot(first))
    return near_.first();
  return far_[first.level][first.index].earliest;
}

timer *timer_queue::pop(time_point now) noexcept {
  const std::int64_t reached = tick_of(now);
  place first;
  while (near_.empty() && first_slot(first) && static_cast<std::int64_t>(first.begin) <= reached)
    empty_slot(first);
  if (near_.empty() || near_.first() > now) {
    tick_ = static_cast<std::uint64_t>(std::max(static_cast<std::int64_t>(tick_), reached));
    return nullptr;
  }
  --size_;
  return &near_.pop();
}

} // namespace abide::detail
