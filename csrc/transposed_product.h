// The product of a matrix, transposed, with another: the gradient of weights, a sum over all rows.
#pragma once

#if defined(RECURRA_BF16)
#include "bf16_columns.h"
#else
#include "float_columns.h"
#endif

namespace recurra::RECURRA_ISA {

// Steps of k at once, where the sums are so many numbers. Large sums come from beyond the
// second-level cache, and should be read and written seldom; with few, a panel and a tile fit into
// the first-level cache; tiles of AMX are so fast that all sums are large beside them.
#if defined(__AMX_BF16__)
inline long depth_for(long) { return 1024; }
#else
constexpr long LARGE_SUMS = 1L << 19;
inline long depth_for(long sums) { return sums > LARGE_SUMS ? 1024 : 256; }
#endif

// c (G M, N) += a' b over K rows, with the sums of a's columns added to `sums`.
struct TransposedProduct {
  const Number* a;  // (K, G, M), rows `a_row` apart, groups `a_group` apart
  long a_row, a_group;
  const float* b;  // (K, N), `b_row` apart
  long b_row;
  long groups, M, N, K;
  float* c;        // (G M, N)
  Sums sums;       // (G M), or null
  bool in_chains;  // as one of very many such products

  long depth() const { return depth_for(groups * M * N); }
};

// Scratch of a transposed product: one block of b for all threads of a team, one of a for each.
struct TransposedScratch {
  Number *shared, *of_thread;

  static long shared_numbers(long N, long depth) { return panels(N) * PANEL * depth; }
  static long thread_numbers(long depth) { return rows_numbers(BLOCK_ROWS, depth) + W; }
};

// Rows [first, last) of group g of c, no more than BLOCK_ROWS, for steps [k, k + depth).
inline void multiply_columns(const TransposedProduct& p, const TransposedScratch& scratch, long g,
                             long first, long last, long k, long depth) {
  const long height = last - first;
  for (Tiles t(height); t; t.next()) {
    const long column = first + t.first;
    pack_columns(p.a + k * p.a_row + g * p.a_group + column, p.a_row, p.M - column, depth, t.rows,
                 scratch.of_thread + rows_numbers(t.first, depth), p.sums.from(g * p.M + column));
  }
  for (long j = 0; j < panels(p.N); j++) {
    float* c = p.c + (g * p.M + first) * p.N + j * PANEL;
    multiply_tiles({scratch.of_thread, height, depth}, scratch.shared + j * padded(depth) * PANEL,
                   c, p.N, c, p.N, p.N - j * PANEL, p.in_chains);
  }
}

// Called by the whole team.
inline void multiply_transposed(const Member& me, const TransposedProduct& p,
                                const TransposedScratch& scratch) {
  const long tiles = (p.M + TILE_ROWS - 1) / TILE_ROWS;  // of a group
  const Range mine(panels(p.N), me.id, me.size), rows(p.groups * tiles, me.id, me.size);
  for (long k = 0; k < p.K; k += p.depth()) {
    const long depth = smaller(p.K - k, p.depth());
    me.barrier->wait();  // all have used the last block of b
    for (long j = mine.first; j < mine.last; j++)
      pack_panel({p.b + k * p.b_row, p.b_row, 1}, depth, p.N, j * PANEL,
                 scratch.shared + j * padded(depth) * PANEL);
    me.barrier->wait();
    for (long from = rows.first; from < rows.last;) {
      const long g = from / tiles, tile = from % tiles;
      const long to =
          smaller(smaller(tile + BLOCK_ROWS / TILE_ROWS, tiles), tile + rows.last - from);
      multiply_columns(p, scratch, g, tile * TILE_ROWS, smaller(to * TILE_ROWS, p.M), k, depth);
      from += to - tile;
    }
  }
}

}  // namespace recurra::RECURRA_ISA
