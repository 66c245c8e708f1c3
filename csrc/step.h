// One step of streams through a stack of layers, over weights that were packed once.
#pragma once

#include <omp.h>

#include <algorithm>
#include <new>

#include "forward.h"

namespace recurra::RECURRA_ISA {

constexpr long WORTH_A_STEP_THREAD = 1L << 17;  // multiply-adds: below, waking a second thread costs more than it brings
constexpr int MOST_STEP_THREADS = 64;
constexpr long ROWS_TO_SPREAD = 8 * TILE_ROWS;  // streams from which on rows are copied apart

template <class Cell>
class StepStack : public Stack {
 public:
  StepStack(const Shape& first, const Weights* weights, int layers, bool residual)
      : layers_(layers), residual_(residual), hidden_(first.hidden), inputs_(first.inputs) {
    layer_ = reinterpret_cast<Layer*>(memory_.floats(layers * long(sizeof(Layer) / sizeof(float))));
    for (int l = 0; l < layers; l++) {
      new (&layer_[l]) Layer{first, l ? hidden_ : inputs_, memory_};
      layer_[l].weights.pack(weights[l], 0, 1);
    }
  }

  void step(long batch, const float* x, const float* h, const float* c, float* h_out, float* c_out, float* y, int threads) const override {
    const long work = batch * Cell::GATES * hidden_ * (inputs_ + hidden_ + (layers_ - 1) * 2 * hidden_);
    threads = int(larger(1, smaller(smaller(threads, MOST_STEP_THREADS), smaller(work / WORTH_A_STEP_THREAD, panels(hidden_)))));
    Arena& arena = fresh_arena();
    float* sums = residual_ ? arena.floats(2 * batch * hidden_) : nullptr;
    float* spread = batch < ROWS_TO_SPREAD ? nullptr : arena.floats(batch * (spread_row(larger(inputs_, hidden_)) + spread_row(hidden_)));
    if (threads == 1) {
      all_layers({0, 1, nullptr}, batch, x, h, c, h_out, c_out, y, sums, spread);
      return;
    }
    Barrier barrier;
#pragma omp parallel num_threads(threads)
    {
      const int size = omp_get_num_threads();
#pragma omp single
      barrier.set_size(size);
      all_layers({omp_get_thread_num(), size, &barrier}, batch, x, h, c, h_out, c_out, y, sums, spread);
    }
  }

 private:
  struct Layer {
    Shape shape;
    ForwardWeights<Cell> weights;
    Layer(const Shape& first, long inputs, Arena& memory) : shape(first), weights((shape.inputs = inputs, shape), memory) {}
  };
  Arena memory_;
  int layers_;
  bool residual_;
  long hidden_, inputs_;
  Layer* layer_;

  // What the products of a layer read, and the distance of its rows.
  struct Rows {
    const float *x, *h;
    long x_row, h_row;
  };

  static long spread_row(long width) { return panels(width) * PANEL + PAD; }

  // Rows whose distance is a power of two fight for the same few places of the cache: they are copied apart.
  static Rows spread_rows(const Member& me, const Rows& given, long batch, long inputs, long hidden, float* to) {
    const Rows found = {to, to + batch * spread_row(inputs), spread_row(inputs), spread_row(hidden)};
    const Share mine(batch, me.id, me.size);
    for (long b = mine.first; b < mine.last; b++) {
      std::copy_n(given.x + b * given.x_row, inputs, to + b * found.x_row);
      std::copy_n(given.h + b * given.h_row, hidden, to + batch * found.x_row + b * found.h_row);
    }
    if (me.size > 1) me.barrier->wait();
    return found;
  }

  void all_layers(const Member& me, long batch, const float* x, const float* h, const float* c, float* h_out, float* c_out,
                  float* y, float* sums, float* spread) const {
    const Share mine(panels(hidden_), me.id, me.size);
    const long size = batch * hidden_;
    for (int l = 0; l < layers_; l++) {
      const long inputs = layer_[l].shape.inputs;
      float* sum = !residual_ || inputs != hidden_ ? nullptr : l + 1 < layers_ ? sums + (l % 2) * size : y;
      Rows rows = {x, h + l * size, inputs, hidden_};
      if (spread) rows = spread_rows(me, rows, batch, inputs, hidden_, spread);
      for (long u = mine.first; u < mine.last; u++)
        for (Tiles t(batch); t; t.next())
          cell(layer_[l].weights, u, t.first, t.rows, rows, x, inputs, h + l * size, c + (Cell::MEMORY ? l * size : 0), h_out + l * size,
               c_out + (Cell::MEMORY ? l * size : 0), sum);
      x = sum ? sum : h_out + l * size;
      if (l + 1 < layers_ && me.size > 1) me.barrier->wait();
    }
  }

  // Streams [b, b + rows) of unit block u.
  void cell(const ForwardWeights<Cell>& w, long u, long b, long rows, const Rows& read, const float* x, long inputs, const float* h,
            const float* c, float* h_out, float* c_out, float* sum) const {
    alignas(64) float product[Cell::SLOTS][TILE_ROWS * PANEL];
    const Tile run = FETCHING_TILES[rows - 1];
    for (int gate = 0; gate < Cell::GATES; gate++) {
      const int to = recurrent_slot<Cell>(gate);
      run(read.x + b * read.x_row, read.x_row, w.ih_panel(u, gate), inputs, w.bias_of(u, gate), 0, product[gate], PANEL);
      const float* start = to == gate ? product[gate] : w.bias_of(u, to);
      run(read.h + b * read.h_row, read.h_row, w.hh_panel(u, gate), hidden_, start, to == gate ? PANEL : 0, product[to], PANEL);
    }
    for (long r = 0; r < rows; r++)
      for (long lane = 0; lane < PANEL && u * PANEL + lane < hidden_; lane += W) {
        const long at = (b + r) * hidden_ + u * PANEL + lane, left = hidden_ - u * PANEL - lane;
        Vec value[Cell::SLOTS];
        for (int i = 0; i < Cell::SLOTS; i++) value[i] = load(product[i] + r * PANEL + lane);
        Vec memory = Cell::MEMORY ? get(c + at, left) : zero();
        const Vec after = Cell::forward(value, get(h + at, left), memory);
        put(h_out + at, after, left);
        if (Cell::MEMORY) put(c_out + at, memory, left);
        if (sum) put(sum + at, after + get(x + at, left), left);
      }
  }
};

}  // namespace recurra::RECURRA_ISA
