// The linear layer: matrix products of any size, both factors packed as they are read; and, for a
// few rows, plain dot products, where a weight is read once and packing would cost more than it
// brings.
//
// Every element of a result is computed by one thread, in the same order whatever the number of
// threads.
#pragma once

#include <omp.h>

#include <algorithm>

#include "arena.h"
#include "kernels.h"
#include "rows.h"

namespace recurra::RECURRA_ISA {

// --- any product --------------------------------------------------------------------------------

constexpr long HEIGHT =
    768;  // rows at once: their tiles fit into the second-level cache, and a panel serves many

// c (M, N) = start + a b, where start is one row of N for all rows, or null for zeros; c has
// contiguous rows of N.
struct Product {
  View a, b;  // (M, K), (K, N)
  long M, N, K;
  const float* start;
  float* c;
  double* total = nullptr;  // (M, N) scratch for a sum over MANY_ROWS or more, which is then
                            // gathered here; without start
};

// Numbers of scratch for one thread: packed rows and a panel.
inline long product_scratch() {
  constexpr long LINE = 64 / sizeof(Number);  // panels begin at lines of the cache
  const long rows = rows_numbers(HEIGHT, PACKED_DEPTH) + W;
  return (rows + LINE - 1) / LINE * LINE + PANEL * PACKED_DEPTH;
}

// One thread's part: some rows and some panels of columns.
inline void multiply_part(const Product& p, Range rows, Range columns, Number* scratch) {
  Number *tiles = scratch + PANEL * PACKED_DEPTH, *panel = scratch;
  for (long m = rows.first; m < rows.last; m += HEIGHT) {
    const long height = smaller(rows.last - m, HEIGHT);
    const auto packed = [&](long steps) {  // the tiles after so many steps
      return tiles + steps / PACKED_DEPTH * rows_numbers(height, PACKED_DEPTH);
    };
    const long group =
        HEIGHT / height * PACKED_DEPTH;  // the fewer rows, the more steps of theirs find room
    for (long from = 0; from < p.K; from += group) {
      const long to = smaller(from + group, p.K);
      for (long k = from; k < to; k += PACKED_DEPTH)
        pack_tiles({p.a.start + m * p.a.row + k * p.a.column, p.a.row, p.a.column}, height,
                   smaller(to - k, PACKED_DEPTH), packed(k - from));
      for (long j = columns.first; j < columns.last; j++)
        for (long k = from; k < to; k += PACKED_DEPTH) {
          const long depth = smaller(to - k, PACKED_DEPTH);
          pack_panel({p.b.start + k * p.b.row, p.b.row, p.b.column}, depth, p.N, j * PANEL, panel);
          float* c = p.c + m * p.N + j * PANEL;
          const float* start = k > 0 ? c : p.start ? p.start + j * PANEL : nullptr;
          multiply_tiles({packed(k - from), height, depth}, panel, start, k > 0 ? p.N : 0, c, p.N,
                         p.N - j * PANEL, p.total);
        }
    }
  }
}

// The same for a long sum: some thousand terms at a time.
inline void multiply_long_part(const Product& p, Range rows, Range columns, Number* scratch) {
  const long first = columns.first * PANEL, count = smaller(columns.last * PANEL, p.N) - first;
  for (long m = rows.first; m < rows.last; m++)
    std::fill_n(p.total + m * p.N + first, larger(count, 0), 0.0);
  for (long k = 0; k < p.K; k += MANY_ROWS) {
    Product some = p;
    some.a.start += k * p.a.column;
    some.b.start += k * p.b.row;
    some.K = smaller(p.K - k, MANY_ROWS);
    multiply_part(some, rows, columns, scratch);
    for (long m = rows.first; m < rows.last; m++)
      gather(p.c + m * p.N + first, p.total + m * p.N + first, count);
  }
  for (long m = rows.first; m < rows.last; m++)
    gathered(p.c + m * p.N + first, p.total + m * p.N + first, count);
}

// The result cut among threads as nearly square as it goes, since each packs what its part reads.
inline void multiply_team(const Product& p, int id, int threads, Number* scratch) {
  int down = 1;
  double least = 1e30;
  for (int d = 1; d <= threads; d++) {
    if (threads % d) continue;
    const double rows = double((p.M + d - 1) / d),
                 columns = double((panels(p.N) * d + threads - 1) / threads * PANEL);
    const double cost =
        rows * columns + 16 * (rows + columns);  // the largest part, and its packing
    if (cost < least) least = cost, down = d;
  }
  const int across = threads / down;
  const auto multiply = p.total ? multiply_long_part : multiply_part;
  multiply(p, Range(p.M, id / across, down), Range(panels(p.N), id % across, across), scratch);
}

// sums[j] = the sum over K rows of a[k, j].
inline void sum_rows(const float* a, long K, long N, Range blocks, float* sums) {
  for (long block = blocks.first; block < blocks.last; block++) {
    const long column = block * W, left = N - column;
    Vec total = zero(), lost = zero();
    for (long k = 0; k < K; k += CHAIN)
      add_to(total, lost, sum_of_rows(a + k * N + column, N, smaller(K - k, CHAIN), left));
    put(sums + column, total, left);
  }
}

// --- few rows -----------------------------------------------------------------------------------

// Dot products round nothing, so that they serve no bfloat16.
inline bool narrow(const Linear& l) { return !ROUNDS && l.outputs <= PANEL / 2 && l.inputs >= 64; }

// Whether dot products serve: measured, for up to 24 rows and up to one for each 20 inputs (each
// sum ends across the lanes), and for any number of rows where the outputs would leave most of a
// panel empty.
inline bool few(const Linear& l) {
  return (!ROUNDS && l.rows <= smaller(24, l.inputs / 20)) || narrow(l);
}

// The sums of W vectors' lanes, one in each lane.
inline Vec sums(Vec* v) {
  transpose(v);
#pragma GCC unroll 4
  for (int distance = 1; distance < W; distance *= 2)
#pragma GCC unroll 16
    for (int i = 0; i < W; i += 2 * distance) v[i] += v[i + distance];
  return v[0];
}

// y[r, o] for R rows and OUTS outputs from `first` on.
template <int R, int OUTS>
void dot_products(const Linear& l, long row, long first, float* y) {
  constexpr int COUNT = R * OUTS, ROUND = (COUNT + W - 1) / W * W;
  Vec total[ROUND];
#pragma GCC unroll 16
  for (int i = 0; i < ROUND; i++) total[i] = zero();
  const float *weight = l.weight + first * l.inputs, *x = l.x + row * l.inputs;
  const auto add = [&](long i, auto read) {
    Vec w[OUTS];
#pragma GCC unroll 8
    for (int o = 0; o < OUTS; o++) w[o] = read(weight + o * l.inputs + i);
#pragma GCC unroll 4
    for (int r = 0; r < R; r++) {
      const Vec value = read(x + r * l.inputs + i);
#pragma GCC unroll 8
      for (int o = 0; o < OUTS; o++) total[r * OUTS + o] += value * w[o];
    }
  };
  long i = 0;
  for (; i + W <= l.inputs; i += W) add(i, [](const float* from) { return load(from); });
  if (const long left = l.inputs - i)
    add(i, [left](const float* p) { return load_first(p, left); });
  alignas(64) float sum[ROUND];
#pragma GCC unroll 8
  for (int i = 0; i < ROUND; i += W) store(sum + i, sums(total + i));
  for (int r = 0; r < R; r++)
    for (int o = 0; o < OUTS; o++)
      y[(row + r) * l.outputs + first + o] =
          sum[r * OUTS + o] + (l.bias ? l.bias[first + o] : 0.0f);
}

// Some outputs of all rows, four rows at once: a few rows of the weight matrix are read once, as
// they lie.
template <int OUTS>
void few_outputs(const Linear& l, long first, float* y) {
  long row = 0;
  for (; row + 4 <= l.rows; row += 4) dot_products<4, OUTS>(l, row, first, y);
  switch (l.rows - row) {
    case 3:
      return dot_products<3, OUTS>(l, row, first, y);
    case 2:
      return dot_products<2, OUTS>(l, row, first, y);
    case 1:
      return dot_products<1, OUTS>(l, row, first, y);
  }
}

inline void few_rows(const Linear& l, Range outputs, float* y) {
  long o = outputs.first;
  if (l.rows == 1)
    for (; o + 8 <= outputs.last; o += 8) few_outputs<8>(l, o, y);
  for (; o + 4 <= outputs.last; o += 4) few_outputs<4>(l, o, y);
  for (; o < outputs.last; o++) few_outputs<1>(l, o, y);
}

// --- the layer ----------------------------------------------------------------------------------

constexpr long WORTH_A_LINEAR_THREAD = 1L << 18;  // multiply-adds, some microseconds of one thread

inline int threads_for(const Linear& l, int wanted) {
  return int(larger(1, smaller(wanted, l.rows * l.inputs * l.outputs / WORTH_A_LINEAR_THREAD)));
}

inline void linear(const Linear& l, float* y, int threads) {
  threads = threads_for(l, threads);
  Number* scratch = few(l) ? nullptr : numbers(fresh_arena(), product_scratch() * threads);
  const Product product = {
      {l.x, l.inputs, 1}, {l.weight, 1, l.inputs}, l.rows, l.outputs, l.inputs, l.bias, y};
#pragma omp parallel num_threads(threads)
  {
    const TileShapes shapes{};
    const int id = omp_get_thread_num(), size = omp_get_num_threads();
    const Range rows(l.rows, id, size);
    if (narrow(l))
      few_rows({l.x + rows.first * l.inputs, l.weight, l.bias, rows.last - rows.first, l.inputs,
                l.outputs},
               Range(l.outputs, 0, 1), y + rows.first * l.outputs);
    else if (few(l))
      few_rows(l, Range(l.outputs, id, size), y);
    else
      multiply_team(product, id, size, scratch + id * product_scratch());
  }
}

inline void linear_backward(const Linear& l, const LinearGradients& g, int threads) {
  threads = threads_for(l, threads);
  Arena& arena = fresh_arena();
  Number* scratch = numbers(arena, product_scratch() * threads);
  const Product dx = {
      {g.dy, l.outputs, 1}, {l.weight, l.inputs, 1}, l.rows, l.inputs, l.outputs, nullptr, g.dx};
  const Product dw = {{g.dy, 1, l.outputs},
                      {l.x, l.inputs, 1},
                      l.outputs,
                      l.inputs,
                      l.rows,
                      nullptr,
                      g.dw,
                      l.rows > MANY_ROWS && g.dw ? arena.doubles(l.outputs * l.inputs) : nullptr};
#pragma omp parallel num_threads(threads)
  {
    const TileShapes shapes{};
    const int id = omp_get_thread_num(), size = omp_get_num_threads();
    Number* own = scratch + id * product_scratch();
    if (g.dx) multiply_team(dx, id, size, own);
    if (g.dw) multiply_team(dw, id, size, own);
    if (g.db) sum_rows(g.dy, l.rows, l.outputs, Range((l.outputs + W - 1) / W, id, size), g.db);
  }
}

}  // namespace recurra::RECURRA_ISA
