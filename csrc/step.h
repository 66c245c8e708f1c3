// One step of streams through a stack of layers, over weights that were packed once.
#pragma once

#include <omp.h>

#include <algorithm>
#include <new>

#include "forward.h"

namespace recurra::RECURRA_ISA {

constexpr long WORTH_A_STEP_THREAD =
    1L << 17;  // multiply-adds: below, waking a second thread costs more than it brings
constexpr int MOST_STEP_THREADS = 64;
constexpr long ROWS_TO_SPREAD = 8 * TILE_ROWS;  // streams from which on rows are copied apart

template <class Cell>
class StepStack : public Stack {
 public:
  StepStack(const Shape& first, const Weights* weights, int layers, bool residual,
            bool batch_invariant)
      : layers_(layers),
        residual_(residual),
        hidden_(first.hidden),
        inputs_(first.inputs),
        tiles_(batch_invariant ? ONE_SUM_TILES : FETCHING_TILES) {
    layer_ =
        reinterpret_cast<Layer*>(memory_.floats(layers * long(sizeof(Layer) / sizeof(float))));
    for (int l = 0; l < layers; l++) {
      new (&layer_[l]) Layer{first, l ? hidden_ : inputs_, memory_};
      layer_[l].weights.pack(weights[l], 0, 1);
    }
  }

  void know_inputs(const float* inputs, long count) override {
    const ForwardWeights<Cell>& w = layer_[0].weights;
    known_ = memory_.floats(count * known_row());
    for (long u = 0; u < panels(hidden_); u++)
      for (int gate = 0; gate < Cell::GATES; gate++)
        for (long i = 0; i < count; i++)
          tiles_[0](inputs + i * inputs_, inputs_, w.ih_panel(u, gate), inputs_,
                    w.bias_of(u, gate), 0,
                    known_ + i * known_row() + (u * Cell::GATES + gate) * PANEL, PANEL);
  }

  void step(const StackStep& io, int threads) const override {
    const long inputs_of_all = (io.symbols ? 0 : inputs_) + (layers_ - 1) * hidden_;
    const long work = io.batch * Cell::GATES * hidden_ * (inputs_of_all + layers_ * hidden_);
    const long worth = smaller(work / WORTH_A_STEP_THREAD, panels(hidden_));
    threads = int(larger(1, smaller(smaller(threads, MOST_STEP_THREADS), worth)));
    Arena& arena = fresh_arena();
    float* sums = residual_ ? arena.floats(2 * io.batch * hidden_) : nullptr;
    const long spread_floats = spread_row(larger(inputs_, hidden_)) + spread_row(hidden_);
    float* spread = io.batch < ROWS_TO_SPREAD ? nullptr : arena.floats(io.batch * spread_floats);
    if (threads == 1) {
      all_layers({0, 1, nullptr}, io, sums, spread);
      return;
    }
    Barrier barrier;
#pragma omp parallel num_threads(threads)
    {
      const int size = omp_get_num_threads();
#pragma omp single
      barrier.set_size(size);
      all_layers({omp_get_thread_num(), size, &barrier}, io, sums, spread);
    }
  }

 private:
  struct Layer {
    Shape shape;
    ForwardWeights<Cell> weights;
    Layer(const Shape& first, long inputs, Arena& memory)
        : shape(first), weights((shape.inputs = inputs, shape), memory) {}
  };
  Arena memory_;
  int layers_;
  bool residual_;
  long hidden_, inputs_;
  const Tile* tiles_;
  Layer* layer_;
  float* known_ = nullptr;  // [input][unit block][gate][PANEL]: the first layer's products of
                            // known inputs, with their bias

  long known_row() const { return panels(hidden_) * Cell::GATES * PANEL; }

  // What the products of a layer read, and the distance of its rows.
  struct Rows {
    const float *x, *h;  // (B, I of the layer), (B, H)
    long x_row, h_row;
  };

  // One step of one layer.
  struct LayerStep {
    const ForwardWeights<Cell>& weights;
    long inputs;             // I of the layer
    Rows read;               // x and h, or copies of them
    const int64_t* symbols;  // (B) of known inputs, or null: then x is multiplied
    const float* x;          // (B, I)
    const float *h, *c;      // (B, H) each
    float *h_out, *c_out;    // (B, H) each
    float* sum;              // (B, H) of x and h_out, or null
  };

  static long spread_row(long width) { return panels(width) * PANEL + PAD; }

  // Rows whose distance is a power of two fight for the same few places of the cache: they are
  // copied apart.
  static Rows spread_rows(const Member& me, const Rows& rows, long batch, long inputs, long hidden,
                          float* to) {
    const Rows spread = {to, to + batch * spread_row(inputs), spread_row(inputs),
                         spread_row(hidden)};
    const Range mine(batch, me.id, me.size);
    for (long b = mine.first; b < mine.last; b++) {
      if (rows.x) std::copy_n(rows.x + b * rows.x_row, inputs, to + b * spread.x_row);
      std::copy_n(rows.h + b * rows.h_row, hidden, to + batch * spread.x_row + b * spread.h_row);
    }
    if (me.size > 1) me.barrier->wait();
    return spread;
  }

  // sums: (2, B, H) scratch for residual connections, or null; spread: scratch for `spread_rows`,
  // or null.
  void all_layers(const Member& me, const StackStep& io, float* sums, float* spread) const {
    const Range mine(panels(hidden_), me.id, me.size);
    const long size = io.batch * hidden_;
    const float* x = io.x;
    for (int l = 0; l < layers_; l++) {
      const long inputs = layer_[l].shape.inputs, memory = Cell::MEMORY ? l * size : 0;
      const bool adds = residual_ && inputs == hidden_;
      float* sum = !adds ? nullptr : l + 1 < layers_ ? sums + (l % 2) * size : io.y;
      const float* h = io.h + l * size;
      Rows read = {x, h, inputs, hidden_};
      if (spread) read = spread_rows(me, read, io.batch, inputs, hidden_, spread);
      const LayerStep step = {layer_[l].weights,
                              inputs,
                              read,
                              l ? nullptr : io.symbols,
                              x,
                              h,
                              io.c + memory,
                              io.h_out + l * size,
                              io.c_out + memory,
                              sum};
      for (long u = mine.first; u < mine.last; u++)
        for (Tiles t(io.batch); t; t.next()) cell(step, u, t.first, t.rows);
      x = sum ? sum : io.h_out + l * size;
      if (l + 1 < layers_ && me.size > 1) me.barrier->wait();
    }
  }

  // Streams [b, b + rows) of unit block u.
  void cell(const LayerStep& step, long u, long b, long rows) const {
    const ForwardWeights<Cell>& w = step.weights;
    const Rows& read = step.read;
    alignas(64) float product[Cell::SLOTS][TILE_ROWS * PANEL];
    const Tile run = tiles_[rows - 1];
    for (int gate = 0; gate < Cell::GATES; gate++) {
      const int to = recurrent_slot<Cell>(gate);
      if (step.symbols)
        for (long r = 0; r < rows; r++)
          copy_panel(known_ + step.symbols[b + r] * known_row() + (u * Cell::GATES + gate) * PANEL,
                     product[gate] + r * PANEL);
      else
        run(read.x + b * read.x_row, read.x_row, w.ih_panel(u, gate), step.inputs,
            w.bias_of(u, gate), 0, product[gate], PANEL);
      const float* start = to == gate ? product[gate] : w.bias_of(u, to);
      run(read.h + b * read.h_row, read.h_row, w.hh_panel(u, gate), hidden_, start,
          to == gate ? PANEL : 0, product[to], PANEL);
    }
    for (long r = 0; r < rows; r++)
      for (long lane = 0; lane < PANEL && u * PANEL + lane < hidden_; lane += W) {
        const long at = (b + r) * hidden_ + u * PANEL + lane, left = hidden_ - u * PANEL - lane;
        Vec value[Cell::SLOTS];
        for (int i = 0; i < Cell::SLOTS; i++) value[i] = load(product[i] + r * PANEL + lane);
        Vec memory = Cell::MEMORY ? get(step.c + at, left) : zero();
        const Vec after = Cell::forward(value, get(step.h + at, left), memory);
        put(step.h_out + at, after, left);
        if (Cell::MEMORY) put(step.c_out + at, memory, left);
        if (step.sum) put(step.sum + at, after + get(step.x + at, left), left);
      }
  }
};

}  // namespace recurra::RECURRA_ISA
