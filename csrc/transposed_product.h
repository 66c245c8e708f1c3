// The product of a matrix, transposed, with another: the gradient of weights, a sum over all rows.
#pragma once

#include "product.h"

namespace recurra::RECURRA_ISA {

inline void fetch(const float* from, long count) {
  for (long i = 0; i < count; i += W) __builtin_prefetch(from + i);
}

// Columns [0, rows) of `depth` rows, of which `left` columns may be read: to[k * rows + r] =
// from[k * row + r]. Whole vectors are written, so that up to W floats beyond the end are too.
// Each column's sum is added to `sums`.
inline void pack_tile_summing(const float* from, long row, long left, long depth, long rows,
                              float* to, const Sums& sums) {
  for (long first = 0; first < depth; first += CHAIN) {
    Vec total[4][TILE_VECTORS] = {};  // as in `sum_of_rows`
    const auto take_row = [&](Vec* sums_of_row) {
      for (long r = 0; r < rows; r += W) {
        const Vec columns = get(from + r, left - r);
        store(to + r, columns);
        sums_of_row[r / W] += columns;
      }
      from += row;
      to += rows;
    };
    long k = first;
    const long stop = smaller(first + CHAIN, depth);
    for (; k + 4 <= stop; k += 4)
#pragma GCC unroll 4
      for (int i = 0; i < 4; i++) take_row(total[i]);
    for (; k < stop; k++) take_row(total[0]);
    for (long r = 0; sums.total && r < rows; r += W)
      sums.add(r, (total[0][r / W] + total[1][r / W]) + (total[2][r / W] + total[3][r / W]),
               rows - r);
  }
}

// c (M, N) += a' b over K rows, with the sums of a's columns added to `sums`.
struct TransposedProduct {
  const float* a;  // (K, M), `a_row` apart
  long a_row;
  const float* b;  // (K, N), `b_row` apart
  long b_row;
  long M, N, K;
  float* c;        // (M, N)
  Sums sums;       // (M), or null
  bool in_chains;  // as one of very many such products
};

// Scratch of a transposed product: one block of b for all threads of a team, one of a for each.
struct TransposedScratch {
  float *shared, *of_thread;

  static long shared_floats(long N) { return panels(N) * PANEL * PACKED_DEPTH; }
  static long thread_floats() { return BLOCK_ROWS * PACKED_DEPTH + W; }
};

// Called by the whole team.
inline void multiply_transposed(const Member& me, const TransposedProduct& p,
                                const TransposedScratch& scratch) {
  const Range mine(panels(p.N), me.id, me.size);
  const Range rows((p.M + TILE_ROWS - 1) / TILE_ROWS, me.id, me.size);
  const long last = smaller(rows.last * TILE_ROWS, p.M);
  for (long k = 0; k < p.K; k += PACKED_DEPTH) {
    const long depth = smaller(p.K - k, PACKED_DEPTH);
    me.barrier->wait();  // all have used the last block of b
    for (long j = mine.first; j < mine.last; j++)
      pack_panel({p.b + k * p.b_row, p.b_row, 1}, depth, p.N, j * PANEL,
                 scratch.shared + j * depth * PANEL);
    me.barrier->wait();
    for (long m = rows.first * TILE_ROWS; m < last; m += BLOCK_ROWS) {
      const long height = smaller(last - m, BLOCK_ROWS);
      for (Tiles t(height); t; t.next()) {
        const long column = m + t.first;
        pack_tile_summing(p.a + k * p.a_row + column, p.a_row, p.M - column, depth, t.rows,
                          scratch.of_thread + t.first * depth, p.sums.from(column));
      }
      for (long j = 0; j < panels(p.N); j++)
        for (Tiles t(height); t; t.next()) {
          float* c = p.c + (m + t.first) * p.N + j * PANEL;
          const float *a = scratch.of_thread + t.first * depth,
                      *panel = scratch.shared + j * depth * PANEL;
          for (long r = 0; r < t.rows; r++)
            fetch(c + (t.rows + r) * p.N, PANEL);  // the next tile's
          const TileCall call = {
              PACKED_TILES[t.rows - 1], t.rows, a, 0, panel, depth, c, p.N, c, p.N};
          call.run(p.N - j * PANEL, p.in_chains);
        }
    }
  }
}

}  // namespace recurra::RECURRA_ISA
