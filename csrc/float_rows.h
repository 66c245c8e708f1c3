// Rows of float32 numbers, packed in tiles.
#pragma once

#include "product.h"

namespace recurra::RECURRA_ISA {

constexpr const Tile* ROW_TILES = PACKED_TILES;

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

}  // namespace recurra::RECURRA_ISA
