// The tile of a product of float32 numbers.
#pragma once

#include "panels.h"

namespace recurra::RECURRA_ISA {

struct TileShapes {  // registers have none
  ~TileShapes() {}
};

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

}  // namespace recurra::RECURRA_ISA
