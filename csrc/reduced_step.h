// One step of streams through a stack of layers, over weights of fewer bits: as step.h, with the
// products of int8_product.h or bf16_product.h. States, gates and sums of products are float32.
#pragma once

#include <omp.h>

#include <algorithm>
#include <new>

#include "cells.h"
#include "kernels.h"
#include "reduced.h"
#include "team.h"

namespace recurra::RECURRA_ISA {

constexpr int MOST_REDUCED_THREADS = 64;

template <class Cell, class Numbers>
class ReducedStack : public Stack {
 public:
  ReducedStack(const Shape& first, const Weights* weights, int layers, bool residual)
      : layers_(layers), residual_(residual), inputs_(first.inputs), hidden_(first.hidden) {
    layer_ =
        reinterpret_cast<Layer*>(memory_.floats(layers * long(sizeof(Layer) / sizeof(float))));
    for (int l = 0; l < layers; l++) pack(*new (&layer_[l]) Layer, weights[l], width(l));
  }

  void know_inputs(const float* inputs, long count) override {
    const long blocks = blocks_of(hidden_);
    known_ = memory_.floats(count * known_row());
    Arena scratch;
    Rows row(1, inputs_, scratch.floats(Rows::floats(1, inputs_)));
    for (long i = 0; i < count; i++) {
      row.read(0, inputs + i * inputs_);
      for (long block = 0; block < blocks; block++) {
        Vec product[1][Cell::GATES];
        layer_[0].ih.template multiply<1>(block, row, 0, product);
        for (int gate = 0; gate < Cell::GATES; gate++)
          store(known_ + i * known_row() + (block * Cell::GATES + gate) * W, product[0][gate]);
      }
    }
  }

  void step(const StackStep& io, int threads) const override {
    const long of_all = (io.symbols ? 0 : inputs_) + (2 * layers_ - 1) * hidden_;
    const long work = io.batch * Cell::GATES * hidden_ * of_all;
    const long worth = smaller(work / Numbers::WORTH_A_THREAD, blocks_of(hidden_));
    threads = int(larger(1, smaller(smaller(threads, MOST_REDUCED_THREADS), worth)));
    Arena& arena = fresh_arena();
    float* sums = residual_ ? arena.floats(2 * io.batch * hidden_) : nullptr;
    const long room = Rows::floats(io.batch, larger(inputs_, hidden_));
    float* scratch = arena.floats(2 * room * threads);
    if (threads == 1) return all_layers({0, 1, nullptr}, io, sums, scratch, room);
    Barrier barrier;
#pragma omp parallel num_threads(threads)
    {
      const int size = omp_get_num_threads(), id = omp_get_thread_num();
#pragma omp single
      barrier.set_size(size);
      all_layers({id, size, &barrier}, io, sums, scratch + 2 * room * id, room);
    }
  }

 private:
  using Rows = typename Numbers::Rows;
  using Matrix = typename Numbers::template Weights<Cell::GATES>;
  struct Layer {
    Matrix ih, hh;
    float* bias;  // [block][slot][W]
  };
  Arena memory_;
  int layers_;
  bool residual_;
  long inputs_, hidden_;
  Layer* layer_;
  float* known_ = nullptr;  // [input][block][gate][W]: the first layer's products of known inputs

  long known_row() const { return blocks_of(hidden_) * Cell::GATES * W; }

  // One step of one layer.
  struct LayerStep {
    const Layer& layer;
    const Rows &x_rows, &h_rows;
    const int64_t* symbols;  // (B) of known inputs, or null: then x_rows are multiplied
    const float* x;          // (B, I)
    const float *h, *c;      // (B, H) each
    float *h_out, *c_out;    // (B, H) each
    float* sum;              // (B, H) of x and h_out, or null
  };

  long width(int layer) const { return layer ? hidden_ : inputs_; }

  void pack(Layer& layer, const Weights& w, long inputs) {
    const long hidden = hidden_, blocks = blocks_of(hidden);
    const auto row = [hidden](int gate, long unit) {
      return unit < hidden ? gate * hidden + unit : -1;
    };
    layer.ih.pack(Columns<decltype(row)>{w.ih, inputs, blocks, row}, memory_);
    layer.hh.pack(Columns<decltype(row)>{w.hh, hidden, blocks, row}, memory_);
    layer.bias = memory_.floats(blocks * Cell::SLOTS * W);
    for (long unit = 0; unit < blocks * W; unit++)
      for (int gate = 0; gate < Cell::GATES; gate++) {
        const long at = row(gate, unit);
        const float from_input = at >= 0 && w.b_ih ? w.b_ih[at] : 0.0f;
        const float from_state = at >= 0 && w.b_hh ? w.b_hh[at] : 0.0f;
        const int slot = recurrent_slot<Cell>(gate);
        float* bias = layer.bias + unit / W * Cell::SLOTS * W + unit % W;
        bias[gate * W] = slot == gate ? from_input + from_state : from_input;
        if (slot != gate) bias[slot * W] = from_state;
      }
  }

  // sums: (2, B, H) scratch for residual connections, or null; scratch: of this thread, for two
  // `Rows` of so many floats each. Every thread reads all rows for itself: that is sooner than to
  // meet.
  void all_layers(const Member& me, const StackStep& io, float* sums, float* scratch,
                  long room) const {
    const Range mine(blocks_of(hidden_), me.id, me.size);
    const long size = io.batch * hidden_;
    const float* x = io.x;
    for (int l = 0; l < layers_; l++) {
      const long inputs = width(l), memory = Cell::MEMORY ? l * size : 0;
      const bool adds = residual_ && inputs == hidden_;
      float* sum = !adds ? nullptr : l + 1 < layers_ ? sums + (l % 2) * size : io.y;
      const float* h = io.h + l * size;
      const int64_t* symbols = l ? nullptr : io.symbols;
      Rows x_rows(io.batch, inputs, scratch), h_rows(io.batch, hidden_, scratch + room);
      for (long b = 0; b < io.batch; b++) {
        if (!symbols) x_rows.read(b, x + b * inputs);
        h_rows.read(b, h + b * hidden_);
      }
      const LayerStep step = {
          layer_[l],         x_rows, h_rows, symbols, x, h, io.c + memory, io.h_out + l * size,
          io.c_out + memory, sum};
      for (long block = mine.first; block < mine.last; block++)
        for (long b = 0; b < io.batch; b += Numbers::MOST_ROWS)
          with_rows<Numbers::MOST_ROWS>(
              io.batch - b, [&](auto rows) { units<decltype(rows)::value>(step, block, b); });
      x = sum ? sum : io.h_out + l * size;
      if (l + 1 < layers_ && me.size > 1) me.barrier->wait();
    }
  }

  template <int R>
  void read_known(const int64_t* symbols, long block, Vec (*to)[Cell::GATES]) const {
    for (int r = 0; r < R; r++) {
      const float* from = known_ + symbols[r] * known_row() + block * Cell::GATES * W;
      for (int gate = 0; gate < Cell::GATES; gate++) to[r][gate] = load(from + gate * W);
    }
  }

  // Streams [first, first + R) of a block of units.
  template <int R>
  void units(const LayerStep& step, long block, long first) const {
    Vec of_x[R][Cell::GATES], of_h[R][Cell::GATES];
    if (step.symbols)
      read_known<R>(step.symbols + first, block, of_x);
    else
      step.layer.ih.template multiply<R>(block, step.x_rows, first, of_x);
    step.layer.hh.template multiply<R>(block, step.h_rows, first, of_h);
    const float* bias = step.layer.bias + block * Cell::SLOTS * W;
    const long left = hidden_ - block * W;
    for (int r = 0; r < R; r++) {
      Vec slot[Cell::SLOTS];
      for (int gate = 0; gate < Cell::GATES; gate++) {
        const int to = recurrent_slot<Cell>(gate);
        if (to == gate) {
          slot[gate] = of_x[r][gate] + of_h[r][gate] + load(bias + gate * W);
        } else {
          slot[gate] = of_x[r][gate] + load(bias + gate * W);
          slot[to] = of_h[r][gate] + load(bias + to * W);
        }
      }
      const long at = (first + r) * hidden_ + block * W;
      Vec memory = Cell::MEMORY ? get(step.c + at, left) : zero();
      const Vec after = Cell::forward(slot, get(step.h + at, left), memory);
      put(step.h_out + at, after, left);
      if (Cell::MEMORY) put(step.c_out + at, memory, left);
      if (step.sum) put(step.sum + at, after + get(step.x + at, left), left);
    }
  }
};

}  // namespace recurra::RECURRA_ISA
