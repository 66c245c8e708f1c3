// One step of streams through a stack of layers, over weights that were packed once.
#pragma once

#include <omp.h>

#include <new>

#include "forward.h"

namespace recurra::RECURRA_ISA {

constexpr long WORTH_A_STEP_THREAD = 1L << 17;  // multiply-adds: below, waking a second thread costs more than it brings
constexpr int MOST_STEP_THREADS = 64;

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
    float* sums = residual_ ? fresh_arena().floats(2 * batch * hidden_) : nullptr;
    if (threads == 1) {
      all_layers({0, 1, nullptr}, batch, x, h, c, h_out, c_out, y, sums);
      return;
    }
    Barrier barrier;
#pragma omp parallel num_threads(threads)
    {
      const int size = omp_get_num_threads();
#pragma omp single
      barrier.set_size(size);
      all_layers({omp_get_thread_num(), size, &barrier}, batch, x, h, c, h_out, c_out, y, sums);
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

  void all_layers(const Member& me, long batch, const float* x, const float* h, const float* c, float* h_out, float* c_out,
                  float* y, float* sums) const {
    const Share mine(panels(hidden_), me.id, me.size);
    const long size = batch * hidden_;
    for (int l = 0; l < layers_; l++) {
      const long inputs = layer_[l].shape.inputs;
      float* sum = !residual_ || inputs != hidden_ ? nullptr : l + 1 < layers_ ? sums + (l % 2) * size : y;
      for (long u = mine.first; u < mine.last; u++)
        for (Tiles t(batch); t; t.next())
          cell(layer_[l].weights, u, t.first, t.rows, x, inputs, h + l * size, c + (Cell::MEMORY ? l * size : 0), h_out + l * size,
               c_out + (Cell::MEMORY ? l * size : 0), sum);
      x = sum ? sum : h_out + l * size;
      if (l + 1 < layers_ && me.size > 1) me.barrier->wait();
    }
  }

  // Streams [b, b + rows) of unit block u.
  void cell(const ForwardWeights<Cell>& w, long u, long b, long rows, const float* x, long inputs, const float* h, const float* c,
            float* h_out, float* c_out, float* sum) const {
    alignas(64) float product[Cell::SLOTS][TILE_ROWS * PANEL];
    const Tile run = FETCHING_TILES[rows - 1];
    for (int gate = 0; gate < Cell::GATES; gate++) {
      const int to = recurrent_slot<Cell>(gate);
      run(x + b * inputs, inputs, w.ih_panel(u, gate), inputs, w.bias_of(u, gate), 0, product[gate], PANEL);
      const float* start = to == gate ? product[gate] : w.bias_of(u, to);
      run(h + b * hidden_, hidden_, w.hh_panel(u, gate), hidden_, start, to == gate ? PANEL : 0, product[to], PANEL);
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
