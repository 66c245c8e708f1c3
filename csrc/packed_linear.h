// A linear layer over weights that were packed once, for the few rows of a step. What a row comes
// to does not depend on the rows beside it.
#pragma once

#include <omp.h>

#include <algorithm>

#include "arena.h"
#include "kernels.h"
#include "product.h"

namespace recurra::RECURRA_ISA {

constexpr long WORTH_A_PACKED_THREAD =
    1L << 17;  // multiply-adds: below, waking a second thread costs more than it brings

class PackedLinear : public PackedMap {
 public:
  PackedLinear(const float* weight, const float* bias, long inputs, long outputs, int threads)
      : inputs_(inputs), outputs_(outputs) {
    weight_ = memory_.floats(panels(outputs) * inputs * PANEL);
    bias_ = bias ? memory_.floats(panels(outputs) * PANEL) : nullptr;
    if (bias) {
      std::fill_n(bias_, panels(outputs) * PANEL, 0.0f);
      std::copy_n(bias, outputs, bias_);
    }
#pragma omp parallel for num_threads(threads)
    for (long p = 0; p < panels(outputs); p++)
      pack_panel({weight, 1, inputs}, inputs, outputs, p * PANEL, weight_ + p * inputs * PANEL);
  }

  void run(const float* x, long rows, float* y, int threads) const override {
    const long work = rows * inputs_ * outputs_, count = panels(outputs_);
    threads = int(larger(1, smaller(smaller(threads, count), work / WORTH_A_PACKED_THREAD)));
    if (threads == 1) return multiply_panels(x, rows, y, Range(count, 0, 1));
#pragma omp parallel num_threads(threads)
    multiply_panels(x, rows, y, Range(count, omp_get_thread_num(), omp_get_num_threads()));
  }

 private:
  Arena memory_;
  long inputs_, outputs_;
  float *weight_, *bias_;  // [panel][I][PANEL], [panel][PANEL] or null

  void multiply_panels(const float* x, long rows, float* y, Range mine) const {
    const PackedMatrix weight = {weight_, inputs_, outputs_, mine.first, mine.last};
    multiply(x, inputs_, rows, weight, {y, outputs_, bias_}, ONE_SUM_TILES);
  }
};

}  // namespace recurra::RECURRA_ISA
