// Large blocks of memory that go back and forth between calls and the tensors of PyTorch: what one
// training step keeps for its backward pass, the next writes again, without thousands of page
// faults.
#pragma once

#include "memory.h"

namespace recurra {

// A block of at least `bytes`, aligned to 64, of unknown content; throws std::bad_alloc where
// memory runs out.
Block take_block(size_t bytes);

// Give a block back; some are kept for the next `take_block`, the rest freed. Any thread may call
// either.
void give_block(Block block);

}  // namespace recurra
