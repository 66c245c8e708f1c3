// Convolutions of 3 x 3 that keep the size, on a quarter of the multiplications (Winograd, 1980;
// Lavin and Gray, 2016): a tile of 4 x 4 outputs comes from 6 x 6 inputs, both brought to values
// of polynomials at six points a direction, where the convolution is a product of each point for
// itself.
//
// The points are 0, +-sqrt(1/2), +-sqrt(2) and infinity, with which rounding errors are twice
// those of a plain sum; with 0, +-1, +-2 they would be four times as large.
#pragma once

#include <omp.h>

#include "arena.h"
#include "denormals.h"
#include "errors.h"
#include "kernels.h"
#include "product.h"

namespace recurra::RECURRA_ISA {

constexpr int OUT = 4, POINTS = 6, AREA = POINTS * POINTS;     // of a tile, a direction and both
constexpr float NEAR = 0.70710678f, FAR = 1.41421356f;         // the points besides 0 and infinity
constexpr float NEAR3 = 0.35355339f, FAR3 = 2.82842712f;       // their cubes
constexpr float NEAR_SHARE = -1 / 1.5f, FAR_SHARE = 1 / 6.0f;  // of the weights at them
constexpr long BLOCK_BYTES = 1L << 20;  // of the points of the tiles that are computed together

// Every `step`-th of the values is a value of one direction.
template <class T>
void inputs_to_points(const T* d, int step, T* v, int v_step) {
  const T d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step],
          d5 = d[5 * step];
  const T near_even = d4 - 2.0f * d2, near_odd = NEAR * (d3 - 2.0f * d1);
  const T far_even = d4 - 0.5f * d2, far_odd = FAR * (d3 - 0.5f * d1);
  v[0] = d0 - 2.5f * d2 + d4;
  v[v_step] = near_even + near_odd;
  v[2 * v_step] = near_even - near_odd;
  v[3 * v_step] = far_even + far_odd;
  v[4 * v_step] = far_even - far_odd;
  v[5 * v_step] = d1 - 2.5f * d3 + d5;
}

template <class T>
void points_to_outputs(const T* m, int step, T* y, int y_step) {
  const T m0 = m[0], m1 = m[step], m2 = m[2 * step], m3 = m[3 * step], m4 = m[4 * step],
          m5 = m[5 * step];
  const T near_sum = m1 + m2, near_difference = m1 - m2, far_sum = m3 + m4,
          far_difference = m3 - m4;
  y[0] = m0 + near_sum + far_sum;
  y[y_step] = NEAR * near_difference + FAR * far_difference;
  y[2 * y_step] = 0.5f * near_sum + 2.0f * far_sum;
  y[3 * y_step] = NEAR3 * near_difference + FAR3 * far_difference + m5;
}

// The transpose of `points_to_outputs`, for gradients.
template <class T>
void outputs_to_points(const T* y, int step, T* p, int p_step) {
  const T y0 = y[0], y1 = y[step], y2 = y[2 * step], y3 = y[3 * step];
  const T near_even = y0 + 0.5f * y2, near_odd = NEAR * y1 + NEAR3 * y3;
  const T far_even = y0 + 2.0f * y2, far_odd = FAR * y1 + FAR3 * y3;
  p[0] = y0;
  p[p_step] = near_even + near_odd;
  p[2 * p_step] = near_even - near_odd;
  p[3 * p_step] = far_even + far_odd;
  p[4 * p_step] = far_even - far_odd;
  p[5 * p_step] = y3;
}

inline void weights_to_points(const float* g, int step, float* u, int u_step) {
  const float near_even = g[0] + 0.5f * g[2 * step], near_odd = NEAR * g[step];
  const float far_even = g[0] + 2.0f * g[2 * step], far_odd = FAR * g[step];
  u[0] = g[0];
  u[u_step] = NEAR_SHARE * (near_even + near_odd);
  u[2 * u_step] = NEAR_SHARE * (near_even - near_odd);
  u[3 * u_step] = FAR_SHARE * (far_even + far_odd);
  u[4 * u_step] = FAR_SHARE * (far_even - far_odd);
  u[5 * u_step] = g[2 * step];
}

// The transpose of `weights_to_points`, for gradients.
inline void points_to_weights(const float* u, int step, float* g, int g_step) {
  const float near_sum = NEAR_SHARE * (u[step] + u[2 * step]),
              near_difference = NEAR_SHARE * (u[step] - u[2 * step]);
  const float far_sum = FAR_SHARE * (u[3 * step] + u[4 * step]),
              far_difference = FAR_SHARE * (u[3 * step] - u[4 * step]);
  g[0] = u[0] + near_sum + far_sum;
  g[g_step] = NEAR * near_difference + FAR * far_difference;
  g[2 * g_step] = 0.5f * near_sum + 2.0f * far_sum + u[5 * step];
}

// --- channels and tiles
// --------------------------------------------------------------------------

// Channels are taken in vectors, none of which reaches from one block into the next. At the points
// they lie side by side: what a vector has beyond its block is written over by the next.
inline long vectors_of_block(const Channels& c) { return (c.channels + W - 1) / W; }
inline long vectors(const Channels& c) { return c.blocks * vectors_of_block(c); }
inline long depth(const Channels& c) { return c.blocks * c.channels; }
inline long panels_of(const Channels& c) { return panels(depth(c)); }
// Numbers of a tile at a point: whole panels, with room for the last vector.
inline long row_of(const Channels& c) {
  return panels(depth(c) - c.channels + vectors_of_block(c) * W) * PANEL;
}

// A vector of channels: where it lies in a pixel, which channel is its first, and how many of its
// lanes are channels.
struct VectorLanes {
  long start, channel, count;
  VectorLanes(const Channels& c, long vector) {
    const long block = vector / vectors_of_block(c), first = vector % vectors_of_block(c) * W;
    start = c.offset[block] + first;
    channel = block * c.channels + first;
    count = c.channels - first;
  }
};

// The tiles of some frames, one after the other.
struct TileGrid {
  long height, width, rows, columns, count;
  TileGrid(const Frames& f)
      : height(f.height),
        width(f.width),
        rows((f.height + OUT - 1) / OUT),
        columns((f.width + OUT - 1) / OUT),
        count(f.count * rows * columns) {}

  struct Place {
    long frame, top, left;
  };
  Place place(long tile) const {
    const long in_frame = tile % (rows * columns);
    return {tile / (rows * columns), in_frame / columns * OUT, in_frame % columns * OUT};
  }
  long pixel(const Place& p, long y, long x) const { return (p.frame * height + y) * width + x; }
};

// The pixels from (top, left) on of one vector of channels, SIDE x SIDE of them, zeros outside the
// frame.
template <int SIDE>
void load_square(const Frames& f, const TileGrid& grid, const TileGrid::Place& p, long top,
                 long left, const VectorLanes& lanes, Vec* d) {
  const bool inside = top >= 0 && left >= 0 && top + SIDE <= f.height && left + SIDE <= f.width;
  for (long y = 0; y < SIDE; y++) {
    if (!inside && (top + y < 0 || top + y >= f.height)) {
      for (long x = 0; x < SIDE; x++) d[y * SIDE + x] = zero();
      continue;
    }
    const float* row = f.start + grid.pixel(p, top + y, left) * f.channels.pixel + lanes.start;
    for (long x = 0; x < SIDE; x++)
      d[y * SIDE + x] = inside || (left + x >= 0 && left + x < f.width)
                            ? get(row + x * f.channels.pixel, lanes.count)
                            : zero();
  }
}

// Tiles [first, first + count) of the inputs at all points: v[point][tile][row].
inline void tiles_to_points(const Frames& x, const TileGrid& grid, long first, long count,
                            long room, float* v) {
  const long row = row_of(x.channels);
  for (long tile = 0; tile < count; tile++) {
    const TileGrid::Place p = grid.place(first + tile);
    for (long vector = 0; vector < vectors(x.channels); vector++) {
      const VectorLanes lanes(x.channels, vector);
      Vec d[AREA], half[AREA], points[AREA];
      load_square<POINTS>(x, grid, p, p.top - 1, p.left - 1, lanes, d);
      for (int i = 0; i < POINTS; i++) inputs_to_points(d + i, POINTS, half + i, POINTS);
      for (int i = 0; i < POINTS; i++)
        inputs_to_points(half + POINTS * i, 1, points + POINTS * i, 1);
      for (int i = 0; i < AREA; i++) store(v + (i * room + tile) * row + lanes.channel, points[i]);
    }
  }
}

// --- forward
// -------------------------------------------------------------------------------------

// A convolution's weights at all points, in panels: [point][panel][input channel][PANEL].
struct PackedPoints {
  const float* panels;
  long inputs, panel_count;
  const float* panel(int point, long p) const {
    return panels + (point * panel_count + p) * inputs * PANEL;
  }
};

// The outputs of some tiles at all points, as the products leave them; null for zeros.
struct TileOutputs {
  const float* points;  // [point][tile][row]
  long room, row;

  // Of one tile and the vector from a channel on the OUT x OUT outputs.
  void pixels(long tile, long channel, Vec* y) const {
    Vec m[AREA], half[POINTS * OUT];
    if (!points) {
      for (int i = 0; i < OUT * OUT; i++) y[i] = zero();
      return;
    }
    const float* from = points + tile * row + channel;
    for (int i = 0; i < AREA; i++) m[i] = load(from + i * room * row);
    for (int i = 0; i < POINTS; i++) points_to_outputs(m + i, POINTS, half + i, POINTS);
    for (int i = 0; i < OUT; i++) points_to_outputs(half + POINTS * i, 1, y + OUT * i, 1);
  }
};

inline long block_tiles(const Channels& inputs, const Channels& outputs) {
  const long tile_bytes = AREA * (row_of(inputs) + row_of(outputs)) * sizeof(float);
  return larger(1, BLOCK_BYTES / tile_bytes / TILE_ROWS) * TILE_ROWS;
}

// Convolve x, unless it starts nowhere, and hand the outputs on, a block of tiles at a time:
// take(grid, first tile, tiles, outputs).
template <class Take>
void convolve(const Frames& x, const float* packed, const Channels& outputs, int threads,
              const Take& take) {
  const TileGrid grid(x);
  const long K = depth(x.channels), panel_count = panels_of(outputs);
  const long v_row = row_of(x.channels), m_row = row_of(outputs);
  const long room = block_tiles(x.channels, outputs), blocks = (grid.count + room - 1) / room;
  const long v_floats = AREA * room * v_row, m_floats = AREA * room * m_row;
  const int team = int(smaller(threads, blocks));
  float* scratch = fresh_arena().floats(team * (v_floats + m_floats));
  const PackedPoints weights = {packed, K, panel_count};
#pragma omp parallel num_threads(team)
  {
    const DenormalsFlushed flushed;
    float *v = scratch + omp_get_thread_num() * (v_floats + m_floats), *m = v + v_floats;
#pragma omp for schedule(dynamic)
    for (long block = 0; block < blocks; block++) {
      const long first = block * room, count = smaller(grid.count - first, room);
      if (x.start) {
        tiles_to_points(x, grid, first, count, room, v);
        for (int point = 0; point < AREA; point++)
          for (long p = 0; p < panel_count; p++)
            for (Tiles t(count); t; t.next()) {
              const long row = point * room + t.first;
              TILES[t.rows - 1](v + row * v_row, v_row, weights.panel(point, p), K, nullptr, 0,
                                m + row * m_row + p * PANEL, m_row);
            }
      }
      take(grid, first, count, TileOutputs{x.start ? m : nullptr, room, m_row});
    }
  }
}

// The output convolution of x and packed weights, plus bias; or added to what is there.
inline void winograd(const Frames& x, const float* packed, const float* bias, const Frames& y,
                     bool adds, int threads) {
  float* out = const_cast<float*>(y.start);
  convolve(x, packed, y.channels, threads,
           [&](const TileGrid& grid, long first, long count, const TileOutputs& outputs) {
             for (long tile = 0; tile < count; tile++) {
               const TileGrid::Place p = grid.place(first + tile);
               const long bottom = smaller(p.top + OUT, y.height),
                          right = smaller(p.left + OUT, y.width);
               for (long vector = 0; vector < vectors(y.channels); vector++) {
                 const VectorLanes lanes(y.channels, vector);
                 const Vec start = bias ? get(bias + lanes.channel, lanes.count) : zero();
                 Vec pixels[OUT * OUT];
                 outputs.pixels(tile, lanes.channel, pixels);
                 for (long row = p.top; row < bottom; row++)
                   for (long column = p.left; column < right; column++) {
                     float* at = out + grid.pixel(p, row, column) * y.channels.pixel + lanes.start;
                     const Vec value = pixels[(row - p.top) * OUT + column - p.left] + start;
                     put(at, adds ? get(at, lanes.count) + value : value, lanes.count);
                   }
               }
             }
           });
}

// --- weights
// -------------------------------------------------------------------------------------

inline long packed_points_floats(const Channels& inputs, const Channels& outputs) {
  return AREA * panels_of(outputs) * depth(inputs) * PANEL;
}

// Where the number of an input and an output channel lies among those of a point.
inline long packed_index(long input, long output, long inputs) {
  return (output / PANEL * inputs + input) * PANEL + output % PANEL;
}

// weight (O, I, 3, 3) of a convolution from I to O channels, or, `back`, of its transpose, which
// brings gradients from O channels to I.
inline void winograd_pack(const float* weight, const Channels& inputs, const Channels& outputs,
                          bool back, float* packed) {
  const long I = depth(inputs), O = depth(outputs), of_point = panels_of(outputs) * I * PANEL;
  for (long i = 0; i < AREA * of_point; i++) packed[i] = 0;
  for (long o = 0; o < O; o++)
    for (long i = 0; i < I; i++) {
      float g[9], half[3 * POINTS], u[AREA];
      for (int k = 0; k < 9; k++)
        g[k] = back ? weight[(i * O + o) * 9 + 8 - k] : weight[(o * I + i) * 9 + k];
      for (int k = 0; k < 3; k++) weights_to_points(g + k, 3, half + k, 3);
      for (int k = 0; k < POINTS; k++) weights_to_points(half + 3 * k, 1, u + POINTS * k, 1);
      const long at = packed_index(i, o, I);
      for (int k = 0; k < AREA; k++) packed[k * of_point + at] = u[k];
    }
}

// c (R, PANEL) += a' b over K rows: R columns of a and a panel of b, of rows so far apart.
template <int R>
void add_outer(const float* a, long a_row, const float* b, long b_row, long K, float* c) {
  Vec total[R][2];
#pragma GCC unroll 16
  for (int r = 0; r < R; r++) total[r][0] = total[r][1] = zero();
  for (long k = 0; k < K; k++, a += a_row, b += b_row) {
    const Vec b0 = load(b), b1 = load(b + W);
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
      const Vec value = all(a[r]);
      total[r][0] += value * b0;
      total[r][1] += value * b1;
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; r++)
    for (int half = 0; half < 2; half++) {
      float* at = c + r * PANEL + half * W;
      store(at, load(at) + total[r][half]);
    }
}

// The gradients of weights and bias from x and the gradients of the outputs, over all tiles.
class WinogradGradients {
 public:
  WinogradGradients(const Frames& x, const Frames& dy)
      : x_(x),
        dy_(dy),
        grid_(x),
        rows_((depth(x.channels) + ROWS - 1) / ROWS * ROWS),
        v_row_(row_of(x.channels)),
        d_row_(row_of(dy.channels)),
        panels_(panels_of(dy.channels)),
        room_(block_tiles(x.channels, dy.channels)) {}

  void run(float* weight, float* bias, int threads) const {
    const long blocks = (grid_.count + room_ - 1) / room_;
    const int team = int(smaller(threads, blocks));
    const long sums = AREA * panels_ * rows_ * PANEL, of_bias = d_row_;
    const long v_floats = AREA * room_ * v_row_, d_floats = AREA * room_ * d_row_;
    const long floats = sums + 2 * of_bias + v_floats + d_floats;
    float* scratch = fresh_arena().floats(team * floats);
#pragma omp parallel num_threads(team)
    {
      const DenormalsFlushed flushed;
      float* total = scratch + omp_get_thread_num() * floats;
      float *of_outputs = total + sums, *v = of_outputs + 2 * of_bias, *d = v + v_floats;
      for (long i = 0; i < sums + 2 * of_bias; i++) total[i] = 0;
#pragma omp for schedule(dynamic)
      for (long block = 0; block < blocks; block++) {
        const long first = block * room_, count = smaller(grid_.count - first, room_);
        tiles_to_points(x_, grid_, first, count, room_, v);
        gradients_to_points(first, count, d, Sums{of_outputs, of_outputs + of_bias});
        add_products(count, v, d, total);
      }
#pragma omp for
      for (long i = 0; i < sums + of_bias; i++)
        for (int thread = 1; thread < team; thread++) scratch[i] += scratch[thread * floats + i];
    }
    write(scratch, scratch + sums, weight, bias);
  }

 private:
  static constexpr long ROWS = TILE_ROWS >= 8 ? 8 : 4;  // which divide a vector

  // d[point][tile][row] of tiles of the outputs' gradients, and their sums.
  void gradients_to_points(long first, long count, float* d, const Sums& sums) const {
    for (long tile = 0; tile < count; tile++) {
      const TileGrid::Place p = grid_.place(first + tile);
      for (long vector = 0; vector < vectors(dy_.channels); vector++) {
        const VectorLanes lanes(dy_.channels, vector);
        Vec y[OUT * OUT], half[POINTS * OUT], points[AREA], sum = zero();
        load_square<OUT>(dy_, grid_, p, p.top, p.left, lanes, y);
        for (int i = 0; i < OUT; i++) outputs_to_points(y + i, OUT, half + i, OUT);
        for (int i = 0; i < POINTS; i++)
          outputs_to_points(half + OUT * i, 1, points + POINTS * i, 1);
        for (int i = 0; i < OUT * OUT; i++) sum += y[i];
        sums.add(lanes.channel, sum, smaller(lanes.count, W));
        for (int i = 0; i < AREA; i++)
          store(d + (i * room_ + tile) * d_row_ + lanes.channel, points[i]);
      }
    }
  }

  void add_products(long count, const float* v, const float* d, float* total) const {
    for (int point = 0; point < AREA; point++)
      for (long p = 0; p < panels_; p++)
        for (long row = 0; row < rows_; row += ROWS)
          add_outer<ROWS>(v + point * room_ * v_row_ + row, v_row_,
                          d + point * room_ * d_row_ + p * PANEL, d_row_, count,
                          total + ((point * panels_ + p) * rows_ + row) * PANEL);
  }

  void write(const float* total, const float* of_outputs, float* weight, float* bias) const {
    const long I = depth(x_.channels), O = depth(dy_.channels);
    for (long o = 0; o < O; o++) {
      if (bias) bias[o] = of_outputs[o];
      for (long i = 0; i < I; i++) {
        float u[AREA], half[3 * POINTS];
        const long at = packed_index(i, o, rows_);
        for (int k = 0; k < AREA; k++) u[k] = total[k * panels_ * rows_ * PANEL + at];
        for (int k = 0; k < POINTS; k++) points_to_weights(u + k, POINTS, half + k, POINTS);
        for (int k = 0; k < 3; k++)
          points_to_weights(half + POINTS * k, 1, weight + (o * I + i) * 9 + 3 * k, 1);
      }
    }
  }

  const Frames &x_, &dy_;
  const TileGrid grid_;
  const long rows_, v_row_, d_row_, panels_, room_;
};

}  // namespace recurra::RECURRA_ISA
