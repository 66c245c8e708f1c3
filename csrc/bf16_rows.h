// Rows rounded to bfloat16, as tiles read them: as far apart as `scratch_row` says, with zeros up
// to whole instructions.
#pragma once

#include "product.h"

namespace recurra::RECURRA_ISA {

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

// No sum is cut in chains: its terms are rounded more coarsely than the whole of it.
inline void multiply_tiles(const PackedRows& a, const Bf16* panel, const float* start,
                           long start_row, float* c, long c_row, long columns, bool = false) {
  for (long m = 0; m < a.M; m += BLOCK_ROWS)
    multiply_block(a.tiles + rows_numbers(m, a.K), rows_numbers(1, a.K),
                   smaller(a.M - m, BLOCK_ROWS), panel, a.K,
                   start ? start + m * start_row : nullptr, start_row, c + m * c_row, c_row,
                   columns, TILES);
}

}  // namespace recurra::RECURRA_ISA
