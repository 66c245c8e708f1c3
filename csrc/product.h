// The matrix product: weights packed in panels, multiplied by a tile of rows held in registers.
#pragma once

#include "panels.h"
#include "team.h"

namespace recurra::RECURRA_ISA {

// --- the tile -----------------------------------------------------------------------------------

constexpr long FETCH_AHEAD = 32;  // rows of a panel

// c[r, 0..PANEL) = start[r, 0..PANEL) + sum over k of a[r, k] panel[k, 0..PANEL), for R rows;
// start may be null for zeros. It is added last, so that what a large start would round away of
// each product is not lost. With PACKED, a holds R values a step of k: a[k * R + r]. With FETCH,
// panels are asked for early: for those that come from beyond the second-level cache at every use.
// With ONE_SUM, what a row comes to does not depend on R.
template <int R, bool PACKED, bool FETCH, bool ONE_SUM = false>
void tile(const float* a, long a_row, const float* panel, long K, const float* start,
          long start_row, float* c, long c_row) {
  // With few rows, more sums at once, to hide the latency.
  constexpr int PARTS = ONE_SUM || R > 3 ? 1 : R == 1 ? 4 : 2;
  Vec total[PARTS][R][2];
#pragma GCC unroll 16
  for (int r = 0; r < R; r++)
    for (int half = 0; half < 2; half++)
      for (int part = 0; part < PARTS; part++) total[part][r][half] = zero();
  long k = 0;
  for (; k + PARTS <= K; k += PARTS) {
#pragma GCC unroll 4
    for (int part = 0; part < PARTS; part++) {
      const Vec b0 = load(panel), b1 = load(panel + W);
      if (FETCH) {
        __builtin_prefetch(panel + FETCH_AHEAD * PANEL);
        __builtin_prefetch(panel + FETCH_AHEAD * PANEL + W);
      }
      panel += PANEL;
#pragma GCC unroll 16
      for (int r = 0; r < R; r++) {
        const Vec value = all(PACKED ? a[(k + part) * R + r] : a[r * a_row + k + part]);
        total[part][r][0] += value * b0;
        total[part][r][1] += value * b1;
      }
    }
  }
  for (; k < K; k++, panel += PANEL)
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
      const Vec value = all(PACKED ? a[k * R + r] : a[r * a_row + k]);
      total[0][r][0] += value * load(panel);
      total[0][r][1] += value * load(panel + W);
    }
#pragma GCC unroll 16
  for (int r = 0; r < R; r++)
    for (int half = 0; half < 2; half++) {
      for (int part = 1; part < PARTS; part++) total[0][r][half] += total[part][r][half];
      if (start) total[0][r][half] += load(start + r * start_row + half * W);
      store(c + r * c_row + half * W, total[0][r][half]);
    }
}

using Tile = void (*)(const float*, long, const float*, long, const float*, long, float*, long);

#if defined(__AVX512F__)
#define RECURRA_TILES(...)                                                                    \
  tile<1, __VA_ARGS__>, tile<2, __VA_ARGS__>, tile<3, __VA_ARGS__>, tile<4, __VA_ARGS__>,     \
      tile<5, __VA_ARGS__>, tile<6, __VA_ARGS__>, tile<7, __VA_ARGS__>, tile<8, __VA_ARGS__>, \
      tile<9, __VA_ARGS__>, tile<10, __VA_ARGS__>, tile<11, __VA_ARGS__>, tile<12, __VA_ARGS__>
#else
#define RECURRA_TILES(...)                                                                \
  tile<1, __VA_ARGS__>, tile<2, __VA_ARGS__>, tile<3, __VA_ARGS__>, tile<4, __VA_ARGS__>, \
      tile<5, __VA_ARGS__>, tile<6, __VA_ARGS__>
#endif
constexpr Tile TILES[TILE_ROWS] = {RECURRA_TILES(false, false)};
constexpr Tile PACKED_TILES[TILE_ROWS] = {RECURRA_TILES(true, false)};
constexpr Tile FETCHING_TILES[TILE_ROWS] = {RECURRA_TILES(false, true)};
constexpr Tile ONE_SUM_TILES[TILE_ROWS] = {RECURRA_TILES(false, true, true)};
#undef RECURRA_TILES

// Rows cut into tiles of nearly equal height: for (Tiles t(rows); t; t.next()) ... t.first,
// t.rows.
struct Tiles {
  long first = 0, rows, left, count;
  explicit Tiles(long total) : left(total), count((total + TILE_ROWS - 1) / TILE_ROWS) {
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

constexpr long PANEL_DEPTH =
    1024;  // steps of k at once: a panel of that depth stays in the second-level cache
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
  const float* panels;  // [panel][K][PANEL]
  long K, N;
  long first, last;
};

// What a tile is called with, where calls are handed on.
struct TileCall {
  Tile tile;
  long rows;       // R of the tile
  const float* a;  // (R, K), `a_row` apart, or packed
  long a_row;
  const float* panel;  // (K, PANEL)
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

  // Any of these: in chains where it is one of very many terms of a sum.
  void run(long columns, bool in_chains) const {
    if (in_chains)
      run_in_chains(smaller(columns, PANEL));
    else if (columns >= PANEL)
      run();
    else
      run_to_edge(columns);
  }
};

// Rows [0, M) of a, `a_row` apart and each contiguous, times a packed matrix.
inline void multiply(const float* a, long a_row, long M, const PackedMatrix& b, const Target& to,
                     const Tile* tiles = TILES) {
  for (long m = 0; m < M; m += BLOCK_ROWS)
    for (long p = b.first; p < b.last; p++)
      for (long k = 0; k < larger(b.K, 1); k += PANEL_DEPTH) {
        const long depth = smaller(b.K - k, PANEL_DEPTH);
        const bool adds = k > 0 || to.adds;
        const long start_row = adds ? to.row : 0;
        for (Tiles t(smaller(M - m, BLOCK_ROWS)); t; t.next()) {
          const long row = m + t.first;
          float* c = to.c + row * to.row + p * PANEL;
          const float* start = adds ? c : to.start ? to.start + p * PANEL : nullptr;
          const float* from = a + row * a_row + k;
          const float* panel = b.panels + (p * b.K + k) * PANEL;
          const TileCall call = {tiles[t.rows - 1], t.rows, from,  a_row, panel, depth, start,
                                 start_row,         c,      to.row};
          call.run(b.N - p * PANEL, false);
        }
      }
}

// Steps of k at once where tiles are packed too: a panel of them and a tile fit into the
// first-level cache.
constexpr long PACKED_DEPTH = 256;

}  // namespace recurra::RECURRA_ISA
