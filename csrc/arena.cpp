#include "arena.h"

#include <cstdlib>
#include <new>

#include "memory.h"

namespace recurra {

namespace {
constexpr size_t HEADER = 64;
constexpr size_t KEPT_AT_MOST = size_t(256) << 20;
constexpr size_t AT_LEAST = size_t(1) << 20;
}  // namespace

Arena::~Arena() { free_all(); }

void Arena::free_all() {
  while (blocks_) {
    Block* next = blocks_->next;
    std::free(blocks_);
    blocks_ = next;
  }
}

void Arena::grow(size_t bytes) {
  const recurra::Block memory = aligned_block((bytes < AT_LEAST ? AT_LEAST : bytes) + HEADER);
  blocks_ = new (memory.start) Block{blocks_, memory.bytes - HEADER};
  used_ = 0;
}

float* Arena::floats(long count) {
  size_t bytes = (size_t(count) * sizeof(float) + 63) / 64 * 64;
  if (!blocks_ || used_ + bytes > blocks_->size) grow(bytes);
  char* start = reinterpret_cast<char*>(blocks_) + HEADER + used_;
  used_ += bytes;
  total_ += bytes;
  return reinterpret_cast<float*>(start);
}

void Arena::reset() {
  const size_t wanted = total_;
  if (blocks_ &&
      (blocks_->next || blocks_->size > KEPT_AT_MOST)) {  // next time, one block for all
    free_all();
    if (wanted <= KEPT_AT_MOST) grow(wanted);
  }
  used_ = total_ = 0;
}

Arena& fresh_arena() {
  thread_local Arena arena;
  arena.reset();
  return arena;
}

}  // namespace recurra
