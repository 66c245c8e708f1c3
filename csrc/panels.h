// Matrices packed in panels of two vectors' width, for the products.
//
// A panel holds columns [j, j + PANEL) of a (K, N) matrix, row after row:
// panel[k * PANEL + column], zeros beyond N.
#pragma once

#include "numbers.h"

namespace recurra::RECURRA_ISA {

constexpr int PANEL = 2 * W;
constexpr int TILE_VECTORS = (TILE_ROWS + W - 1) / W;  // that hold a value of each row of a tile
// Numbers between rows, whole cache lines of either kind, so that rows a power of two apart do not
// fight for one cache set.
constexpr long PAD = 32;

inline long panels(long columns) { return (columns + PANEL - 1) / PANEL; }

// A matrix anywhere: element (r, c) is start[r * row + c * column].
struct View {
  const float* start;
  long row, column;
};

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
        transpose_block(from + half * W * b.column + k, b.column, columns - half * W,
                        panel + k * PANEL + half * W);
  for (; k < K; k++)
    for (long j = 0; j < PANEL; j++)
      panel[k * PANEL + j] = j < columns ? from[k * b.row + j * b.column] : 0.0f;
}

}  // namespace recurra::RECURRA_ISA
