// Rows of float32 numbers, packed in tiles.
#pragma once

#include "product.h"

namespace recurra::RECURRA_ISA {

// Numbers that `pack_tiles` writes, without those beyond the end.
inline long rows_numbers(long M, long K) { return M * K; }

// Rows [first, first + R) of a (M, K) matrix to one tile: to[k * R + r]. Whole vectors are stored,
// each over the end of the one before, so that W floats behind the tile are overwritten too.
inline void pack_tile(View a, long M, long K, long first, long R, float* to) {
  const float* from = a.start + first * a.row;
  long k = 0;
  if (a.row == 1)
    for (; k < K; k++)
      for (long r = 0; r < R; r += W)
        store(to + k * R + r, get(from + k * a.column + r, M - first - r));
  if (a.column == 1)
    for (; k + W <= K; k += W) {
      Vec v[TILE_VECTORS][W];
      for (int i = 0; i < TILE_VECTORS * W; i++)
        v[i / W][i % W] = i < R ? load(from + i * a.row + k) : zero();
      for (int group = 0; group < TILE_VECTORS; group++) transpose(v[group]);
      for (int i = 0; i < W; i++)
        for (int group = 0; group < TILE_VECTORS && group * W < R; group++)
          store(to + (k + i) * R + group * W, v[group][i]);
    }
  for (; k < K; k++)
    for (long r = 0; r < R; r++) to[k * R + r] = from[r * a.row + k * a.column];
}

// Rows [0, M) to tiles one after the other; to[M * K + W].
inline void pack_tiles(View a, long M, long K, float* to) {
  for (Tiles t(M); t; t.next()) pack_tile(a, M, K, t.first, t.rows, to + t.first * K);
}

// One packed tile times a panel.
struct TileProduct {
  const float* a;      // a tile, as `pack_tile` leaves it
  long rows;           // R of it
  const float* panel;  // (K, PANEL)
  long K;
  const float* start;  // (R, PANEL), `start_row` apart, or null
  long start_row;
  float* c;  // (R, PANEL), `c_row` apart
  long c_row;

  // In chains: as one of very many terms of a sum.
  void run(long columns, bool in_chains) const {
    if (in_chains)
      run_in_chains(smaller(columns, PANEL));
    else if (columns >= PANEL)
      tile(K, 0, start, start_row, c, c_row);
    else
      run_to_edge(columns);
  }

 private:
  void tile(long depth, long k, const float* from, long from_row, float* to, long to_row) const {
    PACKED_TILES[rows - 1](a + k * rows, 0, panel + k * PANEL, depth, from, from_row, to, to_row);
  }

  // At the right edge: through a buffer, so that no column beyond so many is touched.
  void run_to_edge(long columns) const {
    alignas(64) float from[TILE_ROWS * PANEL] = {}, to[TILE_ROWS * PANEL];
    for (long r = 0; start && r < rows; r++)
      for (long j = 0; j < columns; j++) from[r * PANEL + j] = start[r * start_row + j];
    tile(K, 0, from, PANEL, to, PANEL);
    for (long r = 0; r < rows; r++)
      for (long j = 0; j < columns; j++) c[r * c_row + j] = to[r * PANEL + j];
  }

  // Sums over K are cut in chains, so that rounding does not grow with K; so many columns are
  // written.
  void run_in_chains(long columns) const {
    alignas(64) float sum[TILE_ROWS * PANEL];
    for (long k = 0; k < K; k += CHAIN)
      tile(smaller(K - k, CHAIN), k, k ? sum : nullptr, PANEL, sum, PANEL);
    for (long r = 0; r < rows; r++)
      for (long j = 0; j < columns; j += W) {
        const Vec part = load(sum + r * PANEL + j);
        put(c + r * c_row + j, start ? get(start + r * start_row + j, columns - j) + part : part,
            columns - j);
      }
  }
};

inline void multiply_tiles(const PackedRows& a, const float* panel, const float* start,
                           long start_row, float* c, long c_row, long columns,
                           bool in_chains = false) {
  for (Tiles t(a.M); t; t.next()) {
    float* to = c + t.first * c_row;
    for (long r = 0; r < t.rows; r++) fetch(to + (t.rows + r) * c_row, PANEL);  // the next tile's
    const float* from = start ? start + t.first * start_row : nullptr;
    const float* tile = a.tiles + rows_numbers(t.first, a.K);
    const TileProduct product = {tile, t.rows, panel, a.K, from, start_row, to, c_row};
    product.run(columns, in_chains);
  }
}

}  // namespace recurra::RECURRA_ISA
