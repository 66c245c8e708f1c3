// The matrix product: weights packed in panels of two vectors' width, multiplied by a tile of rows held in registers.
//
// A panel holds columns [j, j + PANEL) of a (K, N) matrix, row after row: panel[k * PANEL + column], zeros beyond N.
#pragma once

#include "sums.h"
#include "team.h"
#include "vector.h"

namespace recurra::RECURRA_ISA {

constexpr int PANEL = 2 * W;

inline long panels(long columns) { return (columns + PANEL - 1) / PANEL; }

// A matrix anywhere: element (r, c) is start[r * row + c * column].
struct View {
  const float* start;
  long row, column;
};

// --- packing ----------------------------------------------------------------------------------------------------------

// The W x W matrix of which v holds the rows, transposed: a butterfly of log2(W) exchanges.
inline void transpose(Vec* v) {
#pragma GCC unroll 4
  for (int distance = 1; distance < W; distance *= 2) {
    Bits low, high;  // what of two vectors, a distance apart, stays in the first and in the second
    for (int i = 0; i < W; i++) {
      low[i] = i & distance ? W + i - distance : i;
      high[i] = i & distance ? W + i : i + distance;
    }
#pragma GCC unroll 16
    for (int i = 0; i < W; i++) {
      if (i & distance) continue;
      Vec a = v[i], b = v[i + distance];
      v[i] = __builtin_shuffle(a, b, low);
      v[i + distance] = __builtin_shuffle(a, b, high);
    }
  }
}

constexpr long AHEAD = 256;  // floats; so many rows at once are more than the processor foresees by itself

// One block of W x W: to[i * PANEL + j] = from[j * stride + i] for j below `count`, zeros beyond.
inline void transpose_block(const float* from, long stride, long count, float* to) {
  Vec v[W];
  for (int i = 0; i < W; i++) {
    v[i] = i < count ? load(from + i * stride) : zero();
  }
  transpose(v);
  for (int i = 0; i < W; i++) store(to + i * PANEL, v[i]);
}

inline void copy_panel(const float* from, float* to) {
  store(to, load(from));
  store(to + W, load(from + W));
}

// Columns [first, first + PANEL) and rows [0, K) of a (K, N) matrix to one panel.
inline void pack_panel(View b, long K, long N, long first, float* panel) {
  const long columns = smaller(N - first, PANEL);
  const float* from = b.start + first * b.column;
  if (columns == PANEL && b.column == 1) {
    for (long k = 0; k < K; k++) copy_panel(from + k * b.row, panel + k * PANEL);
    return;
  }
  long k = 0;
  if (b.row == 1)
    for (; k + W <= K; k += W)
      for (int half = 0; half < 2; half++)
        transpose_block(from + half * W * b.column + k, b.column, columns - half * W, panel + k * PANEL + half * W);
  for (; k < K; k++)
    for (long j = 0; j < PANEL; j++) panel[k * PANEL + j] = j < columns ? from[k * b.row + j * b.column] : 0.0f;
}

// --- the tile -----------------------------------------------------------------------------------------------------------

constexpr long FETCH_AHEAD = 32;  // rows of a panel

// c[r, 0..PANEL) = start[r, 0..PANEL) + sum over k of a[r, k] panel[k, 0..PANEL), for R rows; start may be null for zeros.
// It is added last, so that what a large start would round away of each product is not lost.
// With PACKED, a holds R values a step of k: a[k * R + r]. With FETCH, panels are asked for early: for those that come
// from beyond the second-level cache at every use.
template <int R, bool PACKED, bool FETCH>
void tile(const float* a, long a_row, const float* panel, long K, const float* start, long start_row, float* c, long c_row) {
  constexpr int PARTS = R == 1 ? 4 : R < 4 ? 2 : 1;  // with few rows, more sums at once, to hide the latency
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
#define RECURRA_TILES(...)                                                                                              \
  tile<1, __VA_ARGS__>, tile<2, __VA_ARGS__>, tile<3, __VA_ARGS__>, tile<4, __VA_ARGS__>, tile<5, __VA_ARGS__>,         \
      tile<6, __VA_ARGS__>, tile<7, __VA_ARGS__>, tile<8, __VA_ARGS__>, tile<9, __VA_ARGS__>, tile<10, __VA_ARGS__>,    \
      tile<11, __VA_ARGS__>, tile<12, __VA_ARGS__>
#else
#define RECURRA_TILES(...)                                                                                              \
  tile<1, __VA_ARGS__>, tile<2, __VA_ARGS__>, tile<3, __VA_ARGS__>, tile<4, __VA_ARGS__>, tile<5, __VA_ARGS__>,         \
      tile<6, __VA_ARGS__>
#endif
constexpr Tile TILES[TILE_ROWS] = {RECURRA_TILES(false, false)};
constexpr Tile PACKED_TILES[TILE_ROWS] = {RECURRA_TILES(true, false)};
constexpr Tile FETCHING_TILES[TILE_ROWS] = {RECURRA_TILES(false, true)};
#undef RECURRA_TILES

// Rows cut into tiles of nearly equal height: for (Tiles t(rows); t; t.next()) ... t.first, t.rows.
struct Tiles {
  long first = 0, rows, left, count;
  explicit Tiles(long total) : left(total), count((total + TILE_ROWS - 1) / TILE_ROWS) { rows = count ? (left + count - 1) / count : 0; }
  explicit operator bool() const { return count > 0; }
  void next() {
    first += rows;
    left -= rows;
    if (--count > 0) rows = (left + count - 1) / count;
  }
};

// --- whole products -----------------------------------------------------------------------------------------------------

constexpr long DEPTH = 1024;  // steps of k at once: a panel of that depth stays in the second-level cache
constexpr long BLOCK_ROWS = 96;

// Where a product starts from and goes to: c (M, N) = start + a b; start null: zeros, or c itself with `add`.
struct Target {
  float* c;
  long row;
  const float* start = nullptr;  // one row of N, such as a bias, read to a whole panel
  bool add = false;
};

// A tile at the right edge: through a buffer, so that no column beyond N is touched.
inline void edge_tile(Tile run, long rows, const float* a, long a_row, const float* panel, long K, const float* start,
                      long start_row, float* c, long c_row, long columns) {
  alignas(64) float from[TILE_ROWS * PANEL] = {}, to[TILE_ROWS * PANEL];
  for (long r = 0; start && r < rows; r++)
    for (long j = 0; j < columns; j++) from[r * PANEL + j] = start[r * start_row + j];
  run(a, a_row, panel, K, from, PANEL, to, PANEL);
  for (long r = 0; r < rows; r++)
    for (long j = 0; j < columns; j++) c[r * c_row + j] = to[r * PANEL + j];
}

// Rows [0, M) of a, whose row is contiguous, times panels [first, last) of K steps; N counts the columns of all panels.
inline void multiply(const float* a, long a_row, long M, const float* packed, long K, long N, long first, long last, Target to,
                     const Tile* tiles = TILES) {
  for (long m = 0; m < M; m += BLOCK_ROWS)
    for (long p = first; p < last; p++)
      for (long k = 0; k < larger(K, 1); k += DEPTH) {
        const long depth = smaller(K - k, DEPTH), columns = smaller(N - p * PANEL, PANEL);
        const bool again = k > 0 || to.add;
        for (Tiles t(smaller(M - m, BLOCK_ROWS)); t; t.next()) {
          const long row = m + t.first;
          float* c = to.c + row * to.row + p * PANEL;
          const float* start = again ? c : to.start ? to.start + p * PANEL : nullptr;
          const float* from = a + row * a_row + k;
          const float* panel = packed + (p * K + k) * PANEL;
          const Tile run = tiles[t.rows - 1];
          if (columns == PANEL)
            run(from, a_row, panel, depth, start, again ? to.row : 0, c, to.row);
          else
            edge_tile(run, t.rows, from, a_row, panel, depth, start, again ? to.row : 0, c, to.row, columns);
        }
      }
}

constexpr long OUTER_DEPTH = 256;

inline void fetch(const float* from, long count) {
  for (long i = 0; i < count; i += W) __builtin_prefetch(from + i);
}

// Columns [0, rows) of `depth` rows, of which `left` columns may be read: to[k * rows + r] = from[k * row + r]. Whole
// vectors are written, so that up to W floats beyond the end are too. Each column's sum is added to `sums`.
inline void pack_tile(const float* from, long row, long left, long depth, long rows, float* to, const Sums& sums) {
  constexpr int GROUPS = (TILE_ROWS + W - 1) / W;
  for (long first = 0; first < depth; first += CHAIN) {
    Vec total[4][GROUPS] = {};  // as in `sum_of_rows`
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
      sums.add(r, (total[0][r / W] + total[1][r / W]) + (total[2][r / W] + total[3][r / W]), rows - r);
  }
}

// A packed tile whose sums over K are cut in chains, so that rounding does not grow with K: c = start + a panel, of which
// so many columns are written. start may be null for zeros.
inline void chained_tile(Tile run, long rows, const float* a, const float* panel, long K, const float* start, long start_row, float* c,
                         long c_row, long columns) {
  alignas(64) float sum[TILE_ROWS * PANEL];
  for (long k = 0; k < K; k += CHAIN)
    run(a + k * rows, 0, panel + k * PANEL, smaller(K - k, CHAIN), k ? sum : nullptr, PANEL, sum, PANEL);
  for (long r = 0; r < rows; r++)
    for (long j = 0; j < columns; j += W) {
      const Vec part = load(sum + r * PANEL + j);
      put(c + r * c_row + j, start ? get(start + r * start_row + j, columns - j) + part : part, columns - j);
    }
}

// Floats of scratch that `multiply_transposed` needs: one block of b for all, one of a for each thread.
inline long transposed_shared(long N) { return panels(N) * PANEL * OUTER_DEPTH; }
inline long transposed_own() { return BLOCK_ROWS * OUTER_DEPTH + W; }

// c (M, N) += a' b over K rows: a is (K, M) and b is (K, N), each with contiguous rows; the sums of a's columns are added
// to `sums` (M), unless these are null. `chained`: as one of very many such calls. Called by the whole team.
inline void multiply_transposed(const Member& me, const float* a, long a_row, const float* b, long b_row, long M, long N, long K,
                                float* c, long c_row, const Sums& sums, bool chained, float* shared, float* own) {
  const Share mine(panels(N), me.id, me.size);
  const Share rows((M + TILE_ROWS - 1) / TILE_ROWS, me.id, me.size);
  const long last = smaller(rows.last * TILE_ROWS, M);
  for (long k = 0; k < K; k += OUTER_DEPTH) {
    const long depth = smaller(K - k, OUTER_DEPTH);
    me.barrier->wait();  // all have used the last block of b
    for (long p = mine.first; p < mine.last; p++)
      pack_panel({b + k * b_row, b_row, 1}, depth, N, p * PANEL, shared + p * depth * PANEL);
    me.barrier->wait();
    for (long m = rows.first * TILE_ROWS; m < last; m += BLOCK_ROWS) {
      const long height = smaller(last - m, BLOCK_ROWS);
      for (Tiles t(height); t; t.next())
        pack_tile(a + k * a_row + m + t.first, a_row, M - m - t.first, depth, t.rows, own + t.first * depth,
                  sums.from(m + t.first));
      for (long p = 0; p < panels(N); p++)
        for (Tiles t(height); t; t.next()) {
          float* target = c + (m + t.first) * c_row + p * PANEL;
          const float *from = own + t.first * depth, *panel = shared + p * depth * PANEL;
          const Tile run = PACKED_TILES[t.rows - 1];
          const long columns = smaller(N - p * PANEL, PANEL);
          for (long r = 0; r < t.rows; r++) fetch(target + t.rows * c_row + r * c_row, PANEL);  // the next tile's
          if (chained)
            chained_tile(run, t.rows, from, panel, depth, target, c_row, target, c_row, columns);
          else if (columns == PANEL)
            run(from, 0, panel, depth, target, c_row, target, c_row);
          else
            edge_tile(run, t.rows, from, 0, panel, depth, target, c_row, target, c_row, columns);
        }
    }
  }
}

}  // namespace recurra::RECURRA_ISA
