// Rows of a matrix packed as tiles read them, times a panel.
#pragma once

#if defined(RECURRA_BF16)
#include "bf16_rows.h"
#else
#include "float_rows.h"
#endif

namespace recurra::RECURRA_ISA {

// Rows of a matrix as `pack_tiles` leaves them.
struct PackedRows {
  const Number* tiles;
  long M, K;
};

// Packed rows times one panel: c (M, columns) = start + a panel. `in_chains`: as one of very many
// terms of a sum.
inline void multiply_tiles(const PackedRows& a, const Number* panel, const float* start,
                           long start_row, float* c, long c_row, long columns,
                           bool in_chains = false) {
  if (ROUNDS) {
    alignas(64) float sums[BLOCK_ROWS * PANEL];
    for (long m = 0; m < a.M; m += BLOCK_ROWS) {
      const long rows = smaller(a.M - m, BLOCK_ROWS);
      multiply_rows(a.tiles + rows_numbers(m, a.K), rows_numbers(1, a.K), rows, panel, a.K,
                    nullptr, 0, sums, PANEL, ROW_TILES);
      write_sums(sums, rows, columns, start ? start + m * start_row : nullptr, start_row,
                 c + m * c_row, c_row);
    }
    return;
  }
  for (Tiles t(a.M); t; t.next()) {
    const Number* tile = a.tiles + rows_numbers(t.first, a.K);
    const float* from = start ? start + t.first * start_row : nullptr;
    const TileCall call = {
        ROW_TILES[t.rows - 1], t.rows, tile, rows_numbers(1, a.K), panel, a.K, from, start_row,
        c + t.first * c_row,   c_row};
    call.run(columns, in_chains);
  }
}

}  // namespace recurra::RECURRA_ISA
