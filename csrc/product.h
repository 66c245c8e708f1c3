// The matrix product: weights packed in panels, multiplied by a tile of rows held in registers.
#pragma once

#include "team.h"
#if defined(RECURRA_BF16)
#include "bf16_tile.h"
#else
#include "float_tile.h"
#endif

namespace recurra::RECURRA_ISA {

// Rows cut into tiles, or other pieces, of nearly equal height:
// for (Tiles t(rows); t; t.next()) ... t.first, t.rows.
struct Tiles {
  long first = 0, rows, left, count;
  explicit Tiles(long total, long most = TILE_ROWS)
      : left(total), count((total + most - 1) / most) {
    rows = count ? (left + count - 1) / count : 0;
  }
  explicit operator bool() const { return count > 0; }
  void next() {
    first += rows;
    left -= rows;
    if (--count > 0) rows = (left + count - 1) / count;
  }
};

// --- whole products -----------------------------------------------------------------------------

// Steps of k at once, and rows of one time step. A panel of that depth stays in the second-level
// cache; for tiles of AMX, which are faster than that cache, in the first-level one, together with
// a tile of rows.
#if defined(__AMX_BF16__)
constexpr long PANEL_DEPTH = 256;
constexpr long STEP_ROWS = 64;
#else
constexpr long PANEL_DEPTH = 1024;
constexpr long STEP_ROWS = TILE_ROWS;
#endif
constexpr long BLOCK_ROWS = 96;

// Where a product starts from and goes to: c (M, N) = start + a b.
struct Target {
  float* c;  // `row` apart
  long row;
  const float* start = nullptr;  // one row of N, such as a bias, or null
  bool adds = false;             // to what is in c, instead of `start`
};

// A matrix (K, N) in panels, of which those from `first` to before `last` are used.
struct PackedMatrix {
  const Number* panels;  // [panel][K padded][PANEL]
  long K, N;
  long first, last;
};

// Rows of a matrix as `pack_tiles` leaves them (rows.h).
struct PackedRows {
  const Number* tiles;
  long M, K;
};

// Rows [0, M) of a, `a_row` apart and each contiguous, times one panel: c (M, PANEL) = start + a
// b; `start` (M, PANEL), `start_row` apart, or null. Rows of c should lie near each other.
inline void multiply_rows(const Number* a, long a_row, long M, const Number* panel, long K,
                          const float* start, long start_row, float* c, long c_row,
                          const Tile* tiles) {
  for (long k = 0; k < larger(K, 1); k += PANEL_DEPTH)
    for (Tiles t(M); t; t.next()) {
      float* to = c + t.first * c_row;
      const float* from = k ? to : start ? start + t.first * start_row : nullptr;
      tiles[t.rows - 1](a + t.first * a_row + k, a_row, panel + k * PANEL,
                        smaller(K - k, PANEL_DEPTH), from, k ? c_row : start_row, to, c_row);
    }
}

// The same of no more than BLOCK_ROWS rows, by way of a buffer: c may lie anywhere, and only so
// many columns of c and `start` are touched.
inline void multiply_block(const Number* a, long a_row, long M, const Number* panel, long K,
                           const float* start, long start_row, float* c, long c_row, long columns,
                           const Tile* tiles) {
  alignas(64) float sums[BLOCK_ROWS * PANEL];
  for (long m = 0; m < M; m++) fetch(c + m * c_row, PANEL);
  multiply_rows(a, a_row, M, panel, K, nullptr, 0, sums, PANEL, tiles);
  for (long m = 0; m < M; m++)
    for (long j = 0; j < smaller(columns, PANEL); j += W) {
      const Vec sum = load(sums + m * PANEL + j);
      const long left = columns - j;
      put(c + m * c_row + j, start ? get(start + m * start_row + j, left) + sum : sum, left);
    }
}

// Rows [0, M) of a, `a_row` apart and each contiguous, times a packed matrix.
inline void multiply(const Number* a, long a_row, long M, const PackedMatrix& b, const Target& to,
                     const Tile* tiles = TILES) {
  for (long m = 0; m < M; m += BLOCK_ROWS)
    for (long p = b.first; p < b.last; p++) {
      float* c = to.c + m * to.row + p * PANEL;
      const float* start = to.adds ? c : to.start ? to.start + p * PANEL : nullptr;
      multiply_block(a + m * a_row, a_row, smaller(M - m, BLOCK_ROWS),
                     b.panels + p * padded(b.K) * PANEL, b.K, start, to.adds ? to.row : 0, c,
                     to.row, b.N - p * PANEL, tiles);
    }
}

// Steps of k at once where tiles are packed too: a panel of them and a tile fit into the
// first-level cache, or, where tiles are fast, the second-level cache.
#if defined(__AMX_BF16__)
constexpr long PACKED_DEPTH = 512;
#else
constexpr long PACKED_DEPTH = 256;
#endif

}  // namespace recurra::RECURRA_ISA
