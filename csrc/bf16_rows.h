// Rows rounded to bfloat16, as tiles read them: as far apart as `scratch_row` says, with zeros up
// to whole instructions.
#pragma once

#include "product.h"

namespace recurra::RECURRA_ISA {

constexpr const Tile* ROW_TILES = TILES;

// Numbers that `pack_tiles` writes.
inline long rows_numbers(long M, long K) { return M * scratch_row(K); }

// Rows [0, M) of a (M, K) matrix of which the rows or the columns are contiguous.
inline void pack_tiles(View a, long M, long K, Bf16* to) {
  if (a.column == 1) {
    read_rows(a.start, a.row, M, K, to);
    return;
  }
  const long row = scratch_row(K);
  for (long r = 0; r < M; r += W)
    for (long k = 0; k < padded(K); k += W) {
      Vec v[W];
      for (long i = 0; i < W; i++)
        v[i] = k + i < K ? get(a.start + (k + i) * a.column + r, M - r) : zero();
      transpose(v);
      for (long i = 0; i < W && r + i < M; i++) store(to + (r + i) * row + k, v[i]);
    }
}

}  // namespace recurra::RECURRA_ISA
