// The largest of each row of scores, and what the whole row sums to as exponentials: what a beam
// search asks of a softmax.
#pragma once

#include <omp.h>

#include <cmath>
#include <limits>

#include "kernels.h"
#include "product.h"

namespace recurra::RECURRA_ISA {

constexpr long SIGHT = 16 * W;   // scores looked at together, a group of them in each lane
constexpr long GROUPS = 64 * W;  // looked through together
constexpr long FEW = 64;  // largest, for which groups are chosen before scores are looked at
constexpr long WORTH_A_TOPK_THREAD = 1L << 14;  // scores

// The `count` largest so far, the larger first, of equal ones the first.
class Largest {
 public:
  Largest(float* values, int64_t* indices, long count)
      : values_(values), indices_(indices), count_(count) {}

  // What a score must reach to be taken.
  float least() const {
    return found_ < count_ ? -std::numeric_limits<float>::infinity() : values_[count_ - 1];
  }

  void offer(float value, int64_t index) {
    if (std::isnan(value)) value = -std::numeric_limits<float>::infinity();
    if (found_ == count_ && !before(value, index, count_ - 1)) return;
    long at = found_ < count_ ? found_++ : count_ - 1;
    for (; at > 0 && before(value, index, at - 1); at--)
      values_[at] = values_[at - 1], indices_[at] = indices_[at - 1];
    values_[at] = value;
    indices_[at] = index;
  }

 private:
  float* values_;
  int64_t* indices_;
  long count_, found_ = 0;

  bool before(float value, int64_t index, long at) const {
    return value > values_[at] || (value == values_[at] && index < indices_[at]);
  }
};

// Offers the scores from `first` on, whole sights of them: those of the groups whose largest are
// the largest of all, since each of the `count` largest lies in one of `count` groups.
inline float topk_of_groups(const float* row, long first, long sights, Largest& largest,
                            long count) {
  alignas(64) float group_peaks[GROUPS];
  for (long s = 0; s < sights; s++) {
    const float* from = row + first + s * SIGHT;
    Vec here = load(from);
#pragma GCC unroll 16
    for (long j = W; j < SIGHT; j += W) {
      const Vec value = load(from + j);
      here = value > here ? value : here;
    }
    store(group_peaks + s * W, here);
  }
  float bound = largest.least(), peak = -std::numeric_limits<float>::infinity();
  if (count <= FEW) {
    float values[FEW] = {};
    int64_t indices[FEW];
    Largest groups(values, indices, count);
    for (long g = 0; g < sights * W; g++)
      if (group_peaks[g] >= groups.least()) groups.offer(group_peaks[g], g);
    bound = groups.least() > bound ? groups.least() : bound;
  }
  for (long g = 0; g < sights * W; g++) {
    peak = group_peaks[g] > peak ? group_peaks[g] : peak;
    if (group_peaks[g] < bound) continue;
    const long start = first + g / W * SIGHT + g % W;
    for (long j = start; j < start + SIGHT; j += W)
      if (!(row[j] < bound)) largest.offer(row[j], j);
  }
  return peak;
}

// One row of V scores; gives the logarithm of the sum of their exponentials.
inline float topk_of_row(const float* row, long size, Largest largest, long count) {
  float peak = -std::numeric_limits<float>::infinity();
  long at = 0;
  while (at + SIGHT <= size) {
    const long sights = smaller((size - at) / SIGHT, GROUPS / W);
    const float most = topk_of_groups(row, at, sights, largest, count);
    peak = most > peak ? most : peak;
    at += sights * SIGHT;
  }
  for (; at < size; at++) {
    largest.offer(row[at], at);
    peak = row[at] > peak ? row[at] : peak;
  }
  if (std::isinf(peak)) return peak;
  Vec sums = zero();
  for (at = 0; at + W <= size;) {
    Vec part = zero();
    for (const long stop = at + CHAIN * W; at + W <= size && at < stop; at += W)
      part += exp(load(row + at) - peak);
    sums += part;
  }
  double total = sum(sums);
  for (; at < size; at++) total += std::exp(row[at] - peak);
  return float(double(peak) + std::log(total));
}

inline void topk_logsumexp(const TopK& t, int threads) {
  threads = int(larger(1, smaller(threads, t.rows * t.size / WORTH_A_TOPK_THREAD)));
#pragma omp parallel for num_threads(threads)
  for (long r = 0; r < t.rows; r++) {
    const Largest largest(t.values + r * t.count, t.indices + r * t.count, t.count);
    t.logsumexp[r] = topk_of_row(t.scores + r * t.size, t.size, largest, t.count);
  }
}

}  // namespace recurra::RECURRA_ISA
