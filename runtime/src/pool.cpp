#include <abide/detail/pool.hpp>

namespace abide::detail {
namespace {

// Opens the free lists of a thread and empties them at its end. What is freed after that goes to
// free() directly, because room stays 0.
struct pool_owner {
  pool_owner() {
    // Who asks malloc to soil freed memory wants to see it soiled.
    if (!std::getenv("MALLOC_PERTURB_"))
      for (std::size_t &room : pool.room)
        room = pool_cache::kept_bytes;
  }
  ~pool_owner() {
    for (std::size_t &room : pool.room)
      room = 0;
    for (pool_cache::block *&head : pool.free)
      while (pool_cache::block *block = head) {
        head = block->next;
        std::free(block);
      }
  }
  void touch() {}
};

thread_local pool_owner owner;

} // namespace

void *pool_refill(std::size_t size_class) {
  owner.touch();
  if (void *memory = std::malloc((size_class + 1) * pool_cache::step))
    return memory;
  throw std::bad_alloc();
}

void pool_overflow(void *memory, std::size_t) noexcept { std::free(memory); }

} // namespace abide::detail
