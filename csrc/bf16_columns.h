// Columns of bfloat16 numbers, turned to rows for the tiles of a transposed product.
#pragma once

#include "rows.h"

namespace recurra::RECURRA_ISA {

// Of rows [0, 2 W), of which so many are there, columns [0, W), of which so many are there: each
// column to a row of words, of which the first `columns` are stored. Returns their sums.
inline Vec turn_block(const Bf16* from, long row, long rows, long left, long columns, Bf16* to,
                      long to_row) {
  Vec word[W], sum = zero();
  for (int i = 0; i < W; i++) {
    const Vec even = 2 * i < rows ? get(from + 2 * i * row, left) : zero();
    const Vec odd = 2 * i + 1 < rows ? get(from + (2 * i + 1) * row, left) : zero();
    sum += even;
    sum += odd;
    word[i] = (Vec)((Words)even >> 16 | (Words)odd);
  }
  transpose(word);
  for (int i = 0; i < W && i < columns; i++)
    store(reinterpret_cast<float*>(to + i * to_row), word[i]);
  return sum;
}

// Columns [0, rows) of `depth` rows, of which `left` columns may be read, to rows:
// to[r * scratch_row(depth) + k] = from[k * row + r], zeros up to whole blocks. Each column's sum
// is added to `sums`.
inline void pack_columns(const Bf16* from, long row, long left, long depth, long rows, Bf16* to,
                         const Sums& sums) {
  constexpr long BLOCK_DEPTH = 32;  // the same on all sets, so that sums are taken in one order
  const long to_row = scratch_row(depth);
  for (long k = 0; k < padded(depth); k += BLOCK_DEPTH)
    for (long r = 0; r < rows; r += W) {
      Vec sum = zero();
      for (long i = k; i < k + BLOCK_DEPTH; i += 2 * W)
        sum += turn_block(from + i * row + r, row, depth - i, left - r, rows - r,
                          to + r * to_row + i, to_row);
      if (sums.total) sums.add(r, sum, rows - r);
    }
}

}  // namespace recurra::RECURRA_ISA
