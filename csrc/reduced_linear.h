// A linear layer over weights of fewer bits, packed once, for the few rows of a step.
#pragma once

#include <omp.h>

#include <algorithm>

#include "kernels.h"
#include "reduced.h"
#include "team.h"

namespace recurra::RECURRA_ISA {

template <class Numbers>
class ReducedLinear : public PackedMap {
 public:
  ReducedLinear(const float* weight, const float* bias, long inputs, long outputs)
      : inputs_(inputs), outputs_(outputs), groups_((outputs + GROUP - 1) / GROUP) {
    const auto row = [outputs](int n, long column) {  // of block g, from column g W on
      const long output = column / W * GROUP + n * W + column % W;
      return output < outputs ? output : -1;
    };
    weight_.pack(Columns<decltype(row)>{weight, inputs, groups_, row}, memory_);
    bias_ = memory_.floats(groups_ * GROUP);
    std::fill_n(bias_, groups_ * GROUP, 0.0f);
    if (bias) std::copy_n(bias, outputs, bias_);
  }

  void run(const float* x, long rows, float* y, int threads) const override {
    const long work = rows * inputs_ * outputs_ / Numbers::WORTH_A_THREAD;
    threads = int(larger(1, smaller(smaller(threads, groups_), work)));
    Rows read(rows, inputs_, fresh_arena().floats(Rows::floats(rows, inputs_)));
    for (long row = 0; row < rows; row++) read.read(row, x + row * inputs_);
    if (threads == 1) return multiply(read, rows, y, Range(groups_, 0, 1));
#pragma omp parallel num_threads(threads)
    multiply(read, rows, y, Range(groups_, omp_get_thread_num(), omp_get_num_threads()));
  }

 private:
  static constexpr int BLOCKS = 4;  // of outputs, read together
  static constexpr long GROUP = BLOCKS * W;
  using Rows = typename Numbers::Rows;
  Arena memory_;
  long inputs_, outputs_, groups_;
  typename Numbers::template Weights<BLOCKS> weight_;
  float* bias_;  // zeros where there is none

  void multiply(const Rows& read, long rows, float* y, Range mine) const {
    const typename Numbers::Registers registers(rows);
    for (long group = mine.first; group < mine.last; group++)
      for_tiles<Numbers>(rows, [&](long first, long count, auto most) {
        constexpr int R = decltype(most)::value;
        Vec product[R][BLOCKS];
        weight_.template multiply<R>(group, read, first, product);
        for (long r = 0; r < count; r++)
          for (long n = 0; n < BLOCKS; n++) {
            const long column = group * GROUP + n * W;
            put(y + (first + r) * outputs_ + column, product[r][n] + load(bias_ + column),
                outputs_ - column);
          }
      });
  }
};

}  // namespace recurra::RECURRA_ISA
