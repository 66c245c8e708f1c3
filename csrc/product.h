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
  const float* start = nullptr;  // one row of N, such as a bias, read to a whole panel; or null
  bool adds = false;             // to what is in c, instead of `start`
};

// A matrix (K, N) in panels, of which those from `first` to before `last` are used.
struct PackedMatrix {
  const Number* panels;  // [panel][K padded][PANEL]
  long K, N;
  long first, last;
};

// What a tile is called with, where calls are handed on.
struct TileCall {
  Tile tile;
  long rows;        // R of the tile
  const Number* a;  // (R, K), `a_row` apart, or packed
  long a_row;
  const Number* panel;  // (K, PANEL)
  long K;
  const float* start;  // (R, PANEL), `start_row` apart, or null
  long start_row;
  float* c;  // (R, PANEL), `c_row` apart
  long c_row;

  void run() const { tile(a, a_row, panel, K, start, start_row, c, c_row); }

  // At the right edge: through a buffer, so that no column beyond so many is touched.
  void run_to_edge(long columns) const {
    alignas(64) float from[TILE_ROWS * PANEL] = {}, to[TILE_ROWS * PANEL];
    for (long r = 0; start && r < rows; r++)
      for (long j = 0; j < columns; j++) from[r * PANEL + j] = start[r * start_row + j];
    tile(a, a_row, panel, K, from, PANEL, to, PANEL);
    for (long r = 0; r < rows; r++)
      for (long j = 0; j < columns; j++) c[r * c_row + j] = to[r * PANEL + j];
  }

  // Of packed tiles: sums over K are cut in chains, so that rounding does not grow with K; so many
  // columns are written.
  void run_in_chains(long columns) const {
    alignas(64) float sum[TILE_ROWS * PANEL];
    for (long k = 0; k < K; k += CHAIN)
      tile(a + k * rows, 0, panel + k * PANEL, smaller(K - k, CHAIN), k ? sum : nullptr, PANEL,
           sum, PANEL);
    for (long r = 0; r < rows; r++)
      for (long j = 0; j < columns; j += W) {
        const Vec part = load(sum + r * PANEL + j);
        put(c + r * c_row + j, start ? get(start + r * start_row + j, columns - j) + part : part,
            columns - j);
      }
  }

  // Any of these: in chains where it is one of very many terms of a sum, and its terms are not
  // rounded more coarsely than the chains.
  void run(long columns, bool in_chains) const {
    if (in_chains && !ROUNDS)
      run_in_chains(smaller(columns, PANEL));
    else if (columns >= PANEL)
      run();
    else
      run_to_edge(columns);
  }
};

// Rows [0, M) of a, `a_row` apart and each contiguous, times one panel: c (M, PANEL) = start + a
// b; `start` (M, PANEL), `start_row` apart, or null. What c is far apart costs time: that is what
// `multiply` has a buffer for.
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

// c (rows, columns) = start + sums (rows, PANEL); `start` as of a tile.
inline void write_sums(const float* sums, long rows, long columns, const float* start,
                       long start_row, float* c, long c_row) {
  for (long r = 0; r < rows; r++)
    for (long j = 0; j < smaller(columns, PANEL); j += W) {
      const Vec sum = load(sums + r * PANEL + j);
      const long left = columns - j;
      put(c + r * c_row + j, start ? get(start + r * start_row + j, left) + sum : sum, left);
    }
}

// Rows [0, M) of a, `a_row` apart and each contiguous, times a packed matrix.
inline void multiply(const Number* a, long a_row, long M, const PackedMatrix& b, const Target& to,
                     const Tile* tiles = TILES) {
  alignas(64) float sums[BLOCK_ROWS * PANEL];
  for (long m = 0; m < M; m += BLOCK_ROWS)
    for (long p = b.first; p < b.last; p++) {
      const long rows = smaller(M - m, BLOCK_ROWS);
      float* c = to.c + m * to.row + p * PANEL;
      for (long r = 0; r < rows; r++) fetch(c + r * to.row, PANEL);
      multiply_rows(a + m * a_row, a_row, rows, b.panels + p * padded(b.K) * PANEL, b.K, nullptr,
                    0, sums, PANEL, tiles);
      const float* start = to.adds ? c : to.start ? to.start + p * PANEL : nullptr;
      write_sums(sums, rows, b.N - p * PANEL, start, to.adds ? to.row : 0, c, to.row);
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
