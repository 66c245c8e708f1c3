#include "pool.h"

#include <cstdlib>
#include <mutex>
#include <vector>

namespace recurra {

namespace {

constexpr size_t KEPT_AT_MOST = size_t(512) << 20;

struct Pool {
  std::mutex mutex;
  std::vector<Block> idle;  // the last given back at the end
  size_t bytes = 0;
};

Pool& pool() {
  static Pool* one =
      new Pool;  // never destroyed: tensors may outlive the end of the program's static objects
  return *one;
}

}  // namespace

Block take_block(size_t bytes) {
  {
    const std::lock_guard<std::mutex> lock(pool().mutex);
    auto& idle = pool().idle;
    for (size_t i = idle.size(); i-- > 0;)
      if (idle[i].bytes >= bytes && idle[i].bytes <= bytes + bytes / 4) {
        const Block found = idle[i];
        idle.erase(idle.begin() + long(i));
        pool().bytes -= found.bytes;
        return found;
      }
  }
  return aligned_block(bytes);
}

void give_block(Block block) {
  std::vector<Block> dropped;
  {
    const std::lock_guard<std::mutex> lock(pool().mutex);
    auto& idle = pool().idle;
    idle.push_back(block);
    pool().bytes += block.bytes;
    while (pool().bytes > KEPT_AT_MOST) {  // the oldest first
      pool().bytes -= idle.front().bytes;
      dropped.push_back(idle.front());
      idle.erase(idle.begin());
    }
  }
  for (const Block& one : dropped) std::free(one.start);
}

}  // namespace recurra
