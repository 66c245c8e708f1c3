// A symbol drawn from each row of scores, of which the softmax is the distribution: the same
// symbol on every instruction set, as all here is rounded in one order.
#pragma once

#include <cmath>
#include <limits>

#include "arena.h"
#include "kernels.h"
#include "sums.h"
#include "vector.h"

namespace recurra::RECURRA_ISA {

// e^(score - the largest score) of a row.
inline void weigh(const float* scores, long size, float* weights) {
  float largest = -std::numeric_limits<float>::infinity();
  for (long i = 0; i < size; i++) largest = scores[i] > largest ? scores[i] : largest;
  for (long i = 0; i < size; i += W)
    put(weights + i, exp(get(scores + i, size - i) - largest), size - i);
}

// The first symbol whose cumulative weight exceeds a share of the whole, from 0 to below 1.
inline int64_t drawn(const float* weights, long size, double share) {
  double total = 0.0, below = 0.0;
  for (long i = 0; i < size; i++) total += weights[i];
  const double target = std::fmin(total * share, std::nextafter(total, 0.0));
  for (long i = 0; i < size; i++) {
    below += weights[i];
    if (below > target) return i;
  }
  return size - 1;  // of scores that are not numbers
}

inline void draw(const Draw& d) {
  float* weights = fresh_arena().floats(d.size + W);
  for (long row = 0; row < d.rows; row++) {
    weigh(d.scores + row * d.size, d.size, weights);
    d.symbols[row] = drawn(weights, d.size, d.shares[row]);
  }
}

}  // namespace recurra::RECURRA_ISA
