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

// Rows of a matrix as `pack_tiles` leaves them.
struct PackedRows {
  const Bf16* tiles;
  long M, K;
};

// Packed rows times one panel: c (M, columns) = start + a panel. `in_chains`: as one of very many
// terms of a sum.
inline void multiply_tiles(const PackedRows& a, const Bf16* panel, const float* start,
                           long start_row, float* c, long c_row, long columns,
                           bool in_chains = false) {
  const long row = scratch_row(a.K);
  for (Tiles t(a.M); t; t.next()) {
    const float* from = start ? start + t.first * start_row : nullptr;
    const TileCall call = {
        TILES[t.rows - 1],   t.rows, a.tiles + t.first * row, row, panel, a.K, from, start_row,
        c + t.first * c_row, c_row};
    call.run(columns, in_chains);
  }
}

}  // namespace recurra::RECURRA_ISA
