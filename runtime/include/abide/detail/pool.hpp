// Memory for coroutine frames and control blocks: a free list per size and thread.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ABIDE_PLAIN_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define ABIDE_PLAIN_MALLOC 1
#endif
#endif

namespace abide::detail {

/// Blocks are single malloc blocks of a rounded size, so a block may be freed on another thread,
/// and by code that was compiled without the pool. What a thread keeps is bounded; it is given
/// back when the thread ends. Sanitizers see plain malloc.
struct pool_cache {
  static constexpr std::size_t step = 64;
  static constexpr std::size_t classes = 16;
  static constexpr std::size_t kept_bytes = 256 * 1024;

  struct block {
    block *next;
  };
  block *free[classes];
  std::size_t room[classes]; // bytes that may still be kept; 0 before the first use and at the end
};

inline constinit thread_local pool_cache pool{};

void *pool_refill(std::size_t size_class);
void pool_overflow(void *memory, std::size_t size_class) noexcept;

/// Throws std::bad_alloc.
inline void *allocate(std::size_t size) {
  const std::size_t size_class = (size - 1) / pool_cache::step;
#ifndef ABIDE_PLAIN_MALLOC
  if (size_class < pool_cache::classes) {
    if (pool_cache::block *block = pool.free[size_class]) [[likely]] {
      pool.free[size_class] = block->next;
      pool.room[size_class] += (size_class + 1) * pool_cache::step;
      return block;
    }
    return pool_refill(size_class);
  }
#endif
  const std::size_t rounded =
      size_class < pool_cache::classes ? (size_class + 1) * pool_cache::step : size;
  if (void *memory = std::malloc(rounded))
    return memory;
  throw std::bad_alloc();
}

inline void deallocate(void *memory, std::size_t size) noexcept {
#ifndef ABIDE_PLAIN_MALLOC
  const std::size_t size_class = (size - 1) / pool_cache::step;
  if (size_class < pool_cache::classes) {
    const std::size_t bytes = (size_class + 1) * pool_cache::step;
    if (pool.room[size_class] >= bytes) [[likely]] {
      auto *block = static_cast<pool_cache::block *>(memory);
      block->next = pool.free[size_class];
      pool.free[size_class] = block;
      pool.room[size_class] -= bytes;
      return;
    }
    return pool_overflow(memory, size_class);
  }
#else
  (void)size;
#endif
  std::free(memory);
}

/// Base of what lives in the pool.
struct pooled {
  static void *operator new(std::size_t size) { return allocate(size); }
  static void operator delete(void *memory, std::size_t size) noexcept { deallocate(memory, size); }
};

} // namespace abide::detail
