// One step of streams through a stack of layers, over weights of fewer bits: as step.h; and its
// first layer over whole sequences.
#pragma once

#include <omp.h>

#include <new>

#include "reduced_layer.h"
#include "reduced_sequence.h"

namespace recurra::RECURRA_ISA {

constexpr int MOST_REDUCED_THREADS = 64;

template <class Cell, class Numbers>
class ReducedStack : public ReducedStackBase {
 public:
  ReducedStack(const Shape& first, const Weights* weights, int layers, bool residual)
      : layers_(layers), residual_(residual), inputs_(first.inputs), hidden_(first.hidden) {
    layer_ =
        reinterpret_cast<Layer*>(memory_.floats(layers * long(sizeof(Layer) / sizeof(float))));
    for (int l = 0; l < layers; l++)
      (new (&layer_[l]) Layer)->pack(weights[l], width(l), hidden_, memory_);
  }

  void know_inputs(const float* inputs, long count) override {
    known_ = memory_.floats(count * layer_[0].product_floats());
    Arena scratch;
    Rows rows(count, inputs_, scratch.floats(Rows::floats(count, inputs_)));
    for (long i = 0; i < count; i++) rows.read(i, inputs + i * inputs_);
    layer_[0].multiply_inputs(rows, count, Range(blocks_of(hidden_), 0, 1), known_);
  }

  void step(const StackStep& io, int threads) const override {
    const long of_all = (io.symbols ? 0 : inputs_) + (2 * layers_ - 1) * hidden_;
    threads = worth_threads(io.batch * of_all, threads);
    Arena& arena = fresh_arena();
    float* sums = residual_ ? arena.floats(2 * io.batch * hidden_) : nullptr;
    const long room = Rows::floats(io.batch, larger(inputs_, hidden_));
    float* scratch = arena.floats(2 * room * threads);
    on_team(threads,
            [&](const Member& me) { all_layers(me, io, sums, scratch + 2 * room * me.id, room); });
  }

  void sequence(const LayerSequence& io, int threads) const override {
    threads = worth_threads(io.batch * (inputs_ + hidden_), threads);
    ReducedSequence<Cell, Numbers> pass(layer_[0], inputs_, hidden_, io, fresh_arena(), threads);
    on_team(threads, [&](const Member& me) { pass.run(me); });
  }

 private:
  using Layer = ReducedLayer<Cell, Numbers>;
  using Rows = typename Numbers::Rows;
  Arena memory_;
  int layers_;
  bool residual_;
  long inputs_, hidden_;
  Layer* layer_;
  float* known_ = nullptr;  // the first layer's products of known inputs

  long width(int layer) const { return layer ? hidden_ : inputs_; }

  // Threads for a step of so many numbers that the units' weights are multiplied with.
  int worth_threads(long numbers, int threads) const {
    const long work = numbers * Cell::GATES * hidden_;
    const long worth = smaller(work / Numbers::WORTH_A_THREAD, blocks_of(hidden_));
    return int(larger(1, smaller(smaller(threads, MOST_REDUCED_THREADS), worth)));
  }

  template <class Work>
  static void on_team(int threads, const Work& work) {
    if (threads == 1) return work(Member{0, 1, nullptr});
    Barrier barrier;
#pragma omp parallel num_threads(threads)
    {
      const int size = omp_get_num_threads();
#pragma omp single
      barrier.set_size(size);
      work(Member{omp_get_thread_num(), size, &barrier});
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
      layer_[l].run({io.batch, symbols ? nullptr : &x_rows, known_, symbols, &h_rows, h,
                     io.c + memory, io.h_out + l * size, io.c_out + memory, sum, x},
                    mine);
      x = sum ? sum : io.h_out + l * size;
      if (l + 1 < layers_ && me.size > 1) me.barrier->wait();
    }
  }
};

}  // namespace recurra::RECURRA_ISA
