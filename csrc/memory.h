// Memory for numbers: aligned to cache lines, and large blocks in large pages.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace recurra {

constexpr size_t LINE = 64, HUGE_PAGE = size_t(2) << 20;
constexpr size_t WORTH_HUGE_PAGES = 2 * HUGE_PAGE;

struct Block {
  void* start = nullptr;  // for std::free
  size_t bytes = 0;
};

// At least so many bytes, of unknown content; throws std::bad_alloc where memory runs out.
inline Block aligned_block(size_t bytes) {
  const size_t page = bytes < WORTH_HUGE_PAGES ? LINE : HUGE_PAGE;
  const size_t whole = (bytes + page - 1) / page * page;
  void* start = std::aligned_alloc(page, whole);
  if (!start) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
  // Rows that a pass reads in turn lie far apart: more small pages than a processor keeps in mind.
  if (page == HUGE_PAGE) madvise(start, whole, MADV_HUGEPAGE);
#endif
  return {start, whole};
}

}  // namespace recurra
