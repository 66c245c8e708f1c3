// Scratch memory of one call, kept by the calling thread for the next call: large blocks fresh
// from the system cost more in page faults than the arithmetic on them.
#pragma once

#include <cstddef>

namespace recurra {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  // `count` floats, aligned to 64 bytes, of unknown content.
  float* floats(long count);
  double* doubles(long count) { return reinterpret_cast<double*>(floats(2 * count)); }

  // Forget what was taken; keep the memory, up to a limit.
  void reset();

 private:
  struct Block {
    Block* next;
    size_t size;  // bytes after the header
  };
  Block* blocks_ = nullptr;
  size_t used_ = 0;   // bytes taken from the first block
  size_t total_ = 0;  // bytes taken since the last reset
  void grow(size_t bytes);
  void free_all();
};

// The calling thread's arena, reset; throws std::bad_alloc where memory runs out (so does
// `floats`).
Arena& fresh_arena();

}  // namespace recurra
